/* The calendar's corners, and clocks in zones on the days they change. */
#include "core/base/civil.h"
#include "tests/unit/unit.h"

static void knows_days(void)
{
    static const struct {
        struct civil c;
        int32_t days;
    } rows[] = {
        {{1, 1, 1}, -719162},   {{1600, 2, 29}, -135081}, {{1900, 2, 28}, -25509},
        {{1900, 3, 1}, -25508}, {{1969, 12, 31}, -1},     {{1970, 1, 1}, 0},
        {{2000, 2, 29}, 11016}, {{2000, 3, 1}, 11017},    {{2024, 2, 29}, 19782},
        {{2038, 1, 19}, 24855}, {{2100, 3, 1}, 47541},    {{9999, 12, 31}, 2932896},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct civil back = civil_from_days(rows[i].days);
        CHECK_INT(civil_to_days(rows[i].c), rows[i].days);
        CHECK_INT(back.year, rows[i].c.year);
        CHECK_INT(back.month, rows[i].c.month);
        CHECK_INT(back.day, rows[i].c.day);
    }
}

/* All 3,652,059 days, one after the other, against the plain way to count. */
static void walks_all_days(void)
{
    struct civil c = {1, 1, 1};

    for (int32_t days = -719162; days <= 2932896; days++) {
        struct civil got = civil_from_days(days);
        CHECK(got.year == c.year && got.month == c.month && got.day == c.day);
        CHECK(civil_to_days(c) == days);
        if (++c.day > civil_days_in_month(c.year, c.month)) {
            c.day = 1;
            c.month++;
        }
        if (c.month > 12) {
            c.month = 1;
            c.year++;
        }
    }
    CHECK_INT(c.year, 10000);
}

static void stays_in_range(void)
{
    CHECK_INT(civil_from_days(INT32_MIN).year, 1);
    CHECK_INT(civil_from_days(INT32_MAX).year, 9999);
    CHECK_INT(civil_from_days(2932897).day, 31);
}

static void knows_months(void)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    static const struct {
        int year, february;
    } years[] = {{1900, 28}, {2000, 29}, {2023, 28}, {2024, 29}, {2100, 28}, {2400, 29}, {4, 29}};

    for (int month = 1; month <= 12; month++)
        CHECK_INT(civil_days_in_month(2023, month), lengths[month - 1]);
    for (size_t i = 0; i < sizeof years / sizeof years[0]; i++)
        CHECK_INT(civil_days_in_month(years[i].year, 2), years[i].february);
    CHECK_INT(civil_days_in_month(2023, 0), 0);
    CHECK_INT(civil_days_in_month(2023, 13), 0);
    CHECK_INT(civil_month_index(2024, 1) - civil_month_index(2023, 12), 1);
    CHECK_INT(civil_month_index(2024, 4), 24291);
}

static void parses_dates(void)
{
    static const char *const good[] = {"0001-01-01", "1900-02-28", "2000-02-29", "2024-12-31",
                                       "9999-12-31"};
    static const char *const bad[] = {
        "",
        "2024",
        "2024-1-1",
        "2024-01-1",
        "2024-01-011",
        "2024-01-01 ",
        " 2024-01-01",
        "2024/01/01",
        "20240101",
        "0000-01-01",
        "2024-00-01",
        "2024-13-01",
        "2024-01-00",
        "2024-01-32",
        "2024-04-31",
        "1900-02-29",
        "2023-02-29",
        "2100-02-29",
        "+024-01-01",
        "2024--1-01",
        "2024-01-01T",
        "10000-01-01",
        "202a-01-01",
    };

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct civil c;
        char text[11];
        CHECK(civil_parse_iso(good[i], &c));
        civil_format(c, text);
        CHECK_STR(text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct civil c = {2, 3, 4};
        CHECK(!civil_parse_iso(bad[i], &c));
        CHECK(c.year == 2 && c.month == 3 && c.day == 4);
    }
}

static void knows_what_is_valid(void)
{
    static const struct civil bad[] = {{0, 1, 1},    {10000, 1, 1}, {2024, 0, 1},  {2024, 13, 1},
                                       {2024, 1, 0}, {2024, 1, 32}, {2023, 2, 29}, {-1, 1, 1}};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!civil_is_valid(bad[i]));
    CHECK(civil_is_valid((struct civil){2024, 2, 29}));
}

static const struct {
    const char *text;
    int64_t ms;
} instants[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"1969-12-31T23:59:59.999Z", -1},
    {"2024-04-01T12:00:00.000Z", 1711972800000},
    {"2024-02-29T23:59:59.123Z", 1709251199123},
    {"2038-01-19T03:14:08.000Z", 2147483648000},
    {"0001-01-01T00:00:00.000Z", -62135596800000},
    {"9999-12-31T23:59:59.999Z", 253402300799999},
};

static void formats_instants(void)
{
    char text[25];

    for (size_t i = 0; i < sizeof instants / sizeof instants[0]; i++) {
        int64_t ms = 0;
        civil_format_utc(instants[i].ms, text);
        CHECK_STR(text, instants[i].text);
        CHECK(civil_parse_utc(instants[i].text, &ms));
        CHECK_INT(ms, instants[i].ms);
    }
    civil_format_utc(INT64_MAX, text);
    CHECK_STR(text, "9999-12-31T23:59:59.999Z");
    civil_format_utc(INT64_MIN, text);
    CHECK_STR(text, "0001-01-01T00:00:00.000Z");
}

static void parses_instants(void)
{
    static const char *const bad[] = {
        "",
        "2024-04-01",
        "2024-04-01T12:00:00",
        "2024-04-01T12:00:00.000",
        "2024-04-01T12:00:00.Z",
        "2024-04-01T12:00:00.1Z",
        "2024-04-01T12:00:00.12Z",
        "2024-04-01T12:00:00.1234Z",
        "2024-04-01T24:00:00Z",
        "2024-04-01T12:60:00Z",
        "2024-04-01T12:00:60Z",
        "2024-04-01 12:00:00Z",
        "2024-04-01T12:00:00z",
        "2024-04-01T12:00:00+00:00",
        "2024-04-01T12:00:00Z ",
        "2023-02-29T12:00:00Z",
        "2024-04-01T-1:00:00Z",
    };
    int64_t ms = 77;

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK(!civil_parse_utc(bad[i], &ms));
        CHECK_INT(ms, 77);
    }
    CHECK(civil_parse_utc("2024-04-01T12:00:00Z", &ms));
    CHECK_INT(ms, 1711972800000);
}

static void finds_zones(void)
{
    static const char *const good[] = {"UTC", "America/New_York", "Europe/Vienna", "Asia/Kolkata"};
    static const char *const bad[] = {
        "",
        "/etc/localtime",
        "/usr/share/zoneinfo/Europe/Vienna",
        "../zoneinfo/UTC",
        "Europe/..",
        "Europe",
        "Europe/Atlantis",
        "zone.tab",
        "tzdata.zi",
        "EST5EDT4,M3",
        ".",
        "/UTC",
    };
    char long_name[600];

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        CHECK(zone_exists(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!zone_exists(bad[i]));
    CHECK(!zone_exists(NULL));
    memset(long_name, 'a', sizeof long_name - 1);
    long_name[sizeof long_name - 1] = '\0';
    CHECK(!zone_exists(long_name));
}

static void tells_local_time(void)
{
    static const struct {
        const char *zone, *utc, *date, *time;
    } rows[] = {
        {"UTC", "2024-04-01T12:34:56Z", "2024-04-01", "12:34:56"},
        {"UTC", "1969-12-31T23:59:59.999Z", "1969-12-31", "23:59:59"},
        /* New York springs forward, and falls back */
        {"America/New_York", "2024-03-10T04:59:59Z", "2024-03-09", "23:59:59"},
        {"America/New_York", "2024-03-10T05:00:00Z", "2024-03-10", "00:00:00"},
        {"America/New_York", "2024-03-10T06:59:59Z", "2024-03-10", "01:59:59"},
        {"America/New_York", "2024-03-10T07:00:00Z", "2024-03-10", "03:00:00"},
        {"America/New_York", "2024-03-11T03:59:59Z", "2024-03-10", "23:59:59"},
        {"America/New_York", "2024-03-11T04:00:00Z", "2024-03-11", "00:00:00"},
        {"America/New_York", "2024-11-03T03:59:59Z", "2024-11-02", "23:59:59"},
        {"America/New_York", "2024-11-03T04:00:00Z", "2024-11-03", "00:00:00"},
        {"America/New_York", "2024-11-03T05:59:59Z", "2024-11-03", "01:59:59"},
        {"America/New_York", "2024-11-03T06:00:00Z", "2024-11-03", "01:00:00"},
        {"America/New_York", "2024-11-04T04:59:59Z", "2024-11-03", "23:59:59"},
        {"America/New_York", "2024-11-04T05:00:00Z", "2024-11-04", "00:00:00"},
        /* the rule goes on past the file's table */
        {"America/New_York", "2500-07-01T12:00:00Z", "2500-07-01", "08:00:00"},
        {"America/New_York", "2500-01-01T04:59:59Z", "2499-12-31", "23:59:59"},
        {"Asia/Kolkata", "2024-02-28T18:30:00Z", "2024-02-29", "00:00:00"},
        {"Pacific/Kiritimati", "2023-12-31T10:00:00Z", "2024-01-01", "00:00:00"},
        {"UTC", "9999-12-31T23:59:59Z", "9999-12-31", "23:59:59"},
        {"Pacific/Kiritimati", "9999-12-31T23:59:59Z", "9999-12-31", "13:59:59"},
        {"America/New_York", "0001-01-01T00:00:00Z", "0001-01-01", "19:03:58"},
        {"No/Such_Zone", "2024-04-01T12:34:56Z", "2024-04-01", "12:34:56"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char date[11], time[9];
        int64_t ms = 0;
        CHECK(civil_parse_utc(rows[i].utc, &ms));
        civil_format(zone_date(rows[i].zone, ms), date);
        zone_time(rows[i].zone, ms, time);
        CHECK_STR(date, rows[i].date);
        CHECK_STR(time, rows[i].time);
    }
    CHECK_INT(zone_date("UTC", INT64_MAX).year, 9999);
    CHECK_INT(zone_date("UTC", INT64_MIN).year, 1);
}

static void check_instant(const char *zone, const char *day, int hour, int minute, const char *utc)
{
    struct civil date;
    char found[25];
    int second = 0;
    CHECK(civil_parse_iso(day, &date));
    int64_t instant = zone_instant(zone, date, hour * 3600 + minute * 60);
    civil_format_utc(instant, found);
    CHECK_STR(found, utc);
    struct civil back = zone_moment(zone, instant, &second);
    CHECK(civil_to_days(back) > civil_to_days(date) || second >= hour * 3600 + minute * 60);
}

static void finds_instants(void)
{
    static const struct {
        const char *zone, *day;
        int hour, minute;
        const char *utc;
    } rows[] = {
        {"UTC", "2026-11-23", 12, 0, "2026-11-23T12:00:00.000Z"},
        {"America/New_York", "2026-01-15", 11, 0, "2026-01-15T16:00:00.000Z"},
        {"America/New_York", "2026-07-15", 11, 0, "2026-07-15T15:00:00.000Z"},
        {"America/New_York", "2026-03-08", 1, 59, "2026-03-08T06:59:00.000Z"},
        {"America/New_York", "2026-03-08", 2, 0, "2026-03-08T07:00:00.000Z"}, /* skipped */
        {"America/New_York", "2026-03-08", 2, 30, "2026-03-08T07:00:00.000Z"},
        {"America/New_York", "2026-03-08", 3, 0, "2026-03-08T07:00:00.000Z"},
        {"America/New_York", "2026-03-08", 3, 1, "2026-03-08T07:01:00.000Z"},
        {"America/New_York", "2026-11-01", 0, 59, "2026-11-01T04:59:00.000Z"},
        {"America/New_York", "2026-11-01", 1, 30, "2026-11-01T05:30:00.000Z"}, /* twice */
        {"America/New_York", "2026-11-01", 2, 0, "2026-11-01T07:00:00.000Z"},
        {"Europe/Dublin", "2026-03-29", 1, 30, "2026-03-29T01:00:00.000Z"}, /* winter is negative */
        {"Europe/Dublin", "2026-10-25", 1, 30, "2026-10-25T00:30:00.000Z"},
        {"Australia/Lord_Howe", "2026-10-04", 2, 15, "2026-10-03T15:30:00.000Z"}, /* half an hour */
        {"Australia/Lord_Howe", "2026-10-04", 2, 30, "2026-10-03T15:30:00.000Z"},
        {"Australia/Lord_Howe", "2026-04-05", 1, 45, "2026-04-04T14:45:00.000Z"},
        {"Australia/Lord_Howe", "2026-04-05", 2, 0, "2026-04-04T15:30:00.000Z"},
        {"Pacific/Apia", "2011-12-30", 12, 0, "2011-12-30T10:00:00.000Z"}, /* a day that was not */
        {"Asia/Kathmandu", "2026-05-05", 0, 0, "2026-05-04T18:15:00.000Z"},
        {"Pacific/Kiritimati", "2026-05-05", 0, 0, "2026-05-04T10:00:00.000Z"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_instant(rows[i].zone, rows[i].day, rows[i].hour, rows[i].minute, rows[i].utc);
}

static int times_set;

/* Instead of libc's, to count: setenv() is not for threads. */
int setenv(const char *name, const char *value, int overwrite)
{
    static char entry[100];

    CHECK(strcmp(name, "TZ") == 0 && overwrite);
    snprintf(entry, sizeof entry, "TZ=%s", value);
    times_set++;
    return putenv(entry);
}

/* Once a zone is set, asking for it again must leave the environment alone. */
static void sets_a_zone_once(void)
{
    char time[9];

    zone_date("America/New_York", 0);
    times_set = 0;
    zone_date("America/New_York", 1711972800000);
    zone_time("America/New_York", 0, time);
    CHECK_INT(times_set, 0);
    zone_time("Asia/Kolkata", 0, time);
    CHECK_INT(times_set, 1);
    CHECK_STR(time, "05:30:00");
}

static void months_are_read(void)
{
    static const char *const bad[] = {"",        "2024",    "2024-",   "2024-1",  "2024-13",
                                      "2024-00", "0000-05", "x024-05", "2024/05", "2024-5x"};
    int year = 0;
    int month = 0;
    CHECK(civil_parse_month("2024-05", &year, &month) && year == 2024 && month == 5);
    CHECK(civil_parse_month("2024-12-31", &year, &month) && month == 12);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        CHECK(!civil_parse_month(bad[i], &year, &month));
}

static const struct unit_case cases[] = {
    {"months_are_read", months_are_read},
    {"knows_days", knows_days},
    {"walks_all_days", walks_all_days},
    {"stays_in_range", stays_in_range},
    {"knows_months", knows_months},
    {"parses_dates", parses_dates},
    {"knows_what_is_valid", knows_what_is_valid},
    {"formats_instants", formats_instants},
    {"parses_instants", parses_instants},
    {"finds_zones", finds_zones},
    {"tells_local_time", tells_local_time},
    {"finds_instants", finds_instants},
    {"sets_a_zone_once", sets_a_zone_once},
};
UNIT_MAIN(cases)
