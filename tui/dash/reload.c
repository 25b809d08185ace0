/* What the dashboard knows from the database: opened after the first frame, read again when
 * somebody has committed, in slices that leave room for keys. */
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/cron.h"
#include "db/db.h"
#include "db/error_list.h"
#include "db/job_query.h"
#include "db/run_lock.h"
#include "db/schedule_store.h"
#include "db/watch.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SLICE_MS = 200,        /* a bound for one query; lists take about one */
    WRITE_PATIENCE_MS = 60 /* a page's commit takes a few */
};

/* ---- opening ---- */

static void set_read_only(struct dash *d, const char *why)
{
    d->read_only = true;
    text_copy(d->read_only_why, sizeof d->read_only_why, why);
}

/* Without the path, which the header tells. */
static void trouble(struct dash *d, const struct err *e)
{
    const char *path = d->config->database.path;
    size_t len = strlen(path);
    bool named = !strncmp(e->message, path, len) && !strncmp(e->message + len, ": ", 2);
    text_copy(d->trouble, sizeof d->trouble, e->message + (named ? len + 2 : 0));
}

/* Who cannot write the file sees the same dashboard, with the changing keys greyed. */
static void check_leave_to_write(struct dash *d)
{
    if (!d->read_only && access(d->config->database.path, W_OK) != 0) {
        set_read_only(d, "you may not write the database");
    }
}

static bool open_writer(struct dash *d, struct err *e)
{
    if (!d->writer) {
        d->writer = db_writer_open_within(d->config->database.path, d->config->database.wal_max_mb,
                                          WRITE_PATIENCE_MS, e);
    }
    return d->writer != NULL;
}

struct db_writer *reload_writer(struct dash *d)
{
    struct err e = {0};
    if (!open_writer(d, &e)) {
        dash_complain(
            d, "%s", e.kind == ERR_BUSY ? "another process is writing; press it again" : e.message);
    }
    return d->writer;
}

/* At the first start the schedules are made; and an older file is brought up to date. What is wrong
 * with the file the reader will say. */
static void make_schedules(struct dash *d)
{
    struct err ignored = {0};
    bool made = false;
    if (!d->read_only && open_writer(d, &ignored)) {
        schedule_make_defaults(d->writer, d->config->schedule.timezone, &made, &ignored);
    }
}

/* Another file stands at its name, or none: what was read from the old one is not true any more. */
static void forget_database(struct dash *d)
{
    reload_close(d);
    d->health_known = d->stats_known = d->schedules_stored = false;
    d->other_count = d->schedule_count = 0;
    memset(&d->last, 0, sizeof d->last);
    feed_free(d->lists[LIST_HISTORY].feed);
    feed_free(d->lists[LIST_ERRORS].feed);
    d->lists[LIST_HISTORY].feed = feed_new(history_source(d));
    d->lists[LIST_ERRORS].feed = feed_new(errors_source(d));
}

void reload_open(struct dash *d)
{
    struct err e = {0};
    if (d->db && db_reader_is_stale(d->db)) {
        forget_database(d);
    }
    if (!d->watch) {
        d->watch = watch_open(d->config->database.path);
    }
    if (d->db) {
        return;
    }
    d->database_missing = access(d->config->database.path, F_OK) != 0;
    if (!d->database_missing) {
        check_leave_to_write(d);
        make_schedules(d);
        d->db = db_reader_open(d->config->database.path, &e);
        d->trouble[0] = '\0';
    }
    if (d->db) {
        db_reader_set_patience(d->db, SLICE_MS);
    } else if (!d->database_missing) {
        trouble(d, &e);
    }
    d->database_changed = true;
}

void reload_close(struct dash *d)
{
    watch_close(d->watch);
    db_reader_close(d->db);
    db_writer_close(d->writer);
    d->watch = NULL;
    d->db = NULL;
    d->writer = NULL;
}

/* ---- what is short ---- */

static void note_status(void *data, const struct job_row *job)
{
    struct dash *d = data;
    char rows[32];
    char took[32] = "";
    text_copy(d->last.type, sizeof d->last.type, job->sync_type);
    text_copy(d->last.status, sizeof d->last.status, job->status);
    d->last.ended_at = 0;
    d->last.words[0] = '\0';
    civil_parse_utc(job->completed_at ? job->completed_at : job->created_at, &d->last.ended_at);
    if (job->duration_ms >= 0) {
        print_duration(job->duration_ms, took);
    }
    if (job->error_message && *job->error_message) {
        text_copy(d->last.words, sizeof d->last.words, job->error_message);
    } else if (job->has_counts) {
        print_count(job->fresh + job->updated + job->unchanged, rows);
        snprintf(d->last.words, sizeof d->last.words, "%s rows%s%s, %" PRId64 " failed", rows,
                 took[0] ? " in " : "", took, job->failed_items);
    }
}

static int percent_of(int64_t n)
{
    return n < -1 ? -1 : n > 100 ? 100 : (int)n;
}

static enum sync_phase phase_of(const char *name)
{
    enum sync_phase phase = PHASE_MERCHANTS;
    while (name && phase < PHASE_METRICS && strcmp(phase_name(phase), name) != 0) {
        phase++;
    }
    return phase;
}

/* As it would have come through the ring. */
static struct progress progress_of(const struct job_progress *job)
{
    int64_t saved = 0;
    struct progress p = {.phase = phase_of(job->phase),
                         .overall = percent_of(job->percent),
                         .requests = job->requests,
                         .least = job->least,
                         .most = job->most,
                         .rows = job->rows,
                         .failed = job->failed,
                         .retries = job->retries,
                         .rows_per_second = job->rows_per_second,
                         .requests_per_second = job->requests_per_second,
                         .rate_left = (int)job->rate_left,
                         .rate_limit = (int)job->rate_limit,
                         .eta_seconds = job->eta_seconds};
    for (int i = 0; i < PHASE_COUNT; i++) {
        p.phase_percent[i] = percent_of(job->phase_percent[i]);
    }
    p.percent = p.phase_percent[p.phase];
    text_copy(p.in_hand, sizeof p.in_hand, job->in_hand);
    if (job->wait_until && civil_parse_utc(job->wait_until, &p.wait_until)) {
        bool is_breaker = job->wait_reason && !strcmp(job->wait_reason, "breaker");
        p.wait_reason = is_breaker ? WAIT_BREAKER : WAIT_RETRY_AFTER;
    }
    if (p.eta_seconds >= 0 && job->at && civil_parse_utc(job->at, &saved)) {
        int64_t since = (clock_wall_ms() - saved) / 1000;
        p.eta_seconds = since > 0 && since < p.eta_seconds ? p.eta_seconds - since : p.eta_seconds;
    }
    return p;
}

static void note_running(void *data, const struct job_progress *job)
{
    struct dash *d = data;
    bool is_ours = d->own.engine && job->pid == getpid();
    if (is_ours || d->other_count == SYNCS_SHOWN) {
        return;
    }
    struct sync_shown *s = &d->others[d->other_count++];
    *s = (struct sync_shown){.pid = job->pid, .is_cancelled = job->is_cancelled};
    text_copy(s->id, sizeof s->id, job->id);
    text_copy(s->type, sizeof s->type, job->sync_type);
    text_copy(s->status, sizeof s->status, "running");
    text_copy(s->who, sizeof s->who, job->user && *job->user ? job->user : job->triggered_by);
    text_copy(s->host, sizeof s->host, job->host);
    if (job->started_at) {
        civil_parse_utc(job->started_at, &s->started_at);
    }
    s->progress = progress_of(job);
}

static void note_schedule(void *data, const struct schedule_row *row)
{
    struct dash *d = data;
    if (d->schedule_count == SCHEDULES_SHOWN) {
        return;
    }
    struct schedule_shown *s = &d->schedules[d->schedule_count++];
    *s = (struct schedule_shown){.id = row->id, .is_active = row->is_active};
    text_copy(s->type, sizeof s->type, row->sync_type);
    text_copy(s->cron, sizeof s->cron, row->cron_expression);
    text_copy(s->zone, sizeof s->zone, row->timezone);
    text_copy(s->last_run, sizeof s->last_run, row->last_run);
    text_copy(s->last_status, sizeof s->last_status, row->last_status);
}

/* Before there is a database: what it will have from the first start on. */
static void show_default_schedules(struct dash *d)
{
    static const char *const crons[] = {"0 11 * * *", "0 19 * * *"};
    for (int i = 0; i < 2; i++) {
        struct schedule_row row = {.id = -1 - i,
                                   .sync_type = "daily",
                                   .cron_expression = crons[i],
                                   .timezone = d->config->schedule.timezone,
                                   .is_active = true};
        note_schedule(d, &row);
    }
}

static int64_t next_of(const struct schedule_shown *s, int64_t now)
{
    struct cron cron;
    int64_t next = 0;
    bool known = s->is_active && zone_exists(s->zone) && cron_parse(s->cron, &cron, NULL) &&
                 cron_next(&cron, s->zone, now, &next);
    return known ? next : 0;
}

/* Soonest first, those without a time last. */
static int by_time(const void *a, const void *b)
{
    const struct run_to_come *x = a;
    const struct run_to_come *y = b;
    if (!x->at != !y->at) {
        return !x->at - !y->at;
    }
    return x->at != y->at ? (x->at > y->at) - (x->at < y->at) : x->schedule - y->schedule;
}

void reload_runs(struct dash *d)
{
    int64_t now = clock_wall_ms();
    d->run_count = d->schedule_count;
    for (int i = 0; i < d->run_count; i++) {
        d->runs[i] = (struct run_to_come){next_of(&d->schedules[i], now), i};
    }
    qsort(d->runs, (size_t)d->run_count, sizeof d->runs[0], by_time);
}

static bool read_schedules(struct dash *d, struct err *e)
{
    d->schedule_count = 0;
    bool ok = !d->db || schedule_each(d->db, note_schedule, d, e);
    d->schedules_stored = d->schedule_count > 0;
    if (!d->db) {
        show_default_schedules(d);
    }
    reload_runs(d);
    return ok;
}

static bool read_jobs(struct dash *d, struct err *e)
{
    d->other_count = 0;
    return (!d->sync_runs || job_query_running(d->db, note_running, d, e)) &&
           job_query_last(d->db, d->sync_runs, note_status, d, e);
}

/* A question about a row that is settled meanwhile has no point any more. */
static void check_dialogs(struct dash *d)
{
    for (struct dialog *g = d->dialogs; g; g = g->below) {
        enum error_state state = ERROR_STATE_GONE;
        if (g->watched && error_list_states(d->db, &g->watched, 1, &state, NULL) &&
            state != ERROR_STATE_PENDING && state != ERROR_STATE_PERMANENT) {
            dialog_item_gone(d, g->watched);
            return; /* the stack is another now */
        }
    }
}

void reload_changed(struct dash *d)
{
    struct err e = {0};
    d->database_changed = false;
    if (!d->db) {
        read_schedules(d, &e);
        return;
    }
    d->sync_runs = d->own.engine || run_lock_is_held(d->config->database.path);
    bool ok = read_jobs(d, &e) && read_schedules(d, &e);
    d->health_known = ok && health_look(d->db, d->config->api.base_url, d->sync_runs,
                                        clock_wall_ms(), &d->health, &e);
    d->stats_known = ok && stats_read(d->db, d->days, clock_wall_ms(), &d->stats, &e);
    d->trouble[0] = '\0';
    if (!ok || !d->health_known || !d->stats_known) {
        trouble(d, &e);
    }
    for (int i = 0; i < 2; i++) {
        feed_refresh(d->lists[i].feed);
    }
    check_dialogs(d);
}

/* ---- slices ---- */

static bool list_is_shown(const struct dash *d, int list)
{
    return d->layout.panes[list == LIST_HISTORY ? PANE_HISTORY : PANE_ERRORS].shown;
}

static bool list_has_work(const struct dash *d, int list)
{
    bool wanted = list_is_shown(d, list) || (list == LIST_ERRORS && d->collect_for);
    return d->db && wanted && feed_has_work(d->lists[list].feed);
}

bool reload_has_work(const struct dash *d)
{
    return list_has_work(d, LIST_HISTORY) || list_has_work(d, LIST_ERRORS);
}

bool reload_some(struct dash *d)
{
    bool more = false;
    for (int i = 0; i < 2; i++) {
        struct err e = {0};
        if (list_has_work(d, i)) {
            more = feed_work(d->lists[i].feed, d->db, &e) || more;
            d->is_dirty = true;
        }
        if (e.kind) {
            trouble(d, &e);
        }
    }
    dash_collected(d);
    return more;
}
