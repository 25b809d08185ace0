/* A dashboard made by hand, for pictures of it: no database, no terminal, lists of rows that do not
 * change. It is 17:12:30 of 2026-11-23 in New York. One at a time; for a
 * single test program, so that the others need not be linked with a dashboard. */
#ifndef TESTS_UNIT_FAKE_DASH_H
#define TESTS_UNIT_FAKE_DASH_H

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "tests/unit/unit.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define NOW "2026-11-23T22:12:30.000Z" /* 17:12:30 in New York */

static const struct config config = {
    .api.base_url = "https://crm.ireland-pay.com/api/v1",
    .database.path = "/var/lib/ipsync/ipsync.db",
    .schedule.timezone = "America/New_York",
};

static int64_t at(const char *utc)
{
    int64_t ms = 0;
    CHECK(civil_parse_utc(utc, &ms));
    return ms;
}

/* ---- feeds of rows made by hand ---- */

struct rows {
    struct row *rows;
    int count;
};

static bool read_rows(void *self, struct db_reader *db, const struct list_slice *slice,
                      feed_put *put, void *data, int *got, struct err *e)
{
    const struct rows *r = self;
    int step = slice->backward ? -1 : 1;
    int i = slice->backward ? r->count - 1 : 0;
    (void)db, (void)e;
    if (slice->from && slice->from->set) {
        i = (int)slice->from->row - 1 + (slice->inclusive ? 0 : step);
    }
    for (*got = 0; *got < slice->count && i >= 0 && i < r->count; i += step) {
        ++*got;
        if (!put(data, &r->rows[i])) {
            break;
        }
    }
    return true;
}

static bool count_rows(void *self, struct db_reader *db, int64_t *total, struct err *e)
{
    const struct rows *r = self;
    (void)db, (void)e;
    *total = r->count;
    return true;
}

static const char *const orders[] = {"newest", "oldest"};

static struct feed *feed_of(struct rows *r)
{
    return feed_new((struct feed_source){
        .orders = orders, .order_count = 2, .read = read_rows, .total = count_rows, .self = r});
}

static void settle(struct feed *f)
{
    struct err e = {0};
    while (f && feed_work(f, NULL, &e)) {
    }
}

static void put_row(struct rows *r, const char *const *cells, const int *inks, int count)
{
    struct row row = {.key = {.row = r->count + 1, .set = true}, .number = r->count + 1};
    for (int i = 0; i < count; i++) {
        row_cell(&row, i, inks ? inks[i] : INK_TEXT, cells[i]);
    }
    r->rows = mem_realloc(r->rows, (size_t)(r->count + 1) * sizeof *r->rows);
    r->rows[r->count++] = row;
}

static struct rows jobs, errors;

static void make_jobs(int count)
{
    static const char *const first[][9] = {
        {"11-23 17:08", "daily", "running", "-", "-", "-", "-", "-", "ann"},
        {"11-23 11:00", "daily", "partial", "9m12s", "12.3k", "1,204", "12", "611", "schedule"},
        {"11-22 19:00", "daily", "failed", "0.4s", "0", "0", "0", "1", "schedule"},
        {"11-22 14:31", "manual", "cancelled", "42s", "310", "7", "0", "48", "Zo\xc3\xab"},
        {"11-22 11:00", "daily", "interrupted", "3m20s", "8,112", "90", "0", "240", "schedule"},
        {"11-21 09:12", "initial", "completed", "1h02m", "1.2M", "1.2M", "0", "28.1k",
         "\xe7\x94\xb0\xe4\xb8\xad\xe3\x81\x95\xe3\x82\x93"},
    };
    for (int i = 0; i < count; i++) {
        static const char *const later[9] = {
            "11-20 19:00", "daily", "completed", "8m40s", "11.9k", "940", "0", "598", "schedule"};
        const char *const *cells = i < 6 ? first[i] : later;
        int inks[9] = {INK_TEXT, INK_TEXT, (int)ink_of_status(cells[2])};
        put_row(&jobs, cells, inks, 9);
    }
}

static void make_errors(int count)
{
    static const char *const few[][9] = {
        {"", "11-23 11:07", "merchant", "5000123", "transient", "HTTP 503", "2", "11-23 17:20",
         "The CRM is overloaded; it is asked again later"},
        {"", "11-23 11:06", "transaction", "5000777/tx_0091", "permanent", "unreadable", "0",
         "permanent", "amount \"12,50\" is no number\x1b[2J\x07 in M\xc3\xbcller & S\xc3\xb6hne"},
        {"", "11-23 11:06", "residual", "2026-10/elavon", "transient", "timeout", "5", "due",
         "no answer within 30 s"},
        {"", "11-23 11:05", "merchant", "5000124", "transient", "HTTP 500", "1", "healed",
         "\xe6\x9d\xb1\xe4\xba\xac\xe5\xba\x97\xe3\x81\xae\xe3\x82\xa8\xe3\x83\xa9\xe3\x83\xbc"},
        {"", "11-22 19:00", "sync", "3f0c9a52-7a6e-4c0e-9d7b-0d5f6a1b2c3d", "auth", "-", "-", "-",
         "the CRM rejects the key"},
        {"", "11-22 11:04", "merchant",
         "\xd7\x97\xd7\xa0\xd7\x95\xd7\xaa \xe2\x80\xae"
         "abc",
         "permanent", "HTTP 404", "0", "given up", "gone"},
    };
    for (int i = 0; i < count; i++) {
        const char *const *cells = few[i % 6];
        int ink = i % 6 == 3 || i % 6 == 5 ? INK_DIM : INK_TEXT;
        int inks[9] = {ink, ink, ink, ink, ink, INK_BAD, ink, ink, ink};
        put_row(&errors, cells, inks, 9);
    }
}

/* ---- a dashboard ---- */

/* Nothing is known yet. */
static struct dash *fake_dash_new(int rows, int cols, bool ascii)
{
    struct dash *d = mem_alloc(sizeof *d);
    struct err e = {0};
    d->config = &config;
    d->version = "0.1.0";
    d->now = at(NOW);
    d->days = 30;
    CHECK(keys_load(&d->keys, "", &e));
    grid_init(&d->screen, rows, cols, ascii);
    return d;
}

static void fake_dash_free(struct dash *d)
{
    feed_free(d->lists[0].feed);
    feed_free(d->lists[1].feed);
    free(jobs.rows);
    free(errors.rows);
    jobs = errors = (struct rows){0};
    free(d->marks);
    grid_done(&d->screen);
    free(d);
}

static void add_schedules(struct dash *d)
{
    static const struct schedule_shown daily = {.type = "daily",
                                                .cron = "0 11 * * *",
                                                .zone = "America/New_York",
                                                .is_active = true,
                                                .last_run = "2026-11-23T16:00:00.000Z",
                                                .last_status = "partial"};
    for (int i = 0; i < 3; i++) {
        d->schedules[i] = daily;
        d->schedules[i].id = i + 1;
        d->runs[i] = (struct run_to_come){at("2026-11-24T00:00:00.000Z") + i * 57600000, i};
    }
    text_copy(d->schedules[0].last_status, sizeof d->schedules[0].last_status, "completed");
    text_copy(d->schedules[2].type, sizeof d->schedules[2].type, "manual");
    d->schedules[2].is_active = false;
    d->schedules[2].last_run[0] = d->schedules[2].last_status[0] = '\0';
    d->runs[2].at = 0;
    d->schedule_count = d->run_count = 3;
    d->schedules_stored = true;
}

static void add_sum(struct stats_sum *s, int i)
{
    s->total = 2;
    s->completed = i % 9 ? 2 : 1;
    s->failed = i % 9 ? 0 : 1;
    s->average_ms = 480000 + i * 2500 + (i * 7919) % 60000;
    s->success_rate = i % 9 ? 100 : 50;
    s->rows = 9000 + (i * 331) % 4000;
    s->errors = i % 5 == 3 ? 7 : i % 3;
}

static void add_types(struct stats *s)
{
    static const char *const names[] = {"initial", "daily", "manual"};
    for (int i = 0; i < STATS_TYPES; i++) {
        s->types[i].sync_type = names[i];
        s->types[i].sum = (struct stats_sum){.average_ms = -1, .success_rate = NAN};
    }
    s->types[0].sum =
        (struct stats_sum){.total = 1, .completed = 1, .average_ms = 3720000, .success_rate = 100};
    s->types[1].sum = (struct stats_sum){
        .total = 59, .completed = 56, .average_ms = 541000, .success_rate = 94.9};
}

static void add_stats(struct dash *d)
{
    static const struct stats_class classes[] = {{"transient", "HTTP 503", 21, 4},
                                                 {"permanent", "unreadable", 12, 13},
                                                 {"transient", "timeout", 3, 9},
                                                 {"auth", "", 1, 0}};
    struct stats *s = &d->stats;
    s->days = d->days;
    for (int i = 0; i < s->days; i++) {
        s->day[i].sum = (struct stats_sum){.average_ms = -1, .success_rate = NAN};
        if (i % 7 != 4) {
            add_sum(&s->day[i].sum, i);
        }
    }
    s->now = (struct stats_sum){.total = 60,
                                .completed = 57,
                                .failed = 2,
                                .interrupted = 1,
                                .average_ms = 552000,
                                .success_rate = 95,
                                .rows = 301200,
                                .errors = 37};
    s->before = (struct stats_sum){.total = 58,
                                   .completed = 57,
                                   .failed = 1,
                                   .average_ms = 493000,
                                   .success_rate = 98.3,
                                   .rows = 290000,
                                   .errors = 61};
    add_types(s);
    memcpy(s->classes, classes, sizeof classes);
    s->class_count = 4;
    s->streams[0] = (struct stats_stream){"merchants", "2026-11-23T16:09:12.000Z"};
    s->streams[1] = (struct stats_stream){"transactions", "2026-11-23T16:09:12.000Z"};
    s->streams[2] = (struct stats_stream){"residuals", ""};
    snprintf(s->last_sync, sizeof s->last_sync, "2026-11-23T16:09:12.000Z");
    d->stats_known = true;
}

static void add_health(struct dash *d)
{
    d->health = (struct health){.data_at = at("2026-11-23T16:09:12.000Z"),
                                .failed_pending = 11,
                                .failed_permanent = 4,
                                .level = HEALTH_WARNING,
                                .age_seconds = 3 * 3600 + 200,
                                .last_at = at("2026-11-23T16:09:12.000Z"),
                                .reasons = "the last sync was partial; items have failed for good"};
    d->health_known = true;
    d->last = (struct last_sync){.type = "daily",
                                 .status = "partial",
                                 .words = "1,204 new, 11,096 updated; 611 requests in 9 min 12 s; "
                                          "12 failed items",
                                 .ended_at = at("2026-11-23T16:09:12.000Z")};
}

static void fake_dash_add_feeds(struct dash *d)
{
    d->lists[LIST_HISTORY].feed = feed_of(&jobs);
    d->lists[LIST_ERRORS].feed = feed_of(&errors);
}

/* All that the database can tell. */
static struct dash *fake_dash_full(int rows, int cols, bool ascii)
{
    struct dash *d = fake_dash_new(rows, cols, ascii);
    add_health(d);
    add_stats(d);
    add_schedules(d);
    make_jobs(40);
    make_errors(60);
    fake_dash_add_feeds(d);
    return d;
}

static struct sync_shown a_sync(const struct dash *d)
{
    struct sync_shown s = {.type = "daily",
                           .status = "running",
                           .who = "ann",
                           .host = "crm1",
                           .pid = 1234,
                           .started_at = d->now - 262000};
    s.progress = (struct progress){.phase = PHASE_TRANSACTIONS,
                                   .phase_percent = {100, 43, 0, 0},
                                   .overall = 62,
                                   .requests = 812,
                                   .least = 588,
                                   .most = 708,
                                   .rows = 123456,
                                   .failed = 1,
                                   .retries = 3,
                                   .rows_per_second = 2310,
                                   .requests_per_second = 8.3,
                                   .rate_left = 82,
                                   .rate_limit = 500,
                                   .eta_seconds = 250,
                                   .in_hand = "5000123"};
    return s;
}

static void fake_dash_add_sync(struct dash *d)
{
    d->others[0] = a_sync(d);
    d->other_count = 1;
}

static void fake_dash_draw(struct dash *d)
{
    for (int i = 0; i < 2; i++) { /* the second time the lists know their height */
        dash_layout(d, d->screen.rows, d->screen.cols);
        settle(d->lists[0].feed);
        settle(d->lists[1].feed);
    }
    dash_draw(d);
}

#endif
