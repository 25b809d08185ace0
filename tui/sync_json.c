#include "tui/sync_json.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/json_write.h"
#include "core/messages.h"

static void json_started(struct json_writer *j, const struct event *e)
{
    json_kv_string(j, "event", "started");
    json_kv_string(j, "syncId", e->started.sync_id);
    json_kv_string(j, "syncType", e->started.sync_type);
    json_kv_string(j, "from", e->started.from);
    json_kv_string(j, "to", e->started.to);
}

static void json_progress(struct json_writer *j, const struct progress *p)
{
    json_kv_string(j, "event", "progress");
    json_kv_string(j, "phase", phase_name(p->phase));
    json_kv_int(j, "progress", p->percent);
    json_kv_int(j, "overall", p->overall);
    json_kv_int(j, "requests", p->requests);
    json_kv_int(j, "least", p->least);
    json_kv_int(j, "most", p->most);
    json_kv_int(j, "rows", p->rows);
    json_kv_int(j, "failed", p->failed);
    json_kv_int(j, "retries", p->retries);
    json_kv_int(j, "rateLeft", p->rate_left);
    json_kv_int(j, "rateLimit", p->rate_limit);
    json_key(j, "etaSeconds");
    if (p->eta_seconds >= 0) {
        json_int(j, p->eta_seconds);
    } else {
        json_null(j);
    }
    json_kv_string(j, "inHand", p->in_hand);
    json_key(j, "waitUntil");
    if (p->wait_until) {
        char until[25];
        civil_format_utc(p->wait_until, until);
        json_string(j, until);
    } else {
        json_null(j);
    }
    json_kv_string(j, "waitReason", p->wait_until ? wait_reason_name(p->wait_reason) : NULL);
}

static void json_failed_item(struct json_writer *j, const struct event *e)
{
    json_kv_string(j, "event", "failed_item");
    json_kv_string(j, "itemType", e->failed_item.item_type);
    json_kv_string(j, "itemId", e->failed_item.item_id);
    json_kv_string(j, "class", e->failed_item.class);
    json_kv_string(j, "code", e->failed_item.code);
    json_kv_string(j, "message", e->failed_item.message);
}

static void begin_line(struct json_writer *j, struct buf *b)
{
    json_begin(j, b);
    json_object(j);
}

static void end_line(struct json_writer *j, struct buf *b)
{
    json_end_object(j);
    buf_addc(b, '\n');
}

void sync_json_event(struct buf *b, const struct event *event)
{
    struct json_writer j;
    if (event->type != EVENT_STARTED && event->type != EVENT_PROGRESS &&
        event->type != EVENT_FAILED_ITEM) {
        return;
    }
    begin_line(&j, b);
    if (event->type == EVENT_STARTED) {
        json_started(&j, event);
    } else if (event->type == EVENT_PROGRESS) {
        json_progress(&j, &event->progress);
    } else {
        json_failed_item(&j, event);
    }
    end_line(&j, b);
}

void sync_json_finished(struct buf *b, const struct event *event, const char *sync_id,
                        const char *results)
{
    struct json_writer j;
    begin_line(&j, b);
    json_kv_string(&j, "event", "finished");
    json_kv_string(&j, "status", sync_status_name(event->finished.status));
    json_kv_string(&j, "syncId", sync_id[0] ? sync_id : NULL);
    json_key(&j, "results");
    json_raw(&j, results);
    if (event->finished.message[0]) {
        json_kv_string(&j, "message", event->finished.message);
    }
    end_line(&j, b);
}

void sync_json_plan(struct buf *b, const struct event *event, int64_t least, int64_t most,
                    double minutes)
{
    struct json_writer j;
    begin_line(&j, b);
    json_kv_string(&j, "event", "plan");
    json_kv_int(&j, "least", least);
    json_kv_int(&j, "most", most);
    json_key(&j, "byStream");
    json_object(&j);
    for (int i = 0; i < PHASE_METRICS; i++) {
        json_key(&j, phase_name(i));
        json_object(&j);
        json_kv_int(&j, "least", event->plan.least[i]);
        json_kv_int(&j, "most", event->plan.most[i]);
        json_end_object(&j);
    }
    json_end_object(&j);
    json_key(&j, "minutes");
    json_decimal(&j, minutes, 1);
    end_line(&j, b);
}
