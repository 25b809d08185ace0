/* What the commands that look into the database share. Main thread. */
#ifndef TUI_CMD_BASE_H
#define TUI_CMD_BASE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct cli;
struct db_reader;
struct db_writer;
struct err;
struct job_row;
struct json_writer;

/* Opens the database of the configuration. True with *out NULL: there is none yet, which is no
 * error (ipsync has never synced here). Nothing is made. */
bool cmd_open_reader(const struct cli *cli, struct db_reader **out, struct err *e);
bool cmd_open_writer(const struct cli *cli, struct db_writer **out, struct err *e);

/* Rows that say `running` while nobody holds the run lock are stale: a killed process left them.
 * Marks them as interrupted if the database can be written. */
struct stale_jobs {
    bool is_left; /* could not be marked: the queries are to tell them as interrupted */
    int marked;
};
bool cmd_settle_stale(const struct cli *cli, struct db_reader *r, struct stale_jobs *out,
                      struct err *e);

/* JSON of the database as a value: sound, but it may hold characters that a terminal obeys. */
void cmd_json_raw(struct json_writer *j, const char *key, const char *text);
/* The job as an object. */
void cmd_json_job(struct json_writer *j, const struct job_row *job);

/* Prints the buffer and empties it, when it is long or `now`. False: nobody reads any more. */
bool cmd_flush(struct buf *b, bool now);
/* The exit code of a command that has done its work: 0, or 3 when it could not be written. */
int cmd_done(void);

#endif
