#include "core/base/civil.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_S 86400
#define DAY_MS ((int64_t)DAY_S * 1000)
#define DAYS_MIN (-719162)  /* 0001-01-01 */
#define DAYS_MAX 2932896    /* 9999-12-31 */
#define DAYS_PER_ERA 146097 /* 400 years, after which the Gregorian calendar repeats */
#define ERA_SHIFT 719468    /* from 0000-03-01, where the eras begin, to 1970-01-01 */

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t clamp(int64_t n, int64_t least, int64_t most)
{
    return n < least ? least : n > most ? most : n;
}

int civil_days_in_month(int year, int month)
{
    static const signed char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);

    if (month < 1 || month > 12)
        return 0;
    return days[month - 1] + (month == 2 && leap);
}

bool civil_is_valid(struct civil c)
{
    return c.year >= 1 && c.year <= 9999 && c.day >= 1 &&
           c.day <= civil_days_in_month(c.year, c.month);
}

/* Years are counted from March, so that the leap day is a year's last and months fit one formula:
 * (153 * months + 2) / 5 days lie before a month (Fliegel and Van Flandern; Hinnant). */
int32_t civil_to_days(struct civil c)
{
    assert(civil_is_valid(c));
    int year = c.month > 2 ? c.year : c.year - 1;
    int month = (c.month + 9) % 12;
    int in_year = (153 * month + 2) / 5 + c.day - 1;

    return year * 365 + year / 4 - year / 100 + year / 400 + in_year - ERA_SHIFT;
}

struct civil civil_from_days(int32_t days)
{
    int shifted = (int)clamp(days, DAYS_MIN, DAYS_MAX) + ERA_SHIFT; /* never negative */
    int in_era = shifted % DAYS_PER_ERA;
    int year = (in_era - in_era / 1460 + in_era / 36524 - in_era / 146096) / 365;
    int in_year = in_era - (365 * year + year / 4 - year / 100);
    int month = (5 * in_year + 2) / 153;
    struct civil c = {
        .year = shifted / DAYS_PER_ERA * 400 + year + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = in_year - (153 * month + 2) / 5 + 1,
    };

    return c;
}

static bool take_number(const char **s, int digits, int *out)
{
    *out = 0;
    for (; digits > 0; digits--, (*s)++) {
        if (**s < '0' || **s > '9')
            return false;
        *out = *out * 10 + (**s - '0');
    }
    return true;
}

static bool take_char(const char **s, char c)
{
    if (**s != c)
        return false;
    (*s)++;
    return true;
}

static bool take_date(const char **s, struct civil *c)
{
    return take_number(s, 4, &c->year) && take_char(s, '-') && take_number(s, 2, &c->month) &&
           take_char(s, '-') && take_number(s, 2, &c->day) && civil_is_valid(*c);
}

static bool take_time(const char **s, int *seconds)
{
    int hour, minute, second;

    if (!take_number(s, 2, &hour) || !take_char(s, ':') || !take_number(s, 2, &minute) ||
        !take_char(s, ':') || !take_number(s, 2, &second))
        return false;
    *seconds = (hour * 60 + minute) * 60 + second;
    return hour < 24 && minute < 60 && second < 60;
}

bool civil_parse_iso(const char *s, struct civil *out)
{
    struct civil c;

    if (!take_date(&s, &c) || *s != '\0')
        return false;
    *out = c;
    return true;
}

/* The last `digits` digits of `n`, and the character that follows them. */
static char *put_number(char *out, int digits, int n, char after)
{
    for (int i = digits - 1; i >= 0; i--, n /= 10)
        out[i] = (char)('0' + n % 10);
    out[digits] = after;
    return out + digits + 1;
}

static char *put_date(char *out, struct civil c, char after)
{
    out = put_number(out, 4, c.year, '-');
    out = put_number(out, 2, c.month, '-');
    return put_number(out, 2, c.day, after);
}

static char *put_time(char *out, int seconds, char after)
{
    out = put_number(out, 2, seconds / 3600, ':');
    out = put_number(out, 2, seconds / 60 % 60, ':');
    return put_number(out, 2, seconds % 60, after);
}

void civil_format(struct civil c, char out[11])
{
    assert(civil_is_valid(c));
    put_date(out, c, '\0');
}

bool civil_parse_month(const char *s, int *year, int *month)
{
    int digits[7];

    for (int i = 0; i < 7; i++) {
        if (i == 4 ? s[i] != '-' : s[i] < '0' || s[i] > '9')
            return false;
        digits[i] = s[i] - '0';
    }
    *year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
    *month = digits[5] * 10 + digits[6];
    return *year >= 1 && *month >= 1 && *month <= 12;
}

int civil_month_index(int year, int month)
{
    return year * 12 + (month - 1);
}

void civil_format_utc(int64_t wall_ms, char out[25])
{
    int64_t ms = clamp(wall_ms, DAYS_MIN * DAY_MS, (DAYS_MAX + 1) * DAY_MS - 1);
    int64_t days = floor_div(ms, DAY_MS);
    int in_day = (int)(ms - days * DAY_MS);

    out = put_date(out, civil_from_days((int32_t)days), 'T');
    out = put_time(out, in_day / 1000, '.');
    out = put_number(out, 3, in_day % 1000, 'Z');
    *out = '\0';
}

bool civil_parse_utc(const char *s, int64_t *wall_ms)
{
    struct civil c;
    int seconds, ms = 0;

    if (!take_date(&s, &c) || !take_char(&s, 'T') || !take_time(&s, &seconds))
        return false;
    if (take_char(&s, '.') && !take_number(&s, 3, &ms))
        return false;
    if (!take_char(&s, 'Z') || *s != '\0')
        return false;
    *wall_ms = civil_to_days(c) * DAY_MS + seconds * (int64_t)1000 + ms;
    return true;
}

bool zone_exists(const char *zone)
{
    char path[256];
    char magic[4] = {0};

    if (zone == NULL || zone[0] == '\0' || zone[0] == '/' || strstr(zone, "..") != NULL)
        return false;
    if (strcmp(zone, "UTC") == 0)
        return true;
    int len = snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", zone);
    if (len < 0 || len >= (int)sizeof path)
        return false;
    FILE *f = fopen(path, "re");
    if (f == NULL)
        return false;
    size_t got = fread(magic, 1, sizeof magic, f); /* tables and directories lie there as well */
    fclose(f);
    return got == sizeof magic && memcmp(magic, "TZif", sizeof magic) == 0;
}

/* Seconds since 1970-01-01 00:00 on that zone's own clock.
 *
 * libc knows one zone at a time. setenv() races with getenv() in libraries, so it is called only
 * when the zone changes: main asks for the configured one before it starts a thread. */
static int64_t local_seconds(const char *zone, int64_t wall_ms)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int64_t utc = clamp(floor_div(wall_ms, 1000), DAYS_MIN * (int64_t)DAY_S,
                        (DAYS_MAX + 1) * (int64_t)DAY_S - 1);
    time_t t = (time_t)utc;
    struct tm tm = {0};

    pthread_mutex_lock(&lock);
    const char *now = getenv("TZ");
    if (now == NULL || strcmp(now, zone) != 0)
        setenv("TZ", zone, 1);
    tzset(); /* localtime_r need not look at TZ; at once back when TZ is the same */
    localtime_r(&t, &tm);
    pthread_mutex_unlock(&lock);
    return utc + tm.tm_gmtoff;
}

struct civil zone_date(const char *zone, int64_t wall_ms)
{
    return civil_from_days((int32_t)floor_div(local_seconds(zone, wall_ms), DAY_S));
}

void zone_time(const char *zone, int64_t wall_ms, char out[9])
{
    int64_t seconds = local_seconds(zone, wall_ms);

    put_time(out, (int)(seconds - floor_div(seconds, DAY_S) * DAY_S), '\0');
}

struct civil zone_moment(const char *zone, int64_t wall_ms, int *second)
{
    int64_t local = local_seconds(zone, wall_ms);
    int64_t days = floor_div(local, DAY_S);

    *second = (int)(local - days * DAY_S);
    return civil_from_days((int32_t)days);
}

/* How far the zone's clocks are ahead of UTC, in seconds. */
static int64_t offset_at(const char *zone, int64_t utc)
{
    return local_seconds(zone, utc * 1000) - utc;
}

/* The first second after `before`, at `after` the latest, at which the offset is another. */
static int64_t change_between(const char *zone, int64_t before, int64_t after)
{
    int64_t offset = offset_at(zone, before);

    while (after - before > 1) {
        int64_t middle = before + (after - before) / 2;
        if (offset_at(zone, middle) == offset)
            before = middle;
        else
            after = middle;
    }
    return after;
}

/* No zone is a day from UTC, so the offsets in force a day before and a day after that second of
 * UTC are those before and after whatever change there is near it. */
int64_t zone_instant(const char *zone, struct civil day, int second)
{
    int64_t local = civil_to_days(day) * (int64_t)DAY_S + second;
    int64_t before = offset_at(zone, local - DAY_S);
    int64_t after = offset_at(zone, local + DAY_S);
    int64_t early = local - before;
    int64_t late = local - after;

    if (offset_at(zone, early) == before)
        return early * 1000;
    if (offset_at(zone, late) == after)
        return late * 1000;
    return change_between(zone, late < early ? late : early, late < early ? early : late) * 1000;
}
