#include "core/breaker.h"

#include <stdio.h>
#include <string.h>

static const int64_t LONGEST_MS = 60 * 60 * 1000;

const char *breaker_state_name(enum breaker_state state)
{
    static const char *const names[] = {
        [BREAKER_CLOSED] = "closed", [BREAKER_OPEN] = "open", [BREAKER_HALF_OPEN] = "half-open"};
    return names[state];
}

void breaker_init(struct breaker *b, int max_failures, int64_t reset_ms)
{
    *b = (struct breaker){.max_failures = max_failures, .reset_ms = reset_ms};
}

static void enter(struct breaker *b, enum breaker_state state)
{
    b->state = state;
    b->epoch++;
    b->probes_out = b->probes_good = 0;
    b->calls = b->failures = b->next_call = 0;
    memset(b->failed, 0, sizeof b->failed);
}

void breaker_restore(struct breaker *b, int64_t until, int openings)
{
    enter(b, BREAKER_OPEN);
    b->until = until;
    b->openings = openings > 0 ? openings : 1;
}

static void close_it(struct breaker *b)
{
    enter(b, BREAKER_CLOSED);
    b->openings = b->in_a_row = 0;
    b->until = 0;
}

void breaker_reset(struct breaker *b)
{
    close_it(b);
}

static int64_t open_ms(const struct breaker *b)
{
    int64_t most = b->reset_ms > LONGEST_MS ? b->reset_ms : LONGEST_MS;
    int64_t wait = b->reset_ms;
    for (int i = 1; i < b->openings && wait < most; i++) {
        wait *= 2;
    }
    return wait < most ? wait : most;
}

static void say_why(struct breaker *b)
{
    if (b->state == BREAKER_HALF_OPEN) {
        snprintf(b->why, sizeof b->why, "it failed again when it was tried");
    } else if (b->in_a_row >= b->max_failures) {
        snprintf(b->why, sizeof b->why, "%d failures in a row", b->in_a_row);
    } else {
        snprintf(b->why, sizeof b->why, "%d of %d requests failed", b->failures, b->calls);
    }
}

static void open_it(struct breaker *b, int64_t now)
{
    say_why(b);
    enter(b, BREAKER_OPEN);
    b->openings++;
    b->until = now + open_ms(b);
}

int64_t breaker_next(struct breaker *b, int64_t now)
{
    if (b->state == BREAKER_OPEN && now >= b->until) {
        enter(b, BREAKER_HALF_OPEN);
    }
    if (b->state == BREAKER_OPEN) {
        return b->until;
    }
    bool probes_are_out =
        b->state == BREAKER_HALF_OPEN && b->probes_out + b->probes_good >= BREAKER_PROBES;
    return probes_are_out ? BREAKER_NEVER : now;
}

unsigned breaker_sent(struct breaker *b)
{
    b->probes_out += b->state == BREAKER_HALF_OPEN;
    return b->epoch;
}

/* ---- answers ---- */

static void remember(struct breaker *b, bool failed)
{
    bool *slot = &b->failed[b->next_call];
    if (b->calls == BREAKER_WINDOW) {
        b->failures -= *slot;
    } else {
        b->calls++;
    }
    *slot = failed;
    b->failures += failed;
    b->next_call = (b->next_call + 1) % BREAKER_WINDOW;
}

static bool is_ill(const struct breaker *b)
{
    return b->in_a_row >= b->max_failures ||
           (b->calls >= BREAKER_LEAST_CALLS && b->calls / 4 >= b->max_failures &&
            b->failures * 5 > b->calls * 3);
}

static void answered_closed(struct breaker *b, enum breaker_result result, int64_t now)
{
    bool failed = result != BREAKER_GOOD;
    if (failed) {
        b->in_a_row += result == BREAKER_BAD || !b->was_good;
    } else {
        b->in_a_row = 0;
    }
    remember(b, failed);
    if (failed && is_ill(b)) {
        open_it(b, now);
    }
}

static void answered_probe(struct breaker *b, enum breaker_result result, int64_t now)
{
    b->probes_out--;
    if (result != BREAKER_GOOD) {
        open_it(b, now);
    } else if (++b->probes_good == BREAKER_PROBES) {
        close_it(b);
    }
}

void breaker_answered(struct breaker *b, unsigned epoch, enum breaker_result result, int64_t now)
{
    bool counts = epoch == b->epoch && result != BREAKER_NEITHER;
    b->was_good = b->was_good || result == BREAKER_GOOD;
    if (counts && b->state == BREAKER_CLOSED) {
        answered_closed(b, result, now);
    } else if (counts && b->state == BREAKER_HALF_OPEN) {
        answered_probe(b, result, now);
    } else if (epoch == b->epoch && b->state == BREAKER_HALF_OPEN) {
        b->probes_out--;
    }
}

bool breaker_is_charged(const struct breaker *b, unsigned epoch)
{
    return b->state == BREAKER_CLOSED && epoch == b->epoch;
}
