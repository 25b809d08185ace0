#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batches.h"
#include "day.h"
#include "residuals.h"

/* What most changes name, looked up once. */
struct target {
    struct merchant m;
    bool has_merchant;
    int32_t day; /* NO_DAY: not given */
    int month;   /* -1: not given */
};

static char *text_or_null(const struct json *j)
{
    const char *s = json_text(j, NULL);

    return s == NULL ? NULL : strdup(s);
}

static void take_int(const struct json *change, const char *name, unsigned bit, int64_t *value,
                     unsigned *has)
{
    const struct json *j = json_get(change, name);

    if (j != NULL) {
        *value = json_int(j, 0);
        *has |= bit;
    }
}

static void take_amounts(const struct json *change, struct edit *e)
{
    take_int(change, "amount_cents", EDIT_HAS_AMOUNT, &e->amount, &e->has);
    take_int(change, "income_micros", EDIT_HAS_INCOME, &e->income, &e->has);
    take_int(change, "expense_micros", EDIT_HAS_EXPENSE, &e->expense, &e->has);
    take_int(change, "agent_net_micros", EDIT_HAS_AGENT_NET, &e->agent_net, &e->has);
    take_int(change, "sales_amount_micros", EDIT_HAS_SALES, &e->sales, &e->has);
    take_int(change, "transactions", EDIT_HAS_COUNT, &e->count, &e->has);
}

static const char *set_vanished(struct portfolio *p, const struct json *change, bool away)
{
    const struct json *mids = json_get(change, "mids");
    int64_t first = json_int(json_get(change, "first"), -1);
    const char *mid = json_text(json_get(change, "mid"), NULL);
    bool all = mids == NULL && mid == NULL && first < 0;

    for (uint32_t place = 0; place < p->n; place++) {
        uint32_t index = p->by_mid[place];
        bool is_meant = all || (int64_t)place < first;
        struct merchant m;

        if (mid != NULL || mids != NULL) {
            merchant_make(p, index, &m);
            is_meant = is_meant || (mid != NULL && strcmp(mid, m.mid) == 0);
        }
        for (const struct json *j = mids == NULL ? NULL : mids->child; j != NULL; j = j->next) {
            is_meant = is_meant || strcmp(json_text(j, ""), m.mid) == 0;
        }
        if (is_meant) {
            edits_vanish(&p->edits, index, away);
        }
    }
    return NULL;
}

static const char *vanish(struct portfolio *p, const struct json *change, struct target *t)
{
    (void)t;
    return set_vanished(p, change, true);
}

static const char *restore(struct portfolio *p, const struct json *change, struct target *t)
{
    (void)t;
    return set_vanished(p, change, false);
}

static const char *reset(struct portfolio *p, const struct json *change, struct target *t)
{
    (void)change;
    (void)t;
    edits_clear(&p->edits);
    p->today = p->opt->today;
    return NULL;
}

static const char *set_today(struct portfolio *p, const struct json *change, struct target *t)
{
    (void)change;
    if (t->day == NO_DAY) {
        return "date is missing";
    }
    p->today = t->day;
    return NULL;
}

static const char *rename_merchant(struct portfolio *p, const struct json *change, struct target *t)
{
    struct edit e = {.kind = EDIT_RENAME, .merchant = t->m.index, .stamp = portfolio_stamp(p)};

    e.text = text_or_null(json_get(change, "name"));
    edits_add(&p->edits, &e);
    return NULL;
}

static bool has_transaction(const struct portfolio *p, const struct merchant *m, uint64_t id)
{
    uint32_t slots[BATCHES_PER_DAY_MAX];
    struct batch b = {0};
    int32_t first, last;
    bool found = false;

    if (!batches_span(p, m, &first, &last)) {
        return false;
    }
    for (int32_t day = first; day <= last && !found; day++) {
        uint32_t n = batches_on(p, m, day, slots);

        for (uint32_t i = 0; i < n && !found; i++) {
            batch_load(p, m, (struct batch_name){day, slots[i]}, &b);
            for (uint32_t k = 0; k < b.n; k++) {
                found = found || b.transactions[k].id == id;
            }
        }
    }
    batch_done(&b);
    return found;
}

static const char *edit_transaction(struct portfolio *p, const struct json *change,
                                    struct target *t, enum edit_kind kind)
{
    struct edit e = {.kind = kind, .merchant = t->m.index, .stamp = portfolio_stamp(p)};
    const struct json *rejected = json_get(change, "void_reject_chargeback");
    const struct json *reason = json_get(change, "reject_description");

    e.id = strtoull(json_text(json_get(change, "id"), "0"), NULL, 10);
    if (!has_transaction(p, &t->m, e.id)) {
        return "no such transaction";
    }
    take_amounts(change, &e);
    e.rejected = json_bool(rejected, false);
    e.has |= (rejected != NULL ? EDIT_HAS_REJECTED : 0) | (reason != NULL ? EDIT_HAS_TEXT : 0);
    e.text = text_or_null(reason);
    edits_add(&p->edits, &e);
    return NULL;
}

static const char *set_transaction(struct portfolio *p, const struct json *change, struct target *t)
{
    return edit_transaction(p, change, t, EDIT_TRANSACTION);
}

static const char *drop_transaction(struct portfolio *p, const struct json *change,
                                    struct target *t)
{
    return edit_transaction(p, change, t, EDIT_DROP_TRANSACTION);
}

static const char *drop_batch(struct portfolio *p, const struct json *change, struct target *t)
{
    struct edit e = {.kind = EDIT_DROP_BATCH, .merchant = t->m.index, .day = t->day};
    int64_t place = json_int(json_get(change, "n"), 0);
    uint32_t slots[BATCHES_PER_DAY_MAX];

    if (t->day == NO_DAY || place < 0 || place >= batches_on(p, &t->m, t->day, slots)) {
        return "no such batch";
    }
    e.slot = slots[place];
    edits_add(&p->edits, &e);
    return NULL;
}

static const char *add_batch(struct portfolio *p, const struct json *change, struct target *t)
{
    struct edit e = {.kind = EDIT_ADD_BATCH, .merchant = t->m.index, .day = t->day};
    const struct json *reference = json_get(change, "reference_number");
    const struct json *terminal = json_get(change, "terminal_number");
    const struct edit *other = NULL;
    char unique[32];

    if (t->day == NO_DAY || t->day < p->opt->start - 3000 || t->day > p->today + 3000) {
        return "date is missing or too far away";
    }
    e.slot = BATCHES_PER_DAY_MAX / 2;
    while ((other = edits_next(&p->edits, other, EDIT_ADD_BATCH, t->m.index)) != NULL) {
        e.slot += other->day == t->day;
    }
    e.count = json_int(json_get(change, "transactions"), 3);
    if (e.slot >= BATCHES_PER_DAY_MAX || e.count < 0 || e.count > 60) {
        return "too many batches on that day, or too many transactions (60)";
    }
    e.stamp = portfolio_stamp(p);
    snprintf(unique, sizeof(unique), "99%010lld", (long long)(e.stamp % 10000000000));
    e.reference = reference == NULL ? strdup(unique) : text_or_null(reference);
    e.terminal = terminal == NULL ? strdup("0009") : text_or_null(terminal);
    edits_add(&p->edits, &e);
    return NULL;
}

static const char *edit_residual(struct portfolio *p, const struct json *change, struct target *t,
                                 enum edit_kind kind)
{
    struct edit e = {.kind = kind, .merchant = t->m.index, .month = t->month};
    struct residual r;

    if (t->month < 0 || !month_is_published(p, t->month) ||
        !residual_make(p, &t->m, t->month, &r)) {
        return "no such residual";
    }
    /* Edits of one row add up: what is not given stays as it is now. */
    e.income = r.income;
    e.expense = r.expense;
    e.agent_net = r.agent_net;
    e.sales = r.sales;
    e.count = r.transactions;
    e.has =
        EDIT_HAS_INCOME | EDIT_HAS_EXPENSE | EDIT_HAS_AGENT_NET | EDIT_HAS_SALES | EDIT_HAS_COUNT;
    take_amounts(change, &e);
    e.stamp = portfolio_stamp(p);
    edits_add(&p->edits, &e);
    return NULL;
}

static const char *set_residual(struct portfolio *p, const struct json *change, struct target *t)
{
    return edit_residual(p, change, t, EDIT_RESIDUAL);
}

static const char *drop_residual(struct portfolio *p, const struct json *change, struct target *t)
{
    return edit_residual(p, change, t, EDIT_DROP_RESIDUAL);
}

static const char *edit_line_item(struct portfolio *p, const struct json *change, struct target *t,
                                  enum edit_kind kind)
{
    struct edit e = {.kind = kind, .merchant = EDIT_NO_MERCHANT, .month = t->month};
    const struct json *description = json_get(change, "description");
    struct line_item item;
    bool found = kind == EDIT_ADD_LINE_ITEM;

    e.id = strtoull(json_text(json_get(change, "id"), "0"), NULL, 10);
    for (uint32_t i = 0; t->month >= 0 && !found && i < line_items_places(p, t->month); i++) {
        found = line_item_make(p, t->month, i, &item) && item.id == e.id;
    }
    if (t->month < 0 || !found) {
        return "no such month or line item";
    }
    if (kind == EDIT_ADD_LINE_ITEM && t->has_merchant) {
        e.merchant = t->m.index;
        e.has = EDIT_HAS_MERCHANT;
    }
    take_amounts(change, &e);
    e.has |= description != NULL ? EDIT_HAS_TEXT : 0;
    e.text = text_or_null(description);
    e.stamp = portfolio_stamp(p);
    edits_add(&p->edits, &e);
    return NULL;
}

static const char *set_line_item(struct portfolio *p, const struct json *change, struct target *t)
{
    return edit_line_item(p, change, t, EDIT_LINE_ITEM);
}

static const char *drop_line_item(struct portfolio *p, const struct json *change, struct target *t)
{
    return edit_line_item(p, change, t, EDIT_DROP_LINE_ITEM);
}

static const char *add_line_item(struct portfolio *p, const struct json *change, struct target *t)
{
    return edit_line_item(p, change, t, EDIT_ADD_LINE_ITEM);
}

struct op {
    const char *name;
    bool needs_merchant;
    const char *(*apply)(struct portfolio *p, const struct json *change, struct target *t);
};

static const struct op ops[] = {
    {"vanish", false, vanish},
    {"restore", false, restore},
    {"reset", false, reset},
    {"today", false, set_today},
    {"rename", true, rename_merchant},
    {"set_transaction", true, set_transaction},
    {"drop_transaction", true, drop_transaction},
    {"drop_batch", true, drop_batch},
    {"add_batch", true, add_batch},
    {"set_residual", true, set_residual},
    {"drop_residual", true, drop_residual},
    {"set_line_item", false, set_line_item},
    {"drop_line_item", false, drop_line_item},
    {"add_line_item", false, add_line_item},
};

static const char *apply(struct portfolio *p, const struct json *change, const struct op *op)
{
    const char *mid = json_text(json_get(change, "mid"), NULL);
    const char *date = json_text(json_get(change, "date"), NULL);
    int64_t year = json_int(json_get(change, "year"), 0);
    int64_t month = json_int(json_get(change, "month"), 0);
    struct target t = {.day = NO_DAY, .month = -1};

    t.has_merchant = mid != NULL && portfolio_find(p, mid, &t.m);
    if (op->needs_merchant && !t.has_merchant) {
        return "mid is missing, or there is no such merchant";
    }
    if (date != NULL && !day_parse(date, &t.day)) {
        return "date must be YYYY-MM-DD";
    }
    if (year > 1990 && year < 2200 && month >= 1 && month <= 12) {
        t.month = (int)(year * 12 + month - 1);
    }
    return op->apply(p, change, &t);
}

const char *mutate_now(struct portfolio *p, const struct json *change)
{
    const char *name = json_text(json_get(change, "op"), "");
    const char *reason = "unknown op";

    for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (strcmp(name, ops[i].name) == 0) {
            pthread_rwlock_wrlock(&p->lock);
            reason = apply(p, change, &ops[i]);
            pthread_rwlock_unlock(&p->lock);
        }
    }
    return reason;
}
