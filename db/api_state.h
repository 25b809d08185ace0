/* What is kept of the CRM's health in sync_state, for the next run and for who looks: the circuit
 * breaker (row `breaker`) and how long the CRM told us to wait (row `hold`), as JSON. Both are of
 * one base URL: what is kept of another one does not count. Times are UTC text as in the tables, ""
 * = none. */
#ifndef DB_API_STATE_H
#define DB_API_STATE_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

struct api_state {
    char breaker[12];    /* closed, open, half-open; as last written, "closed" when it never was */
    char breaker_at[25]; /* when it became so */
    char breaker_until[25];           /* open: no request before */
    int64_t openings;                 /* in a row */
    char reason[200];                 /* why it opened */
    char hold_at[25], hold_until[25]; /* Retry-After: when it was told, no request before */
};

/* Nothing known (also in a file of an older schema) reads as closed. The reader's thread. */
bool api_state_read(struct db_reader *r, const char *base_url, struct api_state *out,
                    struct err *e);
/* Keep the breaker's or the hold's part. In a write transaction. */
bool api_state_put_breaker(struct db_writer *w, const char *base_url, const struct api_state *state,
                           struct err *e);
bool api_state_put_hold(struct db_writer *w, const char *base_url, const struct api_state *state,
                        struct err *e);
/* By hand: closes the breaker and forgets the hold; a sync that waits sees that. A transaction of
 * its own. */
bool api_state_reset(struct db_writer *w, const char *base_url, const char *now, struct err *e);

#endif
