/* How far the sync is, to the screen and to the database, at most four times a second, and hardly
 * ever while nothing changes. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "db/job_store.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    TICK_MS = 250,
    COUNTDOWN_MS = 1000, /* how often only the time that is left is told, */
    REFRESH_MS = 15000,  /* and saved */
    RATE_SPAN_MS = 2000,
    FIRST_RATE_MS = 500,
    SAME_MOMENT_MS = 500
};

static const double ETA_MOST_S = 366.0 * 24 * 3600;

void sync_walk_weighs(struct sync *s, const struct walk *w)
{
    if (!w->superseded) {
        s->phases[w->resource->phase].weight_done += w->weight;
    }
}

/* Finished walks and the finished part of open ones. */
static double done_of(const struct sync *s, enum sync_phase phase)
{
    double done = s->phases[phase].weight_done;
    for (const struct walk *w = s->walks; w; w = w->next) {
        if (w->resource->phase == phase && w->pages) {
            done += w->weight * w->applied / w->pages;
        }
    }
    return done;
}

static int percent_of(struct sync *s, enum sync_phase phase)
{
    struct phase_state *p = &s->phases[phase];
    if (s->is_done) {
        return p->percent = 100;
    }
    double share = p->weight_total > 0 ? done_of(s, phase) / p->weight_total : 0;
    int percent = (int)(share * 100);
    percent = percent > 100 ? 100 : percent;
    p->percent = percent > p->percent ? percent : p->percent; /* never backwards */
    return p->percent;
}

/* Requests still to make as well as it can be told: within least and most, by what the merchants
 * read so far have taken for their days. */
static int64_t expected_requests(const struct sync *s)
{
    int64_t least = plan_least(&s->plan);
    int64_t most = plan_most(&s->plan);
    const struct phase_state *p = &s->phases[PHASE_TRANSACTIONS];
    double done = done_of(s, PHASE_TRANSACTIONS);
    double expected = (double)(least + most) / 2;
    if (done > 0 && p->weight_total > done) {
        expected = (double)s->transaction_pages / done * (p->weight_total - done) +
                   (double)plan_least(&s->plan) - (double)s->plan.least[PHASE_TRANSACTIONS];
    }
    expected = fmax(expected, (double)least);
    return (int64_t)fmin(expected, (double)most);
}

static double smoothed(double before, int64_t count, int64_t ms)
{
    double now = count > 0 ? (double)count * 1000.0 / (double)ms : 0;
    return before >= 0 ? before * 0.7 + now * 0.3 : now;
}

static int64_t waits_ms(const struct sync *s, int64_t now)
{
    int64_t until = now;
    sync_gate_waits(s, now, &until);
    return until - now;
}

/* The end of a wait as a moment that stays the same as the wait goes by. */
static int64_t wait_until(struct sync *s, int64_t now)
{
    int64_t wait = waits_ms(s, now);
    int64_t until = clock_wall_ms() + wait;
    if (!wait) {
        s->wait_until = 0;
    } else if (until < s->wait_until - SAME_MOMENT_MS || until > s->wait_until + SAME_MOMENT_MS) {
        s->wait_until = until;
    }
    return s->wait_until;
}

/* Rates are those of the time in which requests may go out. */
static void measure(struct sync *s, int64_t now)
{
    int64_t span = now - s->rate_mark_at;
    bool is_waiting = waits_ms(s, now) > 0;
    bool is_first = s->rate < 0 && s->requests > s->rate_mark_requests && span > 0;
    if (!is_waiting && span < (s->rate < 0 ? FIRST_RATE_MS : RATE_SPAN_MS)) {
        return;
    }
    if (!is_waiting || is_first) {
        s->rate = smoothed(s->rate, s->requests - s->rate_mark_requests, span);
        s->row_rate = smoothed(s->row_rate, sync_rows(s) - s->rate_mark_rows, span);
    }
    s->rate_mark_at = now;
    s->rate_mark_requests = s->requests;
    s->rate_mark_rows = sync_rows(s);
}

static int64_t eta_of(const struct sync *s, int64_t now)
{
    double best = s->pace.limit > 0 ? s->pace.limit / 60.0 : s->rate;
    double rate = s->rate > 0 && s->rate < best ? s->rate : best;
    if (rate <= 0) {
        return -1;
    }
    double seconds = (double)waits_ms(s, now) / 1000.0 + (double)expected_requests(s) / rate;
    return (int64_t)(fmin(seconds, ETA_MOST_S) + 0.5);
}

static double shown_rate(double rate, int64_t waits_until)
{
    return rate > 0 && !waits_until ? round(rate * 10) / 10 : 0;
}

static int overall_of(struct sync *s)
{
    double left = (double)expected_requests(s);
    double all = (double)s->requests + left;
    int percent = s->planned && all > 0 ? (int)(100.0 * (double)s->requests / all) : 0;
    s->overall = percent > s->overall ? percent : s->overall;
    return s->is_done ? 100 : s->overall > 99 ? 99 : s->overall;
}

int64_t sync_rows(const struct sync *s)
{
    int64_t rows = 0;
    for (int i = 0; i < COUNT_TABLES; i++) {
        rows += s->counts[i].fresh + s->counts[i].updated + s->counts[i].unchanged;
    }
    return rows;
}

static struct progress progress_now(struct sync *s, int64_t now)
{
    int64_t until = wait_until(s, now);
    measure(s, now);
    struct progress p = {
        .phase = s->phase,
        .percent = percent_of(s, s->phase),
        .overall = overall_of(s),
        .requests = s->requests,
        .least = plan_least(&s->plan),
        .most = plan_most(&s->plan),
        .rows = sync_rows(s),
        .failed = s->failed_items,
        .retries = s->retries,
        .rate_left = pace_left(&s->pace),
        .rate_limit = s->pace.limit,
        .rows_per_second = shown_rate(s->row_rate, until),
        .requests_per_second = shown_rate(s->rate, until),
        .dropped = s->dropped,
        .eta_seconds = eta_of(s, now),
        .wait_until = until,
        .wait_reason = sync_gate_waits(s, now, &(int64_t){0}),
    };
    for (int i = 0; i < PHASE_COUNT; i++) {
        p.phase_percent[i] = s->phases[i].used ? percent_of(s, i) : -1;
    }
    text_copy(p.in_hand, sizeof p.in_hand, s->in_hand);
    return p;
}

static void current_phase(struct sync *s)
{
    if (s->walks && s->phase != PHASE_METRICS) {
        s->phase = s->walks->resource->phase;
    }
}

static void add_phases(const struct progress *p, struct json_writer *j)
{
    json_key(j, "phasePercent");
    json_object(j);
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (p->phase_percent[i] >= 0) {
            json_kv_int(j, phase_name(i), p->phase_percent[i]);
        }
    }
    json_end_object(j);
}

static void add_rate(struct json_writer *j, const char *key, double rate)
{
    json_key(j, key);
    json_decimal(j, rate, 1);
}

static void add_time(struct json_writer *j, const char *key, int64_t wall_ms)
{
    json_key(j, key);
    if (wall_ms) {
        char text[25];
        civil_format_utc(wall_ms, text);
        json_string(j, text);
    } else {
        json_null(j);
    }
}

/* All but what time alone moves; the object is left open. */
static void add_progress(const struct progress *p, struct json_writer *j)
{
    json_object(j);
    json_kv_string(j, "phase", phase_name(p->phase));
    json_kv_int(j, "percent", p->overall);
    add_phases(p, j);
    json_kv_int(j, "requests", p->requests);
    json_kv_int(j, "least", p->least);
    json_kv_int(j, "most", p->most);
    json_kv_int(j, "rows", p->rows);
    json_kv_int(j, "failed", p->failed);
    json_kv_int(j, "retries", p->retries);
    json_kv_int(j, "rateLeft", p->rate_left);
    json_kv_int(j, "rateLimit", p->rate_limit);
    add_rate(j, "rowsPerSecond", p->rows_per_second);
    add_rate(j, "requestsPerSecond", p->requests_per_second);
    json_kv_string(j, "inHand", p->in_hand);
    add_time(j, "waitUntil", p->wait_until);
    json_kv_string(j, "waitReason", p->wait_until ? wait_reason_name(p->wait_reason) : NULL);
}

/* One phase's row, when something of it has changed. */
static bool write_phase(struct sync *s, enum sync_phase phase, const char *details, const char *now,
                        struct err *e)
{
    struct phase_state *p = &s->phases[phase];
    bool here = phase == s->phase && !s->is_done;
    int percent = percent_of(s, phase);
    char message[96];
    if (!p->used || (!here && !p->in_hand && percent == p->saved)) {
        return true;
    }
    p->saved = percent;
    p->in_hand = here;
    snprintf(message, sizeof message, "%s%s",
             here             ? "reading "
             : percent == 100 ? "done"
                              : "waiting",
             here ? s->in_hand : "");
    return job_save_phase(s->db, s->id, phase_name(phase), percent, message, here ? details : NULL,
                          now, e);
}

/* Where the JSON ends that tells more than time does, see `saved` in struct sync. */
static size_t add_whole(const struct sync *s, const struct progress *p, int64_t at, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    add_progress(p, &j);
    size_t len = b->len;
    json_kv_int(&j, "etaSeconds", p->eta_seconds);
    add_time(&j, "at", at);
    if (s->is_handed_over) {
        sync_continue_add(s, &j);
    }
    json_end_object(&j);
    return len;
}

static bool write_progress(struct sync *s, const struct progress *p, int64_t now, struct err *e)
{
    struct buf b = {0};
    char at[25];
    int64_t wall = clock_wall_ms();
    civil_format_utc(wall, at);
    size_t len = add_whole(s, p, wall, &b);
    bool ok = job_save_progress(s->db, s->id, b.data, e);
    for (int i = 0; ok && i < PHASE_COUNT; i++) {
        ok = write_phase(s, i, b.data, at, e);
    }
    s->saved_at = now;
    buf_clear(&s->saved);
    buf_add(&s->saved, b.data, len);
    buf_done(&b);
    return ok;
}

bool sync_progress_save(struct sync *s, struct err *e)
{
    int64_t now = clock_mono_ms();
    if (now < s->saved_at + TICK_MS && !s->is_ending) {
        return true;
    }
    current_phase(s);
    struct progress p = progress_now(s, now);
    return write_progress(s, &p, now, e);
}

/* In a transaction of its own: pages save progress with their rows, but after the last page before
 * a wait, and while none come, nobody else would. */
static void save_alone(struct sync *s, const struct progress *p, int64_t now)
{
    if (s->is_over || !db_begin(s->db, NULL)) {
        return;
    }
    if (!write_progress(s, p, now, NULL) || !db_commit(s->db, NULL)) {
        db_rollback(s->db);
    }
}

static bool same(const struct buf *a, const struct buf *b)
{
    return a->len == b->len && a->len && !memcmp(a->data, b->data, a->len);
}

static void tell(struct sync *s, const struct progress *p)
{
    struct event event = {.type = EVENT_PROGRESS, .progress = *p};
    sync_push(s, &event);
}

static void tell_and_save(struct sync *s, int64_t now)
{
    struct buf b = {0};
    struct json_writer j;
    current_phase(s);
    struct progress p = progress_now(s, now);
    json_begin(&j, &b);
    add_progress(&p, &j);
    if (!same(&b, &s->told) || now >= s->told_at + COUNTDOWN_MS) {
        tell(s, &p);
        s->told_at = now;
    }
    bool is_news = !same(&b, &s->saved) && now >= s->saved_at + TICK_MS;
    if (is_news || (p.wait_until && now >= s->saved_at + REFRESH_MS)) {
        save_alone(s, &p, now);
    }
    buf_done(&s->told);
    s->told = b;
}

void sync_progress_tick(struct sync *s)
{
    int64_t now = clock_mono_ms();
    if (now >= s->progress_due) {
        s->progress_due = now + TICK_MS;
        tell_and_save(s, now);
    }
}

void sync_progress_begin(struct sync *s)
{
    s->saved_at = -TICK_MS;
    tell_and_save(s, clock_mono_ms());
}

void sync_progress_tell_last(struct sync *s)
{
    current_phase(s);
    struct progress p = progress_now(s, clock_mono_ms());
    tell(s, &p);
}
