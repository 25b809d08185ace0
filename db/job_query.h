/* Reading sync_jobs: what runs, what ended and how, how old the data is.
 *
 * `sync_runs` false: nobody holds the run lock (db/run_lock.h), so a row that says `running` is
 * told as `interrupted`. Strings are borrowed for the call of `visit`, NULL where the database has
 * none; JSON that is not sound is NULL too. Each call is one short read transaction. The reader's
 * thread. */
#ifndef DB_JOB_QUERY_H
#define DB_JOB_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct err;

struct job_row {
    const char *id, *sync_type, *status;
    const char *created_at, *started_at, *completed_at;
    const char *triggered_by, *user, *host;
    const char *results, *error, *settings; /* JSON */
    const char *error_message;              /* from `error` */
    int64_t pid;                            /* 0 = not known */
    int64_t duration_ms;                    /* -1 = not ended, or not known */
    bool has_counts;                        /* the five below mean something */
    int64_t fresh, updated, unchanged;      /* merchants, transactions and residuals together */
    int64_t failed_items, requests;
};
typedef void job_visit(void *data, const struct job_row *job);

/* Where a listing stands; zeroed = before the newest job. */
struct job_cursor {
    char created_at[32];
    int64_t row;
};

/* False when the file has no tables yet: a sync is just making it. */
bool job_query_ready(struct db_reader *r, bool *ready, struct err *e);

/* The next jobs, newest first, at most `count`; `got` = how many there were. */
bool job_query_page(struct db_reader *r, bool sync_runs, struct job_cursor *at, int count,
                    job_visit *visit, void *data, int *got, struct err *e);

/* The sync that ended last; no call when none has. */
bool job_query_last(struct db_reader *r, bool sync_runs, job_visit *visit, void *data,
                    struct err *e);

/* A job in status `running` with the progress it saved. */
struct job_progress {
    const char *id, *sync_type, *started_at, *triggered_by, *user, *host;
    const char *phase, *message, *wait_until, *wait_reason;
    const char *in_hand;      /* what is being read */
    const char *at;           /* when the progress was saved; the ETA counts from then */
    int64_t pid;              /* 0 = not known */
    int64_t percent;          /* 0..100 */
    int64_t phase_percent[4]; /* merchants, transactions, residuals, metrics; -1 = no part of it */
    int64_t eta_seconds;      /* -1 = not known */
    int64_t requests, least, most, rows, failed, retries; /* as in core/messages.h */
    int64_t rate_left, rate_limit;                        /* -1 = not known */
    double rows_per_second, requests_per_second;
    bool is_cancelled; /* somebody asked it to stop */
};
bool job_query_running(struct db_reader *r,
                       void (*visit)(void *data, const struct job_progress *job), void *data,
                       struct err *e);
/* How many rows say `running`, whether or not somebody runs them; with `id` that one alone. */
bool job_query_count_running(struct db_reader *r, const char *id, int64_t *count, struct err *e);

/* When the newest sync that ended completed or partial did so, as UTC text; "" = never. */
bool job_query_data_time(struct db_reader *r, char out[32], struct err *e);

#endif
