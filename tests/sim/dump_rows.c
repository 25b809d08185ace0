#include "dump.h"

#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "day.h"
#include "residuals.h"

/* Texts: absent is NULL, "" is absent, card numbers are masked. */
static void text(struct out *o, const char *s)
{
    char *copy;

    if (s == NULL || *s == '\0') {
        OUT_LIT(o, "null");
        return;
    }
    copy = strdup(s);
    if (copy == NULL) {
        abort();
    }
    card_mask_text(copy);
    out_json(o, copy);
    free(copy);
}

static void name_text(struct out *o, const char *name, const char *s)
{
    out_printf(o, ",\"%s\":", name);
    text(o, s);
}

static void name_date(struct out *o, const char *name, int32_t day)
{
    out_printf(o, ",\"%s\":", name);
    out_iso_date(o, day);
}

static void name_int(struct out *o, const char *name, int64_t value)
{
    out_printf(o, ",\"%s\":", name);
    out_int(o, value);
}

static void name_time(struct out *o, const char *name, int64_t instant)
{
    out_printf(o, ",\"%s\":", name);
    out_utc_time(o, instant);
}

static void end_row(struct out *o)
{
    OUT_LIT(o, ",\"removed_at\":null}\n");
}

void dump_merchant(struct out *o, const struct portfolio *p, const struct merchant *m)
{
    char buf[MERCHANT_NAME_MAX];
    int64_t leads[3];
    int n = merchant_leads(m, leads);
    int32_t first, last;

    if (!batches_span(p, m, &first, &last)) {
        first = last = NO_DAY;
    }
    out_printf(o, "{\"mid\":\"%s\"", m->mid);
    name_text(o, "name", merchant_name(p, m, buf));
    name_date(o, "opened", m->opened);
    name_date(o, "closed", m->closed);
    name_time(o, "created", m->created);
    name_time(o, "modified", m->modified);
    name_date(o, "first_batch", first);
    name_date(o, "last_batch", last);
    name_text(o, "group_name", merchant_group(p, m));
    name_text(o, "processor", processor_name(m->processor, buf));
    name_text(o, "datasource", merchant_source(p, m));
    name_text(o, "sic_code", merchant_sic(p, m));
    name_text(o, "vim", merchant_vim(p, m));
    name_date(o, "deactivated", m->deactivated);
    name_text(o, "status", m->closed == NO_DAY ? "Open" : "Closed");
    name_int(o, "active", merchant_is_active(m));
    OUT_LIT(o, ",\"leads\":\"[");
    for (int i = 0; i < n; i++) {
        out_printf(o, "%s%lld", i > 0 ? "," : "", (long long)leads[i]);
    }
    OUT_LIT(o, "]\"");
    end_row(o);
}

void dump_batch(struct out *o, const struct merchant *m, const struct batch *b, int ordinal)
{
    out_printf(o, "{\"mid\":\"%s\"", m->mid);
    name_date(o, "batch_date", b->name.day);
    OUT_LIT(o, ",\"reference_number\":");
    out_json(o, b->has_reference ? b->reference : "");
    OUT_LIT(o, ",\"terminal_number\":");
    out_json(o, b->has_terminal ? b->terminal : "");
    name_int(o, "ordinal", ordinal);
    name_int(o, "amount_cents", b->amount_cents);
    name_int(o, "transaction_count", b->count);
    end_row(o);
}

void dump_transactions(struct out *o, const struct merchant *m, const struct batch *b, int ordinal)
{
    for (uint32_t i = 0; i < b->n; i++) {
        const struct transaction *t = &b->transactions[i];

        out_printf(o, "{\"mid\":\"%s\",\"transaction_id\":", m->mid);
        out_int(o, (int64_t)t->id);
        out_printf(o, ",\"batch\":[\"%s\",", m->mid);
        out_iso_date(o, b->name.day);
        out_char(o, ',');
        out_json(o, b->has_reference ? b->reference : "");
        out_char(o, ',');
        out_json(o, b->has_terminal ? b->terminal : "");
        out_printf(o, ",%d]", ordinal);
        name_date(o, "transaction_date", t->day);
        name_text(o, "type", t->type);
        name_int(o, "amount_cents", t->amount_cents);
        name_text(o, "cardholder", t->has_card ? t->card : NULL);
        name_text(o, "auth_code", t->has_auth ? t->auth : NULL);
        name_text(o, "pos_entry_mode", t->entry);
        name_text(o, "invoice_number", t->has_invoice ? t->invoice : NULL);
        name_int(o, "void_reject_chargeback", t->rejected);
        name_text(o, "reject_description", t->reason);
        end_row(o);
    }
}

static bool is_alike(const struct adjustment *a, const struct adjustment *b)
{
    const char *a_type = a->type == NULL ? "" : a->type, *b_type = b->type == NULL ? "" : b->type;

    return a->day == b->day && a->amount_cents == b->amount_cents && strcmp(a_type, b_type) == 0;
}

void dump_adjustments(struct out *o, const struct portfolio *p, const struct merchant *m, int month,
                      int32_t from, int32_t to)
{
    struct adjustment a[ADJUSTMENTS_A_MONTH_MAX];
    int n = adjustments_of_month(p, m, month, a);

    for (int i = 0; i < n; i++) {
        int ordinal = 0;

        for (int k = 0; k < i; k++) {
            ordinal += is_alike(&a[k], &a[i]);
        }
        if (a[i].day >= from && a[i].day <= to) {
            out_printf(o, "{\"mid\":\"%s\"", m->mid);
            name_date(o, "adjustment_date", a[i].day);
            OUT_LIT(o, ",\"type\":");
            out_json(o, a[i].type == NULL ? "" : a[i].type);
            name_int(o, "amount_cents", a[i].amount_cents);
            name_int(o, "ordinal", ordinal);
            end_row(o);
        }
    }
}

static void row_of_month(struct out *o, int month)
{
    out_printf(o, "{\"year\":%d,\"month\":%d", month / 12, month % 12 + 1);
}

void dump_reports(struct out *o, const struct portfolio *p, int month, bool hide_null)
{
    struct report *reports = calloc((size_t)p->opt->processors, sizeof(*reports));
    uint32_t n = reports == NULL ? 0 : reports_of_month(p, month, hide_null, reports);
    char buf[64];

    for (uint32_t i = 0; i < n; i++) {
        const struct residual *s = &reports[i].sum;

        row_of_month(o, month);
        name_int(o, "processor_id", processor_id(reports[i].processor));
        name_text(o, "name", processor_name(reports[i].processor, buf));
        name_time(o, "modified", reports[i].modified);
        name_int(o, "merchants_count", reports[i].merchants);
        name_int(o, "transactions", s->transactions);
        name_int(o, "sales_amount_micros", s->sales);
        name_int(o, "income_micros", s->income);
        name_int(o, "expense_micros", s->expense);
        name_int(o, "net_micros", s->net);
        name_int(o, "agent_net_micros", s->agent_net);
        end_row(o);
    }
    free(reports);
}

void dump_residual(struct out *o, const struct portfolio *p, const struct merchant *m, int month,
                   bool hide_null)
{
    char buf[MERCHANT_NAME_MAX];
    struct residual r;

    if (!month_is_published(p, month) || !residual_make(p, m, month, &r) ||
        (hide_null && r.is_null_merchant)) {
        return;
    }
    row_of_month(o, month);
    name_int(o, "processor_id", processor_id(m->processor));
    name_text(o, "mid", m->mid);
    name_text(o, "merchant", merchant_first_name(p, m, buf));
    name_int(o, "transactions", r.transactions);
    name_int(o, "sales_amount_micros", r.sales);
    name_int(o, "income_micros", r.income);
    name_int(o, "expense_micros", r.expense);
    name_int(o, "net_micros", r.net);
    name_int(o, "agent_net_micros", r.agent_net);
    name_int(o, "bps_micros", r.bps);
    name_int(o, "percentage_micros", r.percentage);
    end_row(o);
}

static void line_item_merchant(struct out *o, const struct portfolio *p,
                               const struct line_item *item)
{
    char buf[MERCHANT_NAME_MAX];
    struct merchant m;

    if (!item->has_merchant) {
        OUT_LIT(o, ",\"mid\":null,\"dba\":null");
        return;
    }
    merchant_make(p, item->merchant, &m);
    name_text(o, "mid", m.mid);
    name_text(o, "dba", merchant_first_name(p, &m, buf));
}

void dump_line_item(struct out *o, const struct portfolio *p, int month, uint32_t place,
                    bool hide_null)
{
    struct line_item item;

    if (!line_item_make(p, month, place, &item) || (hide_null && item.is_null_merchant)) {
        return;
    }
    row_of_month(o, month);
    name_int(o, "id", (int64_t)item.id);
    name_text(o, "type", item.is_agent ? "agent" : "merchant");
    line_item_merchant(o, p, &item);
    if (item.user_id == 0) {
        OUT_LIT(o, ",\"user_id\":null");
    } else {
        name_int(o, "user_id", item.user_id);
    }
    name_text(o, "full_name", item.full_name);
    name_text(o, "description", item.description);
    name_int(o, "income_micros", item.income);
    name_int(o, "expense_micros", item.expense);
    name_int(o, "agent_net_micros", item.agent_net);
    name_int(o, "percentage_micros", item.percentage);
    name_int(o, "is_recurring", item.is_recurring);
    name_time(o, "created", item.created);
    name_time(o, "modified", item.modified);
    end_row(o);
}
