/* The requests a sync still has to make, as least and most: known before they are made, made exact
 * by each list's first page. Plain data and arithmetic; engine thread. */
#ifndef CORE_PLAN_H
#define CORE_PLAN_H

#include "core/messages.h"

struct walk;

struct plan {
    int64_t least[PHASE_COUNT], most[PHASE_COUNT];
    bool known[PHASE_COUNT]; /* the lists of this phase have been counted */
};

/* Pages that a merchant can have in `days` days at most: nobody has been seen to settle more than
 * four batches on each day of years; per page of 100. */
int64_t plan_most_transaction_pages(int days);
/* Pages of `rows` rows, which are no more than are read of one list; 0 rows = `none` pages. */
int64_t plan_pages(int64_t rows, int per_page, int64_t none);

/* Counts a walk in with its least and most pages; takes one out again (it was already read). */
void plan_add(struct plan *p, const struct walk *w);
void plan_drop(struct plan *p, const struct walk *w);
/* A page of `w` was applied: one request less, and what is known of the rest. */
void plan_page_done(struct plan *p, struct walk *w);

int64_t plan_least(const struct plan *p);
int64_t plan_most(const struct plan *p);

#endif
