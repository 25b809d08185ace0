/* What happens to the CRM's data while somebody reads it. */
#include "tests/torture/crm_make.h"

#include <string.h>

static struct crm_merchant *some_merchant(struct crm *c)
{
    return c->merchant_count ? &c->merchants[chance_range(&c->chance, 0, c->merchant_count - 1)]
                             : NULL;
}

static const char *change_batches(struct crm *c, struct crm_merchant *m, int kind)
{
    struct chance *r = &c->chance;
    int n = m->batch_count ? chance_range(r, 0, m->batch_count - 1) : -1;
    struct crm_batch *b = n >= 0 ? &m->batches[n] : NULL;
    if (m->has_gone && m->batch_count < CRM_BATCHES && chance_once_in(r, 2)) {
        m->batches[m->batch_count++] = m->gone;
        m->has_gone = false;
        return "a batch is back";
    }
    if (kind == 0 || !b) {
        crm_add_batch(c, m);
        return "a batch is added";
    }
    if (kind == 1) {
        m->gone = *b;
        m->has_gone = true;
        memmove(b, b + 1, (size_t)(m->batch_count - 1 - n) * sizeof *b);
        m->batch_count--;
        m->adjustment_count = m->batch_count ? m->adjustment_count : 0;
        return "a batch is gone";
    }
    if (kind == 2 && b->count < CRM_TRANSACTIONS) {
        b->transactions[b->count++] = crm_some_transaction(c, b->day);
        crm_sum_up(b);
        return "a transaction is added";
    }
    if (kind == 3 && b->count > 1) {
        b->count--;
        crm_sum_up(b);
        return "a transaction is gone";
    }
    if (!b->count) {
        return "nothing";
    }
    struct crm_transaction *t = &b->transactions[chance_range(r, 0, b->count - 1)];
    t->is_rejected = !t->is_rejected;
    t->cents += chance_once_in(r, 2) ? 100 : 0;
    crm_sum_up(b);
    return "a transaction is changed";
}

static const char *move_transaction(struct crm *c, struct crm_merchant *m)
{
    struct chance *r = &c->chance;
    if (m->batch_count < 2) {
        return "nothing";
    }
    struct crm_batch *from = &m->batches[chance_range(r, 0, m->batch_count - 1)];
    struct crm_batch *to = &m->batches[chance_range(r, 0, m->batch_count - 1)];
    if (from == to || from->count < 2 || to->count == CRM_TRANSACTIONS) {
        return "nothing";
    }
    to->transactions[to->count++] = from->transactions[--from->count];
    crm_sum_up(from);
    crm_sum_up(to);
    return "a transaction is moved to another batch";
}

static const char *change_merchant(struct crm *c, struct crm_merchant *m)
{
    m->revision++;
    m->modified_day = c->last_day;
    if (!m->is_listed) {
        m->is_listed = true;
        return "a merchant is back";
    }
    if (chance_once_in(&c->chance, 2) && c->vanished < CRM_VANISH_MOST) {
        c->vanished++;
        m->is_listed = false;
        return "a merchant is gone";
    }
    return "a merchant is renamed";
}

static const char *change_report(struct crm *c, struct crm_report *p)
{
    struct chance *r = &c->chance;
    p->revision++;
    if (chance_once_in(r, 4)) {
        p->is_listed = !p->is_listed;
        return "a report comes or goes";
    }
    if (p->row_count && chance_once_in(r, 3)) {
        int at = chance_range(r, 0, p->row_count - 1);
        memmove(&p->rows[at], &p->rows[at + 1],
                (size_t)(p->row_count - 1 - at) * sizeof p->rows[0]);
        p->row_count--;
        return "a report's row is gone";
    }
    if (p->row_count && chance_once_in(r, 2)) {
        struct crm_row *row = &p->rows[chance_range(r, 0, p->row_count - 1)];
        *row = crm_some_row(c, row->merchant);
        return "a report's row is changed";
    }
    return crm_add_row(c, p) ? "a report's row is added" : "nothing";
}

static const char *change_item(struct crm *c, struct crm_month *m)
{
    struct chance *r = &c->chance;
    if (m->item_count && chance_once_in(r, 3)) {
        memmove(&m->items[0], &m->items[1], (size_t)(m->item_count - 1) * sizeof m->items[0]);
        m->item_count--;
        return "a line item is gone";
    }
    if (m->item_count && chance_once_in(r, 2)) {
        struct crm_item *item = &m->items[chance_range(r, 0, m->item_count - 1)];
        item->revision++;
        item->income = crm_some_micros(r);
        return "a line item is changed";
    }
    return crm_add_item(c, m) ? "a line item is added" : "nothing";
}

const char *crm_change(struct crm *c)
{
    struct chance *r = &c->chance;
    struct crm_merchant *m = some_merchant(c);
    struct crm_month *month = &c->months[chance_range(r, 0, c->month_count - 1)];
    int kind = chance_range(r, 0, 12);
    if (kind == 12 || !m) {
        return crm_add_merchant(c) ? "a merchant is added" : "nothing";
    }
    if (kind < 5) {
        return change_batches(c, m, kind);
    }
    if (kind == 5) {
        return move_transaction(c, m);
    }
    if (kind == 6) {
        m->adjustment_count -= m->adjustment_count && chance_once_in(r, 2);
        crm_add_adjustment(c, m);
        return "adjustments are changed";
    }
    if (kind < 9) {
        return change_merchant(c, m);
    }
    if (kind < 11) {
        return change_report(c, &month->reports[chance_range(r, 0, CRM_PROCESSORS - 1)]);
    }
    return change_item(c, month);
}

#define SWAP(type, list, count)                                                                    \
    do {                                                                                           \
        int one = chance_range(&c->chance, 0, (count) > 0 ? (count)-1 : 0);                        \
        int other = chance_range(&c->chance, 0, (count) > 0 ? (count)-1 : 0);                      \
        type held = (list)[one];                                                                   \
        (list)[one] = (list)[other];                                                               \
        (list)[other] = held;                                                                      \
    } while (0)

static void shuffle_once(struct crm *c)
{
    for (int i = 0; i < c->merchant_count; i++) {
        SWAP(struct crm_batch, c->merchants[i].batches, c->merchants[i].batch_count);
    }
    for (int i = 0; i < c->month_count; i++) {
        SWAP(struct crm_item, c->months[i].items, c->months[i].item_count);
        for (int n = 0; n < CRM_PROCESSORS; n++) {
            SWAP(struct crm_row, c->months[i].reports[n].rows, c->months[i].reports[n].row_count);
        }
    }
}

void crm_shuffle(struct crm *c)
{
    for (int times = chance_range(&c->chance, 1, 4); times > 0; times--) {
        shuffle_once(c);
    }
}
