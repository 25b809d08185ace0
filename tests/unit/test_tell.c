/* What the engine tells a main thread that does not listen: it never waits, counts what it dropped,
 * and what comes once arrives. */
#include "core/base/err.h"
#include "core/base/ring.h"
#include "core/sync_state.h"
#include "tests/unit/unit.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

enum { SLOTS = 64, COME_ONCE = 4 };

#ifdef __SANITIZE_THREAD__
#define NOTES 200000
#else
#define NOTES 2000000
#endif

static void tell_type(struct sync *s, enum event_type type)
{
    struct event event = {.type = type};
    sync_push(s, &event);
}

static void tell_progress(struct sync *s, int percent)
{
    struct event event = {.type = EVENT_PROGRESS,
                          .progress = {.overall = percent, .dropped = s->dropped}};
    sync_push(s, &event);
}

static void a_full_ring_drops_and_counts(void)
{
    struct sync s = {.events = ring_new(SLOTS, sizeof(struct event))};
    struct event event;
    tell_type(&s, EVENT_STARTED);
    for (int i = 0; i < 100; i++) {
        sync_note(&s, "note %d", i);
    }
    CHECK_INT(s.dropped, 100 - (SLOTS - COME_ONCE - 1));
    tell_progress(&s, 1); /* no loss */
    CHECK_INT(s.dropped, 100 - (SLOTS - COME_ONCE - 1));
    CHECK(ring_pop(s.events, &event) && event.type == EVENT_STARTED);
    tell_progress(&s, 2); /* there is room again */
    int64_t seen = -1;
    while (ring_pop(s.events, &event)) {
        seen = event.type == EVENT_PROGRESS ? event.progress.dropped : seen;
    }
    CHECK_INT(seen, s.dropped);
    ring_free(s.events);
}

static void what_comes_once_finds_room(void)
{
    static const enum event_type wanted[] = {EVENT_PLAN, EVENT_PROGRESS, EVENT_FINISHED};
    struct sync s = {.events = ring_new(SLOTS, sizeof(struct event))};
    struct event event;
    tell_type(&s, EVENT_STARTED);
    for (int i = 0; i < 1000; i++) {
        tell_type(&s, EVENT_FAILED_ITEM);
        tell_progress(&s, i);
    }
    tell_type(&s, EVENT_PLAN);
    for (int i = 0; i < 1000; i++) {
        tell_type(&s, EVENT_NOTE);
    }
    s.is_ending = true;
    tell_progress(&s, 100);
    tell_type(&s, EVENT_FINISHED);
    for (int i = 0; i < SLOTS - COME_ONCE; i++) {
        CHECK(ring_pop(s.events, &event));
    }
    for (int i = 0; i < 3; i++) {
        CHECK(ring_pop(s.events, &event));
        CHECK_INT(event.type, wanted[i]);
    }
    CHECK(!ring_pop(s.events, &event));
    ring_free(s.events);
}

/* ---- two threads ---- */

struct talk {
    struct sync sync;
    atomic_bool is_over;
};

static void *talk_on(void *data)
{
    struct talk *t = data;
    tell_type(&t->sync, EVENT_STARTED);
    for (int i = 0; i < NOTES; i++) {
        if (i % 8) {
            tell_type(&t->sync, EVENT_NOTE);
        } else {
            tell_progress(&t->sync, i / 8);
        }
    }
    t->sync.is_ending = true;
    tell_progress(&t->sync, NOTES);
    tell_type(&t->sync, EVENT_FINISHED);
    atomic_store(&t->is_over, true);
    return NULL;
}

static void nobody_need_listen(void)
{
    struct talk t = {.sync.events = ring_new(SLOTS, sizeof(struct event))};
    struct event event = {0};
    pthread_t thread;
    CHECK(!pthread_create(&thread, NULL, talk_on, &t));
    pthread_join(thread, NULL); /* it ends, though nothing was taken */
    CHECK(atomic_load(&t.is_over));
    CHECK_INT(t.sync.dropped, NOTES - NOTES / 8 - (SLOTS - COME_ONCE - 1) * 7 / 8);
    while (ring_pop(t.sync.events, &event)) {
    }
    CHECK_INT(event.type, EVENT_FINISHED);
    ring_free(t.sync.events);
}

/* A listener that sleeps whenever it may, as the screen does, hears of the end, loses only what was
 * counted, and never sees progress go back. */
static void a_listener_misses_what_was_counted(void)
{
    struct talk t = {.sync.events = ring_new(SLOTS, sizeof(struct event))};
    struct event event = {0};
    struct pollfd p = {.fd = ring_fd(t.sync.events), .events = POLLIN};
    pthread_t thread;
    int64_t notes = 0;
    int percent = 0;
    CHECK(!pthread_create(&thread, NULL, talk_on, &t));
    while (event.type != EVENT_FINISHED) {
        CHECK(!ring_sleep(t.sync.events) || poll(&p, 1, 20000) == 1);
        ring_wake(t.sync.events);
        while (event.type != EVENT_FINISHED && ring_pop(t.sync.events, &event)) {
            notes += event.type == EVENT_NOTE;
            CHECK(event.type != EVENT_PROGRESS || event.progress.overall >= percent);
            percent = event.type == EVENT_PROGRESS ? event.progress.overall : percent;
        }
    }
    pthread_join(thread, NULL);
    CHECK_INT(percent, NOTES);
    CHECK_INT(notes + t.sync.dropped, NOTES - NOTES / 8);
    ring_free(t.sync.events);
}

static const struct unit_case cases[] = {
    {"a_full_ring_drops_and_counts", a_full_ring_drops_and_counts},
    {"what_comes_once_finds_room", what_comes_once_finds_room},
    {"nobody_need_listen", nobody_need_listen},
    {"a_listener_misses_what_was_counted", a_listener_misses_what_was_counted},
};
UNIT_MAIN(cases)
