#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "residuals.h"

enum { CHUNK = 65536 };

struct dump {
    struct portfolio *p;
    bool (*step)(struct dump *d); /* makes some rows; false when there are no more */
    int32_t from, to;
    bool hide_null;
    bool is_over;
    uint32_t place; /* among merchants in order of mid */
    int32_t day;    /* of that merchant */
    int month;
    struct batch batch;
    struct out made;
    size_t taken;
};

/* The next visible merchant; false when there is none. */
static bool current(struct dump *d, struct merchant *m)
{
    while (d->place < d->p->n && edits_is_vanished(&d->p->edits, d->p->by_mid[d->place])) {
        d->place++;
    }
    if (d->place >= d->p->n) {
        return false;
    }
    merchant_make(d->p, d->p->by_mid[d->place], m);
    return true;
}

static bool step_merchants(struct dump *d)
{
    struct merchant m;

    if (!current(d, &m)) {
        return false;
    }
    dump_merchant(&d->made, d->p, &m);
    d->place++;
    return true;
}

/* Counts the batches of the day before this one that are alike in the key. */
static int ordinal_of(const struct batch *b, char (*keys)[80], uint32_t n)
{
    int ordinal = 0;
    size_t len;

    strcpy(keys[n], b->has_reference ? b->reference : "");
    len = strlen(keys[n]);
    keys[n][len] = '\n';
    strcpy(keys[n] + len + 1, b->has_terminal ? b->terminal : "");
    for (uint32_t i = 0; i < n; i++) {
        ordinal += strcmp(keys[i], keys[n]) == 0;
    }
    return ordinal;
}

static void dump_day(struct dump *d, const struct merchant *m, bool of_transactions)
{
    uint32_t slots[BATCHES_PER_DAY_MAX];
    uint32_t n = batches_on(d->p, m, d->day, slots);
    char(*keys)[80] = n == 0 ? NULL : calloc(n, sizeof(*keys));

    for (uint32_t i = 0; keys != NULL && i < n; i++) {
        int ordinal;

        batch_load(d->p, m, (struct batch_name){d->day, slots[i]}, &d->batch);
        ordinal = ordinal_of(&d->batch, keys, i);
        if (of_transactions) {
            dump_transactions(&d->made, m, &d->batch, ordinal);
        } else {
            dump_batch(&d->made, m, &d->batch, ordinal);
        }
    }
    free(keys);
}

static bool step_days(struct dump *d, bool of_transactions)
{
    int32_t first, last;
    struct merchant m;

    if (!current(d, &m)) {
        return false;
    }
    if (batches_span(d->p, &m, &first, &last)) {
        d->day = d->day == NO_DAY ? (d->from > first ? d->from : first) : d->day;
        last = last < d->to ? last : d->to;
        for (; d->day <= last && d->made.len < CHUNK; d->day++) {
            dump_day(d, &m, of_transactions);
        }
        if (d->day <= last) {
            return true;
        }
    }
    d->day = NO_DAY;
    d->place++;
    return true;
}

static bool step_batches(struct dump *d)
{
    return step_days(d, false);
}

static bool step_transactions(struct dump *d)
{
    return step_days(d, true);
}

static bool step_adjustments(struct dump *d)
{
    int32_t first, last;
    struct merchant m;

    if (!current(d, &m)) {
        return false;
    }
    if (batches_span(d->p, &m, &first, &last)) {
        for (int month = month_of_day(first); month <= month_of_day(last); month++) {
            dump_adjustments(&d->made, d->p, &m, month, d->from, d->to);
        }
    }
    d->place++;
    return true;
}

static bool step_reports(struct dump *d)
{
    if (d->month > month_of_day(d->to)) {
        return false;
    }
    dump_reports(&d->made, d->p, d->month++, d->hide_null);
    return true;
}

/* Residuals stay when their merchant vanishes: the report is another resource. */
static bool step_residuals(struct dump *d)
{
    struct merchant m;

    if (d->month > month_of_day(d->to)) {
        return false;
    }
    for (; d->place < d->p->n && d->made.len < CHUNK; d->place++) {
        merchant_make(d->p, d->p->by_mid[d->place], &m);
        dump_residual(&d->made, d->p, &m, d->month, d->hide_null);
    }
    if (d->place >= d->p->n) {
        d->place = 0;
        d->month++;
    }
    return true;
}

static bool step_line_items(struct dump *d)
{
    if (d->month > month_of_day(d->to)) {
        return false;
    }
    for (uint32_t i = 0; i < line_items_places(d->p, d->month); i++) {
        dump_line_item(&d->made, d->p, d->month, i, d->hide_null);
    }
    d->month++;
    return true;
}

static const struct {
    const char *table;
    bool (*step)(struct dump *d);
} steps[] = {
    {"merchants", step_merchants},
    {"transaction_batches", step_batches},
    {"transactions", step_transactions},
    {"adjustments", step_adjustments},
    {"residual_reports", step_reports},
    {"residuals", step_residuals},
    {"residual_line_items", step_line_items},
};

struct dump *dump_new(struct portfolio *p, const char *table, int32_t from, int32_t to,
                      bool hide_null)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (strcmp(steps[i].table, table) == 0) {
            struct dump *d = calloc(1, sizeof(*d));

            if (d == NULL) {
                abort();
            }
            d->p = p;
            d->step = steps[i].step;
            d->from = from;
            d->to = to;
            d->hide_null = hide_null;
            d->day = NO_DAY;
            d->month = month_of_day(from);
            return d;
        }
    }
    return NULL;
}

void dump_free(struct dump *d)
{
    if (d != NULL) {
        batch_done(&d->batch);
        out_done(&d->made);
        free(d);
    }
}

size_t dump_read(struct dump *d, char *to, size_t max)
{
    size_t left = d->made.len - d->taken;

    if (left == 0) {
        d->made.len = d->taken = 0;
        pthread_rwlock_rdlock(&d->p->lock);
        while (!d->is_over && d->made.len < CHUNK) {
            d->is_over = !d->step(d);
        }
        pthread_rwlock_unlock(&d->p->lock);
        left = d->made.len;
    }
    left = left < max ? left : max;
    if (left > 0) {
        memcpy(to, d->made.s + d->taken, left);
        d->taken += left;
    }
    return left;
}
