/* Calendar dates and instants as the database writes them, and the zone that says what "today" is.
 *
 * A civil date is a day count (0 = 1970-01-01, proleptic Gregorian), valid for years 1 to 9999.
 * Pure functions, any thread, except that zone look-ups share one lock (libc's TZ is global). */
#ifndef CORE_BASE_CIVIL_H
#define CORE_BASE_CIVIL_H

#include <stdbool.h>
#include <stdint.h>

struct civil {
    int year;  /* 1..9999 */
    int month; /* 1..12 */
    int day;   /* 1..31, valid for the month */
};

bool civil_is_valid(struct civil c);
int civil_days_in_month(int year, int month);
int32_t civil_to_days(struct civil c);
struct civil civil_from_days(int32_t days);
/* Exactly YYYY-MM-DD, a day that exists. */
bool civil_parse_iso(const char *s, struct civil *out);
void civil_format(struct civil c, char out[11]);
/* The year and month that a text begins with: YYYY-MM. False when it does not. */
bool civil_parse_month(const char *s, int *year, int *month);
/* year*12 + (month-1): months as a line of whole numbers. */
int civil_month_index(int year, int month);

/* UTC text as in the database: 2024-04-01T12:00:00.000Z (24 characters). */
void civil_format_utc(int64_t wall_ms, char out[25]);
/* The reverse of civil_format_utc; also takes the form without the fraction. */
bool civil_parse_utc(const char *s, int64_t *wall_ms);

/* False when the system's zone database has no such zone. */
bool zone_exists(const char *zone);
/* The calendar day, and the time of day as HH:MM:SS, in `zone` at an instant. */
struct civil zone_date(const char *zone, int64_t wall_ms);
void zone_time(const char *zone, int64_t wall_ms, char out[9]);
/* The same day with its second, 0..86399. */
struct civil zone_moment(const char *zone, int64_t wall_ms, int *second);
/* The reverse: the instant (wall ms) at which the zone's clocks show that second of that day. Shown
 * twice (clocks go back): the first time. Skipped: the first moment after the gap. */
int64_t zone_instant(const char *zone, struct civil day, int second);

#endif
