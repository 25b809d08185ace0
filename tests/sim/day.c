#include "day.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

int32_t day_from_civil(int year, int month, int day)
{
    int y = year - (month <= 2);
    int era = (y >= 0 ? y : y - 399) / 400;
    int yoe = y - era * 400;
    int doy = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
    int doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;

    return era * 146097 + doe - 719468;
}

void day_to_civil(int32_t day, int *year, int *month, int *mday)
{
    int z = day + 719468;
    int era = (z >= 0 ? z : z - 146096) / 146097;
    int doe = z - era * 146097;
    int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int mp = (5 * doy + 2) / 153;

    *mday = doy - (153 * mp + 2) / 5 + 1;
    *month = mp + (mp < 10 ? 3 : -9);
    *year = yoe + era * 400 + (*month <= 2);
}

/* Whether `s` starts like `pattern`, where 0 stands for a digit. */
static bool looks_like(const char *s, const char *pattern)
{
    for (; *pattern != '\0'; s++, pattern++) {
        if (*pattern == '0' ? !isdigit((unsigned char)*s) : *s != *pattern) {
            return false;
        }
    }
    return true;
}

static int digits(const char *s, int n)
{
    int value = 0;

    while (n-- > 0) {
        value = value * 10 + (*s++ - '0');
    }
    return value;
}

static bool date_at(const char *s, int32_t *day)
{
    int year, month, mday, back_year, back_month, back_day;

    if (!looks_like(s, "0000-00-00")) {
        return false;
    }
    year = digits(s, 4);
    month = digits(s + 5, 2);
    mday = digits(s + 8, 2);
    if (year < 1900 || month < 1 || month > 12 || mday < 1) {
        return false;
    }
    *day = day_from_civil(year, month, mday);
    day_to_civil(*day, &back_year, &back_month, &back_day);
    return back_month == month && back_day == mday;
}

bool day_parse(const char *s, int32_t *day)
{
    return s != NULL && strlen(s) == 10 && date_at(s, day);
}

bool instant_parse(const char *s, int64_t *seconds)
{
    int32_t day;
    int hour, minute, second, offset;

    if (s == NULL || strlen(s) != 25 || !date_at(s, &day) ||
        !(looks_like(s + 10, "T00:00:00+00:00") || looks_like(s + 10, "T00:00:00-00:00"))) {
        return false;
    }
    hour = digits(s + 11, 2);
    minute = digits(s + 14, 2);
    second = digits(s + 17, 2);
    offset = digits(s + 20, 2) * 60 + digits(s + 23, 2);
    if (hour > 23 || minute > 59 || second > 59 || offset > 14 * 60) {
        return false;
    }
    *seconds = (int64_t)day * 86400 + hour * 3600 + minute * 60 + second;
    *seconds -= (s[19] == '-' ? -60 : 60) * (int64_t)offset;
    return true;
}

int month_of_day(int32_t day)
{
    int year, month, mday;

    day_to_civil(day, &year, &month, &mday);
    return year * 12 + month - 1;
}

int32_t month_first_day(int month)
{
    return day_from_civil(month / 12, month % 12 + 1, 1);
}

int32_t month_last_day(int month)
{
    return month_first_day(month + 1) - 1;
}

int32_t day_today(void)
{
    time_t now = time(NULL);
    struct tm tm;

    localtime_r(&now, &tm);
    return day_from_civil(tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
}
