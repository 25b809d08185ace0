/* day: calendar dates as the number of days since 1970-01-01, months as year * 12 + month - 1, and
 * instants as seconds since 1970 in UTC. */
#ifndef SIM_DAY_H
#define SIM_DAY_H

#include <stdbool.h>
#include <stdint.h>

#define NO_DAY INT32_MIN
#define NO_INSTANT INT64_MIN

int32_t day_from_civil(int year, int month, int day);
void day_to_civil(int32_t day, int *year, int *month, int *mday);

/* Strictly `YYYY-MM-DD`, and a date that exists. */
bool day_parse(const char *s, int32_t *day);

/* Strictly `YYYY-MM-DDTHH:MM:SS+HH:MM` (or `-`): no fraction, no `Z`. */
bool instant_parse(const char *s, int64_t *seconds);

int month_of_day(int32_t day);
int32_t month_first_day(int month);
int32_t month_last_day(int month);

/* Today in the zone that the process runs in (main sets America/New_York). */
int32_t day_today(void);

#endif
