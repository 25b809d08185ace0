#include "core/dates.h"

#include "core/base/civil.h"

#include <stdint.h>
#include <string.h>

enum { DAY_MS = 86400000, MINUTE_MS = 60000 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* A number of `least` to `most` digits, and no further digit behind it. */
static bool take_number(const char **p, int least, int most, int *out)
{
    int n = 0, value = 0;

    for (; n <= most && is_digit(**p); n++)
        value = value * 10 + (*(*p)++ - '0');
    *out = value;
    return n >= least && n <= most;
}

static bool take(const char **p, char c)
{
    if (**p != c)
        return false;
    (*p)++;
    return true;
}

static void skip_blanks(const char **p)
{
    while (**p == ' ' || **p == '\t')
        (*p)++;
}

/* The date alone, not yet checked against the calendar. */
static bool take_date(const char **p, struct civil *out)
{
    const char *start = *p;

    *out = (struct civil){0};
    if (take_number(p, 4, 4, &out->year) && take(p, '-'))
        return take_number(p, 2, 2, &out->month) && take(p, '-') && take_number(p, 2, 2, &out->day);
    *p = start;
    return take_number(p, 1, 2, &out->month) && take(p, '/') && take_number(p, 1, 2, &out->day) &&
           take(p, '/') && take_number(p, 4, 4, &out->year);
}

/* What MySQL's zero date becomes in PHP: a no-date, not the year 1 before Christ. */
static bool take_php_zero(const char **p)
{
    static const char *const forms[] = {"-0001-11-30", "11/30/-0001"};

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
        if (strncmp(*p, forms[i], 11) == 0) {
            *p += 11;
            return true;
        }
    return false;
}

/* Digits behind the seconds, cut to milliseconds. */
static int take_fraction(const char **p)
{
    int ms = 0, unit = 100;

    for (; is_digit(**p); (*p)++, unit /= 10)
        ms += unit * (**p - '0');
    return ms;
}

/* HH:MM[:SS[.fraction]] as milliseconds of the day. */
static bool take_clock(const char **p, int64_t *ms)
{
    int hour, minute, second = 0, fraction = 0;

    if (!take_number(p, 2, 2, &hour) || !take(p, ':') || !take_number(p, 2, 2, &minute))
        return false;
    if (take(p, ':')) {
        if (!take_number(p, 2, 2, &second))
            return false;
        if (**p == '.' && is_digit((*p)[1])) {
            (*p)++;
            fraction = take_fraction(p);
        }
    }
    *ms = ((int64_t)hour * 60 + minute) * MINUTE_MS + (int64_t)second * 1000 + fraction;
    return hour <= 23 && minute <= 59 && second <= 60; /* 60: a leap second */
}

/* Z, +HH:MM, +HHMM, +HH, or nothing, as milliseconds east of UTC. */
static bool take_offset(const char **p, int64_t *ms)
{
    int hour = 0, minute = 0, sign = **p == '-' ? -1 : 1;

    *ms = 0;
    if (take(p, 'Z') || take(p, 'z') || (**p != '+' && **p != '-'))
        return true;
    (*p)++;
    for (int i = 0; i < 2; i++)
        if (!is_digit(*(*p)))
            return false;
        else
            hour = hour * 10 + (*(*p)++ - '0');
    if ((take(p, ':') || is_digit(**p)) && !take_number(p, 2, 2, &minute))
        return false;
    *ms = sign * ((int64_t)hour * 60 + minute) * MINUTE_MS;
    return hour <= 23 && minute <= 59;
}

/* A time behind a date, to the end of the text; none is midnight UTC. */
static bool take_time(const char **p, int64_t *ms)
{
    int64_t offset = 0;

    *ms = 0;
    if (**p == 'T' || **p == 't' || (**p == ' ' && is_digit((*p)[1]))) {
        (*p)++;
        if (!take_clock(p, ms))
            return false;
        skip_blanks(p);
        if (!take_offset(p, &offset))
            return false;
    }
    *ms -= offset;
    skip_blanks(p);
    return **p == '\0';
}

/* All of `text`. A date that stands for none gives `zero`. */
static bool read_date(const char *text, struct civil *day, int64_t *ms, bool *zero)
{
    skip_blanks(&text);
    const char *start = text;
    *zero = false;
    if (take_date(&text, day)) {
        *zero = day->year == 0 && day->month == 0 && day->day == 0;
    } else {
        text = start;
        *zero = take_php_zero(&text);
        if (!*zero)
            return false;
    }
    return take_time(&text, ms) && (*zero || civil_is_valid(*day));
}

/* What the CRM nearly always sends: MM/DD/YYYY to the letter. False for all else, good or bad. */
static bool parse_usual_day(const char *s, char out[11])
{
    static const char form[] = "00/00/0000";
    struct civil day;

    for (int i = 0; i < 10; i++)
        if (form[i] == '/' ? s[i] != '/' : !is_digit(s[i]))
            return false; /* at the latest at the end of the text */
    day.month = (s[0] - '0') * 10 + (s[1] - '0');
    day.day = (s[3] - '0') * 10 + (s[4] - '0');
    day.year = ((s[6] - '0') * 10 + (s[7] - '0')) * 100 + (s[8] - '0') * 10 + (s[9] - '0');
    if (s[10] || !civil_is_valid(day))
        return false;
    memcpy(out, s + 6, 4);
    out[4] = out[7] = '-';
    memcpy(out + 5, s, 2);
    memcpy(out + 8, s + 3, 2);
    out[10] = '\0';
    return true;
}

bool dates_parse_day(const char *text, char out[11])
{
    struct civil day;
    int64_t ms;
    bool zero;

    if (parse_usual_day(text, out))
        return true;
    out[0] = '\0';
    if (!read_date(text, &day, &ms, &zero))
        return false;
    if (!zero)
        civil_format(day, out);
    return true;
}

bool dates_parse_instant(const char *text, char out[25])
{
    struct civil day;
    int64_t ms;
    bool zero;

    out[0] = '\0';
    if (!read_date(text, &day, &ms, &zero))
        return false;
    if (zero)
        return true;
    int64_t instant = (int64_t)civil_to_days(day) * DAY_MS + ms;
    /* Offsets can carry the first and the last day out of the calendar the database knows. */
    int64_t first = (int64_t)civil_to_days((struct civil){1, 1, 1}) * DAY_MS;
    int64_t last = ((int64_t)civil_to_days((struct civil){9999, 12, 31}) + 1) * DAY_MS;
    if (instant < first || instant >= last)
        return false;
    civil_format_utc(instant, out);
    return true;
}
