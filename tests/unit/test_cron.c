/* Cron expressions: what is read and refused, and when they run, on the days of a clock change too.
 */
#include "core/cron.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

static const char NEW_YORK[] = "America/New_York";

static struct cron parsed(const char *expression)
{
    struct cron c;
    struct err e = {0};
    if (!cron_parse(expression, &c, &e)) {
        unit_fail(__FILE__, __LINE__, e.message);
    }
    return c;
}

static int64_t instant(const char *utc)
{
    int64_t ms = 0;
    CHECK(civil_parse_utc(utc, &ms));
    return ms;
}

static void check_next(const char *expression, const char *zone, const char *after,
                       const char *wanted)
{
    struct cron c = parsed(expression);
    char found[25] = "never";
    int64_t next = 0;
    if (cron_next(&c, zone, instant(after), &next)) {
        civil_format_utc(next, found);
    }
    CHECK_STR(found, wanted);
}

static void reads_fields(void)
{
    static const struct {
        const char *expression;
        struct cron wanted;
    } rows[] = {
        {"0 11 * * *", {1, 1 << 11, 0xfffffffe, 0x1ffe, 0x7f, true, true}},
        {"\t 5,7-9   1-23/11  1 jan-Mar,DEC  mon-fri ",
         {0x3a0, 1 << 1 | 1 << 12 | 1 << 23, 2, 0x100e, 0x3e, false, false}},
        {"*/20 0 31 2 7",
         {1 | 1 << 20 | UINT64_C(1) << 40, 1, UINT32_C(1) << 31, 4, 1, false, false}},
        {"0 0 * * 5-7", {1, 1, 0xfffffffe, 0x1ffe, 0x61, true, false}},
        {"0 0 * * sat-sun", {1, 1, 0xfffffffe, 0x1ffe, 0x41, true, false}},
        {"59 23 */10 * 0", {UINT64_C(1) << 59, 1 << 23, 0x80200802, 0x1ffe, 1, true, false}},
        {"@daily", {1, 1, 0xfffffffe, 0x1ffe, 0x7f, true, true}},
        {"@Yearly", {1, 1, 2, 2, 0x7f, false, true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cron c = parsed(rows[i].expression);
        const struct cron *w = &rows[i].wanted;
        CHECK_INT(c.minutes, w->minutes);
        CHECK_INT(c.hours, w->hours);
        CHECK_INT(c.days, w->days);
        CHECK_INT(c.months, w->months);
        CHECK_INT(c.weekdays, w->weekdays);
        CHECK(c.any_day == w->any_day && c.any_weekday == w->any_weekday);
    }
}

static void names_what_is_wrong(void)
{
    static const struct {
        const char *expression, *words;
    } rows[] = {
        {"", "minute is missing"},
        {"0 11", "day of month is missing"},
        {"0 11 * *", "day of week is missing"},
        {"0 11 * * * *", "more than five"},
        {"60 * * * *", "minute: '60'"},
        {"-1 * * * *", "minute: '-1'"},
        {"* 24 * * *", "hour: '24'"},
        {"* * 0 * *", "day of month: '0'"},
        {"* * 32 * *", "day of month: '32'"},
        {"* * * 13 *", "month: '13'"},
        {"* * * foo *", "month: 'foo' is no name"},
        {"* * * jane *", "month: 'jane'"},
        {"* * * * 8", "day of week: '8'"},
        {"* * * * mon-", "day of week: 'mon-'"},
        {"5-1 * * * *", "minute: '5-1' runs backwards"},
        {"*/0 * * * *", "minute: '*/0': the step"},
        {"*/60 * * * *", "the step"},
        {"5/10 * * * *", "goes with a range"},
        {"1,,2 * * * *", "minute: ''"},
        {"1, * * * *", "minute: ''"},
        {"*5 * * * *", "minute: '*5'"},
        {"99999999999 * * * *", "minute"},
        {"0 0 L * *", "day of month: 'L'"},
        {"@reboot", "'@reboot' is not known"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct cron c;
        struct err e = {0};
        CHECK(!cron_parse(rows[i].expression, &c, &e));
        CHECK_INT(e.kind, ERR_CONFIG);
        if (!strstr(e.message, rows[i].words)) {
            CHECK_STR(e.message, rows[i].words);
        }
    }
}

static void finds_the_next_run(void)
{
    static const struct {
        const char *expression, *after, *wanted;
    } rows[] = {
        /* all UTC */
        {"* * * * *", "2026-11-23T10:00:00.000Z", "2026-11-23T10:01:00.000Z"},
        {"* * * * *", "2026-11-23T10:00:59.999Z", "2026-11-23T10:01:00.000Z"},
        {"* * * * *", "2026-12-31T23:59:30.000Z", "2027-01-01T00:00:00.000Z"},
        {"0 11 * * *", "2026-11-23T10:59:59.999Z", "2026-11-23T11:00:00.000Z"},
        {"0 11 * * *", "2026-11-23T11:00:00.000Z", "2026-11-24T11:00:00.000Z"},
        {"0 11,19 * * *", "2026-11-23T11:00:00.000Z", "2026-11-23T19:00:00.000Z"},
        {"30 4 1 * *", "2026-01-31T10:00:00.000Z", "2026-02-01T04:30:00.000Z"},
        {"0 0 31 * *", "2026-01-31T10:00:00.000Z", "2026-03-31T00:00:00.000Z"},
        {"0 0 29 2 *", "2026-01-31T10:00:00.000Z", "2028-02-29T00:00:00.000Z"},
        {"0 0 29 2 *", "2096-02-29T00:00:00.000Z", "2104-02-29T00:00:00.000Z"},
        {"0 0 * * mon", "2026-11-23T00:00:00.000Z", "2026-11-30T00:00:00.000Z"},
        {"0 0 * * 7", "2026-11-23T00:00:00.000Z", "2026-11-29T00:00:00.000Z"},
        {"0 0 13 * fri", "2026-11-23T00:00:00.000Z", "2026-11-27T00:00:00.000Z"}, /* either */
        {"0 0 25 * fri", "2026-11-23T00:00:00.000Z", "2026-11-25T00:00:00.000Z"},
        {"0 0 */2 * fri", "2026-11-23T00:00:00.000Z", "2026-11-27T00:00:00.000Z"}, /* both */
        {"0 0 * jan *", "2026-11-23T00:00:00.000Z", "2027-01-01T00:00:00.000Z"},
        {"0 0 30 2 *", "2026-11-23T00:00:00.000Z", "never"},
        {"0 0 31 4,6,9,11 *", "2026-11-23T00:00:00.000Z", "never"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_next(rows[i].expression, "UTC", rows[i].after, rows[i].wanted);
    }
}

static void times_that_are_skipped_or_come_twice(void)
{
    static const struct {
        const char *expression, *zone, *after, *wanted;
    } rows[] = {
        /* 2:00 to 3:00 is left out on March 8, 1:00 to 2:00 comes twice on November 1. */
        {"30 2 * * *", NEW_YORK, "2026-03-07T12:00:00.000Z", "2026-03-08T07:00:00.000Z"},
        {"30 2 * * *", NEW_YORK, "2026-03-08T07:00:00.000Z", "2026-03-09T06:30:00.000Z"},
        {"0 3 * * *", NEW_YORK, "2026-03-07T12:00:00.000Z", "2026-03-08T07:00:00.000Z"},
        {"*/15 * * * *", NEW_YORK, "2026-03-08T06:45:00.000Z", "2026-03-08T07:00:00.000Z"},
        {"*/15 * * * *", NEW_YORK, "2026-03-08T07:00:00.000Z", "2026-03-08T07:15:00.000Z"},
        {"30 1 * * *", NEW_YORK, "2026-11-01T05:00:00.000Z", "2026-11-01T05:30:00.000Z"},
        {"30 1 * * *", NEW_YORK, "2026-11-01T05:30:00.000Z", "2026-11-02T06:30:00.000Z"},
        {"30 1 * * *", NEW_YORK, "2026-11-01T06:15:00.000Z", "2026-11-02T06:30:00.000Z"},
        {"0 2 * * *", NEW_YORK, "2026-11-01T05:45:00.000Z", "2026-11-01T07:00:00.000Z"},
        {"30 1 * * *", "Europe/Dublin", "2026-03-28T12:00:00.000Z", "2026-03-29T01:00:00.000Z"},
        {"30 1 * * *", "Europe/Dublin", "2026-10-25T00:00:00.000Z", "2026-10-25T00:30:00.000Z"},
        {"30 1 * * *", "Europe/Dublin", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"},
        {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T12:00:00.000Z",
         "2026-10-03T15:30:00.000Z"},
        {"45 1 * * *", "Australia/Lord_Howe", "2026-04-04T14:45:00.000Z",
         "2026-04-05T15:15:00.000Z"},
        {"0 0 * * *", "America/Sao_Paulo", "2018-11-03T12:00:00.000Z", "2018-11-04T03:00:00.000Z"},
        {"0 0 * * *", "America/Sao_Paulo", "2018-11-04T03:00:00.000Z", "2018-11-05T02:00:00.000Z"},
        {"0 0 * * *", "America/Sao_Paulo", "2018-02-18T01:30:00.000Z", "2018-02-18T03:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        check_next(rows[i].expression, rows[i].zone, rows[i].after, rows[i].wanted);
    }
}

/* Every day of four years has exactly so many runs, by the zone's own calendar or, where the time
 * was left out, at the first moment after the gap. */
static void check_days(const char *expression, const char *zone, int a_day)
{
    struct cron c = parsed(expression);
    int64_t at = zone_instant(zone, (struct civil){2025, 1, 1}, 0) - 1;
    int64_t end = zone_instant(zone, (struct civil){2029, 1, 1}, 0);
    int32_t day = civil_to_days((struct civil){2025, 1, 1});
    int runs = 0;
    while (cron_next(&c, zone, at, &at) && at < end) {
        int32_t its_day = civil_to_days(zone_date(zone, at));
        if (its_day != day) {
            CHECK_INT(runs, a_day);
            CHECK_INT(its_day, day + 1);
            runs = 0;
        }
        day = its_day;
        runs++;
    }
    CHECK_INT(runs, a_day);
}

static void no_day_has_more_or_fewer_runs(void)
{
    static const char *const zones[] = {"America/New_York", "Europe/Dublin", "UTC",
                                        "Australia/Lord_Howe", "America/Santiago"};
    for (size_t i = 0; i < sizeof zones / sizeof zones[0]; i++) {
        check_days("0 11,19 * * *", zones[i], 2);
        check_days("30 2 * * *", zones[i], 1);
        check_days("30 1 * * *", zones[i], 1);
        check_days("0 0 * * *", zones[i], 1);
        check_days("30 0,1,3 * * *", zones[i], 3);
    }
}

/* The next run is the same from wherever before it one asks. */
static void agrees_with_itself(void)
{
    struct cron c = parsed("*/30 0-4 * * *");
    int64_t runs[400];
    int count = 0;
    int64_t at = instant("2026-10-30T00:00:00.000Z");
    while (count < 40 && cron_next(&c, NEW_YORK, at, &at)) {
        runs[count++] = at;
    }
    for (int i = 0, now = 0; i < count;) {
        int64_t asked = instant("2026-10-30T00:00:00.000Z") + (int64_t)now++ * 60000;
        int64_t next = 0;
        CHECK(asked < runs[i]);
        CHECK(cron_next(&c, NEW_YORK, asked, &next));
        CHECK_INT(next, runs[i]);
        i += asked + 60000 >= runs[i];
    }
}

static void a_day_that_never_comes_is_found_out_fast(void)
{
    struct cron c = parsed("0 0 30 2 *");
    int64_t next = 0;
    int64_t began = clock_mono_ms();
    for (int i = 0; i < 100; i++) {
        CHECK(!cron_next(&c, NEW_YORK, instant("2026-11-23T00:00:00.000Z"), &next));
    }
    CHECK(clock_mono_ms() - began < 2000);
}

/* A February 29 that must be a Sunday: once in 28 years, and once in 40. */
static void a_rare_day(void)
{
    check_next("0 0 29 2 */7", "UTC", "2032-02-29T00:00:00.000Z", "2060-02-29T00:00:00.000Z");
    check_next("0 0 29 2 */7", "UTC", "2088-02-29T00:00:00.000Z", "2128-02-29T00:00:00.000Z");
}

static const struct unit_case cases[] = {
    {"reads_fields", reads_fields},
    {"names_what_is_wrong", names_what_is_wrong},
    {"finds_the_next_run", finds_the_next_run},
    {"times_that_are_skipped_or_come_twice", times_that_are_skipped_or_come_twice},
    {"no_day_has_more_or_fewer_runs", no_day_has_more_or_fewer_runs},
    {"agrees_with_itself", agrees_with_itself},
    {"a_day_that_never_comes_is_found_out_fast", a_day_that_never_comes_is_found_out_fast},
    {"a_rare_day", a_rare_day},
};
UNIT_MAIN(cases)
