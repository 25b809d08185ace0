#include "render.h"

#include "day.h"
#include "rng.h"

static const int offsets[] = {0, 300, -300, 330, -480};

/* Absent dates come as null or as "". */
static void date(struct out *o, int32_t day, uint64_t style)
{
    if (day == NO_DAY && (style & 1) != 0) {
        OUT_LIT(o, "\"\"");
    } else {
        out_us_date(o, day);
    }
}

static void instant(struct out *o, int64_t value, uint64_t style)
{
    if (value == NO_INSTANT && (style & 1) != 0) {
        OUT_LIT(o, "\"\"");
    } else {
        out_offset_time(o, value, style == 0 ? 0 : offsets[style % 5]);
    }
}

/* Digits as a number, where the text is the same number written that way. */
static void text_or_number(struct out *o, const char *s, uint64_t style)
{
    if (s != NULL && s[0] >= '1' && s[0] <= '9' && style % 4 == 1) {
        out_str(o, s);
    } else {
        out_json(o, s);
    }
}

void render_merchant(struct out *o, const struct portfolio *p, const struct merchant *m)
{
    uint64_t style = p->opt->plain ? 0 : rng_step(m->h, 20);
    char buf[MERCHANT_NAME_MAX];
    int32_t first, last;
    int64_t leads[3];
    int n_leads = merchant_leads(m, leads);

    if (!batches_span(p, m, &first, &last)) {
        first = last = NO_DAY;
    }
    o->php = style % 3 == 1;
    out_printf(o, "{\"mid\":\"%s\",\"name\":", m->mid);
    out_json(o, merchant_name(p, m, buf));
    OUT_LIT(o, ",\"opened\":");
    date(o, m->opened, style);
    OUT_LIT(o, ",\"closed\":");
    date(o, m->closed, style >> 1);
    OUT_LIT(o, ",\"created\":");
    instant(o, m->created, style >> 2);
    OUT_LIT(o, ",\"modified\":");
    instant(o, m->modified, style >> 5);
    OUT_LIT(o, ",\"first_batch\":");
    date(o, first, style >> 7);
    OUT_LIT(o, ",\"last_batch\":");
    date(o, last, style >> 8);
    OUT_LIT(o, ",\"group\":");
    out_json(o, merchant_group(p, m));
    OUT_LIT(o, ",\"processor\":");
    out_json(o, processor_name(m->processor, buf));
    OUT_LIT(o, ",\"datasource\":");
    out_json(o, merchant_source(p, m));
    OUT_LIT(o, ",\"sic_code\":");
    text_or_number(o, merchant_sic(p, m), style >> 9);
    OUT_LIT(o, ",\"vim\":");
    out_json(o, merchant_vim(p, m));
    OUT_LIT(o, ",\"deactivated\":");
    date(o, m->deactivated, style >> 11);
    OUT_LIT(o, ",\"status\":");
    out_json(o, m->closed == NO_DAY ? "Open" : "Closed");
    out_printf(o, ",\"active\":%s,\"leads\":[", merchant_is_active(m) ? "true" : "false");
    for (int i = 0; i < n_leads; i++) {
        out_printf(o, "%s%lld", i > 0 ? "," : "", (long long)leads[i]);
    }
    out_char(o, ']');
    if (style >> 40 & 1 && style % 5 == 0) {
        OUT_LIT(o, ",\"risk_score\":{\"value\":0.29,\"tags\":[\"new\",null]}");
    }
    out_char(o, '}');
    o->php = false;
}

void render_merchant_page(struct out *o, const struct portfolio *p, const struct merchant *m)
{
    OUT_LIT(o, "{\"general\":");
    render_merchant(o, p, m);
    out_printf(o, ",\"account_information\":{\"%s\":{\"dda\":\"***%04u\",\"rate\":2.9}}",
               m->processor == 0 ? "tsys_fields" : "fields", m->index % 10000);
    OUT_LIT(o, ",\"leads\":[]}");
}

/* Money of cards: documented as a string with two decimals. */
static void cents(struct out *o, int64_t value, uint64_t style)
{
    unsigned kind = style == 0 ? 49 : (unsigned)(style % 50);
    bool is_string = kind > 1;

    if (is_string) {
        out_char(o, '"');
    }
    out_decimal(o, value, 2, kind == 1 || kind == 2 ? 0 : 2);
    if (is_string) {
        out_char(o, '"');
    }
}

/* Money and rates of residuals: numbers or strings, with as many decimals as there are. */
static void micros(struct out *o, int64_t value, uint64_t style)
{
    unsigned kind = style == 0 ? 9 : (unsigned)(style % 6);

    if (kind < 2) {
        out_char(o, '"');
    }
    out_decimal(o, value, 6, kind == 0 ? 6 : kind == 2 && value % 10000 == 0 ? 2 : 0);
    if (kind < 2) {
        out_char(o, '"');
    }
}

static void count(struct out *o, int64_t value, bool is_string)
{
    if (is_string) {
        out_char(o, '"');
    }
    out_int(o, value);
    if (is_string) {
        out_char(o, '"');
    }
}

static void transaction(struct out *o, const struct transaction *t)
{
    OUT_LIT(o, "{\"id\":");
    count(o, (int64_t)t->id, t->style != 0 && t->style % 61 == 0);
    OUT_LIT(o, ",\"date\":");
    date(o, t->day, t->style >> 9);
    OUT_LIT(o, ",\"type\":");
    out_json(o, t->type);
    OUT_LIT(o, ",\"amount\":");
    cents(o, t->amount_cents, t->style >> 3);
    OUT_LIT(o, ",\"cardholder\":");
    out_json(o, t->has_card ? t->card : NULL);
    OUT_LIT(o, ",\"auth_code\":");
    text_or_number(o, t->has_auth ? t->auth : NULL, t->style >> 12);
    OUT_LIT(o, ",\"pos_entry_mode\":");
    text_or_number(o, t->entry, t->style >> 15);
    OUT_LIT(o, ",\"invoice_number\":");
    out_json(o, t->has_invoice ? t->invoice : NULL);
    if (t->rejected) {
        OUT_LIT(o, ",\"void_reject_chargeback\":true,\"reject_description\":");
    } else {
        OUT_LIT(o, ",\"void_reject_chargeback\":false,\"reject_description\":");
    }
    out_json(o, t->reason);
    if (t->style != 0 && t->style % 83 == 0) {
        OUT_LIT(o, ",\"tip\":\"0.00\"");
    }
    out_char(o, '}');
}

void render_batch(struct out *o, const struct batch *b)
{
    o->php = b->style % 3 == 1;
    OUT_LIT(o, "{\"date\":");
    out_us_date(o, b->name.day);
    OUT_LIT(o, ",\"reference_number\":");
    text_or_number(o, b->has_reference ? b->reference : NULL, b->style >> 4);
    OUT_LIT(o, ",\"amount\":");
    cents(o, b->amount_cents, b->style >> 8);
    OUT_LIT(o, ",\"count\":");
    count(o, b->count, b->style == 0 || (b->style >> 13) % 9 != 0);
    OUT_LIT(o, ",\"terminal_number\":");
    text_or_number(o, b->has_terminal ? b->terminal : NULL, b->style >> 17);
    if (b->style != 0 && (b->style >> 20) % 43 == 0) {
        OUT_LIT(o, ",\"funding\":{\"status\":\"paid\",\"on\":null}");
    }
    OUT_LIT(o, ",\"transactions\":[");
    for (uint32_t i = 0; i < b->n; i++) {
        if (i > 0) {
            out_char(o, ',');
        }
        transaction(o, &b->transactions[i]);
    }
    OUT_LIT(o, "]}");
    o->php = false;
}

void render_adjustment(struct out *o, const struct adjustment *a)
{
    OUT_LIT(o, "{\"date\":");
    out_us_date(o, a->day);
    OUT_LIT(o, ",\"type\":");
    out_json(o, a->type);
    OUT_LIT(o, ",\"amount\":");
    cents(o, a->amount_cents, 0);
    out_char(o, '}');
}

void render_report(struct out *o, const struct report *r)
{
    const struct residual *s = &r->sum;
    uint64_t style = r->style;
    char buf[64];

    OUT_LIT(o, "{\"processor_id\":");
    count(o, processor_id(r->processor), style != 0 && style % 7 == 3);
    OUT_LIT(o, ",\"name\":");
    out_json(o, processor_name(r->processor, buf));
    OUT_LIT(o, ",\"created\":");
    instant(o, r->modified - 600, style == 0 ? 0 : style >> 4 | 2);
    OUT_LIT(o, ",\"created_by\":\"importer\",\"modified\":");
    instant(o, r->modified, style >> 9);
    OUT_LIT(o, ",\"modified_by\":null,\"merchants_count\":");
    count(o, r->merchants, style != 0 && style % 5 == 1);
    OUT_LIT(o, ",\"sum_transactions\":");
    count(o, s->transactions, style != 0 && style % 11 == 2);
    OUT_LIT(o, ",\"sum_sales_amount\":");
    micros(o, s->sales, style >> 12);
    OUT_LIT(o, ",\"sum_income\":");
    micros(o, s->income, style >> 15);
    OUT_LIT(o, ",\"sum_expense\":");
    micros(o, s->expense, style >> 18);
    OUT_LIT(o, ",\"sum_net\":");
    micros(o, s->net, style >> 21);
    OUT_LIT(o, ",\"sum_bps\":");
    micros(o, s->bps, 0);
    OUT_LIT(o, ",\"sum_agent_net\":");
    micros(o, s->agent_net, style >> 24);
    out_char(o, '}');
}

/* A mid as residuals write it: for some rows as a number, its leading zeros lost. */
static void residual_mid(struct out *o, const char *mid, uint64_t style)
{
    if (style != 0 && style % 3 == 0) {
        while (*mid == '0' && mid[1] != '\0') {
            mid++;
        }
        out_str(o, mid);
    } else {
        out_json(o, mid);
    }
}

void render_residual(struct out *o, const struct portfolio *p, const struct residual *r)
{
    char buf[MERCHANT_NAME_MAX];
    struct merchant m;
    uint64_t style = r->style;

    merchant_make(p, r->merchant, &m);
    o->php = style % 4 == 1;
    OUT_LIT(o, "{\"mid\":");
    residual_mid(o, m.mid, style >> 2);
    OUT_LIT(o, ",\"merchant\":");
    out_json(o, merchant_first_name(p, &m, buf));
    OUT_LIT(o, ",\"transactions\":");
    count(o, r->transactions, style != 0 && (style >> 5) % 6 == 0);
    OUT_LIT(o, ",\"sales_amount\":");
    micros(o, r->sales, style >> 8);
    OUT_LIT(o, ",\"income\":");
    micros(o, r->income, style >> 11);
    OUT_LIT(o, ",\"expense\":");
    micros(o, r->expense, style >> 14);
    OUT_LIT(o, ",\"net\":");
    micros(o, r->net, style >> 17);
    OUT_LIT(o, ",\"bps\":");
    micros(o, r->bps, style >> 20);
    OUT_LIT(o, ",\"percentage\":");
    micros(o, r->percentage, style >> 23);
    OUT_LIT(o, ",\"agent_net\":");
    micros(o, r->agent_net, style >> 26);
    OUT_LIT(o, ",\"users\":true");
    if (style != 0 && (style >> 30) % 37 == 0) {
        OUT_LIT(o, ",\"note\":\"new column\"");
    }
    out_char(o, '}');
    o->php = false;
}

static void line_item_user(struct out *o, const struct line_item *item)
{
    if (item->user_id == 0) {
        OUT_LIT(o, ",\"user\":null");
        return;
    }
    out_printf(o, ",\"user\":{\"user_id\":%lld,\"username\":\"user%lld\",\"full_name\":",
               (long long)item->user_id, (long long)item->user_id);
    out_json(o, item->full_name);
    OUT_LIT(o, ",\"class\":\"Agent\",\"is_active\":true}");
}

static void line_item_merchant(struct out *o, const struct portfolio *p,
                               const struct line_item *item)
{
    char buf[MERCHANT_NAME_MAX];
    struct merchant m;

    if (!item->has_merchant) {
        OUT_LIT(o, ",\"merchant\":null,\"related_mid\":null,\"related_dba\":null");
        return;
    }
    merchant_make(p, item->merchant, &m);
    OUT_LIT(o, ",\"merchant\":{\"mid\":");
    residual_mid(o, m.mid, item->style >> 2);
    OUT_LIT(o, ",\"dba\":");
    out_json(o, merchant_first_name(p, &m, buf));
    OUT_LIT(o, "},\"related_mid\":\"\",\"related_dba\":null");
}

void render_line_item(struct out *o, const struct portfolio *p, const struct line_item *item)
{
    uint64_t style = item->style;

    o->php = style % 4 == 1;
    OUT_LIT(o, "{\"id\":");
    count(o, (int64_t)item->id, style != 0 && style % 17 == 0);
    out_printf(o, ",\"type\":\"%s\",\"item_id\":%u", item->is_agent ? "agent" : "merchant",
               (unsigned)(item->id % 97));
    line_item_user(o, item);
    line_item_merchant(o, p, item);
    OUT_LIT(o, ",\"description\":");
    out_json(o, item->description);
    OUT_LIT(o, ",\"income\":");
    micros(o, item->income, style >> 5);
    OUT_LIT(o, ",\"expense\":");
    micros(o, item->expense, style >> 8);
    OUT_LIT(o, ",\"percentage\":");
    micros(o, item->percentage, style >> 11);
    OUT_LIT(o, ",\"agent_net\":");
    micros(o, item->agent_net, style >> 14);
    out_printf(o, ",\"is_recurring\":%s,\"created\":", item->is_recurring ? "true" : "false");
    instant(o, item->created, style >> 17);
    OUT_LIT(o, ",\"modified\":");
    instant(o, item->modified, style >> 20);
    OUT_LIT(o, ",\"agents\":[{\"user_id\":7,\"username\":\"lead\",\"full_name\":\"Lead Agent\","
               "\"agent_net\":0.000001,\"percentage\":\"12.5\"}]");
    if (item->is_recurring) {
        OUT_LIT(o, ",\"recurring_start_date\":\"01\\/15\\/2024\",\"recurring_payment_count\":3,"
                   "\"recurring_max_payment_count\":\"12\",\"recurring_period\":\"monthly\"}");
    } else {
        OUT_LIT(o, ",\"recurring_start_date\":\"\",\"recurring_payment_count\":null,"
                   "\"recurring_max_payment_count\":null,\"recurring_period\":null}");
    }
    o->php = false;
}
