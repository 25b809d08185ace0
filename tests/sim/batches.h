/* batches: a merchant's card traffic: on which days it has batches, what is in them, and the
 * adjustments beside them. A batch is named by (day, slot) inside the simulator; the answer does
 * not show that name. The listing runs from the newest day to the oldest. */
#ifndef SIM_BATCHES_H
#define SIM_BATCHES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "portfolio.h"

struct transaction {
    uint64_t id;
    uint64_t style; /* how the answer writes it */
    int64_t amount_cents;
    int32_t day; /* NO_DAY: absent */
    bool rejected;
    const char *type;
    const char *entry;  /* NULL: null */
    const char *reason; /* reject_description */
    bool has_auth, has_invoice, has_card;
    char auth[8];
    char card[20];
    char invoice[40];
};

struct batch_name {
    int32_t day;
    uint32_t slot;
};

struct batch {
    struct batch_name name;
    uint64_t style;
    int64_t amount_cents;
    int64_t count; /* as the batch states it */
    bool has_reference, has_terminal;
    char reference[40];
    char terminal[24];
    uint32_t n; /* transactions delivered */
    uint32_t cap;
    struct transaction *transactions; /* owned; reused from batch to batch */
};

enum { BATCHES_PER_DAY_MAX = 400 };

/* The slots of a day's batches in listing order; gives how many. `slots` may be NULL. */
uint32_t batches_on(const struct portfolio *p, const struct merchant *m, int32_t day,
                    uint32_t slots[BATCHES_PER_DAY_MAX]);

/* The first and the newest day with a batch; false if there never was one. */
bool batches_span(const struct portfolio *p, const struct merchant *m, int32_t *first,
                  int32_t *last);

/* How many lie within from..to. */
uint64_t batches_count(const struct portfolio *p, const struct merchant *m, int32_t from,
                       int32_t to);

/* The names at the places first .. first + n - 1 of the listing of from..to; gives how many. */
uint32_t batches_pick(const struct portfolio *p, const struct merchant *m, int32_t from, int32_t to,
                      uint64_t first, uint32_t n, struct batch_name *names);

/* Fills `b`, which is zeroed at first and kept for the next one; batch_done frees it. */
void batch_load(const struct portfolio *p, const struct merchant *m, struct batch_name name,
                struct batch *b);
void batch_done(struct batch *b);

struct adjustment {
    int32_t day;
    int64_t amount_cents;
    const char *type; /* NULL: null */
};

enum { ADJUSTMENTS_A_MONTH_MAX = 4 };

/* The adjustments of one month; gives how many. */
int adjustments_of_month(const struct portfolio *p, const struct merchant *m, int month,
                         struct adjustment a[ADJUSTMENTS_A_MONTH_MAX]);

#endif
