/* Failed items: what could not be read, why, and when it is tried again. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/json.h"
#include "core/outcome.h"
#include "db/failed_store.h"

#include <stdio.h>
#include <string.h>

enum { FAILED_RECORDS_MAX = 1000 }; /* of one list */
/* The next try is a day ahead at most (db/failed_store.h knows). */
enum { RAW_CAP = 4096, RETRY_BASE_MS = 5 * 60 * 1000, RETRY_CAP_MS = 24 * 60 * 60 * 1000 };

/* Transient failures are due again after a growing, jittered while; NULL (false) = permanent. */
static bool next_retry(struct sync *s, const struct failure *f, char out[25])
{
    int64_t tries = 0;
    if (strcmp(f->class, "transient") != 0 ||
        !failed_tries(db_writer_reader(s->db), s->id, f->item_type, f->item_id, &tries, NULL)) {
        return false;
    }
    if (tries >= s->config->api.max_retries) {
        return false;
    }
    int64_t wait = RETRY_BASE_MS << (tries < 8 ? tries : 8);
    wait = wait > RETRY_CAP_MS ? RETRY_CAP_MS : wait;
    civil_format_utc(clock_wall_ms() + wait / 2 + outcome_backoff_ms(wait / 2, 0), out);
    return true;
}

static void add_error(struct buf *b, const struct failure *f, const char *now)
{
    struct json_writer j;
    struct buf raw = {0};
    json_begin(&j, b);
    json_object(&j);
    json_kv_string(&j, "class", f->class);
    json_kv_string(&j, "code", f->code);
    json_kv_string(&j, "message", f->message);
    json_key(&j, "http_status");
    if (f->http_status) {
        json_int(&j, f->http_status);
    } else {
        json_null(&j);
    }
    json_kv_string(&j, "request", f->request);
    if (f->raw) {
        json_add_masked(&raw, f->raw, RAW_CAP);
    }
    json_kv_string(&j, "raw", raw.data);
    json_kv_string(&j, "at", now);
    json_end_object(&j);
    buf_done(&raw);
}

static void tell_failed_item(struct sync *s, const struct failure *f)
{
    struct event event = {.type = EVENT_FAILED_ITEM};
    text_copy(event.failed_item.item_type, sizeof event.failed_item.item_type, f->item_type);
    text_copy(event.failed_item.item_id, sizeof event.failed_item.item_id, f->item_id);
    text_copy(event.failed_item.class, sizeof event.failed_item.class, f->class);
    text_copy(event.failed_item.code, sizeof event.failed_item.code, f->code);
    text_copy(event.failed_item.message, sizeof event.failed_item.message, f->message);
    sync_push(s, &event);
}

static bool raise(struct sync *s, const struct failure *f, bool *is_first, struct err *e)
{
    struct buf json = {0};
    char now[25];
    char due[25];
    civil_format_utc(clock_wall_ms(), now);
    add_error(&json, f, now);
    struct failed_item item = {.sync_id = s->id,
                               .item_type = f->item_type,
                               .item_id = f->item_id,
                               .error_json = json.data,
                               .range_from = f->from,
                               .range_to = f->to,
                               .now = now,
                               .next_retry_at = next_retry(s, f, due) ? due : NULL};
    bool ok = failed_put(s->db, &item, is_first, e);
    buf_done(&json);
    if (*is_first) {
        s->failed_items++;
        tell_failed_item(s, f);
    }
    return ok;
}

bool sync_fail_item(struct sync *s, const struct failure *f, struct err *e)
{
    bool is_first = false;
    return raise(s, f, &is_first, e);
}

bool sync_owe(struct sync *s, const struct walk *w, struct err *e)
{
    struct buf id = {0};
    struct buf path = {0};
    struct buf json = {0};
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    w->resource->add_item_id(w, &id);
    sync_page_path(s, w, 1, &path);
    struct failure f = {.class = "transient",
                        .code = "unread",
                        .message = "still to be read, since what brings it has healed",
                        .request = path.data};
    add_error(&json, &f, now);
    struct failed_item item = {.sync_id = s->id,
                               .item_type = w->resource->item_type,
                               .item_id = id.data,
                               .error_json = json.data,
                               .range_from = w->from[0] ? w->from : NULL,
                               .range_to = w->to[0] ? w->to : NULL,
                               .now = now};
    bool ok = failed_owe(s->db, &item, e);
    buf_done(&id);
    buf_done(&path);
    buf_done(&json);
    return ok;
}

/* So many records of one list cannot be read that naming each would only fill the disk. */
static bool fail_rest(struct sync *s, struct walk *w, enum counted table, struct err *e)
{
    w->has_failures = true;
    if (w->failed_records++ > FAILED_RECORDS_MAX) {
        return true;
    }
    struct buf id = {0};
    char words[160];
    bool is_list = w->resource == &resources[RESOURCE_MERCHANTS];
    bool is_report = w->resource == &resources[RESOURCE_REPORTS];
    w->resource->add_item_id(w, &id); /* itself it stands for a list that was not read */
    buf_adds(&id, is_list ? " more" : is_report ? "/summary/more" : "/more");
    snprintf(words, sizeof words,
             "more than %d records of this list cannot be read; the others are not named one by "
             "one",
             FAILED_RECORDS_MAX);
    struct failure f = {.item_type = w->resource->item_type,
                        .item_id = id.data,
                        .class = "permanent",
                        .code = "unreadable",
                        .message = words,
                        .http_status = 200,
                        .from = w->from[0] ? w->from : NULL,
                        .to = w->to[0] ? w->to : NULL};
    bool is_first = false;
    bool ok = raise(s, &f, &is_first, e);
    s->counts[table].failed += is_first;
    buf_done(&id);
    return ok;
}

bool sync_fail_record(struct sync *s, struct walk *w, enum counted table, const char *id,
                      const struct map_problem *problem, const cJSON *raw, const char *day,
                      struct err *e)
{
    if (w->failed_records >= FAILED_RECORDS_MAX) {
        return fail_rest(s, w, table, e);
    }
    w->failed_records++;
    struct buf path = {0};
    sync_page_path(s, w, w->applied + 1, &path);
    const char *from = day && *day ? day : w->from[0] ? w->from : NULL;
    const char *to = day && *day ? day : w->to[0] ? w->to : NULL;
    struct failure f = {.item_type = w->resource->item_type,
                        .item_id = id,
                        .class = "permanent",
                        .code = "unreadable",
                        .message = problem->message,
                        .http_status = 200,
                        .request = path.data,
                        .raw = raw,
                        .from = from,
                        .to = to};
    bool is_first = false;
    w->has_failures = true;
    w->mismatch = w->mismatch || !w->resource->is_list; /* the record is all there is */
    bool ok = raise(s, &f, &is_first, e);
    s->counts[table].failed += is_first;
    buf_done(&path);
    return ok;
}
