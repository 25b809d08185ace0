/* When the next request may go out: the rate limit as the server shows it, kept without ever
 * meeting a 429. Pure: time comes in as monotonic milliseconds; one thread.
 *
 * The server counts requests in a fixed window of 60 s that starts with its first request, and
 * names Limit and Remaining on each answer. Three guards, the strictest decides:
 *  - spacing: 60 s / limit from one request to the next, with a small credit so that timer slack
 *    is made up for; requests spread evenly, which by Little's law keeps rate * latency in flight;
 *  - a sliding minute of our own: never more than `limit` requests within 60 s, counted from when
 *    their answers came (the latest moment the server can have counted them), less half the
 *    shortest latency (the part of the way that all share only shifts the window), so that a window
 *    of whatever phase, and one that slides, holds at most `limit`;
 *  - Remaining, less what is in flight: another client's use of the same key only slows us down.
 *    When it is used up we wait for the window's end (the first answer of that window + 60 s at the
 *    latest) and then send a single request to see. What others leave is spread over the rest of
 *    the window.
 * Until the first answer, and after each hold, a single request goes out to learn the state. */
#ifndef CORE_PACE_H
#define CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

#define PACE_WINDOW_MS 60000
#define PACE_NEVER INT64_MAX /* not before an answer arrives */
#define PACE_BUCKETS 1200    /* 100 ms each: the last two minutes */

struct pace {
    int assumed_limit; /* [api] requests_per_minute; 0 = none */
    /* The rest is pace.c's own. */
    int limit;        /* in force; 0 = none */
    int64_t limit_at; /* when `limit` was last changed */
    int remaining;    /* as last understood, -1 = not known, or a window that slides */
    int unconfirmed;  /* answers without headers since `remaining` was understood */
    int in_flight;
    bool learning;        /* one request only, until its answer */
    bool joined;          /* we came in the middle of this window, */
    int joined_left;      /* Remaining was this, */
    int used_before;      /* and so many requests were not ours, */
    int64_t used_until;   /* which counts until then */
    int unexplained;      /* used by others: more than we can have used ourselves in a minute */
    int64_t low_at;       /* when `remaining` was last lowered or a new window seen */
    int64_t window_seen;  /* when the current server window was first seen, */
    int window_remaining; /* what it had left then, */
    int window_answers;   /* and our answers since */
    int64_t window_end;   /* it is over at this time at the latest; 0 unknown */
    int64_t next_slot_us; /* spacing, in microseconds: 60 s / 7000 is no whole millisecond */
    int64_t hold_until;
    int64_t distrust_until; /* somebody else made the server refuse us not long ago */
    int64_t fastest_ms[2];  /* shortest latency of this minute and the one before */
    int64_t fastest_since;
    int64_t bucket_newest; /* own requests by time of answer: number of the newest bucket */
    int in_window;         /* sum of the buckets of the last minute */
    uint32_t buckets[PACE_BUCKETS];
};

void pace_init(struct pace *p, int assumed_limit, int64_t now);
/* `now` or earlier: a request may go out; later: not before; PACE_NEVER: an answer comes first. */
int64_t pace_next(struct pace *p, int64_t now);
void pace_sent(struct pace *p, int64_t now);
/* An answer (or failure: limit and remaining -1) to the request sent at `sent_at`. */
void pace_answered(struct pace *p, int64_t sent_at, int64_t now, int limit, int remaining);
/* No request before `until` (Retry-After). Never shortens an earlier hold. */
void pace_hold(struct pace *p, int64_t until);
/* By hand: the hold is over. */
void pace_release(struct pace *p, int64_t now);
/* Requests left in the window for the operator's eye; -1 = not known or no limit. */
int pace_left(const struct pace *p);

#endif
