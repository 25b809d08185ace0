/* The circuit breaker: while the CRM is ill, no request goes out until it has had time to recover.
 * Pure: time comes in as monotonic milliseconds; one thread.
 *
 *  - closed: requests go out. It opens after `max_failures` failures in a row, or when more than
 *    three in five of the last BREAKER_WINDOW calls have failed, of at least BREAKER_LEAST_CALLS,
 * and of four times `max_failures`: who asks for patience gets it here too.
 *  - open: none goes out for `reset_ms`; twice as long each time it opens again without having been
 *    closed, up to an hour (or `reset_ms`, when that is more).
 *  - half-open: BREAKER_PROBES requests go out, in all. When each was answered well it closes; one
 *    that fails opens it again. A probe that tells nothing (a 4xx, 429) gives its place back.
 *
 * The consecutive count is the document's (IRELANDPAY_CIRCUIT_MAX_FAILURES); the window and the
 * probes follow resilience4j. Answers to what was sent before the last change of state do not
 * count. */
#ifndef CORE_BREAKER_H
#define CORE_BREAKER_H

#include <stdbool.h>
#include <stdint.h>

#define BREAKER_NEVER INT64_MAX /* not before a probe is answered */

enum { BREAKER_WINDOW = 100, BREAKER_LEAST_CALLS = 20, BREAKER_PROBES = 3 };

enum breaker_state { BREAKER_CLOSED, BREAKER_OPEN, BREAKER_HALF_OPEN };
/* "closed", "open", "half-open" */
const char *breaker_state_name(enum breaker_state state);

enum breaker_result {
    BREAKER_GOOD,   /* the CRM answered as it should */
    BREAKER_BAD,    /* it failed: no connection, no answer in time, 5xx, a body that is no answer */
    BREAKER_REPEAT, /* it failed, on a page that has failed already since the last good answer */
    BREAKER_NEITHER /* tells nothing of its health: 4xx, 429, given up by us */
};

struct breaker {
    enum breaker_state state; /* read it after breaker_next(): time alone makes it half-open */
    int64_t until;            /* open: no request before */
    int openings;             /* in a row, without having been closed */
    char why[64];             /* it opened: "5 failures in a row" */
    /* The rest is breaker.c's own. */
    int max_failures;
    int64_t reset_ms;
    unsigned epoch; /* of the state: answers to requests of earlier ones do not count */
    int in_a_row;   /* failures since the last good answer */
    bool was_good;  /* the CRM has answered well since we began */
    int calls, failures, next_call;
    bool failed[BREAKER_WINDOW];
    int probes_out, probes_good;
};

void breaker_init(struct breaker *b, int max_failures, int64_t reset_ms);
/* As it was kept: open until then, for the n-th time in a row. */
void breaker_restore(struct breaker *b, int64_t until, int openings);
/* By hand: closed, with nothing remembered. */
void breaker_reset(struct breaker *b);

/* `now` or earlier: a request may go out; later: not before; BREAKER_NEVER: probes are out. */
int64_t breaker_next(struct breaker *b, int64_t now);
/* A request goes out: the epoch to give back with its answer. */
unsigned breaker_sent(struct breaker *b);
/* Its answer. A page that fails over and over counts once among failures in a row, once the CRM has
 * been seen to work: then it is the page and not the CRM that is ill. */
void breaker_answered(struct breaker *b, unsigned epoch, enum breaker_result result, int64_t now);
/* Whether a failure costs its request a try: not when it opened the breaker, found it open, or was
 * a probe. After breaker_answered(). */
bool breaker_is_charged(const struct breaker *b, unsigned epoch);

#endif
