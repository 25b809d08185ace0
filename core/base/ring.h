/* A lock-free queue between exactly two threads: one pushes, one pops. Messages have one fixed size
 * and go by value; the ring knows nothing of what they mean.
 *
 * Waking: the consumer that wants to sleep calls ring_sleep(); when it answers true it may block in
 * poll(2) on ring_fd(). The producer writes the eventfd only if the consumer sleeps, so a burst
 * costs one system call. The consumer calls ring_wake() after its poll, before it pops.
 *
 * A full ring refuses the push (false): what to do then is the producer's policy. */
#ifndef CORE_BASE_RING_H
#define CORE_BASE_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ring;

/* `slots` is rounded up to a power of two; `message_size` in bytes. NULL when there is no
 * eventfd or memory. */
struct ring *ring_new(size_t slots, size_t message_size);
void ring_free(struct ring *r); /* when both threads are done with it */

/* Producer thread. The second leaves at least `spare` slots free: kept for messages that must find
 * room whatever the others do. */
bool ring_push(struct ring *r, const void *message);
bool ring_push_sparing(struct ring *r, const void *message, size_t spare);

/* Consumer thread. */
bool ring_pop(struct ring *r, void *message);
int ring_fd(const struct ring *r); /* readable after a push that found the consumer asleep */
bool ring_sleep(struct ring *r);   /* true: empty and announced as asleep; false: pop first */
void ring_wake(struct ring *r);    /* no longer asleep; drains the eventfd */
uint64_t ring_wakeups(const struct ring *r); /* eventfd writes so far, for tests and bench */

#endif
