/* The CRM's answers, as /merchants and the others write them. */
#include "tests/torture/crm.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/json_write.h"
#include "core/money.h"

#include <stdio.h>
#include <string.h>

/* ---- values ---- */

static void kv_money(struct crm *c, struct json_writer *j, const char *key, int64_t units,
                     int decimals)
{
    char text[32];
    money_format(units, decimals, text);
    json_key(j, key);
    if (c->spoilt == SPOILT_VALUES) {
        json_string(j, "1.23456789");
    } else if (c->numbers) {
        json_raw(j, text);
    } else {
        json_string(j, text);
    }
}

static void kv_day(struct json_writer *j, const char *key, int day)
{
    char text[48];
    struct civil d = civil_from_days(day);
    snprintf(text, sizeof text, "%02d/%02d/%04d", d.month, d.day, d.year);
    json_kv_string(j, key, day ? text : NULL);
}

static void kv_instant(struct json_writer *j, const char *key, const char *utc)
{
    char text[40];
    snprintf(text, sizeof text, "%.19s+00:00", utc);
    json_kv_string(j, key, text);
}

static void kv_mid(struct crm *c, struct json_writer *j, int merchant)
{
    const char *mid = merchant >= 0 && c->spoilt != SPOILT_KEYS ? c->merchants[merchant].mid : NULL;
    if (mid && c->zeros) {
        json_key(j, "mid");
        json_raw(j, mid + strspn(mid, "0"));
    } else {
        json_kv_string(j, "mid", mid);
    }
}

/* What names the record. */
static void kv_id(struct crm *c, struct json_writer *j, const char *key, int64_t id)
{
    json_key(j, key);
    if (c->spoilt == SPOILT_KEYS) {
        json_null(j);
    } else {
        json_int(j, id);
    }
}

static void kv_text(struct json_writer *j, const char *key, const char *text)
{
    json_kv_string(j, key, *text ? text : NULL);
}

/* ---- records ---- */

static void add_merchant(struct crm *c, struct json_writer *j, const struct crm_merchant *m)
{
    char text[48];
    json_object(j);
    json_kv_string(j, "mid", c->spoilt == SPOILT_KEYS ? NULL : m->mid);
    crm_name(m, text);
    json_kv_string(j, "name", text);
    kv_day(j, "first_batch", crm_first_batch(m));
    kv_day(j, "last_batch", crm_last_batch(m));
    crm_modified(m, text);
    kv_instant(j, "modified", c->spoilt == SPOILT_VALUES ? "soon" : text);
    json_kv_string(j, "active", "true");
    json_end_object(j);
}

static void add_batch(struct crm *c, struct json_writer *j, const struct crm_batch *b)
{
    char text[24];
    json_object(j);
    kv_day(j, "date", b->day);
    crm_reference(b, text);
    kv_text(j, "reference_number", text);
    crm_terminal(b, text);
    kv_text(j, "terminal_number", text);
    kv_money(c, j, "amount", b->cents, 2);
    json_kv_int(j, "count", b->count);
    c->spoilt = c->spoilt == SPOILT_BELOW ? SPOILT_VALUES : c->spoilt;
    json_key(j, "transactions");
    json_array(j);
    for (int i = 0; i < b->count; i++) {
        const struct crm_transaction *t = &b->transactions[i];
        json_object(j);
        kv_id(c, j, "id", t->id);
        kv_day(j, "date", t->day);
        json_kv_string(j, "type", crm_type(t->type));
        kv_money(c, j, "amount", t->cents, 2);
        json_kv_bool(j, "void_reject_chargeback", t->is_rejected);
        json_end_object(j);
    }
    json_end_array(j);
    json_end_object(j);
}

static void add_report(struct crm *c, struct json_writer *j, const struct crm_month *m,
                       const struct crm_report *p)
{
    char modified[25];
    struct crm_row sum = {0};
    for (int i = 0; i < p->row_count; i++) {
        sum.transactions += p->rows[i].transactions;
        sum.sales += p->rows[i].sales;
        sum.income += p->rows[i].income;
        sum.expense += p->rows[i].expense;
        sum.agent_net += p->rows[i].agent_net;
    }
    crm_report_modified(m, p, modified);
    json_object(j);
    kv_id(c, j, "processor_id", p->processor);
    json_kv_string(j, "name", "Processor");
    kv_instant(j, "modified", modified);
    json_kv_int(j, "merchants_count", p->row_count);
    json_kv_int(j, "sum_transactions", sum.transactions);
    kv_money(c, j, "sum_sales_amount", sum.sales, 6);
    kv_money(c, j, "sum_income", sum.income, 6);
    kv_money(c, j, "sum_expense", sum.expense, 6);
    kv_money(c, j, "sum_net", sum.income - sum.expense, 6);
    kv_money(c, j, "sum_agent_net", sum.agent_net, 6);
    json_end_object(j);
}

static void add_row(struct crm *c, struct json_writer *j, const struct crm_row *r)
{
    json_object(j);
    kv_mid(c, j, r->merchant);
    json_kv_int(j, "transactions", r->transactions);
    kv_money(c, j, "sales_amount", r->sales, 6);
    kv_money(c, j, "income", r->income, 6);
    kv_money(c, j, "expense", r->expense, 6);
    kv_money(c, j, "net", r->income - r->expense, 6);
    kv_money(c, j, "agent_net", r->agent_net, 6);
    kv_money(c, j, "bps", r->bps, 6);
    kv_money(c, j, "percentage", r->percentage, 6);
    json_end_object(j);
}

static void add_item(struct crm *c, struct json_writer *j, const struct crm_item *t)
{
    char text[32];
    json_object(j);
    kv_id(c, j, "id", t->id);
    json_kv_string(j, "type", "merchant");
    json_key(j, "merchant");
    json_object(j);
    kv_mid(c, j, t->merchant);
    json_end_object(j);
    snprintf(text, sizeof text, "item %d", t->revision);
    json_kv_string(j, "description", text);
    kv_money(c, j, "income", t->income, 6);
    kv_money(c, j, "expense", t->expense, 6);
    kv_money(c, j, "agent_net", t->agent_net, 6);
    json_end_object(j);
}

/* ---- a page ---- */

/* Row `n` of the whole list. */
static void add_nth(struct crm *c, struct json_writer *j, const struct crm_query *q, int n)
{
    struct crm_month *month = crm_month(c, q->year, q->month);
    const struct crm_merchant *m =
        &c->merchants[q->list == CRM_BATCH_LIST ? crm_find(c, q->mid) : 0];
    int at = 0;
    switch (q->list) {
    case CRM_LIST:
        for (n++; n; at++) {
            n -= c->merchants[at].is_listed;
        }
        add_merchant(c, j, &c->merchants[at - 1]);
        break;
    case CRM_BATCH_LIST:
        for (n++; n; at++) {
            n -= crm_is_within(q, m->batches[at].day);
        }
        add_batch(c, j, &m->batches[at - 1]);
        break;
    case CRM_REPORTS:
        for (n++; n; at++) {
            n -= month->reports[at].is_listed;
        }
        add_report(c, j, month, &month->reports[at - 1]);
        break;
    case CRM_ROWS:
        add_row(c, j, &crm_report(c, q)->rows[n]);
        break;
    case CRM_LINE_ITEMS:
        add_item(c, j, &month->items[n]);
        break;
    case CRM_MERCHANT:
        break;
    }
}

static void add_adjustments(struct crm *c, struct json_writer *j, const struct crm_query *q)
{
    const struct crm_merchant *m = &c->merchants[crm_find(c, q->mid)];
    json_key(j, "adjustments");
    json_array(j);
    for (int i = 0; i < m->adjustment_count; i++) {
        const struct crm_adjustment *a = &m->adjustments[i];
        if (crm_is_within(q, a->day)) {
            json_object(j);
            kv_day(j, "date", a->day);
            json_kv_string(j, "type", crm_adjustment_type(a->type));
            kv_money(c, j, "amount", a->cents, 2);
            json_end_object(j);
        }
    }
    json_end_array(j);
}

static void add_meta(struct crm *c, struct json_writer *j, const struct crm_query *q, int total,
                     enum crm_oddity odd)
{
    char last[16];
    int size = crm_page_rows(c, q);
    int pages = total > 0 ? (total + size - 1) / size : 1;
    snprintf(last, sizeof last, "%d", pages);
    json_key(j, "links");
    json_object(j);
    json_kv_string(j, "next", q->page < pages ? "https://elsewhere.test/next" : NULL);
    json_end_object(j);
    json_key(j, "meta");
    json_object(j);
    json_kv_int(j, "current_page", q->page + (odd == ODD_CURRENT_PAGE));
    json_kv_string(j, "last_page", last);
    json_kv_int(j, "per_page", size);
    if (!c->names_no_total) {
        json_kv_int(j, "total", total + (odd == ODD_TOTAL ? chance_range(&c->chance, 1, 9) : 0));
    }
    json_end_object(j);
}

static void add_list(struct crm *c, const struct crm_query *q, enum crm_oddity odd,
                     struct json_writer *j)
{
    int total = odd == ODD_EMPTY ? 0 : crm_total(c, q);
    int size = crm_page_rows(c, q);
    int page = odd == ODD_REPEATED && q->page > 1 ? q->page - 1 : q->page;
    int64_t first = (int64_t)(page - 1) * size;
    json_key(j, "data");
    json_array(j);
    for (int64_t n = first; n < first + size && n < total; n++) {
        bool spoils = odd == ODD_RECORD && n == first;
        c->spoilt = spoils ? chance_range(&c->chance, SPOILT_VALUES, SPOILT_BELOW) : SPOILT_NOTHING;
        add_nth(c, j, q, (int)n);
        c->spoilt = SPOILT_NOTHING;
    }
    json_end_array(j);
    if (q->list == CRM_BATCH_LIST) {
        add_adjustments(c, j, q);
    }
    add_meta(c, j, q, total, odd);
}

int crm_answer(struct crm *c, const struct crm_query *q, enum crm_oddity odd, struct buf *out)
{
    struct json_writer j;
    int m = crm_find(c, q->mid);
    if (!crm_is_page_size(q)) {
        return 422;
    }
    if ((q->list == CRM_MERCHANT || q->list == CRM_BATCH_LIST) && m < 0) {
        return 404;
    }
    json_begin(&j, out);
    json_object(&j);
    if (q->list == CRM_MERCHANT) {
        json_key(&j, "general");
        add_merchant(c, &j, &c->merchants[m]);
    } else {
        add_list(c, q, odd, &j);
    }
    json_end_object(&j);
    return 200;
}
