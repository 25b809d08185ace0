/* Order, fullness and wrap-around; two threads as fast as they can; and no lost wake-up. */
#include "core/base/ring.h"
#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#ifdef __SANITIZE_THREAD__ /* some 20 times slower */
#define MESSAGES 2000000u
#define SLEEPS 100000u
#else
#define MESSAGES 4000000u
#define SLEEPS 200000u
#endif
#define POLL_MS 5000

/* Larger than a cache line and no power of two, so that a torn or misplaced one shows. */
struct message {
    uint64_t number;
    unsigned char body[92];
    uint32_t check;
};

static struct message make(uint64_t number)
{
    struct message m = {.number = number, .check = (uint32_t)(number * 2654435761u)};

    memset(m.body, (int)(number % 251), sizeof m.body);
    return m;
}

static void check_message(const struct message *m, uint64_t number)
{
    struct message want = make(number);

    CHECK(m->number == number);
    CHECK(m->check == want.check && memcmp(m->body, want.body, sizeof m->body) == 0);
}

static bool push_number(struct ring *r, uint64_t number)
{
    struct message m = make(number);

    return ring_push(r, &m);
}

static void keeps_order_and_refuses_when_full(void)
{
    static const struct {
        size_t asked, holds;
    } rows[] = {{0, 1}, {1, 1}, {2, 2}, {3, 4}, {8, 8}, {9, 16}, {1000, 1024}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ring *r = ring_new(rows[i].asked, sizeof(struct message));
        struct message m;
        CHECK(!ring_pop(r, &m));
        for (uint64_t n = 0; n < rows[i].holds; n++)
            CHECK(push_number(r, n));
        CHECK(!push_number(r, 99));
        CHECK(!push_number(r, 99));
        for (uint64_t n = 0; n < rows[i].holds; n++) {
            CHECK(ring_pop(r, &m));
            check_message(&m, n);
        }
        CHECK(!ring_pop(r, &m));
        CHECK(push_number(r, 7) && ring_pop(r, &m));
        ring_free(r);
    }
    ring_free(NULL);
}

static void keeps_slots_to_spare(void)
{
    struct ring *r = ring_new(8, sizeof(struct message));
    struct message m = make(0);

    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 5; i++)
            CHECK(ring_push_sparing(r, &m, 3));
        CHECK(!ring_push_sparing(r, &m, 3));
        CHECK(!ring_push_sparing(r, &m, 8) && !ring_push_sparing(r, &m, 1000));
        for (int i = 0; i < 3; i++)
            CHECK(ring_push(r, &m));
        CHECK(!ring_push(r, &m) && !ring_push_sparing(r, &m, 3));
        for (int i = 0; i < 3; i++) {
            CHECK(ring_pop(r, &m));
            CHECK(!ring_push_sparing(r, &m, 3)); /* these were the spare ones */
        }
        CHECK(ring_pop(r, &m));
        CHECK(ring_push_sparing(r, &m, 3) && !ring_push_sparing(r, &m, 3));
        while (ring_pop(r, &m))
            continue;
    }
    ring_free(r);
}

static void wraps_around(void)
{
    struct ring *r = ring_new(4, sizeof(struct message));
    uint64_t pushed = 0, popped = 0;
    struct message m;

    for (int round = 0; round < 1000; round++) {
        for (int i = 0; i < 1 + round % 4; i++)
            CHECK(push_number(r, pushed++));
        while (ring_pop(r, &m))
            check_message(&m, popped++);
        CHECK(popped == pushed);
    }
    ring_free(r);
}

static bool fd_is_readable(struct ring *r, int timeout_ms)
{
    struct pollfd p = {.fd = ring_fd(r), .events = POLLIN};

    return poll(&p, 1, timeout_ms) == 1 && (p.revents & POLLIN) != 0;
}

/* In one thread: when a push costs a system call, and when it must not. */
static void wakes_only_the_sleeper(void)
{
    struct ring *r = ring_new(8, sizeof(struct message));
    struct message m;

    CHECK(push_number(r, 0) && push_number(r, 1));
    CHECK(!fd_is_readable(r, 0) && ring_wakeups(r) == 0);
    CHECK(!ring_sleep(r)); /* not empty */
    CHECK(push_number(r, 2) && ring_wakeups(r) == 0);
    for (int i = 0; i < 3; i++)
        CHECK(ring_pop(r, &m));
    CHECK(ring_sleep(r));
    CHECK(!fd_is_readable(r, 0));
    CHECK(push_number(r, 3) && push_number(r, 4)); /* a burst: one write */
    CHECK(fd_is_readable(r, 0) && ring_wakeups(r) == 1);
    ring_wake(r);
    CHECK(!fd_is_readable(r, 0));
    CHECK(ring_pop(r, &m) && ring_pop(r, &m) && !ring_pop(r, &m));
    CHECK(ring_sleep(r));
    ring_wake(r); /* woken by something else */
    CHECK(push_number(r, 5) && ring_wakeups(r) == 1 && !fd_is_readable(r, 0));
    ring_free(r);
}

struct stream {
    struct ring *ring;
    uint64_t messages;
};

static void *push_all(void *arg)
{
    struct stream *s = arg;

    for (uint64_t n = 0; n < s->messages; n++) {
        while (!push_number(s->ring, n))
            sched_yield();
    }
    return NULL;
}

static void passes_millions_between_threads(void)
{
    /* Small rings make both threads wait for each other all the time: fewer messages. */
    static const struct {
        size_t slots;
        uint64_t messages;
    } rows[] = {{1, MESSAGES / 20}, {2, MESSAGES / 20}, {1024, MESSAGES}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ring *r = ring_new(rows[i].slots, sizeof(struct message));
        struct stream s = {.ring = r, .messages = rows[i].messages};
        pthread_t producer;
        struct message m;
        CHECK(pthread_create(&producer, NULL, push_all, &s) == 0);
        for (uint64_t n = 0; n < rows[i].messages; n++) {
            while (!ring_pop(r, &m))
                sched_yield();
            check_message(&m, n);
        }
        CHECK(!ring_pop(r, &m));
        pthread_join(producer, NULL);
        CHECK(ring_wakeups(r) == 0);
        ring_free(r);
    }
}

/* Spinning keeps both in step; on a single processor the other would never get its turn. */
static void yield_at_last(int turns)
{
    if (turns > 2000)
        sched_yield();
}

/* The handshake alone, both sides at the same moment, again and again: whoever falls asleep finds
 * the eventfd written, or did not fall asleep. Two barriers a round, of which the first starts both
 * and the second says that the push is complete. */
struct duel {
    struct ring *ring;
    atomic_uint_fast64_t arrived;
};

static void meet(struct duel *d, uint64_t barrier)
{
    atomic_fetch_add(&d->arrived, 1);
    for (int turns = 0; atomic_load(&d->arrived) < 2 * barrier; turns++)
        yield_at_last(turns);
}

static void idle(uint32_t *dice)
{
    *dice = *dice * 1664525u + 1013904223u;
    for (volatile uint32_t spin = *dice >> 26; spin > 0; spin--)
        continue;
}

static void *push_at_once(void *arg)
{
    struct duel *d = arg;

    for (uint64_t n = 0; n < SLEEPS; n++) {
        struct message m = make(n);
        meet(d, 2 * n + 1);
        ring_push(d->ring, &m);
        meet(d, 2 * n + 2);
    }
    return NULL;
}

static void one_of_the_two_notices(void)
{
    struct duel d = {.ring = ring_new(4, sizeof(struct message))};
    uint32_t dice = 2;
    pthread_t producer;
    struct message m;

    CHECK(pthread_create(&producer, NULL, push_at_once, &d) == 0);
    for (uint64_t n = 0; n < SLEEPS; n++) {
        meet(&d, 2 * n + 1);
        idle(&dice);
        bool sleeps = ring_sleep(d.ring);
        meet(&d, 2 * n + 2);
        CHECK(!sleeps || fd_is_readable(d.ring, 0));
        ring_wake(d.ring);
        CHECK(ring_pop(d.ring, &m));
        check_message(&m, n);
    }
    pthread_join(producer, NULL);
    ring_free(d.ring);
}

/* One message at a time: the next is pushed when the last was taken, so that every push meets a
 * consumer about to fall asleep, and a lost wake-up leaves both waiting for good. */
struct sleepers {
    struct ring *ring;
    atomic_uint_fast64_t taken;
    atomic_bool enough;
};

static void *push_one_by_one(void *arg)
{
    struct sleepers *s = arg;
    uint32_t dice = 1;

    for (uint64_t n = 0; !atomic_load(&s->enough); n++) {
        for (int turns = 0; atomic_load(&s->taken) < n && !atomic_load(&s->enough); turns++)
            yield_at_last(turns);
        idle(&dice);
        push_number(s->ring, n);
    }
    return NULL;
}

static void loses_no_wake_up(void)
{
    struct sleepers s = {.ring = ring_new(4, sizeof(struct message))};
    pthread_t producer;
    uint64_t taken = 0;
    struct message m;

    CHECK(pthread_create(&producer, NULL, push_one_by_one, &s) == 0);
    for (uint32_t sleeps = 0; sleeps < SLEEPS;) {
        while (ring_pop(s.ring, &m)) {
            check_message(&m, taken);
            atomic_store(&s.taken, ++taken);
        }
        if (!ring_sleep(s.ring))
            continue;
        sleeps++;
        CHECK(fd_is_readable(s.ring, POLL_MS));
        ring_wake(s.ring);
    }
    atomic_store(&s.enough, true);
    pthread_join(producer, NULL);
    CHECK(ring_wakeups(s.ring) >= SLEEPS / 2 && ring_wakeups(s.ring) <= taken + 4);
    ring_free(s.ring);
}

static const struct unit_case cases[] = {
    {"keeps_order_and_refuses_when_full", keeps_order_and_refuses_when_full},
    {"keeps_slots_to_spare", keeps_slots_to_spare},
    {"wraps_around", wraps_around},
    {"wakes_only_the_sleeper", wakes_only_the_sleeper},
    {"passes_millions_between_threads", passes_millions_between_threads},
    {"one_of_the_two_notices", one_of_the_two_notices},
    {"loses_no_wake_up", loses_no_wake_up},
};
UNIT_MAIN(cases)
