/* Cron expressions: when a schedule runs next, on the clocks of its zone.
 *
 * Five fields: minute (0-59), hour (0-23), day of month (1-31), month (1-12 or jan-dec), day of
 * week (0-7 or sun-sat, 0 and 7 are Sunday); each a `*`, a number or name, a range, a range or `*`
 * with a /step, or a list of those. @hourly, @daily (@midnight), @weekly, @monthly, @yearly
 * (@annually) stand for the five. As in Vixie's cron a day must match both day fields, or either of
 * them when neither begins with `*`.
 *
 * When clocks change: a time that is skipped runs at the first moment after the gap (once, together
 * with what is due then), a time that comes twice runs the first time. So no day has more or fewer
 * runs than the expression says. Pure but for zone look-ups (civil.h); any thread. */
#ifndef CORE_CRON_H
#define CORE_CRON_H

#include <stdbool.h>
#include <stdint.h>

struct err;

/* Plain data, a bit a value. */
struct cron {
    uint64_t minutes;
    uint32_t hours, days, months, weekdays; /* days and months from bit 1, Sunday is bit 0 */
    bool any_day, any_weekday;              /* the field begins with `*` */
};

/* False with ERR_CONFIG that names the field and what is wrong with it. */
bool cron_parse(const char *expression, struct cron *out, struct err *e);

/* The first run after the instant `after` (wall ms), in wall ms; false when it never runs (Feb 30).
 * `zone` must exist (zone_exists). */
bool cron_next(const struct cron *c, const char *zone, int64_t after, int64_t *next);

#endif
