/* Failed items and errors: the open items, those resolved since a moment (so that a row that heals
 * stays and changes before the operator's eyes), and the jobs that failed; in pieces, and one of
 * them with everything.
 *
 * A row's identity: an item's id, or for a job its row number negated (good for a session). An
 * error of a job has item_type `sync`, the job's id as item_id, and is never resolved or retried.
 * For the screen: 30 rows take under half a millisecond and 500 under three at a million items.
 * Strings are borrowed for the call of `visit`, NULL where the database has none. Each call is one
 * short read transaction. A file without tables, or of an older schema, is read as far as it goes.
 * The reader's thread; false with ERR_DB. */
#ifndef DB_ERROR_LIST_H
#define DB_ERROR_LIST_H

#include "db/list.h"

#include <stddef.h>

struct db_reader;
struct err;

enum error_order {
    ERROR_ORDER_NEWEST, /* by created_at */
    ERROR_ORDER_OLDEST,
    ERROR_ORDER_NEXT_TRY, /* what is due first; then permanent items, resolved ones, jobs */
    ERROR_ORDER_ITEM,     /* merchant, residual, sync, transaction; by item_id (sync: by time) */
    ERROR_ORDER_COUNT
};
/* newest, oldest, next try, item */
extern const char *const error_order_names[ERROR_ORDER_COUNT];

enum { ERROR_LIST_RESOLVED_MAX = 500 };

struct error_scope {
    bool with_resolved; /* all items, whenever resolved */
    const char *since;  /* UTC text, else: also those resolved at or after it, the latest
                         * ERROR_LIST_RESOLVED_MAX of them; NULL = none */
};

enum error_state {
    ERROR_STATE_GONE, /* no such row any more */
    ERROR_STATE_PENDING,
    ERROR_STATE_PERMANENT,
    ERROR_STATE_HEALED, /* also: resolved by somebody who did not say how */
    ERROR_STATE_COVERED,
    ERROR_STATE_GIVEN_UP,
    ERROR_STATE_JOB, /* of a job: only to be looked at */
    ERROR_STATE_COUNT
};
/* gone, pending, permanent, healed, covered, given up, failed */
extern const char *const error_state_names[ERROR_STATE_COUNT];

struct error_row {
    int64_t id; /* identity: negative = a job's */
    enum error_state state;
    const char *sync_id, *item_type, *item_id;
    const char *class, *code, *message; /* from its error_details */
    int64_t http_status;                /* 0 = none */
    int64_t retry_count;
    const char *created_at, *last_retry_at, *next_retry_at, *resolved_at, *resolution, *reason;
    /* error_list_get alone; NULL in lists: */
    const char *error; /* the whole error_details, JSON; NULL when it is not sound */
    const char *range_from, *range_to;
};

/* False ends the reading; it must not read from `r` itself. */
typedef bool error_list_visit(void *data, const struct error_row *row, const struct list_key *key);

/* `got` = how many rows were visited; fewer than asked for: the list ends there (or visit did). */
bool error_list_read(struct db_reader *r, const struct error_scope *scope,
                     const struct list_slice *slice, error_list_visit *visit, void *data, int *got,
                     struct err *e);

/* How many rows the list has, from kept totals. */
bool error_list_count(struct db_reader *r, const struct error_scope *scope, int64_t *out,
                      struct err *e);

/* Where a row stands in an order; found = false when it has gone. */
bool error_list_key(struct db_reader *r, int order, int64_t id, struct list_key *out, bool *found,
                    struct err *e);

/* One row, whole; a job's own row is job_list_get(item_id). No call when it has gone. */
bool error_list_get(struct db_reader *r, int64_t id,
                    void (*visit)(void *data, const struct error_row *row), void *data, bool *found,
                    struct err *e);

/* What became of these rows: states[i] of ids[i]. About 1 us each: ask for many in pieces. */
bool error_list_states(struct db_reader *r, const int64_t *ids, size_t count,
                       enum error_state *states, struct err *e);

/* Earlier, resolved failures of the same thing, latest first, at most `count`; whole rows. */
bool error_list_past(struct db_reader *r, const char *item_type, const char *item_id, int count,
                     void (*visit)(void *data, const struct error_row *row), void *data,
                     struct err *e);

#endif
