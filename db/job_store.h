/* sync_jobs and sync_progress: what a sync tells of itself while it runs and when it ends.
 * Writers of a running job work inside the caller's write transaction; the others make their own.
 */
#ifndef DB_JOB_STORE_H
#define DB_JOB_STORE_H

#include "core/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

struct job_new {
    const char *id;        /* UUID */
    const char *sync_type; /* initial, daily, manual */
    const char *triggered_by;
    const char *user, *host;
    const char *settings; /* JSON */
    int64_t pid;
    const char *now;
};

/* A row in status `running`. In a write transaction. */
bool job_start(struct db_writer *w, const struct job_new *job, struct err *e);

/* What a running job has saved of itself, for a process that goes on with it. */
struct job_saved {
    char sync_type[8], triggered_by[12], user[64], started_at[32];
    struct buf settings, results, progress; /* JSON */
};
/* `found` false: no job with this id is running. Wipe with job_saved_done() in any case. */
bool job_load(struct db_reader *r, const char *id, struct job_saved *out, bool *found,
              struct err *e);
void job_saved_done(struct job_saved *j);
/* Another process does it from now on. `found` as above. In a write transaction. */
bool job_take_over(struct db_writer *w, const char *id, int64_t pid, const char *host, bool *found,
                   struct err *e);
/* Whether the open failed item with this number was last raised by this job. */
bool job_raised_item(struct db_reader *r, const char *id, int64_t item, bool *raised,
                     struct err *e);

/* Counters so far. In a write transaction, the one that holds the rows they count. */
bool job_save_results(struct db_writer *w, const char *id, const char *results_json, struct err *e);
bool job_save_progress(struct db_writer *w, const char *id, const char *progress_json,
                       struct err *e);
/* details NULL: those saved before stay. */
bool job_save_phase(struct db_writer *w, const char *id, const char *phase, int percent,
                    const char *message, const char *details_json, const char *now, struct err *e);
/* The end: status, results and error_details (NULL = none). In a write transaction. */
bool job_finish(struct db_writer *w, const char *id, const char *status, const char *results_json,
                const char *error_json, const char *now, struct err *e);

/* Marks rows that say `running` as `interrupted`. `database` is NULL for the holder of the run
 * lock; others pass the database's path, and nothing is marked when someone holds the lock by then.
 * Makes its own transaction, and none when there is nothing to mark. */
bool job_recover(struct db_writer *w, const char *database, const char *now, int *recovered,
                 struct err *e);

/* Asks the running job (or the one with this id) to stop. `found` false: none such runs. Own
 * transaction. `id_out` gets its id. */
bool job_request_cancel(struct db_writer *w, const char *id, const char *by, char id_out[37],
                        bool *found, struct err *e);
/* Whether someone asked; `by` gets who. Cheap: for the engine to ask while it waits. */
bool job_cancel_requested(struct db_reader *r, const char *id, bool *requested, char by[64],
                          struct err *e);

/* The running job in a few words, "an initial sync since 2026-… by ann (pid 12 on host)"; "" =
 * none. */
bool job_describe_running(struct db_reader *r, char out[240], struct err *e);
/* A job's results as JSON, appended; nothing when there is no such job. */
bool job_add_results(struct db_reader *r, const char *id, struct buf *out, struct err *e);

#endif
