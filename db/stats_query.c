#include "db/stats_query.h"

#include "core/base/civil.h"
#include "core/base/text.h"
#include "db/conn.h"

#include <assert.h>
#include <math.h>
#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

static const char *const type_names[STATS_TYPES] = {"initial", "daily", "manual"};
static const char *const stream_names[STATS_STREAMS] = {"merchants", "transactions", "residuals"};

/* A sum as it is added up; averages are made at the end. */
struct adding {
    struct stats_sum *sum;
    int64_t duration_ms, durations;
};

/* The days asked for, as texts: [before, now) and [now, end). */
struct span {
    char before[11], now[11], end[11];
    int32_t first; /* day count of `now` */
};

static struct span span_of(int days, int64_t now_ms)
{
    int32_t today = (int32_t)(now_ms / DAY_MS);
    struct span s = {.first = today - days + 1};
    civil_format(civil_from_days(s.first - days), s.before);
    civil_format(civil_from_days(s.first), s.now);
    civil_format(civil_from_days(today + 1), s.end);
    return s;
}

/* The columns of sync_days from 2 on. */
static void add_day(struct adding *a, sqlite3_stmt *s)
{
    struct stats_sum *sum = a->sum;
    assert(sum);
    sum->total += sqlite3_column_int64(s, 2);
    sum->completed += sqlite3_column_int64(s, 3);
    sum->partial += sqlite3_column_int64(s, 4);
    sum->failed += sqlite3_column_int64(s, 5);
    sum->cancelled += sqlite3_column_int64(s, 6);
    sum->interrupted += sqlite3_column_int64(s, 7);
    a->duration_ms += sqlite3_column_int64(s, 8);
    a->durations += sqlite3_column_int64(s, 9);
    sum->fresh += sqlite3_column_int64(s, 10);
    sum->updated += sqlite3_column_int64(s, 11);
    sum->unchanged += sqlite3_column_int64(s, 12);
    sum->requests += sqlite3_column_int64(s, 13);
    sum->retries += sqlite3_column_int64(s, 14);
    sum->failed_items += sqlite3_column_int64(s, 15);
}

static void finish(struct adding *a)
{
    struct stats_sum *s = a->sum;
    s->rows = s->fresh + s->updated + s->unchanged;
    s->average_ms = a->durations > 0 ? a->duration_ms / a->durations : -1;
    s->success_rate = s->total > 0 ? 100.0 * (double)s->completed / (double)s->total : NAN;
}

/* Everything that is added up, by where a row of sync_days goes. */
struct adders {
    struct adding now, before, day[STATS_DAYS_MAX], type[STATS_TYPES], type_before[STATS_TYPES];
};

static void point(struct adders *a, struct stats *out)
{
    memset(a, 0, sizeof *a);
    a->now.sum = &out->now;
    a->before.sum = &out->before;
    for (int i = 0; i < out->days; i++) {
        a->day[i].sum = &out->day[i].sum;
    }
    for (int i = 0; i < STATS_TYPES; i++) {
        a->type[i].sum = &out->types[i].sum;
        a->type_before[i].sum = &out->types[i].before;
    }
}

static void finish_all(struct adders *a, const struct stats *out)
{
    finish(&a->now);
    finish(&a->before);
    for (int i = 0; i < out->days; i++) {
        finish(&a->day[i]);
    }
    for (int i = 0; i < STATS_TYPES; i++) {
        finish(&a->type[i]);
        finish(&a->type_before[i]);
    }
}

/* A day's place in the period, -1 when it lies before it (or is no day). */
static int place_of(const struct span *span, const struct stats *out, const char *day)
{
    struct civil c;
    int32_t at = civil_parse_iso(day, &c) ? civil_to_days(c) - span->first : -1;
    return at < out->days ? at : -1;
}

static int type_of(const char *name)
{
    int i = 0;
    while (i < STATS_TYPES - 1 && strcmp(type_names[i], name) != 0) {
        i++;
    }
    return i;
}

static bool read_days(struct conn *c, const struct span *span, struct adders *a, struct stats *out,
                      struct err *e)
{
    sqlite3_stmt *s = conn_bind(c, e, "SELECT * FROM sync_days WHERE day >= ?1 AND day < ?2", "ss",
                                span->before, span->end);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        const char *day = conn_text(s, 0);
        int type = type_of(conn_text(s, 1));
        bool is_now = strcmp(day, span->now) >= 0;
        int at = place_of(span, out, day);
        add_day(is_now ? &a->now : &a->before, s);
        add_day(is_now ? &a->type[type] : &a->type_before[type], s);
        if (at >= 0) {
            add_day(&a->day[at], s);
        }
    }
    return got == 0;
}

/* ---- errors ---- */

static bool read_error_days(struct conn *c, const struct span *span, struct stats *out,
                            struct err *e)
{
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT day, sum(items) FROM sync_error_days WHERE day >= ?1 AND "
                                "day < ?2 GROUP BY day",
                                "ss", span->before, span->end);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        int64_t items = sqlite3_column_int64(s, 1);
        int at = place_of(span, out, conn_text(s, 0));
        bool is_now = strcmp(conn_text(s, 0), span->now) >= 0;
        *(is_now ? &out->now.errors : &out->before.errors) += items;
        if (at >= 0) {
            out->day[at].sum.errors += items;
        }
    }
    return got == 0;
}

static void note_class(struct stats *out, sqlite3_stmt *s)
{
    bool is_full = out->class_count == STATS_CLASSES_MAX;
    struct stats_class *to = &out->classes[out->class_count - is_full];
    if (is_full) { /* the last of them stands for the rest */
        text_copy(to->class, sizeof to->class, "");
        text_copy(to->kind, sizeof to->kind, "other");
        to->items += sqlite3_column_int64(s, 2);
        to->before += sqlite3_column_int64(s, 3);
        return;
    }
    out->class_count++;
    text_copy(to->class, sizeof to->class, conn_text(s, 0));
    text_copy(to->kind, sizeof to->kind, conn_text(s, 1));
    to->items = sqlite3_column_int64(s, 2);
    to->before = sqlite3_column_int64(s, 3);
}

static bool read_classes(struct conn *c, const struct span *span, struct stats *out, struct err *e)
{
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT class, kind, sum(iif(day >= ?2, items, 0)) AS now, "
                                "sum(iif(day < ?2, items, 0)) AS before FROM sync_error_days "
                                "WHERE day >= ?1 AND day < ?3 GROUP BY class, kind "
                                "ORDER BY now DESC, before DESC, class, kind",
                                "sss", span->before, span->now, span->end);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        note_class(out, s);
    }
    return got == 0;
}

/* ---- when ---- */

static bool read_streams(struct conn *c, struct stats *out, struct err *e)
{
    sqlite3_stmt *s = conn_statement(c, e, "SELECT stream, completed_at FROM sync_streams");
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        for (int i = 0; i < STATS_STREAMS; i++) {
            if (!strcmp(stream_names[i], conn_text(s, 0))) {
                text_copy(out->streams[i].completed_at, sizeof out->streams[i].completed_at,
                          conn_text(s, 1));
            }
        }
    }
    return got == 0;
}

static bool read_last(struct conn *c, struct stats *out, struct err *e)
{
    sqlite3_stmt *s = conn_statement(c, e,
                                     "SELECT ifnull(completed_at, created_at) FROM sync_jobs WHERE "
                                     "status NOT IN ('pending', 'running') ORDER BY "
                                     "ifnull(completed_at, created_at) DESC LIMIT 1");
    int got = s ? conn_step(c, s, e) : -1;
    if (got == 1) {
        text_copy(out->last_sync, sizeof out->last_sync, conn_text(s, 0));
        sqlite3_reset(s);
    }
    return got >= 0;
}

static bool read_all(struct conn *c, const struct span *span, struct stats *out, struct err *e)
{
    static _Thread_local struct adders adders; /* some 10 kB */
    point(&adders, out);
    bool ok = read_days(c, span, &adders, out, e) && read_error_days(c, span, out, e) &&
              read_classes(c, span, out, e) && read_streams(c, out, e) && read_last(c, out, e);
    finish_all(&adders, out);
    return ok;
}

bool stats_read(struct db_reader *r, int days, int64_t now_ms, struct stats *out, struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    days = days < 1 ? 1 : days > STATS_DAYS_MAX ? STATS_DAYS_MAX : days;
    struct span span = span_of(days, now_ms);
    memset(out, 0, sizeof *out);
    out->days = days;
    for (int i = 0; i < days; i++) {
        civil_format(civil_from_days(span.first + i), out->day[i].date);
    }
    for (int i = 0; i < STATS_TYPES; i++) {
        out->types[i].sync_type = type_names[i];
    }
    for (int i = 0; i < STATS_STREAMS; i++) {
        out->streams[i].name = stream_names[i];
    }
    bool ok = conn_schema(c, &schema, e);
    if (ok && schema >= SCHEMA_DASHBOARD) {
        ok = conn_run(c, e, "SAVEPOINT stats", ""); /* all of one moment */
        ok = ok && read_all(c, &span, out, e);
        conn_run(c, NULL, "RELEASE stats", "");
        return ok;
    }
    struct adders *none = &(struct adders){0};
    point(none, out);
    finish_all(none, out); /* averages that are none */
    return ok;
}
