#include "core/walk_make.h"

#include "core/base/civil.h"
#include "core/base/text.h"
#include "core/plan.h"

#include <stdio.h>

struct walk *walk_of_merchants(void)
{
    struct walk *w = walk_new(&resources[RESOURCE_MERCHANTS]);
    snprintf(w->name, sizeof w->name, "merchants");
    w->per_page = w->resource->per_page;
    return w;
}

struct walk *walk_of_merchant(const char *mid)
{
    struct walk *w = walk_new(&resources[RESOURCE_MERCHANT]);
    snprintf(w->name, sizeof w->name, "merchant/%s", mid);
    text_copy(w->mid, sizeof w->mid, mid);
    w->per_page = 1;
    return w;
}

struct walk *walk_of_transactions(const struct merchant_span *span, const char *from,
                                  const char *to)
{
    struct walk *w = walk_new(&resources[RESOURCE_TRANSACTIONS]);
    snprintf(w->name, sizeof w->name, "transactions/%s", span->mid);
    text_copy(w->mid, sizeof w->mid, span->mid);
    text_copy(w->version, sizeof w->version, span->version);
    text_copy(w->from, sizeof w->from, from);
    text_copy(w->to, sizeof w->to, to);
    w->per_page = w->resource->per_page;
    w->weight = span->days;
    w->most_pages = plan_most_transaction_pages(span->days);
    return w;
}

struct walk *walk_of_month(enum resource_id id, int month_index)
{
    struct walk *w = walk_new(&resources[id]);
    w->year = month_index / 12;
    w->month = month_index % 12 + 1;
    snprintf(w->name, sizeof w->name, "%s/%04d-%02d", w->resource->name, w->year, w->month);
    w->per_page = w->resource->per_page;
    return w;
}

struct walk *walk_of_rows(int year, int month, int64_t processor, int64_t merchants)
{
    struct walk *w = walk_of_month(RESOURCE_ROWS, civil_month_index(year, month));
    w->processor = processor;
    snprintf(w->name, sizeof w->name, "%s/%04d-%02d/%lld", w->resource->name, year, month,
             (long long)processor);
    w->least_pages = plan_pages(merchants, w->per_page, 1);
    w->most_pages = merchants < 0 ? 10 : w->least_pages;
    w->weight = (double)w->least_pages;
    return w;
}
