/* How the CRM's things are written, and what the database must hold of them. */
#include "tests/torture/crm.h"

#include "core/base/buf.h"
#include "core/base/civil.h"

#include <stdio.h>
#include <string.h>

const char *crm_type(int type)
{
    static const char *const types[] = {"SALE", "REFUND", "VOID"};
    return types[type];
}

const char *crm_adjustment_type(int type)
{
    return type ? "FEE" : "DISCOUNT";
}

static void numbered(const char *prefix, int number, char out[24])
{
    out[0] = '\0';
    if (number) {
        snprintf(out, 24, "%s%04d", prefix, number);
    }
}

void crm_reference(const struct crm_batch *b, char out[24])
{
    numbered("", b->reference, out);
}

void crm_terminal(const struct crm_batch *b, char out[24])
{
    numbered("T", b->terminal, out);
}

void crm_day(int day, char out[11])
{
    civil_format(civil_from_days(day), out);
}

void crm_name(const struct crm_merchant *m, char out[48])
{
    snprintf(out, 48, "Shop %s, no. %d", m->mid, m->revision);
}

void crm_modified(const struct crm_merchant *m, char out[25])
{
    civil_format_utc(m->modified_day * 86400000 + m->revision * 1000, out);
}

void crm_report_modified(const struct crm_month *m, const struct crm_report *r, char out[25])
{
    int day = civil_to_days((struct civil){m->year, m->month, 15});
    civil_format_utc((int64_t)day * 86400000 + r->revision * 1000, out);
}

/* ---- lines ---- */

static void merchant_line(const struct crm_merchant *m, struct buf *out)
{
    char name[48];
    char modified[25];
    char first[11] = "";
    char last[11] = "";
    crm_name(m, name);
    crm_modified(m, modified);
    if (m->batch_count) {
        crm_day(crm_first_batch(m), first);
        crm_day(crm_last_batch(m), last);
    }
    buf_addf(out, "M|%s|%s|%s|%s|%s\n", m->mid, name, modified, first, last);
}

static void batch_lines(const struct crm_merchant *m, const struct crm_batch *b, struct buf *out)
{
    char day[11];
    char reference[24];
    char terminal[24];
    struct buf ids = {0};
    crm_reference(b, reference);
    crm_terminal(b, terminal);
    for (int i = 0; i < b->count; i++) {
        const struct crm_transaction *t = &b->transactions[i];
        crm_day(t->day, day);
        buf_addf(out, "T|%s|%lld|%s|%s|%lld|%d\n", m->mid, (long long)t->id, day, crm_type(t->type),
                 (long long)t->cents, t->is_rejected);
    }
    for (int64_t id = 0; ids.len < 1000;) { /* by number: they move between batches */
        int64_t next = INT64_MAX;
        for (int i = 0; i < b->count; i++) {
            int64_t at = b->transactions[i].id;
            next = at > id && at < next ? at : next;
        }
        if (next == INT64_MAX) {
            break;
        }
        buf_addf(&ids, "%s%lld", ids.len ? "," : "", (long long)next);
        id = next;
    }
    crm_day(b->day, day);
    buf_addf(out, "B|%s|%s|%s|%s|%lld|%d|%s\n", m->mid, day, reference, terminal,
             (long long)b->cents, b->count, ids.data ? ids.data : "");
    buf_done(&ids);
}

static void adjustment_line(const struct crm_merchant *m, int at, struct buf *out)
{
    const struct crm_adjustment *a = &m->adjustments[at];
    char day[11];
    int ordinal = 0;
    for (int i = 0; i < at; i++) {
        const struct crm_adjustment *b = &m->adjustments[i];
        ordinal += a->day == b->day && a->type == b->type && a->cents == b->cents;
    }
    crm_day(a->day, day);
    buf_addf(out, "A|%s|%s|%s|%lld|%d\n", m->mid, day, crm_adjustment_type(a->type),
             (long long)a->cents, ordinal);
}

/* Without its zeros: which merchant a number means depends on when it became known. */
static const char *bare_mid(const struct crm *c, int merchant)
{
    const char *mid = merchant >= 0 ? c->merchants[merchant].mid : "";
    return mid + strspn(mid, "0");
}

static void report_lines(const struct crm *c, const struct crm_month *m, const struct crm_report *p,
                         struct buf *out)
{
    struct crm_row sum = {0};
    char modified[25];
    for (int i = 0; i < p->row_count; i++) {
        const struct crm_row *r = &p->rows[i];
        sum.transactions += r->transactions;
        sum.sales += r->sales;
        sum.income += r->income;
        sum.expense += r->expense;
        sum.agent_net += r->agent_net;
        buf_addf(out, "R|%d|%d|%lld|%s|%d|%lld|%lld|%lld|%lld|%lld|%lld|%lld\n", m->year, m->month,
                 (long long)p->processor, bare_mid(c, r->merchant), r->transactions,
                 (long long)r->sales, (long long)r->income, (long long)r->expense,
                 (long long)(r->income - r->expense), (long long)r->agent_net, (long long)r->bps,
                 (long long)r->percentage);
    }
    crm_report_modified(m, p, modified);
    buf_addf(out, "P|%d|%d|%lld|%s|%d|%d|%lld|%lld|%lld|%lld|%lld\n", m->year, m->month,
             (long long)p->processor, modified, p->row_count, sum.transactions,
             (long long)sum.sales, (long long)sum.income, (long long)sum.expense,
             (long long)(sum.income - sum.expense), (long long)sum.agent_net);
}

void crm_lines(const struct crm *c, struct buf *out)
{
    for (int i = 0; i < c->merchant_count; i++) {
        const struct crm_merchant *m = &c->merchants[i];
        if (!m->is_listed) {
            continue; /* what it had is not read any more */
        }
        merchant_line(m, out);
        for (int n = 0; n < m->batch_count; n++) {
            batch_lines(m, &m->batches[n], out);
        }
        for (int n = 0; n < m->adjustment_count; n++) {
            adjustment_line(m, n, out);
        }
    }
    for (int i = 0; i < c->month_count; i++) {
        const struct crm_month *m = &c->months[i];
        for (int n = 0; n < CRM_PROCESSORS; n++) {
            if (m->reports[n].is_listed) {
                report_lines(c, m, &m->reports[n], out);
            }
        }
        for (int n = 0; n < m->item_count; n++) {
            const struct crm_item *t = &m->items[n];
            buf_addf(out, "I|%d|%d|%lld|%s|%lld|%lld|%lld|item %d\n", m->year, m->month,
                     (long long)t->id, bare_mid(c, t->merchant), (long long)t->income,
                     (long long)t->expense, (long long)t->agent_net, t->revision);
        }
    }
}
