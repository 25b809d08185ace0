/* The report as JSON: amounts as whole numbers, cents or millionths as in the database. */
#include "core/base/buf.h"
#include "core/base/json_write.h"
#include "tui/verify_report.h"

#include <stdio.h>

static void kv_both(struct json_writer *j, const char *key, int64_t here, int64_t crm)
{
    json_key(j, key);
    json_object(j);
    json_kv_int(j, "here", here);
    json_kv_int(j, "crm", crm);
    json_end_object(j);
}

static void add_figures(struct json_writer *j, const struct verify_line *line, bool is_total,
                        bool differs)
{
    const struct verify_shape *shape = &verify_shapes[line->stream];
    json_object(j);
    json_kv_string(j, "stream", shape->name);
    if (!is_total) {
        json_kv_string(j, "month", line->here.month[0] ? line->here.month : NULL);
    }
    kv_both(j, "rows", line->here.rows, line->crm.rows);
    for (int i = 0; shape->money[i]; i++) {
        char key[32];
        snprintf(key, sizeof key, "%s%s", shape->money[i],
                 shape->decimals == 2 ? "Cents" : "Micros");
        kv_both(j, key, line->here.money[i], line->crm.money[i]);
    }
    json_kv_bool(j, "equal", !differs);
    json_end_object(j);
}

static void add_controls(struct json_writer *j, const struct verify_report *r)
{
    json_key(j, "controlTotals");
    json_array(j);
    for (size_t i = 0; i < r->control_count; i++) {
        const struct verify_control *c = &r->controls[i];
        json_object(j);
        json_kv_string(j, "stream", c->stream);
        json_kv_string(j, "month", c->month[0] ? c->month : NULL);
        json_kv_int(j, "count", c->count);
        json_kv_int(j, "rowsSaid", c->rows_said);
        json_kv_int(j, "rowsHeld", c->rows_held);
        json_kv_int(j, c->decimals == 2 ? "amountSaidCents" : "netSaidMicros", c->money_said);
        json_kv_int(j, c->decimals == 2 ? "amountHeldCents" : "netHeldMicros", c->money_held);
        json_end_object(j);
    }
    json_end_array(j);
}

static void add_not_read(struct json_writer *j, const struct verify_report *r)
{
    json_key(j, "notRead");
    json_array(j);
    for (size_t i = 0; i < r->unread_count; i++) {
        json_object(j);
        json_kv_string(j, "itemType", r->unread[i].type);
        json_kv_string(j, "itemId", r->unread[i].id);
        json_kv_string(j, "message", r->unread[i].message);
        json_end_object(j);
    }
    json_end_array(j);
}

void verify_report_json(const struct verify_report *r, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    json_kv_string(&j, "from", r->from);
    json_kv_string(&j, "to", r->to);
    json_kv_bool(&j, "equal", !verify_report_differing(r));
    json_key(&j, "lines");
    json_array(&j);
    for (size_t i = 0; i < r->line_count; i++) {
        add_figures(&j, &r->lines[i], false, verify_line_differs(&r->lines[i]));
    }
    json_end_array(&j);
    json_key(&j, "totals");
    json_array(&j);
    for (enum verify_stream stream = 0; stream < VERIFY_STREAMS; stream++) {
        bool differs = false;
        struct verify_line total = verify_report_total(r, stream, &differs);
        add_figures(&j, &total, true, differs);
    }
    json_end_array(&j);
    add_controls(&j, r);
    add_not_read(&j, r);
    json_end_object(&j);
    buf_addc(b, '\n');
}
