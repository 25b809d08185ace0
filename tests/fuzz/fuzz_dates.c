/* Dates and times of the CRM and of the database: what is taken is a day that exists, in the
 * database's form, and is taken again as itself. A line is one date. */
#include "core/base/civil.h"
#include "core/dates.h"
#include "tests/fuzz/fuzz.h"

static void check_day(const char *text)
{
    char day[11] = "?", again[11], formatted[11];
    struct civil c;
    if (!dates_parse_day(text, day)) {
        return;
    }
    if (!day[0]) {
        HOLDS_FOR(strstr(text, "00") || strstr(text, "0001"), text);
        return;
    }
    HOLDS_FOR(strlen(day) == 10 && civil_parse_iso(day, &c) && civil_is_valid(c), text);
    civil_format(c, formatted);
    HOLDS_FOR(strcmp(formatted, day) == 0, text);
    HOLDS_FOR(dates_parse_day(day, again) && strcmp(again, day) == 0, text);
    char digits[5];
    snprintf(digits, sizeof digits, "%04d", c.year);
    HOLDS_FOR(strstr(text, digits), text); /* the year is the one that was written */
}

static void check_instant(const char *text)
{
    char instant[25] = "?", again[25], day[11];
    int64_t ms = 0;
    if (!dates_parse_instant(text, instant)) {
        return;
    }
    if (!instant[0]) {
        HOLDS_FOR(dates_parse_day(text, day) && !day[0], text);
        return;
    }
    HOLDS_FOR(strlen(instant) == 24 && civil_parse_utc(instant, &ms), text);
    civil_format_utc(ms, again);
    HOLDS_FOR(strcmp(again, instant) == 0, text);
    HOLDS_FOR(dates_parse_instant(instant, again) && strcmp(again, instant) == 0, text);
    /* Its day is a day as well, and an offset moves it by a day at the most. */
    struct civil here, there;
    HOLDS_FOR(dates_parse_day(text, day) && civil_parse_iso(day, &there), text);
    instant[10] = '\0';
    HOLDS_FOR(civil_parse_iso(instant, &here), text);
    int32_t off = civil_to_days(here) - civil_to_days(there);
    HOLDS_FOR(off >= -1 && off <= 1, text);
}

static void check_database_forms(const char *text)
{
    char formatted[25];
    int64_t ms = 0;
    int year = 0, month = 0;
    struct civil c;
    if (civil_parse_utc(text, &ms)) {
        civil_format_utc(ms, formatted);
        HOLDS_FOR(strncmp(formatted, text, 10) == 0 || strstr(text, ":60"), text);
    }
    if (civil_parse_iso(text, &c)) {
        civil_format(c, formatted);
        HOLDS_FOR(strcmp(formatted, text) == 0, text);
        HOLDS_FOR(civil_parse_month(text, &year, &month), text);
        HOLDS_FOR(year == c.year && month == c.month, text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *rest = text;
    while (rest) {
        const char *line = fuzz_part(&rest, "\n");
        check_day(line);
        check_instant(line);
        check_database_forms(line);
    }
    free(text);
    return 0;
}
