/* The circuit breaker: when it opens, what it lets through, and what does not count. */
#include "core/breaker.h"

#include "tests/unit/unit.h"

enum { MAX = 5, RESET = 60000 };

static struct breaker fresh(void)
{
    struct breaker b;
    breaker_init(&b, MAX, RESET);
    return b;
}

static void answer(struct breaker *b, enum breaker_result result, int64_t now)
{
    unsigned epoch = breaker_sent(b);
    breaker_answered(b, epoch, result, now);
}

static void fail(struct breaker *b, int times, int64_t now)
{
    for (int i = 0; i < times; i++) {
        answer(b, BREAKER_BAD, now);
    }
}

static void test_opens_after_failures_in_a_row(void)
{
    struct breaker b = fresh();
    fail(&b, MAX - 1, 0);
    answer(&b, BREAKER_GOOD, 0);
    fail(&b, MAX - 1, 0);
    CHECK_INT(b.state, BREAKER_CLOSED);
    CHECK_INT(breaker_next(&b, 7), 7);
    fail(&b, 1, 1000);
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_STR(b.why, "5 failures in a row");
    CHECK_INT(breaker_next(&b, 1000), 1000 + RESET);
    CHECK_INT(breaker_next(&b, 1000 + RESET - 1), 1000 + RESET);
}

static void test_4xx_and_429_tell_nothing(void)
{
    struct breaker b = fresh();
    fail(&b, MAX - 1, 0);
    for (int i = 0; i < 200; i++) {
        answer(&b, BREAKER_NEITHER, 0);
    }
    CHECK_INT(b.state, BREAKER_CLOSED);
    fail(&b, 1, 0); /* nor do they end the streak */
    CHECK_INT(b.state, BREAKER_OPEN);
}

static void test_opens_by_its_window(void)
{
    struct breaker b = fresh();
    for (int i = 0; i < 6; i++) {
        fail(&b, 2, 0);
        answer(&b, BREAKER_GOOD, 0);
    }
    fail(&b, 1, 0);
    CHECK_INT(b.state, BREAKER_CLOSED); /* 19 calls are too few to judge by */
    fail(&b, 1, 0);
    CHECK_INT(b.state, BREAKER_OPEN);
    CHECK_STR(b.why, "14 of 20 requests failed");

    b = fresh();
    for (int i = 0; i < 500; i++) { /* every second one: it bends */
        answer(&b, i % 2 ? BREAKER_GOOD : BREAKER_BAD, 0);
    }
    CHECK_INT(b.state, BREAKER_CLOSED);

    breaker_init(&b, 1000, RESET); /* patience in one is patience in the other */
    for (int i = 0; i < 500; i++) {
        answer(&b, i % 5 == 4 ? BREAKER_GOOD : BREAKER_BAD, 0);
    }
    CHECK_INT(b.state, BREAKER_CLOSED);
}

static void test_one_ill_page_does_not_open_it(void)
{
    struct breaker b = fresh();
    answer(&b, BREAKER_GOOD, 0);
    answer(&b, BREAKER_BAD, 0);
    for (int i = 0; i < 10; i++) {
        answer(&b, BREAKER_REPEAT, 0);
    }
    CHECK_INT(b.state, BREAKER_CLOSED);

    b = fresh(); /* but who has never been seen to work may be all ill */
    answer(&b, BREAKER_BAD, 0);
    for (int i = 0; i < MAX - 1; i++) {
        answer(&b, BREAKER_REPEAT, 0);
    }
    CHECK_INT(b.state, BREAKER_OPEN);
}

static void test_half_open(void)
{
    struct breaker b = fresh();
    fail(&b, MAX, 0);
    CHECK_INT(breaker_next(&b, RESET), RESET);
    CHECK_INT(b.state, BREAKER_HALF_OPEN);
    unsigned probe = breaker_sent(&b);
    breaker_sent(&b);
    CHECK_INT(breaker_next(&b, RESET), RESET);
    breaker_sent(&b);
    CHECK(breaker_next(&b, RESET) == BREAKER_NEVER); /* three, in all */
    breaker_answered(&b, probe, BREAKER_NEITHER, RESET);
    CHECK_INT(breaker_next(&b, RESET), RESET); /* its place is given back */
    breaker_sent(&b);
    breaker_answered(&b, probe, BREAKER_GOOD, RESET);
    breaker_answered(&b, probe, BREAKER_GOOD, RESET);
    CHECK(breaker_next(&b, RESET) == BREAKER_NEVER); /* good ones make no room for more */
    breaker_answered(&b, probe, BREAKER_GOOD, RESET);
    CHECK_INT(b.state, BREAKER_CLOSED);
    CHECK_INT(b.openings, 0);
    fail(&b, MAX - 1, RESET);
    CHECK_INT(b.state, BREAKER_CLOSED); /* it begins to count anew */
}

static void test_a_failed_probe_opens_it_for_longer(void)
{
    struct breaker b = fresh();
    int64_t now = 0;
    int64_t wait = RESET;
    fail(&b, MAX, now);
    for (int i = 0; i < 20; i++) {
        CHECK_INT(b.until - now, wait);
        now = b.until;
        CHECK_INT(breaker_next(&b, now), now);
        fail(&b, 1, now);
        CHECK_INT(b.state, BREAKER_OPEN);
        wait = wait * 2 < 3600000 ? wait * 2 : 3600000; /* up to an hour */
    }
    CHECK_STR(b.why, "it failed again when it was tried");
}

static void test_old_answers_do_not_count(void)
{
    struct breaker b = fresh();
    unsigned before = breaker_sent(&b);
    fail(&b, MAX, 0);
    CHECK(!breaker_is_charged(&b, before)); /* in flight as it opened: costs no try */
    breaker_next(&b, RESET);
    breaker_answered(&b, before, BREAKER_BAD, RESET);
    CHECK_INT(b.state, BREAKER_HALF_OPEN);
    unsigned probe = breaker_sent(&b);
    breaker_answered(&b, probe, BREAKER_BAD, RESET);
    CHECK(!breaker_is_charged(&b, probe));
    breaker_reset(&b);
    breaker_answered(&b, probe, BREAKER_BAD, RESET);
    CHECK_INT(b.in_a_row, 0);
    unsigned after = breaker_sent(&b);
    breaker_answered(&b, after, BREAKER_BAD, RESET);
    CHECK(breaker_is_charged(&b, after));
}

static void test_it_is_restored(void)
{
    struct breaker b = fresh();
    breaker_restore(&b, 500, 2);
    CHECK_INT(breaker_next(&b, 499), 500);
    CHECK_INT(breaker_next(&b, 500), 500);
    CHECK_INT(b.state, BREAKER_HALF_OPEN);
    fail(&b, 1, 500);
    CHECK_INT(b.until, 500 + 4 * RESET); /* the third time in a row */
}

static const struct unit_case cases[] = {
    {"opens_after_failures_in_a_row", test_opens_after_failures_in_a_row},
    {"4xx_and_429_tell_nothing", test_4xx_and_429_tell_nothing},
    {"opens_by_its_window", test_opens_by_its_window},
    {"one_ill_page_does_not_open_it", test_one_ill_page_does_not_open_it},
    {"half_open", test_half_open},
    {"a_failed_probe_opens_it_for_longer", test_a_failed_probe_opens_it_for_longer},
    {"old_answers_do_not_count", test_old_answers_do_not_count},
    {"it_is_restored", test_it_is_restored},
};

UNIT_MAIN(cases)
