/* The job as the database tells it: its row, its counters, its failed items. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/base/uuid.h"
#include "db/change_query.h"
#include "db/checkpoint_store.h"
#include "db/job_store.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void utc_now(char out[25])
{
    civil_format_utc(clock_wall_ms(), out);
}

static_assert((int)COUNT_TABLES <= (int)WALK_TABLES_MAX, "a walk counts every table");

void sync_count(struct sync *s, struct walk *w, enum counted table, enum table_put put)
{
    struct stream_counts *c = &s->counts[table];
    w->counts[table].changed += put != TABLE_UNCHANGED;
    w->counts[table].unchanged += put == TABLE_UNCHANGED;
    c->fresh += put == TABLE_NEW;
    c->updated += put == TABLE_UPDATED;
    c->unchanged += put == TABLE_UNCHANGED;
}

void sync_count_again(struct sync *s, struct walk *w)
{
    for (int i = 0; i < COUNT_TABLES; i++) {
        struct walk_count *c = &w->counts[i];
        s->counts[i].unchanged -= c->unchanged;
        c->changed_before += c->changed;
        c->changed = c->unchanged = 0;
    }
}

void sync_count_complete(struct sync *s, struct walk *w)
{
    for (int i = 0; i < COUNT_TABLES; i++) {
        const struct walk_count *c = &w->counts[i];
        s->counts[i].unchanged -=
            c->unchanged < c->changed_before ? c->unchanged : c->changed_before;
    }
}

const char *const sync_count_keys[COUNT_TABLES] = {
    [COUNT_MERCHANTS] = "merchants",     [COUNT_TRANSACTIONS] = "transactions",
    [COUNT_RESIDUALS] = "residuals",     [COUNT_BATCHES] = "batches",
    [COUNT_ADJUSTMENTS] = "adjustments", [COUNT_REPORTS] = "reports",
    [COUNT_LINE_ITEMS] = "lineItems"};

static void add_counts(struct json_writer *j, const char *key, const struct stream_counts *c)
{
    json_key(j, key);
    json_object(j);
    json_kv_int(j, "new", c->fresh);
    json_kv_int(j, "updated", c->updated);
    json_kv_int(j, "unchanged", c->unchanged);
    json_kv_int(j, "failed", c->failed);
    json_kv_int(j, "removed", c->removed);
    json_end_object(j);
}

/* A list of a stream of which nothing could be read: the stream has failed. What single merchants
 * or items that were asked for by name answer tells nothing of the others. */
static bool is_lost(const struct sync *s, enum resource_id id)
{
    bool is_narrow = s->request->is_retry || s->request->mid_count;
    return s->lost[id] && !s->read[id] && !is_narrow;
}

/* The streams that have failed; `words` gets why, when the API key may not read them. */
static void add_failed_streams(const struct sync *s, struct json_writer *j, char *words,
                               size_t size)
{
    static const struct {
        enum resource_id id;
        const char *stream, *words;
    } lists[] = {
        {RESOURCE_MERCHANT, "merchants", "merchants"},
        {RESOURCE_TRANSACTIONS, "transactions", "transactions"},
        {RESOURCE_REPORTS, "residuals", "residual reports"},
        {RESOURCE_ROWS, "residuals", "the rows of residual reports"},
        {RESOURCE_LINE_ITEMS, "residuals", "residual line items"},
    };
    const char *last = "";
    json_key(j, "failedStreams");
    json_array(j);
    words[0] = '\0';
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        enum resource_id id = lists[i].id;
        if (is_lost(s, id) && strcmp(last, lists[i].stream) != 0) {
            json_string(j, last = lists[i].stream);
        }
        if (is_lost(s, id) && s->refused[id] == s->lost[id]) {
            size_t len = strlen(words);
            snprintf(words + len, size - len, "%s%s", len ? ", " : "the API key may not read ",
                     lists[i].words);
        }
    }
    json_end_array(j);
}

static void add_results(const struct sync *s, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    for (int i = 0; i < COUNT_TABLES; i++) {
        add_counts(&j, sync_count_keys[i], &s->counts[i]);
    }
    json_kv_int(&j, "requests", s->requests);
    json_kv_int(&j, "retries", s->retries);
    json_kv_int(&j, "bytes", s->wire_bytes);
    json_kv_int(&j, "durationMs", clock_mono_ms() - s->started_mono);
    json_kv_int(&j, "failedItems", s->failed_items);
    json_kv_int(&j, "resumed", s->resumed);
    json_kv_int(&j, "changes", s->changes);
    json_key(&j, "warnings");
    json_array(&j);
    if (s->warnings.len) {
        json_raw(&j, s->warnings.data);
    }
    json_end_array(&j);
    add_failed_streams(s, &j, (char[160]){0}, 160);
    json_end_object(&j);
}

bool sync_save_results(struct sync *s, struct err *e)
{
    struct buf b = {0};
    add_results(s, &b);
    bool ok = job_save_results(s->db, s->id, b.data, e);
    buf_done(&b);
    return ok;
}

bool sync_job_begin(struct sync *s, struct err *e)
{
    char now[25];
    char host[HOST_NAME_MAX + 1] = "";
    int recovered = 0;
    struct buf settings = {0};
    utc_now(now);
    gethostname(host, sizeof host - 1);
    request_add_settings(s->request, &settings);
    uuid_make(s->id);
    struct job_new job = {.id = s->id,
                          .sync_type = s->request->sync_type,
                          .triggered_by = s->request->triggered_by,
                          .user = s->request->user,
                          .host = host,
                          .settings = settings.data,
                          .pid = getpid(),
                          .now = now};
    bool ok = job_recover(s->db, NULL, now, &recovered, e) && db_begin(s->db, e);
    if (ok) {
        ok = job_start(s->db, &job, e) &&
             (!s->request->fresh || checkpoint_drop_all(s->db, s->checkpoint_type, e)) &&
             sync_save_results(s, e) && db_commit(s->db, e);
        if (!ok) {
            db_rollback(s->db);
        }
    }
    buf_done(&settings);
    if (ok && recovered) {
        sync_note(s, "the last sync ended without a word; it is marked as interrupted");
    }
    return ok;
}

/* ---- the end ---- */

static enum sync_status status_of(const struct sync *s)
{
    if (s->is_over) {
        return SYNC_FAILED;
    }
    if (s->stop_cancel) {
        return SYNC_CANCELLED;
    }
    if (s->stop_interrupt) {
        return SYNC_INTERRUPTED;
    }
    if (s->stop_hand_over) {
        return SYNC_HANDED_OVER;
    }
    return s->failed_items || s->unproven ? SYNC_PARTIAL : SYNC_COMPLETED;
}

static const char *error_class(enum err_kind kind)
{
    switch (kind) {
    case ERR_AUTH:
        return "auth";
    case ERR_NET:
        return "transient";
    case ERR_DB:
    case ERR_IO:
        return "database";
    default:
        return "permanent";
    }
}

static void add_end_error(const struct sync *s, enum sync_status status, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    if (status == SYNC_FAILED) {
        json_kv_string(&j, "class", error_class(s->error.kind));
        json_kv_string(&j, "message", s->error.message);
    } else if (status == SYNC_CANCELLED) {
        json_kv_string(&j, "class", "cancelled");
        json_kv_string(&j, "message", s->cancelled_by);
    } else if (status == SYNC_INTERRUPTED) {
        json_kv_string(&j, "class", "interrupted");
        json_kv_string(&j, "message", "told to stop; what was fetched is kept");
    } else {
        char words[160];
        json_kv_string(&j, "class", "partial");
        json_kv_int(&j, "failedItems", s->failed_items);
        add_failed_streams(s, &j, words, sizeof words);
        if (words[0]) {
            json_kv_string(&j, "message", words);
        }
    }
    json_end_object(&j);
}

static bool write_end(struct sync *s, enum sync_status status, struct err *e)
{
    struct buf results = {0};
    struct buf error = {0};
    char now[25];
    s->is_done = status == SYNC_COMPLETED || status == SYNC_PARTIAL;
    utc_now(now);
    change_query_of_sync(db_writer_reader(s->db), s->id, &s->changes, NULL);
    add_results(s, &results);
    if (status != SYNC_COMPLETED) {
        add_end_error(s, status, &error);
    }
    bool ok =
        db_begin(s->db, e) &&
        job_finish(s->db, s->id, sync_status_name(status), results.data, error.data, now, e) &&
        (!s->is_done || s->request->is_retry ||
         checkpoint_drop_all(s->db, s->checkpoint_type, e)) &&
        sync_progress_save(s, e) && db_commit(s->db, e);
    if (!ok) {
        db_rollback(s->db);
    }
    buf_done(&results);
    buf_done(&error);
    return ok;
}

/* The row stays as it is: `running`. */
static bool write_hand_over(struct sync *s, struct err *e)
{
    bool ok = db_begin(s->db, e) && sync_save_results(s, e) && sync_progress_save(s, e) &&
              db_commit(s->db, e);
    if (!ok) {
        db_rollback(s->db);
    }
    return ok;
}

static int exit_code_of(const struct sync *s, enum sync_status status)
{
    switch (status) {
    case SYNC_COMPLETED:
    case SYNC_HANDED_OVER:
        return 0;
    case SYNC_PARTIAL:
        return 1;
    case SYNC_FAILED:
        return err_exit_code(s->error.kind);
    default:
        return err_exit_code(ERR_STOPPED);
    }
}

static void tell_finished(struct sync *s, enum sync_status status)
{
    struct event event = {.type = EVENT_FINISHED};
    event.finished.status = status;
    event.finished.exit_code = exit_code_of(s, status);
    memcpy(event.finished.counts, s->counts, sizeof event.finished.counts);
    event.finished.requests = s->requests;
    event.finished.retries = s->retries;
    event.finished.bytes = s->wire_bytes;
    event.finished.failed_items = s->failed_items;
    event.finished.changes = s->changes;
    event.finished.duration_ms = clock_mono_ms() - s->started_mono;
    const char *words = status == SYNC_FAILED      ? s->error.message
                        : status == SYNC_CANCELLED ? s->cancelled_by
                                                   : "";
    text_copy(event.finished.message, sizeof event.finished.message, words);
    sync_push(s, &event);
}

enum sync_status sync_job_end(struct sync *s)
{
    struct err e = {0};
    enum sync_status status = status_of(s);
    s->is_handed_over = status == SYNC_HANDED_OVER;
    if (s->db && s->is_over && s->error.kind == ERR_DB) {
        db_release_reserve(s->db);
    }
    if (s->db && !(s->is_handed_over ? write_hand_over(s, &e) : write_end(s, status, &e))) {
        s->error = s->is_over ? s->error : e;
        s->is_over = true;
        s->is_handed_over = false;
        status = SYNC_FAILED;
    }
    bool has_time = status != SYNC_INTERRUPTED && status != SYNC_HANDED_OVER;
    if (s->db && has_time && s->error.kind != ERR_DB) {
        db_checkpoint(s->db);
    }
    if (s->id[0]) {
        sync_progress_tell_last(s);
    }
    tell_finished(s, status);
    return status;
}
