/* Reading sync_failed_items: how many there are, and which.
 *
 * Strings are borrowed for the call of `visit`, NULL where the database has none. Each call is one
 * short read transaction. The reader's thread. */
#ifndef DB_FAILED_QUERY_H
#define DB_FAILED_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct err;

struct failed_counts {
    int64_t pending;   /* open, will be tried again by itself */
    int64_t permanent; /* open, will not */
    int64_t recovered; /* healed or covered */
    int64_t given_up;
    int64_t total; /* ever recorded: the four together */
};
bool failed_query_counts(struct db_reader *r, struct failed_counts *out, struct err *e);

/* The open items of each type that has any, by its name. */
bool failed_query_types(struct db_reader *r,
                        void (*visit)(void *data, const char *item_type, int64_t open), void *data,
                        struct err *e);

struct failed_row {
    int64_t id;
    const char *sync_id, *item_type, *item_id;
    const char *error;                  /* JSON, NULL when it is not sound */
    const char *class, *code, *message; /* from `error` */
    int64_t http_status;                /* from `error`, 0 = none */
    int64_t retry_count;
    const char *last_retry_at, *next_retry_at, *resolved_at, *resolution, *reason;
    const char *range_from, *range_to, *created_at;
};

/* The next items after number `*after`, at most `count`, by number; moves `*after` on. Only open
 * ones unless `with_resolved`. */
bool failed_query_page(struct db_reader *r, bool with_resolved, int64_t *after, int count,
                       void (*visit)(void *data, const struct failed_row *item), void *data,
                       int *got, struct err *e);

#endif
