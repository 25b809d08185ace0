/* How no wake-up gets lost.
 *
 * Falling asleep is Dekker's pattern: each side stores its own word, then loads the other's.
 *
 *     consumer, ring_sleep:  A  asleep = true        producer, ring_push:  C  tail = tail + 1
 *                            B  load tail                                  D  load asleep
 *
 * Lost would mean: B does not see the message and D does not see the sleeper. Acquire and release
 * permit just that, for they order neither A before B nor C before D (a store buffer is enough). So
 * all four are memory_order_seq_cst: by C11 7.17.3p6 there is one total order S of all such
 * operations, consistent with happens-before (hence with program order, 5.1.2.4p18) and with each
 * object's modification order (5.1.2.4p7), and a load sees the last store before it in S: the other
 * thing that p6 lets it see, a later store that is not seq_cst, does not exist, since nobody stores
 * tail or asleep in any other way (ring_new's zeroes happen before both threads). Then
 *   - C before B in S: B sees the message, ring_sleep answers false; or
 *   - B before C in S: A < B < C < D, so D reads A's true or what was stored after A. That is
 *     false only if an earlier push already took this sleep's flag, and writes the eventfd for it,
 *     or if the consumer called ring_wake and so looks at the ring before it can block again.
 *
 * The eventfd's count says "look", no more. ring_wake clears the flag first, then the count, and
 * only then the ring is drained. A push whose flag was taken in sleep n (the exchange reads n's
 * true, so C < exchange < A of sleep n+1 in S) is seen by B of n+1 at the latest, even if its count
 * was already read. A count written late wakes a sleep for nothing, which does no harm. Pushes
 * while the consumer drains find the flag cleared and cost no system call.
 *
 * Messages need less: a slot is written before tail is stored (release, which seq_cst includes)
 * and read after tail is loaded with acquire, so the write happens before the read (7.17.3p3 and p4
 * make the two synchronize, 5.1.2.4p11; p16 to p18 carry it to the slot, plain memory that would
 * else be a data race, p25). head gives slots back the same way: a slot is read before head is
 * stored with release, and overwritten after head was loaded with acquire. Each side loads its own
 * index relaxed: nobody else stores it. head_seen and tail_seen may be old, which only makes the
 * ring look fuller to the producer and emptier to the consumer than it is. seq_cst operations and
 * not fences: ThreadSanitizer understands the former. */
#include "core/base/ring.h"

#include "core/base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdalign.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* Indices only grow (modulo SIZE_MAX + 1); a slot is index & mask. Each side has a cache line of
 * its own with the index it writes and the last it saw of the other's, so that it touches the
 * other's line only when the ring looks full or empty. */
struct ring {
    unsigned char *slots; /* up to `event_fd` never changes after ring_new */
    size_t mask;
    size_t message_size;
    int event_fd;

    alignas(64) atomic_size_t tail; /* producer's: next to write */
    size_t head_seen;
    _Atomic uint64_t wakeups;

    alignas(64) atomic_size_t head; /* consumer's: next to read */
    size_t tail_seen;

    alignas(64) atomic_bool asleep;
};

static size_t power_of_two(size_t least)
{
    size_t n = 1;

    assert(least <= SIZE_MAX / 2);
    while (n < least)
        n *= 2;
    return n;
}

struct ring *ring_new(size_t slots, size_t message_size)
{
    struct ring *r = aligned_alloc(alignof(struct ring), sizeof *r);
    size_t count = power_of_two(slots);

    assert(message_size > 0 && count <= SIZE_MAX / message_size);
    if (r == NULL)
        return NULL;
    memset(r, 0, sizeof *r);
    r->event_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (r->event_fd < 0) {
        free(r);
        return NULL;
    }
    r->slots = mem_alloc(count * message_size);
    r->mask = count - 1;
    r->message_size = message_size;
    return r;
}

void ring_free(struct ring *r)
{
    if (r == NULL)
        return;
    close(r->event_fd);
    free(r->slots);
    free(r);
}

static void *slot(const struct ring *r, size_t index)
{
    return r->slots + (index & r->mask) * r->message_size;
}

static void wake_consumer(struct ring *r)
{
    const uint64_t one = 1;

    atomic_fetch_add_explicit(&r->wakeups, 1, memory_order_relaxed);
    /* It cannot fail for good: the count is drained long before it is full. */
    while (write(r->event_fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
}

bool ring_push_sparing(struct ring *r, const void *message, size_t spare)
{
    size_t tail = atomic_load_explicit(&r->tail, memory_order_relaxed);

    if (tail - r->head_seen + spare > r->mask) {
        r->head_seen = atomic_load_explicit(&r->head, memory_order_acquire);
        if (tail - r->head_seen + spare > r->mask)
            return false;
    }
    memcpy(slot(r, tail), message, r->message_size);
    atomic_store_explicit(&r->tail, tail + 1, memory_order_seq_cst); /* C */
    if (atomic_load_explicit(&r->asleep, memory_order_seq_cst)       /* D */
        && atomic_exchange_explicit(&r->asleep, false, memory_order_seq_cst))
        wake_consumer(r);
    return true;
}

bool ring_push(struct ring *r, const void *message)
{
    return ring_push_sparing(r, message, 0);
}

bool ring_pop(struct ring *r, void *message)
{
    size_t head = atomic_load_explicit(&r->head, memory_order_relaxed);

    if (head == r->tail_seen) {
        r->tail_seen = atomic_load_explicit(&r->tail, memory_order_acquire);
        if (head == r->tail_seen)
            return false;
    }
    memcpy(message, slot(r, head), r->message_size);
    atomic_store_explicit(&r->head, head + 1, memory_order_release);
    return true;
}

int ring_fd(const struct ring *r)
{
    return r->event_fd;
}

bool ring_sleep(struct ring *r)
{
    atomic_store_explicit(&r->asleep, true, memory_order_seq_cst);       /* A */
    r->tail_seen = atomic_load_explicit(&r->tail, memory_order_seq_cst); /* B */
    if (r->tail_seen == atomic_load_explicit(&r->head, memory_order_relaxed))
        return true;
    atomic_store_explicit(&r->asleep, false, memory_order_seq_cst);
    return false;
}

void ring_wake(struct ring *r)
{
    uint64_t count;

    atomic_store_explicit(&r->asleep, false, memory_order_seq_cst);
    while (read(r->event_fd, &count, sizeof count) < 0 && errno == EINTR)
        continue;
}

uint64_t ring_wakeups(const struct ring *r)
{
    return atomic_load_explicit(&r->wakeups, memory_order_relaxed);
}
