#include "core/pace.h"

#include <string.h>

#define BUCKET_MS 100
#define WINDOW_BUCKETS (PACE_WINDOW_MS / BUCKET_MS)
#define WINDOW_US ((int64_t)PACE_WINDOW_MS * 1000)
#define CREDIT_SLOTS 4
#define NO_LATENCY INT64_MAX
/* Longer ago than this nobody can say what others took: who asks seldom would never ask again. */
#define REMAINING_AGE_MS 500

void pace_init(struct pace *p, int assumed_limit, int64_t now)
{
    *p = (struct pace){
        .assumed_limit = assumed_limit,
        .limit = assumed_limit,
        .limit_at = INT64_MIN,
        .remaining = -1,
        .learning = true,
        .low_at = INT64_MIN,
        .next_slot_us = now * 1000,
        .hold_until = INT64_MIN,
        .distrust_until = INT64_MIN,
        .used_until = INT64_MIN,
        .fastest_ms = {NO_LATENCY, NO_LATENCY},
        .fastest_since = now,
        .bucket_newest = now / BUCKET_MS,
    };
}

static int64_t at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* ---- the sliding minute ---- */

static uint32_t *bucket(struct pace *p, int64_t number)
{
    return &p->buckets[(number % PACE_BUCKETS + PACE_BUCKETS) % PACE_BUCKETS];
}

/* A bucket counts until its last millisecond is a whole window ago. */
static int64_t bucket_expires(int64_t number)
{
    return (number + 1) * BUCKET_MS + PACE_WINDOW_MS;
}

static void buckets_advance(struct pace *p, int64_t now)
{
    int64_t newest = now / BUCKET_MS;

    if (newest - p->bucket_newest >= PACE_BUCKETS) {
        memset(p->buckets, 0, sizeof p->buckets);
        p->bucket_newest = newest;
        p->in_window = 0;
    }
    while (p->bucket_newest < newest) {
        p->bucket_newest++;
        p->in_window -= (int)*bucket(p, p->bucket_newest - 1 - WINDOW_BUCKETS);
        *bucket(p, p->bucket_newest) = 0;
    }
}

static int answered_since(struct pace *p, int64_t since)
{
    int64_t oldest = at_least(since / BUCKET_MS, p->bucket_newest - PACE_BUCKETS + 1);
    int sum = 0;

    for (int64_t n = oldest; n <= p->bucket_newest; n++)
        sum += (int)*bucket(p, n);
    return sum;
}

/* When our own last minute has room for one more. */
static int64_t minute_has_room(struct pace *p, int64_t now)
{
    int excess = p->in_window + p->in_flight - p->limit + 1;

    if (excess <= 0)
        return now;
    for (int64_t n = p->bucket_newest - WINDOW_BUCKETS; n <= p->bucket_newest; n++) {
        excess -= (int)*bucket(p, n);
        if (excess <= 0)
            return bucket_expires(n);
    }
    return PACE_NEVER;
}

/* ---- latency ---- */

static void fastest_note(struct pace *p, int64_t latency, int64_t now)
{
    if (now - p->fastest_since >= PACE_WINDOW_MS) {
        p->fastest_ms[1] = p->fastest_ms[0];
        p->fastest_ms[0] = NO_LATENCY;
        p->fastest_since = now;
    }
    if (latency < p->fastest_ms[0])
        p->fastest_ms[0] = at_least(latency, 0);
}

static int64_t fastest(const struct pace *p)
{
    int64_t f = at_most(p->fastest_ms[0], p->fastest_ms[1]);

    return f == NO_LATENCY ? 0 : f;
}

/* The server counts a request somewhere between sending and answer. Part of the way is the same for
 * every request, and a delay that all share shifts the window without making it fuller: half of the
 * shortest latency is taken for that part, the other half is the margin for a way that gets
 * shorter. */
static int64_t shared_way(const struct pace *p)
{
    return at_most(fastest(p) / 2, 5000);
}

/* ---- what others use ---- */

/* What was used of the window before our first request; forgotten when that window is over. */
static int used_before(const struct pace *p, int64_t now)
{
    return now < p->used_until ? p->used_before : 0;
}

/* Requests a minute that others took in this window; what we sent ourselves explains the rest. */
static int64_t others_per_minute(const struct pace *p, int64_t now)
{
    int64_t taken = p->window_remaining - p->remaining - p->window_answers;

    if (p->remaining < 0 || taken <= 0)
        return 0;
    /* Not from less than 5 s: a few requests more would look like a flood. */
    return taken * PACE_WINDOW_MS / at_least(now - p->window_seen, 5000);
}

static bool is_shared(const struct pace *p, int64_t now)
{
    return p->unexplained > 0 || others_per_minute(p, now) > 0;
}

/* What Remaining still allows now: every request in flight may be counted after it was named, and
 * others go on meanwhile, until our next request has arrived. */
static int left_over(const struct pace *p, int64_t now)
{
    int64_t others = others_per_minute(p, now);
    int64_t age = at_most(now - p->low_at, REMAINING_AGE_MS) + 2 * fastest(p);
    int64_t reserve = others > 0 ? 1 + p->limit / 500 + others * age / PACE_WINDOW_MS : 0;

    return (int)(p->remaining - p->unconfirmed - p->in_flight - reserve);
}

/* When Remaining allows one more. */
static int64_t remaining_has_room(const struct pace *p, int64_t now)
{
    if (p->remaining < 0 || left_over(p, now) > 0)
        return now;
    if (now < p->window_end)
        return p->window_end;
    /* The window is over, but nothing shows how much of the next one others have used. */
    if ((is_shared(p, now) || p->joined) && p->in_flight > 0)
        return PACE_NEVER;
    return now;
}

/* ---- spacing ---- */

static int64_t even_gap_us(const struct pace *p)
{
    return WINDOW_US / p->limit;
}

/* Alone we go at the limit's own pace; what others leave is spread over the rest of the window,
 * with room for what they will go on using, but never less than half of it for us. */
static int64_t gap_us(const struct pace *p, int64_t now)
{
    int64_t even = even_gap_us(p);
    int64_t rest_ms = p->window_end - now;

    int64_t left = at_least(p->remaining - p->unconfirmed - p->in_flight, 1);
    if (p->remaining < 0 || rest_ms <= 0)
        return even;
    /* Joined in the middle, the window may end long before window_end: the last few requests are
     * spread out, so that one of them finds the new one. */
    if (p->joined && left <= at_least(p->joined_left / 20, 4))
        return at_least(even, rest_ms * 1000 / left);
    if (!is_shared(p, now))
        return even;
    int64_t ours = left - others_per_minute(p, now) * rest_ms / PACE_WINDOW_MS;

    return at_least(even, rest_ms * 1000 / at_least(ours, (left + 1) / 2));
}

int64_t pace_next(struct pace *p, int64_t now)
{
    buckets_advance(p, now);
    if (now < p->hold_until)
        return p->hold_until;
    if (p->learning && p->in_flight > 0)
        return PACE_NEVER;
    if (p->limit == 0)
        return now;

    int64_t next = minute_has_room(p, now);

    next = at_least(next, (p->next_slot_us + 999) / 1000);
    return p->learning ? next : at_least(next, remaining_has_room(p, now));
}

void pace_sent(struct pace *p, int64_t now)
{
    if (p->limit > 0) {
        int64_t oldest = now * 1000 - CREDIT_SLOTS * even_gap_us(p);

        p->next_slot_us = at_least(p->next_slot_us, oldest) + gap_us(p, now);
    }
    p->in_flight++;
}

/* ---- answers ---- */

static void slot_no_later_than(struct pace *p, int64_t at_us)
{
    if (p->next_slot_us > at_us)
        p->next_slot_us = at_us;
}

/* A lower limit holds at once; a higher one only when the request was sent after the last change
 * was seen, because answers that were under way still name the old one. */
static void adopt_limit(struct pace *p, int64_t sent_at, int64_t now, int limit, int remaining)
{
    if (limit <= 0 && remaining >= p->limit)
        limit = remaining + 1; /* Remaining without Limit */
    if (limit <= 0 || limit == p->limit)
        return;
    if (p->limit > 0 && limit > p->limit && sent_at < p->limit_at)
        return;
    p->limit = limit;
    p->limit_at = now;
    slot_no_later_than(p, now * 1000 + even_gap_us(p));
}

/* Within one window a later request sees less. More is a new window when the request was sent after
 * the low was seen; or when it is so much more that answers out of order cannot explain it. */
static bool shows_new_window(struct pace *p, int64_t sent_at, int remaining)
{
    if (p->remaining < 0)
        return true;
    if (remaining < p->remaining)
        return false;
    if (sent_at > p->low_at)
        return true;
    return remaining - p->remaining > answered_since(p, sent_at) + p->in_flight + p->limit / 4;
}

static void begin_window(struct pace *p, int64_t now, int remaining)
{
    p->low_at = now;
    p->unconfirmed = 0;
    /* Hardly anything came back, and what is used is our own last minute: the window slides, and
     * our own sliding minute knows more about it than a number that was true one latency ago. */
    if (remaining * 2 < p->limit && p->unexplained <= 0 && now >= p->distrust_until) {
        p->remaining = -1;
        return;
    }
    p->remaining = remaining;
    p->window_seen = now;
    p->window_remaining = remaining;
    p->window_answers = 0;
    p->window_end = now + PACE_WINDOW_MS - shared_way(p);
    slot_no_later_than(p, now * 1000);
}

static void understand_remaining(struct pace *p, int64_t sent_at, int64_t now, int remaining)
{
    bool before_window = sent_at <= p->window_seen && p->remaining >= 0;
    bool is_new = shows_new_window(p, sent_at, remaining);

    /* Under way when the window was first seen, and far lower: an answer from the window before. */
    if (!is_new && before_window && remaining < p->remaining - p->in_flight - 1)
        return;
    p->window_answers++;
    if (!is_new && remaining >= p->remaining)
        return;
    bool is_first = p->remaining < 0 && p->window_seen == 0;
    p->unexplained = p->limit - remaining - p->in_flight - 1 -
                     answered_since(p, sent_at - PACE_WINDOW_MS) - used_before(p, now);
    if (is_new) {
        begin_window(p, now, remaining);
        p->joined = false;
    }
    if (is_first && p->unexplained > 0) { /* used before we came: nobody need be at it now */
        p->used_before = p->unexplained;
        p->used_until = now + PACE_WINDOW_MS;
        p->joined = true;
        p->joined_left = remaining;
        p->unexplained = 0;
    }
    if (is_new)
        return;
    p->remaining = remaining;
    p->low_at = now;
    p->unconfirmed = 0;
}

void pace_answered(struct pace *p, int64_t sent_at, int64_t now, int limit, int remaining)
{
    buckets_advance(p, now);
    if (p->in_flight > 0)
        p->in_flight--;
    if (limit >= 0 || remaining >= 0)
        fastest_note(p, now - sent_at, now);
    adopt_limit(p, sent_at, now, limit, remaining);
    if (p->limit > 0 && remaining >= 0)
        understand_remaining(p, sent_at, now, remaining);
    else if (p->remaining >= 0)
        p->unconfirmed++;

    int64_t counted = at_least(now - shared_way(p), 0) / BUCKET_MS;

    ++*bucket(p, counted);
    p->in_window++;
    if (sent_at >= p->hold_until)
        p->learning = false;
}

void pace_hold(struct pace *p, int64_t until)
{
    if (until <= p->hold_until)
        return;
    p->hold_until = until;
    p->distrust_until = until + 2 * PACE_WINDOW_MS;
    p->learning = true;
    p->remaining = -1;
    p->unexplained = 0;
}

void pace_release(struct pace *p, int64_t now)
{
    if (p->hold_until > now)
        p->hold_until = now;
}

int pace_left(const struct pace *p)
{
    if (p->limit == 0)
        return -1;
    int left =
        p->remaining >= 0 ? p->remaining - p->unconfirmed : p->limit - p->in_window - p->in_flight;

    return left > 0 ? left : 0;
}
