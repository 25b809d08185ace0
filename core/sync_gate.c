/* Whether requests may go out, and what a failed one costs: the CRM's Retry-After, the circuit
 * breaker, the retry budget and the longest wait. What outlives the run is kept in the database. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/api_state.h"

#include <stdio.h>
#include <string.h>

enum {
    BUDGET_LEAST = 20,      /* of retries, */
    BUDGET_PERCENT = 10,    /* and for each request */
    KEPT_WAIT_MS = 100,     /* a shorter one is over before anybody else can come */
    TOLD_WAIT_MS = 2000,    /* worth a line, */
    TOLD_APART_MS = 1000,   /* but not for each request that was in flight */
    LOOK_MS = 250,          /* for a breaker closed by hand */
    STOPPED_MS = 10 * 1000, /* so long without a turn of the loop: the machine slept, or we did */
    MINUTE_MS = 60 * 1000,
};

/* ---- what is kept ---- */

static void keep(struct sync *s,
                 bool (*put)(struct db_writer *, const char *, const struct api_state *,
                             struct err *),
                 const struct api_state *state)
{
    struct err e = {0};
    if (s->is_scratch) {
        return;
    }
    if (!db_begin(s->db, &e)) {
        sync_fail(s, &e);
    } else if (!put(s->db, s->config->api.base_url, state, &e) || !db_commit(s->db, &e)) {
        db_rollback(s->db);
        sync_fail(s, &e);
    }
}

static void keep_breaker(struct sync *s)
{
    struct api_state state = {.openings = s->breaker.openings};
    int64_t wall = clock_wall_ms();
    text_copy(state.breaker, sizeof state.breaker, breaker_state_name(s->breaker.state));
    civil_format_utc(wall, state.breaker_at);
    if (s->breaker.state == BREAKER_OPEN) {
        civil_format_utc(wall + s->breaker.until - clock_mono_ms(), state.breaker_until);
    }
    if (s->breaker.state != BREAKER_CLOSED) {
        text_copy(state.reason, sizeof state.reason, s->ill_because);
    }
    keep(s, api_state_put_breaker, &state);
}

/* What is left of a wait that was told at `at`: whatever the clock did since, not more than all. */
static int64_t left_of(const char *at, const char *until, int64_t wall)
{
    int64_t from = 0;
    int64_t to = 0;
    if (!civil_parse_utc(at, &from) || !civil_parse_utc(until, &to) || to <= wall) {
        return 0;
    }
    return wall < from ? to - from : to - wall;
}

static void note_until(struct sync *s, const char *what, int64_t wait_ms)
{
    char until[9];
    zone_time(s->config->schedule.timezone, clock_wall_ms() + wait_ms, until);
    sync_note(s, "%s until %s", what, until);
}

bool sync_gate_begin(struct sync *s, struct err *e)
{
    const struct config *c = s->config;
    struct api_state kept;
    int64_t now = clock_mono_ms();
    int64_t wall = clock_wall_ms();
    breaker_init(&s->breaker, (int)c->api.circuit_max_failures,
                 c->api.circuit_reset_seconds * 1000);
    s->streak = 1;
    if (!s->checkpoints) {
        return true;
    }
    if (!api_state_read(s->checkpoints, c->api.base_url, &kept, e)) {
        return false;
    }
    int64_t hold = left_of(kept.hold_at, kept.hold_until, wall);
    if (hold > 0) {
        pace_hold(&s->pace, now + hold);
        s->wait_began = now;
        note_until(s, "an earlier sync was asked to wait: no request", hold);
    }
    if (strcmp(kept.breaker, "closed") != 0) {
        int64_t left = left_of(kept.breaker_at, kept.breaker_until, wall);
        breaker_restore(&s->breaker, now + left, (int)kept.openings);
        text_copy(s->ill_because, sizeof s->ill_because, kept.reason);
        s->wait_began = now;
        note_until(s, "the circuit breaker was left open: no request", left);
    }
    return true;
}

/* ---- may one go out? ---- */

static void breaker_changed(struct sync *s)
{
    switch (s->breaker.state) {
    case BREAKER_OPEN:
        note_until(s, "the CRM is ill; the circuit breaker is open: no request",
                   s->breaker.until - clock_mono_ms());
        sync_note(s, "why: %s; `ipsync breaker reset` closes it at once", s->ill_because);
        break;
    case BREAKER_HALF_OPEN:
        sync_note(s, "the circuit breaker is half-open: a few requests show how the CRM is");
        break;
    case BREAKER_CLOSED:
        sync_note(s, "the CRM answers again; the circuit breaker is closed");
        break;
    }
    keep_breaker(s);
}

int64_t sync_gate_next(struct sync *s, int64_t now)
{
    enum breaker_state before = s->breaker.state;
    int64_t next = breaker_next(&s->breaker, now);
    if (s->breaker.state != before) {
        breaker_changed(s);
    }
    int64_t paced = next <= now ? pace_next(&s->pace, now) : next;
    return paced > next ? paced : next;
}

void sync_gate_sent(struct sync *s, struct transfer *t, int64_t now)
{
    t->breaker_epoch = breaker_sent(&s->breaker);
    pace_sent(&s->pace, now);
}

void sync_gate_dropped(struct sync *s, struct transfer *t)
{
    int64_t now = clock_mono_ms();
    pace_answered(&s->pace, now, now, -1, -1);
    breaker_answered(&s->breaker, t->breaker_epoch, BREAKER_NEITHER, now);
}

/* ---- answers ---- */

static void answered(struct sync *s, struct transfer *t, enum breaker_result result)
{
    enum breaker_state before = s->breaker.state;
    int openings = s->breaker.openings;
    breaker_answered(&s->breaker, t->breaker_epoch, result, clock_mono_ms());
    if (s->breaker.state != before || s->breaker.openings != openings) {
        breaker_changed(s);
    }
}

void sync_gate_good(struct sync *s, struct transfer *t)
{
    s->wait_began = 0;
    s->throttled_in_a_row = 0;
    s->streak++;
    answered(s, t, BREAKER_GOOD);
}

void sync_gate_neither(struct sync *s, struct transfer *t)
{
    answered(s, t, BREAKER_NEITHER);
}

/* What led to the opening of the breaker is given back. */
static void refund(struct sync *s)
{
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        struct transfer *t = &s->transfers[i];
        bool waits = t->state == TRANSFER_WAITING || t->state == TRANSFER_PARKED;
        if (waits && t->failed_in == s->streak) {
            t->tries -= t->streak_tries;
            s->budget_used -= t->streak_tries;
            t->streak_tries = 0;
            t->not_before = 0;
            t->state = TRANSFER_WAITING;
        }
    }
}

static void opened(struct sync *s, const struct outcome *o)
{
    snprintf(s->ill_because, sizeof s->ill_because, "%s; the last: %.*s", s->breaker.why,
             (int)strcspn(o->message, ";"), o->message);
    refund(s);
}

bool sync_gate_failed(struct sync *s, struct transfer *t, const struct outcome *o)
{
    bool is_repeat = t->failed_in == s->streak;
    int openings = s->breaker.openings;
    if (t->answer.sent_at < s->stopped_at || o->spares_breaker) {
        breaker_answered(&s->breaker, t->breaker_epoch, BREAKER_NEITHER, clock_mono_ms());
        return t->answer.sent_at >= s->stopped_at; /* what was lost in its sleep costs nothing */
    }
    if (!is_repeat) {
        t->failed_in = s->streak;
        t->streak_tries = 0;
    }
    breaker_answered(&s->breaker, t->breaker_epoch, is_repeat ? BREAKER_REPEAT : BREAKER_BAD,
                     clock_mono_ms());
    if (s->breaker.openings > openings) {
        opened(s, o);
        breaker_changed(s);
        s->wait_began = s->wait_began ? s->wait_began : clock_mono_ms();
    }
    return breaker_is_charged(&s->breaker, t->breaker_epoch);
}

bool sync_gate_may_retry(struct sync *s, struct transfer *t)
{
    int64_t budget = BUDGET_LEAST + s->requests * BUDGET_PERCENT / 100;
    if (t->tries >= s->config->api.max_retries || s->budget_used >= budget) {
        return false;
    }
    t->tries++;
    t->streak_tries++;
    s->budget_used++;
    return true;
}

/* ---- time goes by ---- */

void sync_gate_hold(struct sync *s, long status, int64_t wait_ms)
{
    int64_t now = clock_mono_ms();
    int64_t wall = clock_wall_ms();
    bool is_longer = now + wait_ms > s->pace.hold_until;
    bool is_news = is_longer && now + wait_ms - TOLD_APART_MS > s->pace.hold_until;
    pace_hold(&s->pace, now + wait_ms);
    s->wait_began = s->wait_began ? s->wait_began : now;
    if (is_longer && wait_ms >= KEPT_WAIT_MS) {
        struct api_state state = {0};
        civil_format_utc(wall, state.hold_at);
        civil_format_utc(wall + wait_ms, state.hold_until);
        keep(s, api_state_put_hold, &state);
    }
    if (is_news && wait_ms > TOLD_WAIT_MS) {
        char words[64];
        snprintf(words, sizeof words, "the CRM asks us to wait (%ld): no request", status);
        note_until(s, words, wait_ms);
    }
}

static void release_waiting(struct sync *s)
{
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        s->transfers[i].not_before = 0;
    }
}

static void look_for_reset(struct sync *s, int64_t now)
{
    struct api_state kept;
    bool is_held = s->pace.hold_until > now + KEPT_WAIT_MS;
    if ((s->breaker.state == BREAKER_CLOSED && !is_held) || now < s->look_due || s->is_scratch) {
        return;
    }
    s->look_due = now + LOOK_MS;
    if (!api_state_read(db_writer_reader(s->db), s->config->api.base_url, &kept, NULL)) {
        return;
    }
    if (s->breaker.state != BREAKER_CLOSED && !strcmp(kept.breaker, "closed")) {
        breaker_reset(&s->breaker);
        s->wait_began = 0;
        sync_note(s, "the circuit breaker was closed by hand");
    }
    if (is_held && kept.hold_at[0] && !strcmp(kept.hold_at, kept.hold_until)) {
        pace_release(&s->pace, now);
        release_waiting(s);
        s->wait_began = 0;
        sync_note(s, "the wait was ended by hand");
    }
}

static void end_long_wait(struct sync *s, int64_t now)
{
    struct err e;
    int64_t most = s->config->sync.max_wait_minutes;
    bool is_held = now < s->pace.hold_until;
    bool waits = is_held || s->breaker.state != BREAKER_CLOSED;
    if (waits && !s->wait_began) {
        s->wait_began = now; /* a good answer that was still under way had ended the wait */
    }
    if (!waits || now - s->wait_began < most * MINUTE_MS) {
        return;
    }
    err_set(
        &e, ERR_NET,
        "the sync has waited %lld min for the CRM (%s) and ends, as max_wait_minutes says; what "
        "was read is kept, the next sync goes on from here",
        (long long)most, is_held ? "Retry-After" : s->ill_because);
    sync_fail(s, &e);
}

void sync_gate_woke(struct sync *s)
{
    int64_t now = clock_mono_ms();
    if (s->turned_at && now - s->turned_at > STOPPED_MS) {
        s->stopped_at = now;
    }
    s->turned_at = now;
}

void sync_gate_tick(struct sync *s)
{
    int64_t now = clock_mono_ms();
    sync_gate_woke(s);
    look_for_reset(s, now);
    end_long_wait(s, now);
}

enum wait_reason sync_gate_waits(const struct sync *s, int64_t now, int64_t *until)
{
    bool is_open = s->breaker.state == BREAKER_OPEN && s->breaker.until > now;
    bool is_held = s->pace.hold_until > now;
    *until = now;
    if (is_held && (!is_open || s->pace.hold_until >= s->breaker.until)) {
        *until = s->pace.hold_until;
        return WAIT_RETRY_AFTER;
    }
    if (is_open) {
        *until = s->breaker.until;
        return WAIT_BREAKER;
    }
    return WAIT_NONE;
}
