#include "core/cron.h"

#include "core/base/civil.h"
#include "core/base/err.h"

#include <string.h>
#include <strings.h>

/* The longest wait there is: a February 29 on one day of the week, around a year like 2100. */
enum { DAYS_AHEAD = 41 * 366, FIELD_LEN = 128 };

/* ---- reading one ---- */

struct field {
    const char *name;
    int least, most;
    const char *const *words; /* for least, least + 1 …; NULL = none */
    int word_count;
};

static const char *const month_words[] = {"jan", "feb", "mar", "apr", "may", "jun",
                                          "jul", "aug", "sep", "oct", "nov", "dec"};
static const char *const day_words[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

enum { MINUTE, HOUR, DAY, MONTH, WEEKDAY, FIELDS };
static const struct field fields[FIELDS] = {
    [MINUTE] = {"minute", 0, 59, NULL, 0},           [HOUR] = {"hour", 0, 23, NULL, 0},
    [DAY] = {"day of month", 1, 31, NULL, 0},        [MONTH] = {"month", 1, 12, month_words, 12},
    [WEEKDAY] = {"day of week", 0, 7, day_words, 7},
};

static const struct {
    const char *name, *expression;
} nicknames[] = {
    {"@hourly", "0 * * * *"},   {"@daily", "0 0 * * *"},   {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},   {"@monthly", "0 0 1 * *"}, {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
};

static bool fail(const struct field *f, const char *text, struct err *e)
{
    return err_set(e, ERR_CONFIG, "cron expression: %s: '%.40s' is no %s from %d to %d", f->name,
                   text, f->words ? "name, nor a number" : "number", f->least, f->most);
}

static bool read_number(const char **at, int *out)
{
    int n = 0;
    const char *from = *at;
    while (**at >= '0' && **at <= '9' && n < 1000) {
        n = n * 10 + (*(*at)++ - '0');
    }
    *out = n;
    return *at > from;
}

static bool read_value(const struct field *f, const char **at, int *out)
{
    for (int i = 0; i < f->word_count; i++) {
        if (!strncasecmp(*at, f->words[i], 3)) {
            *at += 3;
            *out = f->least + i;
            return true;
        }
    }
    return read_number(at, out) && *out >= f->least && *out <= f->most;
}

/* `*`, a value, or two with a dash. */
static bool read_range(const struct field *f, const char **at, int *from, int *to, bool *is_range)
{
    *is_range = **at == '*';
    if (*is_range) {
        ++*at;
        *from = f->least;
        *to = f->most - (f == &fields[WEEKDAY]); /* Sunday once */
        return true;
    }
    if (!read_value(f, at, from)) {
        return false;
    }
    *to = *from;
    if (**at == '-') {
        ++*at;
        *is_range = true;
        if (!read_value(f, at, to)) {
            return false;
        }
        if (f == &fields[WEEKDAY] && *to == 0 && *from > 0) {
            *to = 7; /* sat-sun */
        }
    }
    return true;
}

/* One part of a list: RANGE or RANGE/STEP. */
static bool read_part(const struct field *f, const char *part, uint64_t *bits, struct err *e)
{
    const char *at = part;
    int from = 0;
    int to = 0;
    int step = 1;
    bool is_range = false;
    if (!read_range(f, &at, &from, &to, &is_range)) {
        return fail(f, part, e);
    }
    if (from > to) {
        return err_set(e, ERR_CONFIG, "cron expression: %s: '%.40s' runs backwards", f->name, part);
    }
    if (*at == '/') {
        at++;
        if (!read_number(&at, &step) || *at || step < 1 || step > f->most) {
            return err_set(e, ERR_CONFIG,
                           "cron expression: %s: '%.40s': the step is no number from 1 to %d",
                           f->name, part, f->most);
        }
        if (!is_range) {
            return err_set(e, ERR_CONFIG,
                           "cron expression: %s: '%.40s': a step goes with a range or *", f->name,
                           part);
        }
    }
    if (*at) {
        return fail(f, part, e);
    }
    for (int n = from; n <= to; n += step) {
        *bits |= UINT64_C(1) << n;
    }
    return true;
}

static bool read_field(const struct field *f, const char *text, size_t len, uint64_t *bits,
                       struct err *e)
{
    char copy[FIELD_LEN];
    char *rest = copy;
    char *part = NULL;
    *bits = 0;
    if (len >= sizeof copy) {
        return err_set(e, ERR_CONFIG, "cron expression: %s: too long", f->name);
    }
    memcpy(copy, text, len);
    copy[len] = '\0';
    while ((part = strsep(&rest, ","))) {
        if (!read_part(f, part, bits, e)) {
            return false;
        }
    }
    return true;
}

static const char *long_form(const char *expression)
{
    for (size_t i = 0; i < sizeof nicknames / sizeof nicknames[0]; i++) {
        if (!strcasecmp(expression, nicknames[i].name)) {
            return nicknames[i].expression;
        }
    }
    return expression;
}

static void take_fields(struct cron *out, const uint64_t *bits)
{
    out->minutes = bits[MINUTE];
    out->hours = (uint32_t)bits[HOUR];
    out->days = (uint32_t)bits[DAY];
    out->months = (uint32_t)bits[MONTH];
    out->weekdays = (uint32_t)(bits[WEEKDAY] | bits[WEEKDAY] >> 7) & 0x7f;
}

bool cron_parse(const char *expression, struct cron *out, struct err *e)
{
    static const char blanks[] = " \t";
    const char *at = long_form(expression);
    uint64_t bits[FIELDS];
    *out = (struct cron){0};
    if (*at == '@') {
        return err_set(e, ERR_CONFIG, "cron expression: '%.40s' is not known", expression);
    }
    for (int i = 0; i < FIELDS; i++) {
        at += strspn(at, blanks);
        size_t len = strcspn(at, blanks);
        if (!len) {
            return err_set(e, ERR_CONFIG, "cron expression '%.80s': the %s is missing", expression,
                           fields[i].name);
        }
        if (!read_field(&fields[i], at, len, &bits[i], e)) {
            return false;
        }
        out->any_day = out->any_day || (i == DAY && *at == '*');
        out->any_weekday = out->any_weekday || (i == WEEKDAY && *at == '*');
        at += len;
    }
    take_fields(out, bits);
    return !at[strspn(at, blanks)] ||
           err_set(e, ERR_CONFIG, "cron expression '%.80s': more than five fields", expression);
}

/* ---- when it runs ---- */

static bool day_fits(const struct cron *c, int32_t days)
{
    struct civil day = civil_from_days(days);
    int weekday = (int)((days % 7 + 7 + 4) % 7); /* 1970-01-01 was a Thursday */
    bool by_day = c->days >> day.day & 1;
    bool by_weekday = c->weekdays >> weekday & 1;
    bool fits = c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
    return fits && c->months >> day.month & 1;
}

/* The first minute of the day that fits, from `from` on; -1 = none. */
static int next_minute(const struct cron *c, int from)
{
    for (int minute = from; minute < 24 * 60; minute++) {
        if (!(c->hours >> minute / 60 & 1)) {
            minute += 59 - minute % 60;
        } else if (c->minutes >> minute % 60 & 1) {
            return minute;
        }
    }
    return -1;
}

/* Earlier minutes of a day never come after later ones, so what the clocks showed at `after` tells
 * where to begin; near a change some of what follows lies before it all the same. */
bool cron_next(const struct cron *c, const char *zone, int64_t after, int64_t *next)
{
    int second = 0;
    int32_t today = civil_to_days(zone_moment(zone, after, &second));
    int from = second / 60 + 1;
    for (int32_t days = today; days <= today + DAYS_AHEAD; days++, from = 0) {
        if (!day_fits(c, days)) {
            continue;
        }
        for (int minute = from; (minute = next_minute(c, minute)) >= 0; minute++) {
            *next = zone_instant(zone, civil_from_days(days), minute * 60);
            if (*next > after) {
                return true;
            }
        }
    }
    return false;
}
