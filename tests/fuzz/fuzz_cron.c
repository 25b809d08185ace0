/* Schedules and zones: the next run is after now, at a minute the expression names on the zone's
 * own clocks, and none before it was left out. Lines: expression, zone, "now" in UTC. */
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/cron.h"
#include "tests/fuzz/fuzz.h"

enum { RUNS = 4, LOOKED_AT = 180, MINUTE_MS = 60000 };

/* Whether the zone's clocks show a moment of the expression. */
static bool fits(const struct cron *c, const char *zone, int64_t ms)
{
    int second = 0;
    struct civil day = zone_moment(zone, ms, &second);
    int weekday = (civil_to_days(day) % 7 + 11) % 7; /* 1970-01-01 was a Thursday */
    bool by_day = c->days >> day.day & 1, by_weekday = c->weekdays >> weekday & 1;
    bool is_day = c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
    return c->months >> day.month & 1 && is_day && c->hours >> second / 3600 & 1 &&
           c->minutes >> second / 60 % 60 & 1;
}

/* Seconds by which the zone's clocks are ahead. */
static int64_t offset_at(const char *zone, int64_t ms)
{
    int second = 0;
    struct civil day = zone_moment(zone, ms, &second);
    int64_t floor = ms / 1000 - (ms % 1000 < 0);
    return (int64_t)civil_to_days(day) * 86400 + second - floor;
}

static bool clocks_change(const char *zone, int64_t from, int64_t to)
{
    for (int64_t at = from; at < to; at += (int64_t)3600 * 1000) {
        if (offset_at(zone, at) != offset_at(zone, from)) {
            return true;
        }
    }
    return offset_at(zone, to) != offset_at(zone, from);
}

static void check_next(const struct cron *c, const char *zone, int64_t after, int64_t next,
                       const char *expression)
{
    static const int64_t day = (int64_t)24 * 3600 * 1000;
    HOLDS_FOR(next > after, expression);
    if (clocks_change(zone, next - day, next + day) || clocks_change(zone, after - day, after)) {
        return; /* the rules for gaps and double hours have their own tests */
    }
    int second = 0;
    zone_moment(zone, next, &second);
    HOLDS_FOR(next % 1000 == 0 && second % 60 == 0, expression);
    HOLDS_FOR(fits(c, zone, next), expression);
    for (int i = 1; i <= LOOKED_AT && next - (int64_t)i * MINUTE_MS > after; i++) {
        HOLDS_FOR(!fits(c, zone, next - (int64_t)i * MINUTE_MS), expression);
    }
}

/* "now" where it can be read and lies in the time in which this runs; else some moment of it. */
static int64_t read_now(const char *text)
{
    int64_t ms = 0;
    uint64_t hash = 14695981039346656037u;
    for (const char *p = text; *p; p++) {
        hash = (hash ^ (unsigned char)*p) * 1099511628211u;
    }
    bool is_sound = civil_parse_utc(text, &ms) && ms >= 0 && ms < INT64_C(7258118400000);
    return is_sound ? ms : (int64_t)(hash % UINT64_C(4102444800000)); /* up to 2100 */
}

static void check_schedule(const char *expression, const char *zone, int64_t now)
{
    struct cron c;
    struct err e = {0};
    if (!cron_parse(expression, &c, &e)) {
        HOLDS_FOR(e.kind == ERR_CONFIG && e.message[0], expression);
        HOLDS_FOR(text_is_utf8(e.message, strlen(e.message)), expression);
        return;
    }
    HOLDS_FOR(c.minutes && c.hours && c.days && c.months && c.weekdays, expression);
    HOLDS_FOR(!(c.minutes >> 60) && !(c.hours >> 24) && !(c.weekdays >> 7), expression);
    HOLDS_FOR(!(c.days & 1) && !(c.months & 1) && !(c.months >> 13), expression);
    for (int i = 0; i < RUNS; i++) {
        int64_t next = 0;
        if (!cron_next(&c, zone, now, &next)) {
            /* Only a day that does not exist in its month never comes. */
            HOLDS_FOR(!c.any_day && (c.any_weekday || c.weekdays == 0), expression);
            HOLDS_FOR(!(c.days & 0x3ffffffe), expression);
            return;
        }
        check_next(&c, zone, now, next, expression);
        now = next;
    }
}

/* The moment that clocks show "now" for the first time is now, or was the hour before it. */
static void check_zone(const char *zone, int64_t now)
{
    static const int64_t day_ms = (int64_t)24 * 3600 * 1000;
    int second = 0, again = 0;
    char clock[9], expected[16];
    struct civil day = zone_moment(zone, now, &second), same;
    HOLDS_FOR(civil_is_valid(day) && second >= 0 && second < 86400, zone);
    int64_t first = zone_instant(zone, day, second);
    HOLDS_FOR(first <= now && now - first < day_ms, zone);
    same = zone_moment(zone, first, &again);
    HOLDS_FOR(civil_to_days(same) == civil_to_days(day) && again == second, zone);
    zone_time(zone, now, clock);
    snprintf(expected, sizeof expected, "%02d:%02d:%02d", second / 3600, second / 60 % 60,
             second % 60);
    HOLDS_FOR(strcmp(clock, expected) == 0, zone);
    HOLDS_FOR(civil_to_days(zone_date(zone, now)) == civil_to_days(day), zone);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *rest = text;
    const char *expression = fuzz_part(&rest, "\n");
    const char *zone = fuzz_part(&rest, "\n");
    int64_t now = read_now(fuzz_part(&rest, "\n"));
    bool is_zone = zone_exists(zone);
    HOLDS_FOR(!is_zone || (*zone != '/' && !strstr(zone, "..")), zone);
    zone = is_zone ? zone : "America/New_York";
    check_zone(zone, now);
    check_schedule(expression, zone, now);
    free(text);
    return 0;
}
