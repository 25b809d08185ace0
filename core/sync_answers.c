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

enum { UNTOLD_WAIT_MS = 1000, UNTOLD_WAIT_MAX_MS = 60000, TOLD_AT_ONCE_MS = 100 };

static const int64_t WAIT_MAX_MS = (int64_t)366 * 24 * 3600 * 1000; /* sums stay in range */

static void try_again(struct sync *s, struct transfer *t, int64_t not_before)
{
    buf_done(&t->answer.body);
    memset(&t->answer, 0, sizeof t->answer);
    t->state = TRANSFER_WAITING;
    t->not_before = not_before;
    (void)s;
}

static void transient(struct sync *s, struct transfer *t, const struct outcome *o)
{
    if (t->tries >= s->config->api.max_retries) {
        char message[256];
        snprintf(message, sizeof message, "%s%s%s (tried %d times)", o->message,
                 t->answer.detail[0] ? ": " : "", t->answer.detail, t->tries + 1);
        sync_walk_failed(s, t, outcome_class_name(o->class), o->code, message);
        return;
    }
    int64_t wait = outcome_backoff_ms(s->config->api.backoff_base_ms, t->tries);
    t->tries++;
    s->retries++;
    try_again(s, t, clock_mono_ms() + wait);
}

void sync_bad_body(struct sync *s, struct transfer *t)
{
    transient(s, t, outcome_bad_body());
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

/* A 429 costs no try. */
static void throttled(struct sync *s, struct transfer *t)
{
    int64_t now = clock_mono_ms();
    int64_t wait = outcome_retry_after_ms(t->answer.retry_after, t->answer.date, clock_wall_ms());
    int64_t untold = wait_untold(s, &t->answer, wait);
    wait = wait > TOLD_AT_ONCE_MS ? wait : untold;
    wait = wait > WAIT_MAX_MS ? WAIT_MAX_MS : wait;
    s->throttled_at = now;
    bool is_news = now + wait > s->pace.hold_until + 1000; /* not for each one in flight */
    pace_hold(&s->pace, now + wait);
    if (wait > 2000 && is_news) {
        char until[9];
        zone_time(s->config->schedule.timezone, clock_wall_ms() + wait, until);
        sync_note(s, "the CRM asks us to wait %lld s (until %s)", (long long)((wait + 999) / 1000),
                  until);
    }
    try_again(s, t, now + wait);
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

static void take_answer(struct sync *s, struct transfer *t, struct err *e)
{
    struct http_answer *a = &t->answer;
    t->state = TRANSFER_HELD; /* in flight no more, whatever becomes of it */
    const struct outcome *o = outcome_of_transfer(a->curl_code, a->status);
    s->wire_bytes += a->wire_bytes;
    pace_answered(&s->pace, a->sent_at, a->answered_at, a->rate_limit, a->rate_remaining);
    if (o->class != OUTCOME_THROTTLED) {
        s->throttled_in_a_row = 0;
    }
    switch (o->class) {
    case OUTCOME_OK:
        if (!sync_apply_held(s, t->walk, e)) {
            sync_fail(s, e);
        }
        break;
    case OUTCOME_TRANSIENT:
        transient(s, t, o);
        break;
    case OUTCOME_THROTTLED:
        throttled(s, t);
        break;
    case OUTCOME_AUTH:
        rejected(s, t);
        break;
    case OUTCOME_PERMANENT:
        sync_walk_failed(s, t, outcome_class_name(o->class), o->code, o->message);
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
    }
}
