/* What becomes of an answer: a page to apply, a request to send again, a walk or a sync that fails.
 */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/ring.h"
#include "core/config.h"
#include "core/key.h"
#include "core/outcome.h"

#include <stdio.h>
#include <string.h>

enum { WIDEN_AFTER = 64 }; /* answers */
enum { UNTOLD_WAIT_MS = 1000, UNTOLD_WAIT_MAX_MS = 60000, TOLD_AT_ONCE_MS = 100 };

static const int64_t WAIT_MAX_MS = (int64_t)366 * 24 * 3600 * 1000; /* sums stay in range */

/* Behind those that wait already. */
static void try_again(struct sync *s, struct transfer *t, int64_t not_before)
{
    buf_done(&t->answer.body);
    memset(&t->answer, 0, sizeof t->answer);
    t->state = TRANSFER_WAITING;
    t->not_before = not_before;
    t->is_judged = false;
    t->order = s->next_order++;
}

static void fail(struct sync *s, struct transfer *t)
{
    char message[256];
    const struct outcome *o = t->outcome;
    int words = t->tries ? (int)strlen(o->message) : (int)strcspn(o->message, ";");
    snprintf(message, sizeof message, "%.*s%s%s (tried %d time%s)", words, o->message,
             t->answer.detail[0] ? ": " : "", t->answer.detail, t->tries + 1, t->tries ? "s" : "");
    sync_walk_failed(s, t, outcome_class_name(o->class), o->code, message);
}

void sync_fail_parked(struct sync *s, bool one)
{
    struct transfer *oldest = NULL;
    for (int i = 0; i < TRANSFER_SLOTS && !s->is_over; i++) {
        struct transfer *t = &s->transfers[i];
        if (t->state == TRANSFER_PARKED && !one && t->failed_in != s->streak) {
            fail(s, t);
        } else if (t->state == TRANSFER_PARKED && (!oldest || t->order < oldest->order)) {
            oldest = t;
        }
    }
    if (one && oldest) {
        fail(s, oldest);
    }
}

static bool may_park(const struct sync *s)
{
    int parked = 0;
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        parked += s->transfers[i].state == TRANSFER_PARKED;
    }
    return parked < ASIDE_MAX;
}

static void transient(struct sync *s, struct transfer *t, const struct outcome *o)
{
    int before = t->tries;
    if (!t->is_judged && !sync_gate_failed(s, t, o)) {
        s->retries++;
        try_again(s, t, 0);
    } else if (sync_gate_may_retry(s, t)) {
        s->retries++;
        try_again(s, t,
                  clock_mono_ms() + outcome_backoff_ms(s->config->api.backoff_base_ms, before));
    } else {
        t->outcome = o;
        buf_done(&t->answer.body);
        t->state = TRANSFER_PARKED;
        if (!may_park(s) || t->failed_in != s->streak) {
            fail(s, t);
        }
    }
}

void sync_bad_body(struct sync *s, struct transfer *t)
{
    transient(s, t, outcome_bad_body());
}

void sync_good_page(struct sync *s, struct transfer *t)
{
    s->read[t->walk->resource - resources]++;
    if (t->key_epoch == s->key_epoch) {
        s->key_was_reread =
            false; /* it was the right one; should it change again, it is read again */
    }
    if (!t->is_judged) {
        sync_gate_good(s, t);
    }
    t->is_judged = true;
}

/* A page that must wait for those before it: what it looks like tells enough of the CRM's health.
 */
static void judge_held(struct sync *s, struct transfer *t)
{
    const struct buf *b = &t->answer.body;
    size_t at = 0;
    while (at < b->len && strchr(" \t\r\n\xef\xbb\xbf", b->data[at])) {
        at++;
    }
    if (at < b->len && b->data[at] == '{') {
        t->is_judged = true;
        sync_gate_good(s, t);
    } else {
        sync_bad_body(s, t);
    }
}

/* How long to wait after a 429 that does not say, or says 0: a guess that grows with each refusal
 * in a row, jittered. Requests that were in flight together are refused together: that is one. */
static int64_t wait_untold(struct sync *s, const struct http_answer *a, int64_t told)
{
    s->throttled_in_a_row += a->sent_at >= s->throttled_at;
    int doublings = s->throttled_in_a_row > 1 ? s->throttled_in_a_row - 1 : 0;
    doublings = doublings < 6 ? doublings : 6;
    int64_t least = told < 0 ? UNTOLD_WAIT_MS : TOLD_AT_ONCE_MS;
    int64_t wait = least << doublings;
    wait = wait > UNTOLD_WAIT_MAX_MS ? UNTOLD_WAIT_MAX_MS : wait;
    return wait / 2 + outcome_backoff_ms(wait / 2, 0);
}

static int64_t told_ms(const struct http_answer *a)
{
    return outcome_retry_after_ms(a->retry_after, a->date, clock_wall_ms());
}

/* Not a 429, but an answer that says when to come again (maintenance: 503): kept like one, but a
 * failure all the same, so that a page which always answers so does not hold up the sync for ever.
 */
static void keep_told(struct sync *s, const struct http_answer *a)
{
    int64_t wait = a->status >= 400 ? told_ms(a) : -1;
    if (wait > 0) {
        sync_gate_hold(s, a->status, wait > WAIT_MAX_MS ? WAIT_MAX_MS : wait);
    }
}

/* Costs no try. */
static void throttled(struct sync *s, struct transfer *t)
{
    int64_t wait = told_ms(&t->answer);
    int64_t untold = wait_untold(s, &t->answer, wait);
    wait = wait > TOLD_AT_ONCE_MS ? wait : untold;
    wait = wait > WAIT_MAX_MS ? WAIT_MAX_MS : wait;
    s->throttled_at = clock_mono_ms();
    sync_gate_hold(s, t->answer.status, wait);
    try_again(s, t, s->throttled_at + wait);
}

/* The loop takes the command. */
char *sync_read_key(struct sync *s, struct err *e)
{
    char *key = NULL;
    if (ring_sleep(s->commands)) {
        key = key_read(s->config, ring_fd(s->commands), e);
    } else {
        err_set(e, ERR_STOPPED, "interrupted");
    }
    ring_wake(s->commands);
    return key;
}

/* True: the request may be sent again. */
static bool reread_key(struct sync *s)
{
    struct err e = {0};
    char *fresh = s->key_was_reread ? NULL : sync_read_key(s, &e);
    if (e.kind == ERR_STOPPED) {
        return true;
    }
    s->key_was_reread = true;
    bool changed = fresh && strcmp(fresh, s->key) != 0;
    if (changed) {
        http_set_key(s->http, fresh);
        key_free(s->key);
        s->key = fresh;
        s->key_epoch++;
        sync_note(s, "the API key was read again from its source");
    } else {
        key_free(fresh);
    }
    return changed;
}

/* The key may have been changed while we run: answers to requests with an old one do not count. */
static void rejected(struct sync *s, struct transfer *t)
{
    if (t->key_epoch < s->key_epoch || reread_key(s)) {
        try_again(s, t, 0);
        return;
    }
    struct err e;
    err_set(
        &e, ERR_AUTH,
        "the CRM rejects the API key (401): mend the key and start again, it goes on from here");
    sync_fail(s, &e);
}

/* What is wrong with the connection is wrong with all that would go over it. */
static void refused(struct sync *s, struct transfer *t, const struct outcome *o)
{
    struct err e;
    if (t->answer.curl_code && t->answer.status < 300) {
        err_set(&e, ERR_DATA, "%s (%s)", o->message, t->answer.detail);
        sync_fail(s, &e);
        return;
    }
    s->wait_began = 0;
    sync_walk_failed(s, t, outcome_class_name(o->class), o->code, o->message);
}

/* ---- answers that are too large, alone or together ---- */

static void too_large(struct sync *s, struct transfer *t)
{
    char words[96];
    snprintf(words, sizeof words, "The answer is larger than max_body_mb (%lld MB)",
             (long long)s->config->api.max_body_mb);
    sync_gate_neither(s, t);
    sync_page_too_large(s, t, words);
}

/* Fewer at a time from now on, in the end one alone, for which there is always room. What is kept
 * for later is asked for again as well: it might take the room for the page that it waits for. */
static void crowded(struct sync *s, struct transfer *t)
{
    s->width = s->width > 1 ? s->width / 2 : 1;
    s->width_answers = 0;
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        if (s->transfers[i].state == TRANSFER_HELD) {
            try_again(s, &s->transfers[i], 0);
        }
    }
    (void)t; /* is one of these */
}

static void widen(struct sync *s)
{
    if (s->width < s->transfer_count && ++s->width_answers >= WIDEN_AFTER) {
        s->width++;
        s->width_answers = 0;
    }
}

int64_t sync_kept_bytes(const struct sync *s)
{
    int64_t bytes = 0;
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        const struct transfer *t = &s->transfers[i];
        bytes += t->state == TRANSFER_HELD ? (int64_t)t->answer.body.len : 0;
    }
    return bytes;
}

static void take_answer(struct sync *s, struct transfer *t, struct err *e)
{
    struct http_answer *a = &t->answer;
    t->state = TRANSFER_HELD; /* in flight no more, whatever becomes of it */
    const struct outcome *o = outcome_of_transfer(a->curl_code, a->status);
    s->wire_bytes += a->wire_bytes;
    pace_answered(&s->pace, a->sent_at, a->answered_at, a->rate_limit, a->rate_remaining);
    if (o->class != OUTCOME_OK && o->class != OUTCOME_TRANSIENT) {
        sync_gate_neither(s, t);
    }
    if (a->crowded) {
        sync_gate_neither(s, t);
        crowded(s, t);
        return;
    }
    switch (o->class) {
    case OUTCOME_OK:
        widen(s);
        if (t->page != t->walk->applied + 1) {
            judge_held(s, t);
        } else if (!sync_apply_held(s, t->walk, e)) {
            sync_fail(s, e);
        }
        break;
    case OUTCOME_TRANSIENT:
        if (outcome_is_too_large(o)) {
            too_large(s, t);
        } else {
            keep_told(s, a);
            transient(s, t, o);
        }
        break;
    case OUTCOME_THROTTLED:
        throttled(s, t);
        break;
    case OUTCOME_AUTH:
        rejected(s, t);
        break;
    case OUTCOME_PERMANENT:
        refused(s, t, o);
        break;
    }
}

void sync_take_answers(struct sync *s)
{
    struct http_answer answer;
    while (!s->is_over && http_take(s->http, &answer)) {
        struct err e = {0};
        struct transfer *t = answer.tag;
        t->answer = answer;
        take_answer(s, t, &e);
        sync_fail_parked(s, false);
    }
}
