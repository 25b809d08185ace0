#include "tui/dash/words.h"

#include "core/base/civil.h"
#include "tui/print.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MINUTE_S = 60, HOUR_S = 60 * MINUTE_S, DAY_S = 24 * HOUR_S };

void word_duration(int64_t ms, char out[WORD_SIZE])
{
    int64_t s = ms / 1000;
    if (ms < 0) {
        snprintf(out, WORD_SIZE, "-");
    } else if (s < 10) {
        snprintf(out, WORD_SIZE, "%" PRId64 ".%" PRId64 "s", s, ms / 100 % 10);
    } else if (s < MINUTE_S) {
        snprintf(out, WORD_SIZE, "%" PRId64 "s", s);
    } else if (s < HOUR_S) {
        snprintf(out, WORD_SIZE, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
    } else if (s < DAY_S) {
        snprintf(out, WORD_SIZE, "%" PRId64 "h%02" PRId64 "m", s / HOUR_S, s / 60 % 60);
    } else {
        snprintf(out, WORD_SIZE, "%" PRId64 "d%02" PRId64 "h", s / DAY_S, s / HOUR_S % 24);
    }
}

/* Cut, not rounded: 999,999 is not yet 1.0M. */
void word_count(int64_t n, char out[WORD_SIZE])
{
    static const struct {
        uint64_t unit;
        char letter;
    } units[] = {{1000000000000, 'T'}, {1000000000, 'G'}, {1000000, 'M'}, {1000, 'k'}};
    uint64_t size = n < 0 ? -(uint64_t)n : (uint64_t)n;
    if (size < 10000) {
        print_count(n, out);
        return;
    }
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        uint64_t whole = size / units[i].unit;
        if (whole >= 100) {
            snprintf(out, WORD_SIZE, "%s%" PRIu64 "%c", n < 0 ? "-" : "", whole, units[i].letter);
            return;
        }
        if (whole > 0) {
            snprintf(out, WORD_SIZE, "%s%" PRIu64 ".%" PRIu64 "%c", n < 0 ? "-" : "", whole,
                     size % units[i].unit / (units[i].unit / 10), units[i].letter);
            return;
        }
    }
}

void word_age(int64_t ms, char out[WORD_SIZE])
{
    int64_t s = ms / 1000;
    if (s < MINUTE_S) {
        snprintf(out, WORD_SIZE, "under 1 min");
    } else if (s < HOUR_S) {
        snprintf(out, WORD_SIZE, "%" PRId64 " min", s / MINUTE_S);
    } else if (s < 2 * (int64_t)DAY_S) {
        snprintf(out, WORD_SIZE, "%" PRId64 " h", s / HOUR_S);
    } else {
        snprintf(out, WORD_SIZE, "%" PRId64 " d", s / DAY_S);
    }
}

void word_until(int64_t ms, char out[WORD_SIZE])
{
    int64_t minutes = (ms + 59999) / 60000;
    if (ms <= 0) {
        snprintf(out, WORD_SIZE, "due");
    } else if (minutes < 60) {
        snprintf(out, WORD_SIZE, "in %" PRId64 " min", minutes);
    } else if (minutes < 48 * 60) {
        snprintf(out, WORD_SIZE, "in %" PRId64 " h %" PRId64 " min", minutes / 60, minutes % 60);
    } else {
        snprintf(out, WORD_SIZE, "in %" PRId64 " d %" PRId64 " h", minutes / 1440,
                 minutes / 60 % 24);
    }
}

void word_time(int64_t at, const char *zone, int64_t now, char out[WORD_SIZE])
{
    char time[9];
    if (at == 0) {
        snprintf(out, WORD_SIZE, "-");
        return;
    }
    struct civil day = zone_date(zone, at);
    if (day.year != zone_date(zone, now).year) {
        snprintf(out, WORD_SIZE, "%04d-%02d-%02d", day.year, day.month, day.day);
        return;
    }
    zone_time(zone, at, time);
    snprintf(out, WORD_SIZE, "%02d-%02d %.5s", day.month, day.day, time);
}

void word_time_of(const char *utc, const char *zone, int64_t now, char out[WORD_SIZE])
{
    int64_t at = 0;
    if (!utc || !civil_parse_utc(utc, &at)) {
        at = 0;
    }
    word_time(at, zone, now, out);
}

void word_clock(int64_t at, const char *zone, int64_t now, char out[WORD_SIZE])
{
    char time[9];
    if (civil_to_days(zone_date(zone, at)) != civil_to_days(zone_date(zone, now))) {
        word_time(at, zone, now, out);
        return;
    }
    zone_time(zone, at, time);
    snprintf(out, WORD_SIZE, "%s", time);
}

void word_trend(double now, double before, char out[WORD_SIZE])
{
    double percent =
        isfinite(now) && isfinite(before) && before > 0 ? 100 * (now / before - 1) : NAN;
    out[0] = '\0';
    if (percent > 999) {
        snprintf(out, WORD_SIZE, "x %.0f", fmin(now / before, 9999));
    } else if (fabs(percent) < 0.5) {
        snprintf(out, WORD_SIZE, "same");
    } else if (isfinite(percent)) {
        snprintf(out, WORD_SIZE, "%+.0f %%", percent);
    }
}

enum ink ink_of_status(const char *status)
{
    static const struct {
        const char *word;
        enum ink ink;
    } inks[] = {{"running", INK_BUSY},     {"pending", INK_WARN},  {"completed", INK_GOOD},
                {"partial", INK_WARN},     {"failed", INK_BAD},    {"cancelled", INK_DIM},
                {"interrupted", INK_WARN}, {"permanent", INK_BAD}, {"healed", INK_GOOD},
                {"covered", INK_GOOD},     {"given up", INK_DIM},  {"gone", INK_DIM}};
    for (size_t i = 0; i < sizeof inks / sizeof *inks; i++) {
        if (!strcmp(inks[i].word, status)) {
            return inks[i].ink;
        }
    }
    return INK_TEXT;
}
