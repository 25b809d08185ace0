#include "tests/torture/crm_make.h"

#include "core/base/civil.h"

#include <stdio.h>
#include <string.h>

/* ---- making ---- */

static int64_t some_cents(struct chance *c)
{
    return chance_range(c, -20000, 80000);
}

int64_t crm_some_micros(struct chance *c)
{
    int64_t n = chance_range(c, -500000, 2000000000);
    return chance_once_in(c, 2) ? n : n / 10000 * 10000;
}

void crm_sum_up(struct crm_batch *b)
{
    b->cents = 0;
    for (int i = 0; i < b->count; i++) {
        b->cents += b->transactions[i].cents;
    }
}

struct crm_transaction crm_some_transaction(struct crm *c, int day)
{
    return (struct crm_transaction){.id = c->next_id++,
                                    .day = day,
                                    .type = chance_range(&c->chance, 0, 2),
                                    .cents = some_cents(&c->chance),
                                    .is_rejected = chance_once_in(&c->chance, 6)};
}

static struct crm_batch some_batch(struct crm *c, const struct crm_merchant *m)
{
    struct chance *r = &c->chance;
    struct crm_batch b = {.day = chance_range(r, c->first_day, c->last_day),
                          .reference = chance_range(r, 0, 3),
                          .terminal = chance_range(r, 0, 2),
                          .count = chance_range(r, c->has_empty ? 0 : 1, CRM_TRANSACTIONS)};
    if (c->has_twins && m->batch_count && chance_once_in(r, 3)) {
        const struct crm_batch *twin = &m->batches[chance_range(r, 0, m->batch_count - 1)];
        b.day = twin->day;
        b.reference = twin->reference;
        b.terminal = twin->terminal;
    } else {
        b.reference = b.reference ? (int)(c->next_id % 100000) + 1 : 0;
    }
    for (int i = 0; i < b.count; i++) {
        b.transactions[i] = crm_some_transaction(c, b.day);
    }
    crm_sum_up(&b);
    return b;
}

static bool has_name_of(const struct crm_merchant *m, const struct crm_batch *b)
{
    for (int i = 0; i < m->batch_count; i++) {
        const struct crm_batch *a = &m->batches[i];
        if (a->day == b->day && a->reference == b->reference && a->terminal == b->terminal) {
            return true;
        }
    }
    return false;
}

/* Anywhere in the list: its order is promised by nobody. */
void crm_add_batch(struct crm *c, struct crm_merchant *m)
{
    struct crm_batch b = some_batch(c, m);
    if (m->batch_count == CRM_BATCHES || (!c->has_twins && has_name_of(m, &b))) {
        return;
    }
    int at = chance_range(&c->chance, 0, m->batch_count);
    memmove(&m->batches[at + 1], &m->batches[at],
            (size_t)(m->batch_count - at) * sizeof m->batches[0]);
    m->batches[at] = b;
    m->batch_count++;
}

void crm_add_adjustment(struct crm *c, struct crm_merchant *m)
{
    struct chance *r = &c->chance;
    if (m->adjustment_count == CRM_ADJUSTMENTS || !m->batch_count) {
        return;
    }
    m->adjustments[m->adjustment_count++] =
        (struct crm_adjustment){.day = m->batches[chance_range(r, 0, m->batch_count - 1)].day,
                                .type = chance_range(r, 0, 1),
                                .cents = chance_range(r, -3, 3) * 500};
}

bool crm_add_merchant(struct crm *c)
{
    struct chance *r = &c->chance;
    if (c->merchant_count == CRM_MERCHANTS) {
        return false;
    }
    struct crm_merchant *m = &c->merchants[c->merchant_count];
    int number = 4711 + 37 * c->merchant_count + 100000 * (int)(chance_next(r) % 7);
    *m = (struct crm_merchant){.is_listed = true,
                               .modified_day = chance_range(r, c->first_day, c->last_day)};
    snprintf(m->mid, sizeof m->mid, c->zeros ? "000%d" : "9%d", number);
    int batches = chance_once_in(r, 4) ? 0 : chance_range(r, 1, CRM_BATCHES - 4);
    for (int i = 0; i < batches; i++) {
        crm_add_batch(c, m);
    }
    for (int i = chance_range(r, 0, CRM_ADJUSTMENTS - 1); i > 0; i--) {
        crm_add_adjustment(c, m);
    }
    c->merchant_count++;
    return true;
}

struct crm_row crm_some_row(struct crm *c, int merchant)
{
    struct chance *r = &c->chance;
    return (struct crm_row){.merchant = merchant,
                            .transactions = chance_range(r, 0, 900),
                            .sales = crm_some_micros(r),
                            .income = crm_some_micros(r),
                            .expense = crm_some_micros(r),
                            .agent_net = crm_some_micros(r),
                            .bps = chance_range(r, 0, 9000000),
                            .percentage = chance_range(r, 0, 100) * 1000000};
}

bool crm_add_row(struct crm *c, struct crm_report *p)
{
    bool used[CRM_MERCHANTS] = {false};
    for (int i = 0; i < p->row_count; i++) {
        used[p->rows[i].merchant] = true;
    }
    for (int i = 0; i < c->merchant_count; i++) {
        if (!used[i] && p->row_count < CRM_MERCHANTS) {
            p->rows[p->row_count++] = crm_some_row(c, i);
            return true;
        }
    }
    return false;
}

bool crm_add_item(struct crm *c, struct crm_month *m)
{
    struct chance *r = &c->chance;
    if (m->item_count == CRM_ITEMS) {
        return false;
    }
    m->items[m->item_count++] =
        (struct crm_item){.id = c->next_id++,
                          .merchant = chance_range(r, 0, c->merchant_count) - 1,
                          .income = crm_some_micros(r),
                          .expense = crm_some_micros(r),
                          .agent_net = crm_some_micros(r)};
    return true;
}

static void make_month(struct crm *c, struct crm_month *m)
{
    for (int i = 0; i < CRM_PROCESSORS; i++) {
        m->reports[i].processor = 1001 + 7 * i;
        m->reports[i].is_listed = chance_once_in(&c->chance, 2);
        for (int n = chance_range(&c->chance, 0, c->merchant_count); n > 0; n--) {
            crm_add_row(c, &m->reports[i]);
        }
    }
    for (int i = chance_range(&c->chance, 0, CRM_ITEMS - 1); i > 0; i--) {
        crm_add_item(c, m);
    }
}

static void choose_manners(struct crm *c)
{
    struct chance *r = &c->chance;
    c->page_rows = chance_once_in(r, 4) ? 0 : chance_range(r, 1, 7);
    c->names_no_total = chance_once_in(r, 12);
    c->zeros =
        chance_once_in(r, 2) && !c->names_no_total; /* what is known late leaves rows to remove */
    c->numbers = chance_once_in(r, 2);
    c->has_empty = chance_once_in(r, 3);
    c->has_twins = chance_once_in(r, 2);
    c->next_id = chance_once_in(r, 8) ? (INT64_C(1) << 53) + 1 : chance_range(r, 1, 1 << 30);
}

void crm_make(struct crm *c, uint64_t seed, int first_day, int last_day)
{
    memset(c, 0, sizeof *c);
    chance_begin(&c->chance, seed);
    c->first_day = first_day;
    c->last_day = last_day;
    choose_manners(c);
    int merchants = chance_range(&c->chance, 0, CRM_MERCHANTS - 2);
    while (c->merchant_count < merchants) {
        crm_add_merchant(c);
    }
    struct civil from = civil_from_days(first_day);
    struct civil to = civil_from_days(last_day);
    int first = civil_month_index(from.year, from.month);
    int last = civil_month_index(to.year, to.month);
    for (int i = first; i <= last && c->month_count < CRM_MONTHS; i++) {
        struct crm_month *m = &c->months[c->month_count++];
        m->year = i / 12;
        m->month = i % 12 + 1;
        make_month(c, m);
    }
}

/* ---- what it holds ---- */

int crm_first_batch(const struct crm_merchant *m)
{
    int day = 0;
    for (int i = 0; i < m->batch_count; i++) {
        day = !day || m->batches[i].day < day ? m->batches[i].day : day;
    }
    return day;
}

int crm_last_batch(const struct crm_merchant *m)
{
    int day = 0;
    for (int i = 0; i < m->batch_count; i++) {
        day = m->batches[i].day > day ? m->batches[i].day : day;
    }
    return day;
}

int crm_find(const struct crm *c, const char *mid)
{
    for (int i = 0; i < c->merchant_count; i++) {
        if (c->merchants[i].is_listed && !strcmp(c->merchants[i].mid, mid)) {
            return i;
        }
    }
    return -1;
}

struct crm_month *crm_month(struct crm *c, int year, int month)
{
    for (int i = 0; i < c->month_count; i++) {
        if (c->months[i].year == year && c->months[i].month == month) {
            return &c->months[i];
        }
    }
    return NULL;
}
