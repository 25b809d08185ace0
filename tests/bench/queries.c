/* How long the dashboard's queries take: `queries FILE [FILE…]`, medians in microseconds, a column
 * a file (tests/bench/big_db.py fills one). */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "db/db.h"
#include "db/error_list.h"
#include "db/expect_query.h"
#include "db/failed_query.h"
#include "db/job_list.h"
#include "db/stats_query.h"
#include "db/watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 41, FILES_MAX = 8 };

static struct err e;
static struct stats stats;
static struct list_key at; /* somewhere in the middle */
static struct watch *watch;

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static void must(bool ok)
{
    if (!ok) {
        fprintf(stderr, "%s\n", e.message);
        exit(1);
    }
}

static bool see_job(void *data, const struct job_row *job, const struct list_key *key)
{
    (void)job;
    *(struct list_key *)data = *key;
    return true;
}

static bool see_error(void *data, const struct error_row *row, const struct list_key *key)
{
    (void)row;
    *(struct list_key *)data = *key;
    return true;
}

static void jobs(struct db_reader *r, int order, int count, bool from_middle)
{
    int got = 0;
    struct list_key last;
    struct list_slice slice = {.order = order, .from = from_middle ? &at : NULL, .count = count};
    must(job_list_read(r, true, &slice, see_job, &last, &got, &e));
}

static void errors(struct db_reader *r, int order, int count, bool all, bool from_middle)
{
    int got = 0;
    struct list_key last;
    struct error_scope scope = {.with_resolved = all, .since = "2024-01-01"};
    struct list_slice slice = {.order = order, .from = from_middle ? &at : NULL, .count = count};
    must(error_list_read(r, &scope, &slice, see_error, &last, &got, &e));
}

static void jobs_30(struct db_reader *r)
{
    jobs(r, JOB_ORDER_NEWEST, 30, false);
}
static void jobs_500(struct db_reader *r)
{
    jobs(r, JOB_ORDER_NEWEST, 500, false);
}
static void jobs_30_middle(struct db_reader *r)
{
    jobs(r, JOB_ORDER_NEWEST, 30, true);
}
static void jobs_30_type(struct db_reader *r)
{
    jobs(r, JOB_ORDER_TYPE, 30, false);
}
static void jobs_30_status(struct db_reader *r)
{
    jobs(r, JOB_ORDER_STATUS, 30, false);
}
static void job_count(struct db_reader *r)
{
    int64_t n = 0;
    must(job_list_count(r, &n, &e));
}
static void errors_30(struct db_reader *r)
{
    errors(r, ERROR_ORDER_NEWEST, 30, false, false);
}
static void errors_500(struct db_reader *r)
{
    errors(r, ERROR_ORDER_NEWEST, 500, false, false);
}
static void errors_30_middle(struct db_reader *r)
{
    errors(r, ERROR_ORDER_NEWEST, 30, false, true);
}
static void errors_30_try(struct db_reader *r)
{
    errors(r, ERROR_ORDER_NEXT_TRY, 30, false, false);
}
static void errors_30_item(struct db_reader *r)
{
    errors(r, ERROR_ORDER_ITEM, 30, false, false);
}
static void errors_30_all(struct db_reader *r)
{
    errors(r, ERROR_ORDER_NEWEST, 30, true, false);
}
static void errors_500_all_item(struct db_reader *r)
{
    errors(r, ERROR_ORDER_ITEM, 500, true, false);
}
static void error_count(struct db_reader *r)
{
    int64_t n = 0;
    struct error_scope scope = {.since = "2024-01-01"};
    must(error_list_count(r, &scope, &n, &e));
}
static void failed_counts(struct db_reader *r)
{
    struct failed_counts counts;
    must(failed_query_counts(r, &counts, &e));
}
static void stats_30(struct db_reader *r)
{
    must(stats_read(r, 30, (int64_t)time(NULL) * 1000, &stats, &e));
}
static void stats_90(struct db_reader *r)
{
    must(stats_read(r, 90, (int64_t)time(NULL) * 1000, &stats, &e));
}
static void see_last(void *data, const struct job_row *job)
{
    *(const char **)data = job->status;
}
static void last_job(struct db_reader *r)
{
    const char *status = NULL;
    must(job_query_last(r, true, see_last, &status, &e));
}
static void data_time(struct db_reader *r)
{
    char when[32];
    must(job_query_data_time(r, when, &e));
}
static void see_running(void *data, const struct job_progress *job)
{
    *(const char **)data = job->id;
}
static void running(struct db_reader *r)
{
    const char *id = NULL;
    must(job_query_running(r, see_running, &id, &e));
}
static void changed(struct db_reader *r)
{
    watch_changed(watch, r);
}
static void expect_daily(struct db_reader *r)
{
    time_t today = time(NULL);
    time_t then = today - 7 * 86400;
    struct expect x;
    struct expect_ask ask = {.sync_type = "daily",
                             .merchants = true,
                             .transactions = true,
                             .residuals = true,
                             .merchants_page = 1000,
                             .transactions_page = 100,
                             .reports_page = 100,
                             .rows_page = 1000,
                             .line_items_page = 100,
                             .batches_a_day = 4};
    strftime(ask.from, sizeof ask.from, "%Y-%m-%d", gmtime(&then));
    strftime(ask.to, sizeof ask.to, "%Y-%m-%d", gmtime(&today));
    must(expect_begin(r, &ask, &x, &e));
    while (!x.is_done) {
        must(expect_some(r, &x, 500, &e));
    }
}

static const struct {
    const char *name;
    void (*run)(struct db_reader *r);
} queries[] = {
    {"history: 30 rows", jobs_30},
    {"history: 30 rows from the middle", jobs_30_middle},
    {"history: 30 rows by type", jobs_30_type},
    {"history: 30 rows by status", jobs_30_status},
    {"history: 500 rows", jobs_500},
    {"history: count", job_count},
    {"errors: 30 rows", errors_30},
    {"errors: 30 rows from the middle", errors_30_middle},
    {"errors: 30 rows by next try", errors_30_try},
    {"errors: 30 rows by item", errors_30_item},
    {"errors: 30 rows, resolved too", errors_30_all},
    {"errors: 500 rows", errors_500},
    {"errors: 500 rows by item, resolved too", errors_500_all_item},
    {"errors: count", error_count},
    {"errors: figures of each state", failed_counts},
    {"analytics: 30 days", stats_30},
    {"analytics: 90 days", stats_90},
    {"header: last job", last_job},
    {"header: age of the data", data_time},
    {"active syncs", running},
    {"watch: is there anything new", changed},
    {"start menu: a daily sync's requests", expect_daily},
};
enum { QUERIES = sizeof queries / sizeof queries[0] };

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median_of(void (*run)(struct db_reader *r), struct db_reader *r)
{
    double took[ROUNDS];
    run(r); /* prepares the statements */
    for (int i = 0; i < ROUNDS; i++) {
        double began = now_us();
        run(r);
        took[i] = now_us() - began;
    }
    qsort(took, ROUNDS, sizeof took[0], compare);
    return took[ROUNDS / 2];
}

static void measure(const char *path, double out[QUERIES])
{
    struct db_reader *r = db_reader_open(path, &e);
    must(r != NULL);
    watch = watch_open(path);
    at = (struct list_key){.row = 1, .set = true};
    time_t then = time(NULL) - 30 * 86400;
    strftime(at.sort, sizeof at.sort, "%Y-%m-%dT%H:%M:%S.000Z", gmtime(&then));
    for (int i = 0; i < QUERIES; i++) {
        out[i] = median_of(queries[i].run, r);
    }
    watch_close(watch);
    db_reader_close(r);
}

int main(int argc, char **argv)
{
    static double took[FILES_MAX][QUERIES];
    int files = argc - 1 < FILES_MAX ? argc - 1 : FILES_MAX;
    db_setup();
    for (int f = 0; f < files; f++) {
        measure(argv[f + 1], took[f]);
    }
    for (int i = 0; i < QUERIES; i++) {
        printf("%-42s", queries[i].name);
        for (int f = 0; f < files; f++) {
            printf("%10.1f", took[f][i]);
        }
        putchar('\n');
    }
    return files ? 0 : 2;
}
