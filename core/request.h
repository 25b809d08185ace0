/* What a sync is asked to do. Built by a command, or from the row of a job that is to go on;
 * immutable while the sync runs. As JSON it is the job's `settings`. */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stream {
    STREAM_MERCHANTS = 1,
    STREAM_TRANSACTIONS = 2,
    STREAM_RESIDUALS = 4,
    STREAM_ALL = 7,
};

struct sync_request {
    const char *sync_type;    /* initial, daily, manual */
    const char *triggered_by; /* manual, schedule, api */
    char user[64];
    char from[11], to[11];   /* days, both included */
    unsigned streams;        /* enum stream, or'ed */
    const char *const *mids; /* only these merchants; count 0 = all */
    size_t mid_count;
    bool fresh;     /* ignore checkpoints */
    bool plan_only; /* read the merchants' list and the summaries, end with EVENT_PLAN; in a scratch
                       database (engine.h) */
    bool is_retry;  /* read failed items again: retry_ids, or all, or those that are due */
    bool retry_all;
    const int64_t *retry_ids;
    size_t retry_count;
    const char *continues; /* NULL = a new job; else the id of the running one that was handed over
                              to us: the rest is as it was asked for */
    bool holds_lock; /* the run lock is held already, and becomes the engine's; a job that is gone
                        on with holds it in any case */
    int run_lock;    /* then: its descriptor */
};

struct buf;
struct db_reader;
struct err;

void request_add_settings(const struct sync_request *r, struct buf *b);
/* The request that a running job was made of, for going on with it: `continues` is set, `run_lock`
 * is the caller's to set. NULL with ERR_USAGE when no such job runs, or with ERR_DATA. Free it with
 * request_free(). Main thread, while no engine runs (it reads JSON). */
struct sync_request *request_of_job(struct db_reader *db, const char *id, struct err *e);
void request_free(struct sync_request *r);

#endif
