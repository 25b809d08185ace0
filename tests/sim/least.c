#include "least.h"

#include <stdlib.h>

#include "batches.h"
#include "day.h"
#include "residuals.h"

static uint64_t pages(uint64_t rows, uint64_t per_page)
{
    return (rows + per_page - 1) / per_page;
}

static uint64_t at_least_one(uint64_t n)
{
    return n == 0 ? 1 : n;
}

static uint64_t of_month(const struct portfolio *p, int month, bool hide_null)
{
    struct report *reports = calloc((size_t)p->opt->processors, sizeof(*reports));
    uint32_t n = reports == NULL ? 0 : reports_of_month(p, month, hide_null, reports);
    uint64_t requests = at_least_one(pages(n, 100)), items = 0;

    for (uint32_t i = 0; i < n; i++) {
        requests += pages((uint64_t)reports[i].merchants, 1000);
    }
    for (uint32_t i = 0; i < line_items_places(p, month); i++) {
        struct line_item item;

        items += line_item_make(p, month, i, &item) && !(hide_null && item.is_null_merchant);
    }
    free(reports);
    return requests + at_least_one(pages(items, 100));
}

struct least least_count(struct portfolio *p, int32_t from, int32_t to, bool hide_null)
{
    struct least l = {0};

    pthread_rwlock_rdlock(&p->lock);
    l.merchants = at_least_one(pages(p->n - p->edits.vanished, 1000));
    for (uint32_t i = 0; i < p->n; i++) {
        int32_t first, last;
        struct merchant m;

        merchant_make(p, i, &m);
        if (edits_is_vanished(&p->edits, i) || !batches_span(p, &m, &first, &last) || first > to ||
            last < from) {
            continue;
        }
        l.transactions += pages(batches_count(p, &m, from, to), 100);
        l.empty += batches_count(p, &m, from, to) == 0;
    }
    for (int month = month_of_day(from); month <= month_of_day(to); month++) {
        l.residuals += of_month(p, month, hide_null);
    }
    pthread_rwlock_unlock(&p->lock);
    return l;
}
