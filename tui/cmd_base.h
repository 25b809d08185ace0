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

/* Opens the database of the configuration. True with *out NULL: there is none yet, which is no error
 * (ipsync has never synced here). Nothing is made. */
bool cmd_open_reader(const struct cli *cli, struct db_reader **out, struct err *e);
bool cmd_open_writer(const struct cli *cli, struct db_writer **out, struct err *e);

/* Whether a sync runs now. Rows that say `running` without one are marked as interrupted if the
 * database can be written; if not, the queries tell them as that. */
bool cmd_sync_runs(const struct cli *cli, struct db_reader *r, bool *runs, struct err *e);

/* JSON of the database as a value: sound, but it may hold characters that a terminal obeys. */
void cmd_json_raw(struct json_writer *j, const char *key, const char *text);
/* The job as an object. */
void cmd_json_job(struct json_writer *j, const struct job_row *job);

/* Prints the buffer and empties it, when it is long or `now`. False: nobody reads any more. */
bool cmd_flush(struct buf *b, bool now);
/* The exit code of a command that has done its work: 0, or 3 when it could not be written. */
int cmd_done(void);

#endif
