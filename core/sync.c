#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/ring.h"
#include "core/config.h"
#include "core/key.h"
#include "db/job_store.h"
#include "db/metrics_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    CANCEL_CHECK_MS = 250,
    METRICS_AT_ONCE = 20,
    ARENA_BESIDE_MB = 64, /* a page's values may take so much more than its body, see core/json.h */
};

void sync_fail(struct sync *s, const struct err *e)
{
    if (!s->is_over) {
        s->is_over = true;
        s->error = *e;
    }
}

/* ---- requests ---- */

/* Older first; but while one page after the other fails, those that have not failed yet: what comes
 * of them tells whether it is the CRM. */
static bool goes_before(const struct sync *s, const struct transfer *a, const struct transfer *b)
{
    bool a_failed = a->failed_in == s->streak;
    bool b_failed = b->failed_in == s->streak;
    return a_failed != b_failed ? b_failed : a->order < b->order;
}

static struct transfer *first_waiting(struct sync *s, int64_t now, int64_t *next)
{
    struct transfer *first = NULL;
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        struct transfer *t = &s->transfers[i];
        if (t->state != TRANSFER_WAITING) {
            continue;
        }
        if (t->not_before > now) {
            *next = t->not_before < *next ? t->not_before : *next;
        } else if (!first || goes_before(s, t, first)) {
            first = t;
        }
    }
    return first;
}

static void send(struct sync *s, struct transfer *t, int64_t now)
{
    struct buf path = {0};
    sync_page_path(s, t->walk, t->page, &path);
    t->state = TRANSFER_IN_FLIGHT;
    t->key_epoch = s->key_epoch;
    s->requests++;
    sync_gate_sent(s, t, now);
    http_get(s->http, path.data, t->tries > 0, t);
    buf_done(&path);
}

/* Sends what may go out now. Returns when there may be something to do next (monotonic ms). */
static int64_t send_due(struct sync *s)
{
    int64_t now = clock_mono_ms();
    int64_t next = now + CANCEL_CHECK_MS;
    while (http_has_room(s->http) && http_in_flight(s->http) < s->width) {
        struct transfer *t = first_waiting(s, now, &next);
        int64_t slot = t ? sync_gate_next(s, now) : PACE_NEVER;
        if (!t || slot > now || s->is_over) {
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
        switch (command.type) {
        case COMMAND_CANCEL:
            s->stop_cancel = true;
            snprintf(s->cancelled_by, sizeof s->cancelled_by, "cancelled on the screen");
            break;
        case COMMAND_HAND_OVER:
            s->stop_hand_over = !s->is_scratch; /* nobody goes on with that */
            s->stop_interrupt = s->stop_interrupt || s->is_scratch;
            break;
        case COMMAND_INTERRUPT:
            s->stop_interrupt = true;
            break;
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
    return s->is_over || s->stop_interrupt || s->stop_cancel || s->stop_hand_over;
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

/* All that is left is parked. */
static bool nothing_goes_on(const struct sync *s)
{
    bool any_parked = false;
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        int state = s->transfers[i].state;
        if (state == TRANSFER_WAITING || state == TRANSFER_IN_FLIGHT) {
            return false;
        }
        any_parked = any_parked || state == TRANSFER_PARKED;
    }
    return any_parked;
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
        sync_gate_tick(s);
        int64_t next = send_due(s);
        if (nothing_goes_on(s)) {
            sync_fail_parked(s, true);
            continue;
        }
        sync_progress_tick(s);
        http_note_kept(s->http, sync_kept_bytes(s));
        sleep_until(s, next);
        sync_gate_woke(s);
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
        sync_progress_tick(s);
    }
}

/* ---- beginning and end ---- */

void sync_set_start(struct sync *s, int64_t wall_ms)
{
    s->started_wall = wall_ms;
    civil_format_utc(wall_ms - s->config->sync.checkpoint_hours * 3600000, s->checkpoint_since);
}

static void set_scope(struct sync *s)
{
    const struct sync_request *r = s->request;
    s->started_mono = s->rate_mark_at = clock_mono_ms();
    s->rate = s->row_rate = -1;
    sync_set_start(s, clock_wall_ms());
    s->checkpoint_type = r->sync_type;
    snprintf(s->scope, sizeof s->scope, "%s..%s hide=%d", r->from, r->to,
             s->config->api.hide_null_merchants);
    for (int i = 0; i < PHASE_COUNT; i++) {
        s->phases[i].saved = -1;
    }
}

/* False: none was to be had, or a command came first. Only a hand-over goes on without: the job
 * then begins here, and its successor reads the key. */
static bool get_key(struct sync *s, const char *given, struct err *e)
{
    s->key = given ? mem_strdup(given) : sync_read_key(s, e);
    if (s->key) {
        return true;
    }
    take_commands(s);
    bool hands_over = s->stop_hand_over && !s->stop_cancel && !s->stop_interrupt;
    return e->kind == ERR_STOPPED && hands_over;
}

static bool open_http(struct sync *s, struct err *e)
{
    const struct config *c = s->config;
    struct http_settings h = {.base_url = c->api.base_url,
                              .ca_file = c->api.ca_file,
                              .proxy = c->api.proxy,
                              .concurrency = (int)c->api.concurrency,
                              .timeout_seconds = (int)c->api.timeout_seconds,
                              .max_body_bytes = c->api.max_body_mb * 1024 * 1024};
    s->http = s->key ? http_new(&h, s->key, e) : NULL;
    return s->http || !s->key;
}

static bool open_all(struct sync *s, const struct sync_setup *setup, struct err *e)
{
    const struct config *c = s->config;
    const char *path = setup->scratch_database ? setup->scratch_database : c->database.path;
    s->db = db_writer_open(path, c->database.wal_max_mb, e);
    if (!s->db) {
        return false;
    }
    s->checkpoints = s->is_scratch ? db_reader_open(c->database.path, &(struct err){0})
                                   : db_writer_reader(s->db);
    s->transfer_count = s->width = (int)c->api.concurrency;
    s->walks_end = &s->walks;
    s->arena = arena_new();
    arena_limit(s->arena, (size_t)(c->api.max_body_mb + ARENA_BESIDE_MB) * 1024 * 1024);
    pace_init(&s->pace, (int)c->api.requests_per_minute, clock_mono_ms());
    return (s->request->continues ? sync_continue_begin : sync_job_begin)(s, e) &&
           open_http(s, e) && sync_gate_begin(s, e) && sync_source_begin(s, e);
}

static void close_all(struct sync *s)
{
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
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
    buf_done(&s->told);
    buf_done(&s->saved);
    free(s->handed_walks);
    free(s->twins.items);
    keyset_done(&s->listed);
    if (s->is_scratch) {
        db_reader_close(s->checkpoints);
    }
    db_writer_close(s->db);
}

static void run(struct sync *s)
{
    sync_tell_started(s);
    sync_progress_begin(s);
    run_requests(s);
    if (!is_stopping(s) && !s->is_scratch) {
        run_metrics(s);
    }
}

enum sync_status sync_run(const struct sync_setup *setup)
{
    struct err e = {0};
    struct sync *s = mem_alloc(sizeof *s);
    s->config = setup->config;
    s->request = setup->request;
    s->events = setup->events;
    s->commands = setup->commands;
    s->plan_only = setup->request->plan_only;
    s->is_scratch = setup->scratch_database != NULL;
    set_scope(s);
    if (get_key(s, setup->api_key, &e) && open_all(s, setup, &e)) {
        run(s);
    } else if (e.kind && e.kind != ERR_STOPPED) {
        sync_fail(s, &e);
    }
    s->is_ending = true;
    enum sync_status status = sync_job_end(s);
    close_all(s);
    free(s);
    return status;
}
