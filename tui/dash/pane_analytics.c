/* How the syncs of the last days went, against the days before. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/config.h"
#include "tui/dash/pane_list.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"
#include "tui/print.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    LABEL = 10,
    VALUE = 8, /* columns of the latest value, and of the average */
    TREND = 14,
    DAY_MOST = 4, /* columns of a day in a sparkline */
    SPARK_MOST = 60,
    NARROW = 70,
    PAIRED = 104,  /* columns from which on a low pane has two break-downs beside each other */
    SPACIOUS = 18, /* rows from which on each type and class has a line of its own */
    CLASSES = 6
};

static const struct style text = {INK_TEXT, 0};
static const struct style dim = {INK_DIM, 0};
static const struct style chart = {INK_CHART, 0};

/* ---- the sparklines ---- */

static double duration_of(const struct stats_sum *s)
{
    return s->average_ms < 0 ? NAN : (double)s->average_ms;
}

static double rows_of(const struct stats_sum *s)
{
    return s->total ? (double)s->rows : NAN;
}

static double success_of(const struct stats_sum *s)
{
    return s->success_rate;
}

static double errors_of(const struct stats_sum *s)
{
    return s->total || s->errors ? (double)s->errors : NAN;
}

static void say_duration(double value, char out[WORD_SIZE])
{
    word_duration((int64_t)value, out);
}

static void say_count(double value, char out[WORD_SIZE])
{
    if (value < 10 && value != floor(value)) {
        snprintf(out, WORD_SIZE, "%.1f", value);
    } else {
        word_count((int64_t)(value + 0.5), out);
    }
}

static void say_percent(double value, char out[WORD_SIZE])
{
    snprintf(out, WORD_SIZE, "%.0f %%", value);
}

/* What is shown of each day. `good` says which way is the better: 1 up, -1 down, 0 neither. */
struct measure {
    const char *label;
    double (*of)(const struct stats_sum *s);
    void (*say)(double value, char out[WORD_SIZE]);
    int good;
};

static const struct measure measures[] = {
    {"duration", duration_of, say_duration, -1},
    {"rows", rows_of, say_count, 0},
    {"success", success_of, say_percent, 1},
    {"errors", errors_of, say_count, -1},
};
enum { MEASURES = sizeof measures / sizeof *measures };

static double mean_of(const struct measure *m, const struct stats_day *days, int count)
{
    double sum = 0;
    int known = 0;
    for (int i = 0; i < count; i++) {
        double value = m->of(&days[i].sum);
        if (isfinite(value)) {
            sum += value;
            known++;
        }
    }
    return known ? sum / known : NAN;
}

static double latest_of(const struct measure *m, const struct stats *s)
{
    for (int i = s->days - 1; i >= 0; i--) {
        double value = m->of(&s->day[i].sum);
        if (isfinite(value)) {
            return value;
        }
    }
    return NAN;
}

/* Few days are drawn broad, many are brought together, the newest group being whole. */
static void draw_spark(struct area a, int row, int width, const struct measure *m,
                       const struct stats *s)
{
    double values[STATS_DAYS_MAX];
    int count = 0;
    int each = s->days > 0 ? width / s->days : 0;
    int group = each > 0 || width <= 0 ? 1 : (s->days + width - 1) / width;
    each = each < 1 ? 1 : each > DAY_MOST ? DAY_MOST : each;
    for (int i = (s->days - 1) % group; i < s->days; i += group) {
        int first = i - group + 1 < 0 ? 0 : i - group + 1;
        double value = mean_of(m, &s->day[first], i - first + 1);
        for (int n = 0; n < each && count < STATS_DAYS_MAX; n++) {
            values[count++] = value;
        }
    }
    area_spark(a, row, LABEL, width, chart, values, count);
}

/* "+12 % worse": the word says it where there is no colour. */
static void draw_trend(struct area a, int row, int col, int good, double now, double before)
{
    char words[WORD_SIZE];
    bool is_up = now > before;
    word_trend(now, before, words);
    if (!words[0] || !good || !strcmp(words, "same")) {
        area_text(a, row, col, TREND, dim, words);
    } else if ((good > 0) == is_up) {
        area_textf(a, row, col, TREND, (struct style){INK_GOOD, 0}, "%s better", words);
    } else {
        area_textf(a, row, col, TREND, (struct style){INK_WARN, 0}, "%s worse", words);
    }
}

static void draw_value(struct area a, int row, int col, const struct measure *m, double value)
{
    char words[WORD_SIZE] = "-";
    if (isfinite(value)) {
        m->say(value, words);
    }
    area_right(a, row, col, VALUE, text, words);
}

/* The average of a period is that of its sums where those know it better. */
static double average_of(const struct measure *m, const struct stats *s)
{
    if (m->of == duration_of || m->of == success_of) {
        return m->of(&s->now);
    }
    return mean_of(m, s->day, s->days);
}

static int draw_sparks(struct area a, const struct stats *s)
{
    int least = LABEL + 2 * (VALUE + 1) + TREND + 1;
    int width = a.cols - least;
    int broad = s->days * DAY_MOST < SPARK_MOST ? s->days * DAY_MOST : SPARK_MOST;
    width = width > broad ? broad : width;
    int col = LABEL + width + 1;
    area_textf(a, 0, LABEL, width, dim, "%d days", s->days);
    area_right(a, 0, col, VALUE, dim, "latest");
    area_right(a, 0, col + VALUE + 1, VALUE, dim, "average");
    int room = a.cols - (col + 2 * VALUE + 3);
    area_textf(a, 0, col + 2 * VALUE + 3, -1, dim,
               room < 26 ? "trend" : "trend to the %d days before", s->days);
    for (int i = 0; i < MEASURES; i++) {
        const struct measure *m = &measures[i];
        area_text(a, i + 1, 0, LABEL - 1, dim, m->label);
        draw_spark(a, i + 1, width, m, s);
        draw_value(a, i + 1, col, m, latest_of(m, s));
        draw_value(a, i + 1, col + VALUE + 1, m, average_of(m, s));
        draw_trend(a, i + 1, col + 2 * VALUE + 3, m->good, m->of(&s->now), m->of(&s->before));
    }
    return MEASURES + 1;
}

/* ---- figures and break-downs: words that go on in the next line ---- */

struct flow {
    struct area a;
    int row, col;
    bool is_spacious, is_short;
};

static void flow_label(struct flow *f, const char *label)
{
    f->row += (f->col > 0) + (f->col > 0 && f->is_spacious);
    f->col = LABEL;
    area_text(f->a, f->row, 0, LABEL - 1, dim, label);
}

__attribute__((format(printf, 3, 4))) static void flow_add(struct flow *f, struct style style,
                                                           const char *format, ...)
{
    char words[128];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    int width = grid_text_width(f->a.grid, words);
    if (f->col > LABEL && f->col + width > f->a.cols) {
        f->row++;
        f->col = LABEL;
    }
    area_text(f->a, f->row, f->col, -1, style, words);
    f->col += width + (f->is_short ? 2 : 3);
}

/* Each part of a break-down has a line of its own where there is room. */
static void flow_line(struct flow *f)
{
    if (f->is_spacious && f->col > LABEL) {
        f->row++;
        f->col = LABEL;
    }
}

static void add_figures(const struct dash *d, struct flow *f, const struct stats *s)
{
    char words[WORD_SIZE];
    char trend[WORD_SIZE];
    const struct stats_sum *sum = &s->now;
    flow_label(f, "syncs");
    word_count(sum->total, words);
    word_trend((double)sum->total, (double)s->before.total, trend);
    flow_add(f, text, trend[0] ? "%s (%s)" : "%s", words, trend);
    flow_add(f, text, "%" PRId64 " completed", sum->completed);
    flow_add(f, sum->failed ? (struct style){INK_BAD, 0} : text, "%" PRId64 " failed", sum->failed);
    if (sum->partial) {
        flow_add(f, (struct style){INK_WARN, 0}, "%" PRId64 " partial", sum->partial);
    }
    if (sum->cancelled + sum->interrupted) {
        flow_add(f, text, "%" PRId64 " stopped", sum->cancelled + sum->interrupted);
    }
    if (isfinite(sum->success_rate) && f->is_spacious) { /* else the table's average tells it */
        flow_add(f, text, "success %.1f %%", sum->success_rate);
    }
    if (sum->average_ms >= 0 && f->is_spacious) {
        print_duration(sum->average_ms, words);
        flow_add(f, text, "average %s", words);
    }
    word_time_of(s->last_sync, d->config->schedule.timezone, d->now, words);
    flow_add(f, text, "last %s", words);
}

static void add_types(struct flow *f, const struct stats *s)
{
    char took[WORD_SIZE];
    flow_label(f, "by type");
    for (int i = 0; i < STATS_TYPES; i++) {
        const struct stats_type *t = &s->types[i];
        word_duration(t->sum.average_ms, took);
        flow_line(f);
        if (f->is_spacious && t->sum.total) {
            flow_add(f, text, "%-8s %4" PRId64 "   %3.0f %% completed   %s", t->sync_type,
                     t->sum.total, t->sum.success_rate, took);
        } else if (f->is_spacious) {
            flow_add(f, dim, "%-8s %4s", t->sync_type, "none");
        } else if (f->is_short || !t->sum.total) {
            flow_add(f, text, "%s %" PRId64, t->sync_type, t->sum.total);
        } else {
            flow_add(f, text, "%s %" PRId64 ", %.0f %%, %s", t->sync_type, t->sum.total,
                     t->sum.success_rate, took);
        }
    }
}

static void add_classes(struct flow *f, const struct stats *s, int most)
{
    char trend[WORD_SIZE];
    flow_label(f, "by error");
    for (int i = 0; i < s->class_count && i < most; i++) {
        const struct stats_class *c = &s->classes[i];
        bool has_kind = c->kind[0] && strcmp(c->kind, c->class) != 0;
        word_trend((double)c->items, (double)c->before, trend);
        flow_line(f);
        if (f->is_spacious) {
            flow_add(f, text, "%-18s %5" PRId64 "   %-10s %s", has_kind ? c->kind : c->class,
                     c->items, has_kind ? c->class : "", trend);
        } else {
            flow_add(f, text, "%s %" PRId64, has_kind ? c->kind : c->class, c->items);
        }
    }
    if (s->class_count == 0) {
        flow_add(f, (struct style){INK_GOOD, 0}, "none");
    }
}

static void add_ages(const struct dash *d, struct flow *f, const struct stats *s)
{
    char age[WORD_SIZE];
    int64_t at = 0;
    flow_label(f, "data age");
    for (int i = 0; i < STATS_STREAMS; i++) {
        const struct stats_stream *stream = &s->streams[i];
        if (civil_parse_utc(stream->completed_at, &at)) {
            word_age(d->now - at, age);
            flow_add(f, text, "%s %s", stream->name, age);
        } else {
            flow_add(f, (struct style){INK_WARN, 0}, f->is_short ? "%s never" : "%s never synced",
                     stream->name);
        }
    }
}

/* In two rows: what does not fit in its half is left out. */
static void draw_pairs(const struct dash *d, struct area a, const struct stats *s)
{
    int half = a.cols / 2;
    for (int i = 0; i < 4; i++) {
        struct flow f = {.is_short = true};
        f.a = area_part(a, i / 2, i % 2 * (half + 1), 1, half - 1);
        if (i == 0) {
            add_figures(d, &f, s);
        } else if (i == 1) {
            add_types(&f, s);
        } else if (i == 2) {
            add_ages(d, &f, s);
        } else {
            add_classes(&f, s, CLASSES);
        }
    }
}

static void draw_stats(const struct dash *d, struct area a, const struct stats *s)
{
    bool is_spacious = a.rows >= SPACIOUS;
    int row = draw_sparks(a, s) + is_spacious;
    if (a.cols >= PAIRED && a.rows < row + 4) {
        draw_pairs(d, area_part(a, row, 0, a.rows - row, a.cols), s);
        return;
    }
    struct flow f = {.a = area_part(a, row, 0, a.rows - row, a.cols),
                     .is_spacious = is_spacious,
                     .is_short = !is_spacious && a.cols < NARROW};
    /* what stands below the classes, and the blank rows between, must have their place */
    int most = is_spacious ? f.a.rows - 10 : CLASSES;
    add_figures(d, &f, s);
    add_types(&f, s);
    add_classes(&f, s, most < 1 ? 1 : most);
    add_ages(d, &f, s);
}

void draw_analytics(const struct dash *d, struct area inside)
{
    const struct stats *s = &d->stats;
    if (draw_why_empty(d, inside, d->stats_known)) {
        return;
    }
    if (!s->now.total && !s->now.errors) {
        area_textf(inside, 0, 0, -1, text, "Nothing has run in these %d days.", s->days);
        if (s->last_sync[0]) {
            draw_hint(inside, 1, "] looks at more of them.");
        } else {
            draw_hint(inside, 1, "s starts a sync.");
        }
        return;
    }
    draw_stats(d, inside, s);
}
