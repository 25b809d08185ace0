#include "core/plan.h"

#include "core/resource.h"
#include "core/walk.h"

enum { BATCHES_A_DAY = 4 };

int64_t plan_pages(int64_t rows, int per_page, int64_t none)
{
    int64_t pages = rows > 0 ? rows / per_page + (rows % per_page != 0) : none;
    return pages < WALK_PAGES_MAX ? pages : WALK_PAGES_MAX;
}

int64_t plan_most_transaction_pages(int days)
{
    return plan_pages((int64_t)days * BATCHES_A_DAY, resources[RESOURCE_TRANSACTIONS].per_page, 1);
}

void plan_add(struct plan *p, const struct walk *w)
{
    p->least[w->resource->phase] += w->least_pages;
    p->most[w->resource->phase] += w->most_pages;
}

void plan_drop(struct plan *p, const struct walk *w)
{
    p->least[w->resource->phase] -= w->least_pages;
    p->most[w->resource->phase] -= w->most_pages;
}

void plan_page_done(struct plan *p, struct walk *w)
{
    plan_drop(p, w);
    w->least_pages = w->most_pages = w->pages > w->applied ? w->pages - w->applied : 0;
    plan_add(p, w);
}

static int64_t sum(const int64_t *counts)
{
    int64_t all = 0;
    for (int i = 0; i < PHASE_COUNT; i++) {
        all += counts[i] > 0 ? counts[i] : 0;
    }
    return all;
}

int64_t plan_least(const struct plan *p)
{
    return sum(p->least);
}

int64_t plan_most(const struct plan *p)
{
    return sum(p->most);
}
