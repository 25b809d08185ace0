/* Watches the circuit breaker of the product (linked with --wrap): while it is open nothing may go
 * out, and of the probes of a half-open one only a few. Without a breaker there is nothing to see.
 */
#include "tests/torture/watch.h"

#if __has_include("core/breaker.h")
#include "core/breaker.h"
#include "tests/torture/world.h"

static int probes;      /* out, or answered well, since it was half-open */
static unsigned probed; /* their epoch */

unsigned __real_breaker_sent(struct breaker *b);
unsigned __wrap_breaker_sent(struct breaker *b);
void __real_breaker_answered(struct breaker *b, unsigned epoch, enum breaker_result result,
                             int64_t now);
void __wrap_breaker_answered(struct breaker *b, unsigned epoch, enum breaker_result result,
                             int64_t now);
void __real_breaker_restore(struct breaker *b, int64_t until, int openings);
void __wrap_breaker_restore(struct breaker *b, int64_t until, int openings);

void __real_breaker_init(struct breaker *b, int max_failures, int64_t reset_ms);
void __wrap_breaker_init(struct breaker *b, int max_failures, int64_t reset_ms);

/* Epochs count anew in each run. */
void __wrap_breaker_init(struct breaker *b, int max_failures, int64_t reset_ms)
{
    __real_breaker_init(b, max_failures, reset_ms);
    probes = 0;
    probed = b->epoch;
}

unsigned __wrap_breaker_sent(struct breaker *b)
{
    unsigned epoch = __real_breaker_sent(b);
    if (the_world && b->state == BREAKER_OPEN) {
        world_broken(the_world, "a request goes out while the circuit breaker is open");
    }
    if (the_world && b->state == BREAKER_HALF_OPEN) {
        probes = epoch == probed ? probes + 1 : 1;
        probed = epoch;
        if (probes > BREAKER_PROBES) {
            world_broken(the_world, "%d probes of a half-open circuit breaker", probes);
        }
    }
    return epoch;
}

void __wrap_breaker_answered(struct breaker *b, unsigned epoch, enum breaker_result result,
                             int64_t now)
{
    enum breaker_state before = b->state;
    __real_breaker_answered(b, epoch, result, now);
    probes -= epoch == probed && result == BREAKER_NEITHER;
    watch_breaker(b->state == BREAKER_OPEN ? b->until : 0);
    if (the_world && b->state != before) {
        world_say(the_world, "* the circuit breaker is %s", breaker_state_name(b->state));
    }
}

void __wrap_breaker_restore(struct breaker *b, int64_t until, int openings)
{
    __real_breaker_restore(b, until, openings);
    watch_breaker(until);
}
#else
extern int no_breaker_to_watch;
#endif
