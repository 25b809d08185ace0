#include "core/pace.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

/* ---- a strict server and clients that share it, in virtual time ---- */

#define MOST_CLIENTS 3
#define MOST_IN_FLIGHT 64
#define MOST_LIMIT 6000
#define NEVER INT64_MAX
#define SIM_START 1000000
#define MINUTE 60000

struct request {
    bool used, counted, named;
    int64_t sent_at, count_at, answer_at;
    int limit, remaining;
    bool refused;
};

struct client {
    struct pace pace;
    bool paced; /* false: asks every `every_ms`, whatever the server says */
    int64_t every_ms, next_ms;
    int64_t from_ms, until_ms;
    int concurrency;
    int accepted, refused;
    int64_t last_sent, last_refused, shortest_gap_ms;
    struct request requests[MOST_IN_FLIGHT];
};

struct sim {
    int64_t now;
    bool sliding, silent;
    int limit;
    int latency_ms;
    int failures_in_100; /* of the requests, which get lost before they are counted */
    uint64_t random;
    int64_t window_start;
    int used;
    int64_t times[MOST_LIMIT]; /* sliding: when the newest were counted */
    int counted, expired;      /* all so far */
    int client_count;
    struct client clients[MOST_CLIENTS];
};

static struct sim sim;

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int random_below(int n)
{
    sim.random ^= sim.random << 13;
    sim.random ^= sim.random >> 7;
    sim.random ^= sim.random << 17;
    return (int)(sim.random % (uint64_t)n);
}

static void sim_start(int limit, int latency_ms, bool sliding)
{
    memset(&sim, 0, sizeof sim);
    sim.now = SIM_START;
    sim.limit = limit;
    sim.latency_ms = latency_ms;
    sim.sliding = sliding;
    sim.random = 88172645463325252u + (uint64_t)(limit * 7 + latency_ms * 3 + sliding);
    sim.window_start = -PACE_WINDOW_MS;
}

static struct client *sim_add(int concurrency, int64_t from_ms, int64_t until_ms)
{
    struct client *c = &sim.clients[sim.client_count++];

    c->paced = true;
    c->concurrency = concurrency;
    c->from_ms = sim.now + from_ms;
    c->until_ms = sim.now + until_ms;
    c->last_sent = -NEVER / 2;
    c->last_refused = -1;
    c->shortest_gap_ms = NEVER;
    pace_init(&c->pace, 500, c->from_ms);
    return c;
}

static struct client *sim_add_stubborn(int64_t every_ms, int64_t from_ms, int64_t until_ms)
{
    struct client *c = sim_add(MOST_IN_FLIGHT, from_ms, until_ms);

    c->paced = false;
    c->every_ms = every_ms;
    c->next_ms = c->from_ms;
    return c;
}

static bool count_fixed(int *remaining)
{
    if (sim.now >= sim.window_start + PACE_WINDOW_MS) {
        sim.window_start = sim.now;
        sim.used = 0;
    }
    bool accepted = sim.used < sim.limit;

    sim.used += accepted;
    *remaining = sim.limit - sim.used;
    return accepted;
}

static bool count_sliding(int *remaining)
{
    while (sim.expired < sim.counted &&
           sim.times[sim.expired % MOST_LIMIT] <= sim.now - PACE_WINDOW_MS)
        sim.expired++;
    bool accepted = sim.counted - sim.expired < sim.limit;

    if (accepted)
        sim.times[sim.counted++ % MOST_LIMIT] = sim.now;
    *remaining = sim.limit - (sim.counted - sim.expired);
    return accepted;
}

static void sim_count(struct client *c, struct request *r)
{
    r->counted = true;
    if (random_below(100) < sim.failures_in_100)
        return;
    r->named = !sim.silent;
    r->refused = sim.sliding ? !count_sliding(&r->remaining) : !count_fixed(&r->remaining);
    r->limit = sim.limit;
    c->accepted += !r->refused;
    c->refused += r->refused;
    if (r->refused)
        c->last_refused = sim.now;
}

/* Retry-After: whole seconds. */
static int64_t sim_retry_after_ms(void)
{
    int64_t oldest = sim.sliding ? sim.times[sim.expired % MOST_LIMIT] : sim.window_start;

    return (oldest + PACE_WINDOW_MS - sim.now + 999) / 1000 * 1000;
}

static void sim_answer(struct client *c, struct request *r)
{
    r->used = false;
    if (!c->paced)
        return;
    pace_answered(&c->pace, r->sent_at, sim.now, r->named ? r->limit : -1,
                  r->named ? r->remaining : -1);
    if (r->refused)
        pace_hold(&c->pace, sim.now + sim_retry_after_ms());
}

static void sim_send(struct client *c, struct request *r)
{
    int64_t latency = sim.latency_ms * (75 + random_below(51)) / 100;

    if (random_below(100) < 2)
        latency *= 2; /* a straggler that later ones overtake */
    *r = (struct request){.used = true, .sent_at = sim.now};
    r->count_at = sim.now + latency * (25 + random_below(51)) / 100;
    r->answer_at = sim.now + latency;
    c->next_ms += c->every_ms;
    c->shortest_gap_ms = earlier(c->shortest_gap_ms, sim.now - c->last_sent);
    c->last_sent = sim.now;
    if (c->paced)
        pace_sent(&c->pace, sim.now);
}

static struct request *room_of(struct client *c)
{
    for (int i = 0; i < c->concurrency; i++) {
        if (!c->requests[i].used)
            return &c->requests[i];
    }
    return NULL;
}

static int64_t next_send(struct client *c)
{
    if (sim.now >= c->until_ms || !room_of(c))
        return NEVER;
    if (sim.now < c->from_ms)
        return c->from_ms;
    return c->paced ? pace_next(&c->pace, sim.now) : c->next_ms;
}

static int64_t client_step(struct client *c)
{
    int64_t next = NEVER;

    for (int i = 0; i < c->concurrency; i++) {
        struct request *r = &c->requests[i];

        if (r->used && !r->counted && r->count_at <= sim.now)
            sim_count(c, r);
        if (r->used && r->counted && r->answer_at <= sim.now)
            sim_answer(c, r);
    }
    while (next_send(c) <= sim.now)
        sim_send(c, room_of(c));
    for (int i = 0; i < c->concurrency; i++) {
        const struct request *r = &c->requests[i];

        if (r->used)
            next = earlier(next, r->counted ? r->answer_at : r->count_at);
    }
    return earlier(next, next_send(c));
}

static void sim_run(int64_t ms)
{
    int64_t until = sim.now + ms;

    while (sim.now < until) {
        int64_t next = until;

        for (int i = 0; i < sim.client_count; i++)
            next = earlier(next, client_step(&sim.clients[i]));
        sim.now = next > sim.now ? next : sim.now + 1;
    }
}

/* ---- cases: the server alone ---- */

static const int limits[] = {10, 500, 6000};
static const int latencies[] = {5, 50, 400, 2000};

/* Calls `run` for every limit and latency that `concurrency` can fill. */
static void for_each_server(bool sliding, int concurrency, void (*run)(int concurrency))
{
    for (size_t l = 0; l < sizeof limits / sizeof limits[0]; l++) {
        for (size_t a = 0; a < sizeof latencies / sizeof latencies[0]; a++) {
            if (limits[l] / 60 * latencies[a] / 1000 * 3 / 2 >= concurrency)
                continue;
            sim_start(limits[l], latencies[a], sliding);
            run(concurrency);
        }
    }
}

static void run_alone(int concurrency)
{
    struct client *c = sim_add(concurrency, 0, NEVER / 2);
    int minutes = sim.limit > 1000 ? 5 : 10;

    sim_run(minutes * MINUTE);
    CHECK_INT(c->refused, 0);
    CHECK(c->accepted * 100 >= sim.limit * minutes * 97);
}

static void fills_a_fixed_window_without_refusal(void)
{
    for_each_server(false, 8, run_alone);
    for_each_server(false, 64, run_alone);
}

static void fills_a_sliding_window_without_refusal(void)
{
    for_each_server(true, 8, run_alone);
    for_each_server(true, 64, run_alone);
}

static void run_with_failures(int concurrency)
{
    struct client *c = sim_add(concurrency, 0, NEVER / 2);

    sim.failures_in_100 = 10;
    sim_run(5 * MINUTE);
    CHECK_INT(c->refused, 0);
    CHECK(c->accepted * 100 >= sim.limit * 5 * 75);
}

static void lost_requests_do_not_confuse(void)
{
    for_each_server(false, 64, run_with_failures);
    for_each_server(true, 64, run_with_failures);
}

static void run_with_pauses(int concurrency)
{
    struct client *c = sim_add(concurrency, 0, NEVER / 2);

    for (int i = 0; i < 12; i++) {
        sim_run(7000 + 1000 * random_below(30));
        c->until_ms = sim.now; /* no work for a while */
        sim_run(1000 * random_below(70));
        c->until_ms = NEVER / 2;
    }
    CHECK_INT(c->refused, 0);
}

static void pauses_lead_to_no_refusal(void)
{
    for_each_server(false, 64, run_with_pauses);
    for_each_server(true, 64, run_with_pauses);
}

static void slow_connections_are_no_reason_for_refusal(void)
{
    sim_start(6000, 2000, false);
    struct client *c = sim_add(8, 0, NEVER / 2);
    sim_run(3 * MINUTE);
    CHECK_INT(c->refused, 0);
    CHECK(c->accepted > 3 * MINUTE / 2000 * 8 * 9 / 10); /* concurrency decides */
}

static void latency_that_changes_is_no_reason_for_refusal(void)
{
    static const int changing[] = {5, 2000, 50, 400, 2000, 5, 400};

    for (int sliding = 0; sliding < 2; sliding++) {
        sim_start(500, 5, sliding);
        struct client *c = sim_add(64, 0, NEVER / 2);
        for (size_t i = 0; i < sizeof changing / sizeof changing[0]; i++) {
            sim.latency_ms = changing[i];
            sim_run(47000);
        }
        CHECK_INT(c->refused, 0);
        CHECK(c->accepted * 100 > 500 * 7 * 47 / 60 * 94);
    }
}

static void a_latency_that_grew_costs_nothing_for_long(void)
{
    sim_start(500, 5, false);
    struct client *c = sim_add(64, 0, NEVER / 2);
    sim_run(MINUTE);
    sim.latency_ms = 2000;
    sim_run(3 * MINUTE);
    int before = c->accepted;
    sim_run(10 * MINUTE);
    CHECK((c->accepted - before) * 100 >= 500 * 10 * 97);
}

static void requests_are_spaced_evenly(void)
{
    sim_start(500, 50, false);
    struct client *c = sim_add(64, 0, NEVER / 2);
    sim_run(30000);
    CHECK(c->accepted >= 245 && c->accepted <= 252);
    CHECK(c->shortest_gap_ms >= 20); /* the credit after the first answer */
    c->shortest_gap_ms = NEVER;
    sim_run(20000);
    CHECK(c->shortest_gap_ms >= 119);
}

/* ---- cases: others at the same key ---- */

static void run_second(int concurrency)
{
    struct client *first = sim_add(concurrency, 0, 30000);
    struct client *second = sim_add(concurrency, 31000, NEVER / 2);

    sim_run(31000 + 4 * MINUTE);
    CHECK_INT(first->refused, 0);
    CHECK_INT(second->refused, 0);
    CHECK(second->accepted * 100 >= sim.limit * 4 * 80);
}

static void a_half_used_window_is_respected(void)
{
    for_each_server(false, 64, run_second);
    for_each_server(true, 64, run_second);
}

/* What an earlier sync left of a window is not saved for anybody: all of it is used, at our own
 * pace, and the next window is found soon after it has begun. */
static void a_joined_window_is_used_up(void)
{
    sim_start(500, 50, false);
    struct client *first = sim_add(64, 0, 20000);
    struct client *second = sim_add(64, 20100, NEVER / 2);
    sim_run(60000);
    CHECK((first->accepted + second->accepted) * 100 >= 500 * 95);
    int64_t before = second->accepted;
    sim_run(60000);
    CHECK((second->accepted - before) * 100 >= 500 * 95);
    CHECK_INT(first->refused + second->refused, 0);
}

static void run_shared_with_stubborn(int concurrency)
{
    struct client *c = sim_add(concurrency, 0, NEVER / 2);

    /* Takes half from the middle of a window on. In that one it can take what we have in flight. */
    struct client *other = sim_add_stubborn(2 * MINUTE / sim.limit, 90000, NEVER / 2);
    sim_run(6 * MINUTE);
    CHECK(sim.limit < 500 || other->refused * 100 <= other->accepted * 5); /* it gets its half */
    CHECK(c->refused <= (sim.latency_ms < 2000 ? 1 : 4));
    CHECK(c->last_refused < SIM_START + 2 * MINUTE + 2000);
    CHECK(c->accepted * 100 >= sim.limit * (2 * 90 + 4 * 35));
}

static void another_client_only_slows_us_down(void)
{
    for_each_server(false, 64, run_shared_with_stubborn);
}

static void another_client_of_a_sliding_window_too(void)
{
    for (size_t a = 0; a < 3; a++) {
        sim_start(500, latencies[a], true);
        struct client *c = sim_add(64, 0, NEVER / 2);
        sim_add_stubborn(240, 90000, NEVER / 2);
        sim_run(10 * MINUTE);
        CHECK(c->refused <= 3);
        CHECK(c->accepted >= 1500);
    }
}

static void two_of_us_share(void)
{
    for (size_t a = 0; a < sizeof latencies / sizeof latencies[0]; a++) {
        sim_start(500, latencies[a], false);
        struct client *one = sim_add(64, 0, NEVER / 2);
        struct client *two = sim_add(64, 31000, NEVER / 2);
        sim_run(10 * MINUTE);
        CHECK_INT(one->refused + two->refused, 0);
        CHECK((one->accepted + two->accepted) * 100 >= 500 * 10 * 95);
        CHECK(two->accepted * 100 >= 500 * 9 * 15);
    }
}

/* ---- cases: what the server says ---- */

static void a_limit_that_changes_is_adopted(void)
{
    sim_start(500, 50, false);
    struct client *c = sim_add(64, 0, NEVER / 2);
    sim_run(2 * MINUTE);
    sim.limit = 1000;
    sim_run(MINUTE);
    int before = c->accepted;
    sim_run(2 * MINUTE);
    CHECK(c->accepted - before >= 2 * 970);
    CHECK_INT(c->refused, 0);
    sim.limit = 100; /* in the middle of a window, which is then over-used already */
    sim_run(2 * MINUTE);
    before = c->accepted;
    CHECK(c->refused <= 3);
    c->refused = 0;
    sim_run(3 * MINUTE);
    CHECK_INT(c->refused, 0);
    CHECK(c->accepted - before >= 3 * 95);
}

static void a_late_answer_does_not_bring_an_old_limit_back(void)
{
    struct pace p;

    pace_init(&p, 500, 0);
    for (int i = 0; i < 3; i++)
        pace_sent(&p, i);
    pace_answered(&p, 0, 100, 500, 499);
    pace_answered(&p, 2, 101, 60, 50); /* lower: at once */
    CHECK_INT(p.limit, 60);
    pace_answered(&p, 1, 102, 500, 498);
    CHECK_INT(p.limit, 60);
    pace_sent(&p, 200);
    pace_answered(&p, 200, 250, 500, 497);
    CHECK_INT(p.limit, 500);
}

static void without_headers_the_assumed_limit_holds(void)
{
    sim_start(500, 50, false);
    sim.silent = true;
    struct client *c = sim_add(64, 0, NEVER / 2);
    sim_run(5 * MINUTE);
    CHECK_INT(c->refused, 0);
    CHECK(c->accepted * 100 >= 500 * 5 * 97);
    CHECK(pace_left(&c->pace) >= 0);
}

static void no_limit_at_all(void)
{
    struct pace p;

    pace_init(&p, 0, 1000);
    CHECK_INT(pace_left(&p), -1);
    CHECK(pace_next(&p, 1000) <= 1000);
    pace_sent(&p, 1000);
    CHECK_INT(pace_next(&p, 1000), PACE_NEVER); /* the first answer may name one */
    pace_answered(&p, 1000, 1010, -1, -1);
    for (int i = 0; i < 100000; i++) {
        CHECK(pace_next(&p, 1010) <= 1010);
        pace_sent(&p, 1010);
    }
    CHECK_INT(pace_left(&p), -1);
    pace_hold(&p, 5000);
    CHECK_INT(pace_next(&p, 1011), 5000);
}

static void remaining_without_limit_is_understood(void)
{
    struct pace p;

    pace_init(&p, 0, 0);
    pace_sent(&p, 0);
    pace_answered(&p, 0, 10, -1, 99);
    CHECK_INT(p.limit, 100);
    CHECK_INT(pace_left(&p), 99);
}

/* One request answered with `remaining` of 500 left. */
static void start_with(struct pace *p, int remaining)
{
    pace_init(p, 500, 0);
    CHECK(pace_next(p, 0) <= 0);
    pace_sent(p, 0);
    CHECK_INT(pace_next(p, 0), PACE_NEVER);
    pace_answered(p, 0, 100, 500, remaining);
}

static void nothing_left_waits_for_the_window_and_asks_once(void)
{
    struct pace p;

    start_with(&p, 0);
    CHECK_INT(pace_left(&p), 0);
    int64_t next = pace_next(&p, 100);
    CHECK(next >= PACE_WINDOW_MS && next <= 100 + PACE_WINDOW_MS);
    CHECK(pace_next(&p, next - 1) == next);
    CHECK(pace_next(&p, next) <= next);
    pace_sent(&p, next);
    CHECK_INT(pace_next(&p, next + 1000), PACE_NEVER);
    pace_answered(&p, next, next + 100, 500, 499);
    CHECK(pace_next(&p, next + 100) <= next + 100);
    CHECK_INT(pace_left(&p), 499);
}

static void a_little_left_is_spread(void)
{
    struct pace p;
    int64_t now = 100;

    start_with(&p, 3);
    for (int i = 0; i < 3; i++) {
        int64_t next = pace_next(&p, now);
        CHECK(i == 0 ? next <= now : next - now >= 15000);
        now = next > now ? next : now;
        pace_sent(&p, now);
        pace_answered(&p, now, now + 10, 500, 2 - i);
    }
    CHECK(pace_next(&p, now + 10) >= PACE_WINDOW_MS);
}

static void a_jump_ends_the_spreading(void)
{
    struct pace p;

    start_with(&p, 3);
    CHECK(pace_next(&p, 100) <= 100);
    pace_sent(&p, 100);
    CHECK(pace_next(&p, 101) > 10000);
    pace_answered(&p, 100, 200, 500, 499); /* the real window ended just now */
    CHECK(pace_next(&p, 200) <= 200);
    pace_sent(&p, 200);
    CHECK(pace_next(&p, 200) <= 320);
}

static void answers_out_of_order_are_no_jump(void)
{
    struct pace p;

    start_with(&p, 400); /* 99 are used by somebody else */
    for (int i = 0; i < 4; i++)
        pace_sent(&p, 200 + i);
    int64_t end = p.window_end;
    pace_answered(&p, 203, 1000, 500, 396);
    pace_answered(&p, 200, 1001, 500, 399);
    pace_answered(&p, 202, 1002, 500, 397);
    CHECK_INT(p.window_end, end);
    CHECK_INT(pace_left(&p), 396);
    pace_sent(&p, 2000); /* sent after the low was seen, and not lower */
    pace_answered(&p, 2000, 2100, 500, 396);
    CHECK(p.window_end > end);
}

static void the_old_windows_answers_do_not_count_in_the_new_one(void)
{
    struct pace p;

    start_with(&p, 250);
    for (int i = 0; i < 5; i++)
        pace_sent(&p, 1000 + i);
    pace_answered(&p, 1000, 2000, 500, 20); /* somebody else was quick */
    pace_sent(&p, 2001);
    pace_answered(&p, 2001, 2100, 500, 498);
    CHECK_INT(pace_left(&p), 498);
    for (int i = 1; i < 5; i++)
        pace_answered(&p, 1000 + i, 2100 + i, 500, 20 - i);
    CHECK_INT(pace_left(&p), 498);
}

static void a_hold_is_kept_and_then_one_asks(void)
{
    struct pace p;

    start_with(&p, 499);
    pace_sent(&p, 200);
    pace_hold(&p, 50000);
    pace_hold(&p, 40000);
    CHECK_INT(pace_next(&p, 201), 50000);
    pace_answered(&p, 200, 300, 500, 498); /* sent before: tells nothing of after */
    CHECK_INT(pace_next(&p, 49999), 50000);
    CHECK(pace_next(&p, 50000) <= 50000);
    pace_sent(&p, 50000);
    CHECK_INT(pace_next(&p, 50500), PACE_NEVER);
    pace_answered(&p, 50000, 50600, 500, 499);
    CHECK(pace_next(&p, 50600) <= 50600);
    pace_hold(&p, INT64_MAX / 4);
    CHECK_INT(pace_next(&p, 50601), INT64_MAX / 4);
}

static void answers_without_headers_count_as_used(void)
{
    struct pace p;

    start_with(&p, 3);
    for (int i = 0; i < 3; i++) {
        pace_sent(&p, 200 + i);
        pace_answered(&p, 200 + i, 300 + i, -1, -1);
        CHECK_INT(pace_left(&p), 2 - i);
    }
    CHECK(pace_next(&p, 400) >= PACE_WINDOW_MS);
    start_with(&p, 499);
    pace_sent(&p, 200);
    pace_answered(&p, 200, 300, -1, -1);
    pace_sent(&p, 400);
    pace_answered(&p, 400, 500, 500, 498); /* it had not been counted */
    CHECK_INT(pace_left(&p), 498);
}

static void a_higher_limit_holds_at_once(void)
{
    struct pace p;

    pace_init(&p, 1, 0);
    pace_sent(&p, 0);
    pace_answered(&p, 0, 100, 500, -1);
    CHECK(pace_next(&p, 100) <= 220);
}

static void what_is_left_without_headers(void)
{
    struct pace p;

    pace_init(&p, 60, 0);
    pace_sent(&p, 0);
    pace_answered(&p, 0, 10, -1, -1);
    pace_sent(&p, 1000);
    CHECK_INT(pace_left(&p), 58);
    for (int i = 2; i < 70; i++) {
        pace_sent(&p, 1000);
        pace_answered(&p, 1000, 2000, -1, -1);
    }
    CHECK_INT(pace_left(&p), 0);
    CHECK(pace_next(&p, 3000) >= 2000 + PACE_WINDOW_MS);
    /* After a long pause the minute is empty again. */
    CHECK(pace_next(&p, 500000) <= 500000);
    CHECK_INT(pace_left(&p), 59);
}

static void a_minute_without_headers_stays_within_the_limit(void)
{
    struct pace p;
    int sent = 1;

    pace_init(&p, 60, 0);
    pace_sent(&p, 0);
    pace_answered(&p, 0, 10, -1, -1);
    for (int64_t now = 11; now < 60000; now++) {
        for (; pace_next(&p, now) <= now; sent++) {
            pace_sent(&p, now);
            pace_answered(&p, now, now, -1, -1);
        }
    }
    CHECK_INT(sent, 60);
}

static const struct unit_case cases[] = {
    {"fixed", fills_a_fixed_window_without_refusal},
    {"sliding", fills_a_sliding_window_without_refusal},
    {"failures", lost_requests_do_not_confuse},
    {"pauses", pauses_lead_to_no_refusal},
    {"slow", slow_connections_are_no_reason_for_refusal},
    {"changing-latency", latency_that_changes_is_no_reason_for_refusal},
    {"grown-latency", a_latency_that_grew_costs_nothing_for_long},
    {"even", requests_are_spaced_evenly},
    {"second", a_half_used_window_is_respected},
    {"joined", a_joined_window_is_used_up},
    {"stubborn", another_client_only_slows_us_down},
    {"stubborn-sliding", another_client_of_a_sliding_window_too},
    {"share", two_of_us_share},
    {"limit-changes", a_limit_that_changes_is_adopted},
    {"limit-late", a_late_answer_does_not_bring_an_old_limit_back},
    {"no-headers", without_headers_the_assumed_limit_holds},
    {"no-limit", no_limit_at_all},
    {"no-limit-header", remaining_without_limit_is_understood},
    {"nothing-left", nothing_left_waits_for_the_window_and_asks_once},
    {"little-left", a_little_left_is_spread},
    {"jump", a_jump_ends_the_spreading},
    {"out-of-order", answers_out_of_order_are_no_jump},
    {"old-window", the_old_windows_answers_do_not_count_in_the_new_one},
    {"hold", a_hold_is_kept_and_then_one_asks},
    {"unconfirmed", answers_without_headers_count_as_used},
    {"higher-limit", a_higher_limit_holds_at_once},
    {"left", what_is_left_without_headers},
    {"minute", a_minute_without_headers_stays_within_the_limit},
};
UNIT_MAIN(cases)
