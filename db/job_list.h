/* The history: all jobs, in pieces, and one of them with everything.
 *
 * For the screen: a piece of 30 rows takes well under a millisecond and 500 about two, whatever the
 * table's length; a filter is the caller's, on pieces it asks for one after another. A row's
 * identity in keys is SQLite's row number: good for a session, not for a file (`id` is).
 * `sync_runs` false: nobody holds the run lock (db/run_lock.h), so a row that says `running` is
 * told as `interrupted`. Strings are borrowed for the call of `visit`, NULL where the database has
 * none. Each call is one short read transaction. A file without tables, or of an older schema, is
 * read as far as it goes. The reader's thread; false with ERR_DB. */
#ifndef DB_JOB_LIST_H
#define DB_JOB_LIST_H

#include "db/job_query.h"
#include "db/list.h"

enum job_order {
    JOB_ORDER_NEWEST, /* by created_at */
    JOB_ORDER_OLDEST,
    JOB_ORDER_TYPE,   /* manual, initial, daily; the newest first in each */
    JOB_ORDER_STATUS, /* running, pending, partial, interrupted, failed, completed, cancelled */
    JOB_ORDER_COUNT
};
extern const char *const job_order_names[JOB_ORDER_COUNT]; /* newest, oldest, type, status */

/* False ends the reading; it must not read from `r` itself. `results`, `error` and `settings` are
 * NULL here: job_list_get has them.
 */
typedef bool job_list_visit(void *data, const struct job_row *job, const struct list_key *key);

/* `got` = how many rows were visited; fewer than asked for: the list ends there (or visit did). */
bool job_list_read(struct db_reader *r, bool sync_runs, const struct list_slice *slice,
                   job_list_visit *visit, void *data, int *got, struct err *e);

/* How many jobs there are, from kept totals. */
bool job_list_count(struct db_reader *r, int64_t *out, struct err *e);

/* Where a job stands in an order; found = false when it has gone. */
bool job_list_key(struct db_reader *r, int order, int64_t row, struct list_key *out, bool *found,
                  struct err *e);

struct job_phase {
    const char *phase, *message, *last_update;
    const char *details; /* JSON, NULL when it is not sound */
    int percent;         /* 0..100 */
};
/* One job by its id, whole: `visit` once, then `each_phase` (NULL = not wanted) for what it saved,
 * in the order of work: merchants, transactions, residuals, metrics, others. No call when there is
 * none. */
bool job_list_get(struct db_reader *r, bool sync_runs, const char *id, job_visit *visit,
                  void (*each_phase)(void *data, const struct job_phase *phase), void *data,
                  bool *found, struct err *e);

#endif
