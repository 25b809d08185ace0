#include "residuals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "names.h"
#include "rng.h"

static const int64_t MICROS = 1000000;

int64_t processor_id(uint32_t processor)
{
    return 1001 + 7 * (int64_t)processor;
}

bool processor_find(const struct portfolio *p, int64_t id, uint32_t *processor)
{
    if (id < 1001 || (id - 1001) % 7 != 0 || (id - 1001) / 7 >= p->opt->processors) {
        return false;
    }
    *processor = (uint32_t)((id - 1001) / 7);
    return true;
}

const char *processor_name(uint32_t processor, char *buf)
{
    const char *name = names_pick(NAMES_PROCESSOR, processor);

    if (processor < 5) {
        return name;
    }
    snprintf(buf, 64, "%s %u", name, processor + 1);
    return buf;
}

bool month_is_published(const struct portfolio *p, int month)
{
    return month >= month_of_day(p->opt->start) && p->today >= month_first_day(month + 1) + 14;
}

/* Whether it is on the month's report, and if so whether as an inactive one. */
static bool is_on_report(const struct portfolio *p, const struct merchant *m, int month,
                         bool *is_null)
{
    bool is_open = m->kind != MERCHANT_CLOSED && m->kind != MERCHANT_EARLY;

    (void)p;
    *is_null = m->kind == MERCHANT_NEVER || (!is_open && month > month_of_day(m->active_to));
    return month >= month_of_day(m->since);
}

static const struct edit *edit_of(const struct portfolio *p, enum edit_kind kind, uint32_t merchant,
                                  int month)
{
    const struct edit *e = NULL, *last = NULL;

    while ((e = edits_next(&p->edits, e, kind, merchant)) != NULL) {
        last = e->month == month ? e : last;
    }
    return last;
}

static void apply_edit(const struct edit *e, struct residual *r)
{
    r->income = e->has & EDIT_HAS_INCOME ? e->income : r->income;
    r->expense = e->has & EDIT_HAS_EXPENSE ? e->expense : r->expense;
    r->sales = e->has & EDIT_HAS_SALES ? e->sales : r->sales;
    r->agent_net = e->has & EDIT_HAS_AGENT_NET ? e->agent_net : r->agent_net;
    r->transactions = e->has & EDIT_HAS_COUNT ? e->count : r->transactions;
    r->net = r->income - r->expense;
}

static void set_amounts(const struct portfolio *p, struct residual *r, uint64_t h)
{
    uint64_t g = rng_mix(h + 1), f = rng_mix(h + 2);

    if (r->is_null_merchant) {
        r->expense = (int64_t)(h % 20) * MICROS / 2;
    } else {
        r->transactions = (int64_t)(h % 900);
        r->sales = (int64_t)((h >> 10) % 9000000) * 10000;
        r->income = (int64_t)((g >> 4) % 800000000);
        r->expense = (int64_t)((f >> 4) % 300000000);
        r->bps = (int64_t)(f % 130) * 10000;
        if (p->opt->plain || g % 10 < 4) { /* whole cents */
            r->income -= r->income % 10000;
            r->expense -= r->expense % 10000;
        } else if (g % 10 < 6) {
            r->sales += (int64_t)(f % 10000);
            r->bps += (int64_t)(g >> 30) % 10000;
        }
        if (g % 10 == 9) {
            r->income = -r->income;
        }
    }
    r->percentage = (int64_t)(40 + (g >> 44) % 41) * MICROS + ((f >> 50) % 4) * 250000;
    r->net = r->income - r->expense;
    r->agent_net = r->net / 10000 * (r->percentage / 250000) * 25 + r->net % 10000 / 2;
}

bool residual_make(const struct portfolio *p, const struct merchant *m, int month,
                   struct residual *r)
{
    uint64_t h = rng_hash(m->h, RNG_RESIDUAL, (uint64_t)month, 0);
    const struct edit *e;

    *r = (struct residual){.merchant = m->index, .style = p->opt->plain ? 0 : rng_mix(h + 3)};
    if (!is_on_report(p, m, month, &r->is_null_merchant)) {
        return false;
    }
    set_amounts(p, r, h);
    if (!edits_has_merchant(&p->edits, m->index)) {
        return true;
    }
    e = edit_of(p, EDIT_RESIDUAL, m->index, month);
    if (e != NULL) {
        apply_edit(e, r);
    }
    return edit_of(p, EDIT_DROP_RESIDUAL, m->index, month) == NULL;
}

void residual_dress(struct residual *r)
{
    r->income = r->income / 10000 * 9000;
    r->expense = r->expense / 10000 * 10000;
    r->net = r->income - r->expense;
    r->agent_net = r->agent_net / 10000 * 5000 + 10000;
    r->sales = 0;
    r->percentage = 100 * MICROS;
}

static void add_to(struct residual *sum, const struct residual *r)
{
    sum->transactions += r->transactions;
    sum->sales += r->sales;
    sum->income += r->income;
    sum->expense += r->expense;
    sum->net += r->net;
    sum->agent_net += r->agent_net;
    sum->bps += r->bps;
}

/* A change moves the report's `modified`, also when the row it touched is gone. */
static void apply_stamps(const struct portfolio *p, int month, struct report *reports)
{
    for (size_t i = 0; i < p->edits.n; i++) {
        const struct edit *e = &p->edits.items[i];
        struct merchant m;

        if ((e->kind == EDIT_RESIDUAL || e->kind == EDIT_DROP_RESIDUAL) && e->month == month) {
            merchant_make(p, e->merchant, &m);
            reports[m.processor].modified = e->stamp;
        }
    }
}

uint32_t reports_of_month(const struct portfolio *p, int month, bool hide_null,
                          struct report *reports)
{
    uint32_t processors = (uint32_t)p->opt->processors, n = 0;
    int64_t published = ((int64_t)month_first_day(month + 1) + 14) * 86400 + 3600;

    for (uint32_t i = 0; i < processors; i++) {
        uint64_t h = rng_hash((uint64_t)p->opt->seed, RNG_REPORT, i, (uint64_t)month);

        reports[i] = (struct report){.processor = i, .style = p->opt->plain ? 0 : h};
        reports[i].modified = published + (int64_t)(h % 14000);
    }
    for (uint32_t i = 0; i < p->n && month_is_published(p, month); i++) {
        struct merchant m;
        struct residual r;

        merchant_make(p, i, &m);
        if (residual_make(p, &m, month, &r) && !(hide_null && r.is_null_merchant)) {
            reports[m.processor].merchants++;
            add_to(&reports[m.processor].sum, &r);
        }
    }
    apply_stamps(p, month, reports);
    for (uint32_t i = 0; i < processors; i++) {
        if (reports[i].merchants > 0) {
            reports[n++] = reports[i];
        }
    }
    return n;
}
