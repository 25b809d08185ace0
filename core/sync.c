#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/mem.h"
#include "core/base/ring.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/key.h"
#include "db/job_store.h"
#include "db/metrics_store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CANCEL_CHECK_MS = 250, METRICS_AT_ONCE = 20 };

/* ---- telling ---- */

void sync_push(struct sync *s, const struct event *event)
{
    /* A full ring means that nobody looks; the database has it all. The end must arrive, though. */
    while (!ring_push(s->events, event) && event->type == EVENT_FINISHED) {
        usleep(1000);
    }
}

static void note(struct sync *s, const char *format, va_list args)
{
    struct event event = {.type = EVENT_NOTE};
    vsnprintf(event.note.text, sizeof event.note.text, format, args);
    sync_push(s, &event);
}

void sync_note(struct sync *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(s, format, args);
    va_end(args);
}

void sync_warn(struct sync *s, const char *format, ...)
{
    char text[240];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    struct json_writer j;
    json_begin(&j, &s->warnings);
    j.need_comma = s->warnings.len > 0;
    json_string(&j, text);
    sync_note(s, "warning: %s", text);
}

void sync_fail(struct sync *s, const struct err *e)
{
    if (!s->is_over) {
        s->is_over = true;
        s->error = *e;
    }
}

void sync_planned(struct sync *s)
{
    s->planned = true;
    struct event event = {.type = EVENT_PLAN};
    memcpy(event.plan.least, s->plan.least, sizeof event.plan.least);
    memcpy(event.plan.most, s->plan.most, sizeof event.plan.most);
    event.plan.rate_limit = s->pace.limit;
    sync_push(s, &event);
}

/* ---- requests ---- */

static struct transfer *oldest_waiting(struct sync *s, int64_t now, int64_t *next)
{
    struct transfer *oldest = NULL;
    for (int i = 0; i < s->transfer_count; i++) {
        struct transfer *t = &s->transfers[i];
        if (t->state != TRANSFER_WAITING) {
            continue;
        }
        if (t->not_before > now) {
            *next = t->not_before < *next ? t->not_before : *next;
        } else if (!oldest || t->order < oldest->order) {
            oldest = t;
        }
    }
    return oldest;
}

static void send(struct sync *s, struct transfer *t, int64_t now)
{
    struct buf path = {0};
    sync_page_path(s, t->walk, t->page, &path);
    t->state = TRANSFER_IN_FLIGHT;
    t->key_epoch = s->key_epoch;
    s->requests++;
    pace_sent(&s->pace, now);
    http_get(s->http, path.data, t->tries > 0, t);
    buf_done(&path);
}

/* Sends what may go out now. Returns when there may be something to do next (monotonic ms). */
static int64_t send_due(struct sync *s)
{
    int64_t now = clock_mono_ms();
    int64_t next = now + CANCEL_CHECK_MS;
    while (http_has_room(s->http)) {
        struct transfer *t = oldest_waiting(s, now, &next);
        int64_t slot = t ? pace_next(&s->pace, now) : PACE_NEVER;
        if (slot > now) {
            return slot < next ? slot : next;
        }
        send(s, t, now);
    }
    return next;
}

/* ---- the loop ---- */

static void take_commands(struct sync *s)
{
    struct command command;
    while (ring_pop(s->commands, &command)) {
        s->stop_interrupt = s->stop_interrupt || command.type == COMMAND_INTERRUPT;
        if (command.type == COMMAND_CANCEL) {
            s->stop_cancel = true;
            snprintf(s->cancelled_by, sizeof s->cancelled_by, "cancelled on the screen");
        }
    }
}

static void check_cancel(struct sync *s)
{
    int64_t now = clock_mono_ms();
    bool requested = false;
    char by[64] = "";
    if (now < s->cancel_due) {
        return;
    }
    s->cancel_due = now + CANCEL_CHECK_MS;
    if (job_cancel_requested(db_writer_reader(s->db), s->id, &requested, by, NULL) && requested) {
        s->stop_cancel = true;
        snprintf(s->cancelled_by, sizeof s->cancelled_by, "cancelled by %.48s", by);
    }
}

static bool is_stopping(struct sync *s)
{
    take_commands(s);
    check_cancel(s);
    return s->is_over || s->stop_interrupt || s->stop_cancel;
}

static void sleep_until(struct sync *s, int64_t next)
{
    int fd = ring_fd(s->commands);
    int64_t timeout = next - clock_mono_ms();
    bool may_sleep = ring_sleep(s->commands);
    timeout = timeout < 0 || !may_sleep ? 0 : timeout;
    http_wait(s->http, &fd, 1, (int)timeout);
    ring_wake(s->commands);
}

static void run_requests(struct sync *s)
{
    struct err e = {0};
    while (!is_stopping(s)) {
        if (!sync_open_walks(s, &e)) {
            sync_fail(s, &e);
            return;
        }
        if (!s->walks && s->no_more_walks) {
            return;
        }
        int64_t next = send_due(s);
        sync_progress_tick(s, false);
        sleep_until(s, next);
        sync_take_answers(s);
    }
}

static void run_metrics(struct sync *s)
{
    struct err e = {0};
    int64_t all = 0;
    bool left = true;
    s->phase = PHASE_METRICS;
    snprintf(s->in_hand, sizeof s->in_hand, "merchant metrics");
    if (!metrics_touched_count(db_writer_reader(s->db), &all, &e)) {
        sync_fail(s, &e);
    }
    s->phases[PHASE_METRICS].used = true;
    s->phases[PHASE_METRICS].weight_total = all > 0 ? (double)all : 1;
    while (left && !is_stopping(s)) {
        if (!db_begin(s->db, &e) || !metrics_calculate_some(s->db, METRICS_AT_ONCE, &left, &e) ||
            !db_commit(s->db, &e)) {
            db_rollback(s->db);
            sync_fail(s, &e);
            return;
        }
        s->phases[PHASE_METRICS].weight_done += METRICS_AT_ONCE;
        sync_progress_tick(s, false);
    }
}

/* ---- beginning and end ---- */

static void set_scope(struct sync *s)
{
    const struct sync_request *r = s->request;
    s->started_mono = s->rate_mark_at = clock_mono_ms();
    s->started_wall = clock_wall_ms();
    s->checkpoint_type = r->sync_type;
    snprintf(s->scope, sizeof s->scope, "%s..%s hide=%d", r->from, r->to,
             s->config->api.hide_null_merchants);
    civil_format_utc(s->started_wall - s->config->sync.checkpoint_hours * 3600000,
                     s->checkpoint_since);
    for (int i = 0; i < PHASE_COUNT; i++) {
        s->phases[i].saved = -1;
    }
}

static bool open_all(struct sync *s, const struct sync_setup *setup, struct err *e)
{
    const struct config *c = s->config;
    struct http_settings h = {.base_url = c->api.base_url,
                              .ca_file = c->api.ca_file,
                              .proxy = c->api.proxy,
                              .concurrency = (int)c->api.concurrency,
                              .timeout_seconds = (int)c->api.timeout_seconds,
                              .max_body_bytes = c->api.max_body_mb * 1024 * 1024};
    const char *path = setup->plan_database ? setup->plan_database : c->database.path;
    s->db = db_writer_open(path, c->database.wal_max_mb, e);
    if (!s->db) {
        return false;
    }
    s->plan_only = setup->plan_database != NULL;
    s->checkpoints =
        s->plan_only ? db_reader_open(c->database.path, &(struct err){0}) : db_writer_reader(s->db);
    s->transfer_count = h.concurrency;
    s->walks_end = &s->walks;
    s->arena = arena_new();
    s->key = mem_strdup(setup->api_key);
    pace_init(&s->pace, (int)c->api.requests_per_minute, s->started_mono);
    return sync_job_begin(s, e) && (s->http = http_new(&h, s->key, e)) && sync_source_begin(s, e);
}

static void close_all(struct sync *s)
{
    for (int i = 0; i < s->transfer_count; i++) {
        buf_done(&s->transfers[i].answer.body);
    }
    http_free(s->http);
    while (s->walks) {
        struct walk *w = s->walks;
        s->walks = w->next;
        walk_free(w);
    }
    sync_source_free(s);
    arena_free(s->arena);
    key_free(s->key);
    buf_done(&s->warnings);
    free(s->twins.items);
    keyset_done(&s->listed);
    if (s->plan_only) {
        db_reader_close(s->checkpoints);
    }
    db_writer_close(s->db);
}

static void tell_started(struct sync *s)
{
    struct event event = {.type = EVENT_STARTED};
    text_copy(event.started.sync_id, sizeof event.started.sync_id, s->id);
    text_copy(event.started.sync_type, sizeof event.started.sync_type, s->request->sync_type);
    text_copy(event.started.from, sizeof event.started.from, s->request->from);
    text_copy(event.started.to, sizeof event.started.to, s->request->to);
    sync_push(s, &event);
}

void sync_run(const struct sync_setup *setup)
{
    struct err e = {0};
    struct sync *s = mem_alloc(sizeof *s);
    s->config = setup->config;
    s->request = setup->request;
    s->events = setup->events;
    s->commands = setup->commands;
    set_scope(s);
    if (open_all(s, setup, &e)) {
        tell_started(s);
        run_requests(s);
        if (!is_stopping(s) && !s->plan_only) {
            run_metrics(s);
        }
        sync_progress_tick(s, true);
    } else {
        sync_fail(s, &e);
    }
    s->is_ending = true;
    sync_job_end(s);
    close_all(s);
    if (setup->run_lock >= 0) {
        close(setup->run_lock);
    }
    free(s);
}
