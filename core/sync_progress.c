/* How far the sync is, to the screen and to the database, at most four times a second. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "db/job_store.h"

#include <math.h>
#include <stdio.h>

enum { TICK_MS = 250, RATE_SPAN_MS = 2000 };

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

static int64_t eta_of(struct sync *s, int64_t now)
{
    if (now - s->rate_mark_at >= RATE_SPAN_MS) {
        double rate = (double)(s->requests - s->rate_mark_requests) * 1000.0 /
                      (double)(now - s->rate_mark_at);
        s->rate = s->rate > 0 ? s->rate * 0.7 + rate * 0.3 : rate;
        s->rate_mark_at = now;
        s->rate_mark_requests = s->requests;
    }
    double best = s->pace.limit > 0 ? s->pace.limit / 60.0 : s->rate;
    double rate = s->rate > 0 && s->rate < best ? s->rate : best;
    return rate > 0 ? (int64_t)((double)expected_requests(s) / rate + 0.5) : -1;
}

static int overall_of(struct sync *s)
{
    double left = (double)expected_requests(s);
    double all = (double)s->requests + left;
    int percent = s->planned && all > 0 ? (int)(100.0 * (double)s->requests / all) : 0;
    s->overall = percent > s->overall ? percent : s->overall;
    return s->is_done ? 100 : s->overall > 99 ? 99 : s->overall;
}

/* Of all tables. */
static int64_t rows_of(const struct sync *s)
{
    int64_t rows = 0;
    for (int i = 0; i < COUNT_TABLES; i++) {
        rows += s->counts[i].fresh + s->counts[i].updated + s->counts[i].unchanged;
    }
    return rows;
}

static struct progress progress_now(struct sync *s, int64_t now)
{
    struct progress p = {
        .phase = s->phase,
        .percent = percent_of(s, s->phase),
        .overall = overall_of(s),
        .requests = s->requests,
        .least = plan_least(&s->plan),
        .most = plan_most(&s->plan),
        .rows = rows_of(s),
        .failed = s->failed_items,
        .retries = s->retries,
        .rate_left = pace_left(&s->pace),
        .rate_limit = s->pace.limit,
        .eta_seconds = eta_of(s, now),
    };
    int64_t hold = s->pace.hold_until;
    p.wait_until = hold > now ? clock_wall_ms() + hold - now : 0;
    text_copy(p.in_hand, sizeof p.in_hand, s->in_hand);
    return p;
}

static void current_phase(struct sync *s)
{
    if (s->walks && s->phase != PHASE_METRICS) {
        s->phase = s->walks->resource->phase;
    }
}

static void add_progress(const struct progress *p, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    json_kv_string(&j, "phase", phase_name(p->phase));
    json_kv_int(&j, "percent", p->overall);
    json_kv_int(&j, "requests", p->requests);
    json_kv_int(&j, "least", p->least);
    json_kv_int(&j, "most", p->most);
    json_kv_int(&j, "rows", p->rows);
    json_kv_int(&j, "failed", p->failed);
    json_kv_int(&j, "retries", p->retries);
    json_kv_int(&j, "rateLeft", p->rate_left);
    json_kv_int(&j, "rateLimit", p->rate_limit);
    json_kv_int(&j, "etaSeconds", p->eta_seconds);
    json_kv_string(&j, "inHand", p->in_hand);
    json_key(&j, "waitUntil");
    if (p->wait_until) {
        char until[25];
        civil_format_utc(p->wait_until, until);
        json_string(&j, until);
    } else {
        json_null(&j);
    }
    json_end_object(&j);
}

/* One phase's row, when something of it has changed. */
static bool write_phase(struct sync *s, enum sync_phase phase, const char *details, const char *now,
                        struct err *e)
{
    struct phase_state *p = &s->phases[phase];
    bool here = phase == s->phase && !s->is_done;
    int percent = percent_of(s, phase);
    char message[96];
    if (!p->used || (!here && percent == p->saved)) {
        return true;
    }
    p->saved = percent;
    snprintf(message, sizeof message, "%s%s",
             here             ? "reading "
             : percent == 100 ? "done"
                              : "waiting",
             here ? s->in_hand : "");
    return job_save_phase(s->db, s->id, phase_name(phase), percent, message, here ? details : NULL,
                          now, e);
}

static bool write_progress(struct sync *s, const struct progress *p, struct err *e)
{
    struct buf b = {0};
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    add_progress(p, &b);
    bool ok = job_save_progress(s->db, s->id, b.data, e);
    for (int i = 0; ok && i < PHASE_COUNT; i++) {
        ok = write_phase(s, i, b.data, now, e);
    }
    buf_done(&b);
    return ok;
}

/* Inside a page's transaction; writes only when a tick is due, or at the end. */
bool sync_progress_save(struct sync *s, struct err *e)
{
    int64_t now = clock_mono_ms();
    if (now < s->saved_at + TICK_MS && !s->is_ending) {
        return true;
    }
    s->saved_at = now;
    current_phase(s);
    struct progress p = progress_now(s, now);
    return write_progress(s, &p, e);
}

void sync_progress_tick(struct sync *s, bool at_once)
{
    int64_t now = clock_mono_ms();
    if (!at_once && now < s->progress_due) {
        return;
    }
    s->progress_due = now + TICK_MS;
    current_phase(s);
    struct event event = {.type = EVENT_PROGRESS};
    event.progress = progress_now(s, now);
    sync_push(s, &event);
    /* Pages save progress with their rows; while none come (a long wait), it is saved by itself. */
    if (now >= s->saved_at + 4 * TICK_MS && !s->is_over && db_begin(s->db, NULL)) {
        s->saved_at = now;
        if (!write_progress(s, &event.progress, NULL) || !db_commit(s->db, NULL)) {
            db_rollback(s->db);
        }
    }
}
