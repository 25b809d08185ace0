/* The CRM's dates to the database's. */
#include "core/base/civil.h"
#include "core/dates.h"
#include "tests/unit/unit.h"

static void day(const char *text, const char *expected)
{
    char out[11] = "untouched";

    if (!dates_parse_day(text, out)) {
        fprintf(stderr, "\"%s\" refused\n", text);
        exit(1);
    }
    CHECK_STR(out, expected);
}

static void instant(const char *text, const char *expected)
{
    char out[25] = "untouched";

    if (!dates_parse_instant(text, out)) {
        fprintf(stderr, "\"%s\" refused\n", text);
        exit(1);
    }
    CHECK_STR(out, expected);
}

static void refused_by_both(const char *text)
{
    char day_out[11], out[25];

    if (dates_parse_day(text, day_out) || dates_parse_instant(text, out)) {
        fprintf(stderr, "\"%s\" taken\n", text);
        exit(1);
    }
}

static void takes_days(void)
{
    day("04/01/2024", "2024-04-01");
    day("4/1/2024", "2024-04-01");
    day("12/31/1999", "1999-12-31");
    day("2024-04-01", "2024-04-01");
    day("02/29/2024", "2024-02-29");
    day("02/29/2000", "2000-02-29");
    day("01/01/0001", "0001-01-01");
    day("12/31/9999", "9999-12-31");
    day(" 04/01/2024 ", "2024-04-01");
}

static void takes_the_day_as_written(void)
{
    day("2024-04-01T23:59:59-08:00", "2024-04-01");
    day("2024-04-01 00:00:00", "2024-04-01");
    day("2024-04-01T00:00:00.000000Z", "2024-04-01");
    day("04/01/2024 13:45", "2024-04-01");
    day("4/1/2024T01:02:03+05:00", "2024-04-01");
}

static void zero_dates_are_absent(void)
{
    static const char *const zeros[] = {
        "0000-00-00",  "00/00/0000",  "0000-00-00 00:00:00",        "0000-00-00T00:00:00Z",
        "-0001-11-30", "11/30/-0001", "-0001-11-30T00:00:00+00:00",
    };

    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++) {
        day(zeros[i], "");
        instant(zeros[i], "");
    }
}

static void takes_instants(void)
{
    instant("2019-01-01T12:04:40+05:00", "2019-01-01T07:04:40.000Z");
    instant("2019-01-01T12:04:40-0330", "2019-01-01T15:34:40.000Z");
    instant("2019-01-01T12:04:40+05", "2019-01-01T07:04:40.000Z");
    instant("2019-01-01T12:04:40Z", "2019-01-01T12:04:40.000Z");
    instant("2019-01-01t12:04:40z", "2019-01-01T12:04:40.000Z");
    instant("2019-01-01 12:04:40", "2019-01-01T12:04:40.000Z");
    instant("2019-01-01 12:04:40 +01:00", "2019-01-01T11:04:40.000Z");
    instant("2019-01-01T12:04", "2019-01-01T12:04:00.000Z");
    instant("2019-01-01", "2019-01-01T00:00:00.000Z");
    instant("01/02/2019", "2019-01-02T00:00:00.000Z");
    instant("01/02/2019 03:04:05-01:00", "2019-01-02T04:04:05.000Z");
}

static void cuts_fractions_to_milliseconds(void)
{
    instant("2019-01-01T12:04:40.5Z", "2019-01-01T12:04:40.500Z");
    instant("2019-01-01T12:04:40.1239999+00:00", "2019-01-01T12:04:40.123Z");
    instant("2019-01-01T12:04:40.000001Z", "2019-01-01T12:04:40.000Z");
    instant("1969-12-31T23:59:59.250Z", "1969-12-31T23:59:59.250Z");
}

static void offsets_cross_days_and_years(void)
{
    instant("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00.000Z");
    instant("2023-12-31T23:30:00-01:00", "2024-01-01T00:30:00.000Z");
    instant("2024-02-28T23:00:00-02:00", "2024-02-29T01:00:00.000Z");
    instant("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z");
    instant("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z");
    instant("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z");
}

static void stays_in_the_calendar(void)
{
    char out[25];

    CHECK(!dates_parse_instant("0001-01-01T00:00:00+00:01", out));
    CHECK(!dates_parse_instant("9999-12-31T23:59:59-00:01", out));
    CHECK(!dates_parse_instant("9999-12-31T23:59:60Z", out));
}

static void refuses_the_rest(void)
{
    static const char *const texts[] = {
        "",
        " ",
        "x",
        "2024",
        "02/30/2024",
        "02/29/2023",
        "02/29/1900",
        "2024-02-30",
        "13/01/2024",
        "00/01/2024",
        "01/00/2024",
        "2024-13-01",
        "2024-00-10",
        "2024-00-00",
        "00/00/2024",
        "0000-00-01",
        "0000-01-01",
        "01/01/0000",
        "01/01/24",
        "1/1/20245",
        "001/1/2024",
        "2024-1-1",
        "24-01-01",
        "20240101",
        "2024/01/01",
        "01-02-2024",
        "04/01/2024x",
        "04/01/202",
        "04/012024",
        "04/01/2024T",
        "٠٤/01/2024",
        "04/01/2024 x",
        "-0002-11-30",
        "2024-04-01T24:00:00Z",
        "2024-04-01T12:60:00Z",
        "2024-04-01T12:00:61Z",
        "2024-04-01T12:00:00+24:00",
        "2024-04-01T12:00:00+01:60",
        "2024-04-01T12:00:00+1",
        "2024-04-01T12:00:00+01:",
        "2024-04-01T12:00:00+01:0",
        "2024-04-01T12:00:00ZZ",
        "2024-04-01T12:00:00.Z",
        "2024-04-01T1:00:00Z",
        "2024-04-01T12",
        "2024-04-01T12:00:",
        "2024-04-01T12:00:00 x",
        "2024-04-01T12:00:00+00:00x",
        "2024-04-01  12:00:00",
        "2024-04-01+01:00",
        "0000-00-00x",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refused_by_both(texts[i]);
}

/* Both ways of writing every day of 800 years, and the day before and after each month. */
static void every_day_of_eight_centuries(void)
{
    int32_t last = civil_to_days((struct civil){2400, 1, 1});

    for (int32_t n = civil_to_days((struct civil){1600, 1, 1}); n < last; n++) {
        struct civil c = civil_from_days(n);
        char iso[11], text[40], expected[40];
        civil_format(c, iso);
        snprintf(text, sizeof text, "%02d/%02d/%04d", c.month, c.day, c.year);
        day(text, iso);
        snprintf(text, sizeof text, "%d/%d/%04d", c.month, c.day, c.year);
        day(text, iso);
        day(iso, iso);
        snprintf(text, sizeof text, "%sT00:00:00+00:00", iso);
        snprintf(expected, sizeof expected, "%sT00:00:00.000Z", iso);
        instant(text, expected);
        if (c.day == 1) {
            char out[11];
            int past = civil_days_in_month(c.year, c.month) + 1;
            snprintf(text, sizeof text, "%02d/%02d/%04d", c.month, past, c.year);
            CHECK(!dates_parse_day(text, out));
            snprintf(text, sizeof text, "%04d-%02d-%02d", c.year, c.month, past);
            CHECK(!dates_parse_day(text, out));
        }
    }
}

static const struct unit_case cases[] = {
    {"takes_days", takes_days},
    {"takes_the_day_as_written", takes_the_day_as_written},
    {"zero_dates_are_absent", zero_dates_are_absent},
    {"takes_instants", takes_instants},
    {"cuts_fractions_to_milliseconds", cuts_fractions_to_milliseconds},
    {"offsets_cross_days_and_years", offsets_cross_days_and_years},
    {"stays_in_the_calendar", stays_in_the_calendar},
    {"refuses_the_rest", refuses_the_rest},
    {"every_day_of_eight_centuries", every_day_of_eight_centuries},
};
UNIT_MAIN(cases)
