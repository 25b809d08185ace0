/* The analytics from kept figures: right whatever is done to the rows they come from. */
#include "core/base/civil.h"
#include "db/job_query.h"
#include "db/job_store.h"
#include "db/stats_query.h"
#include "tests/unit/scratch_db.h"

#include <math.h>

static struct err e;
static struct stats stats;

static int64_t ms_of(const char *utc)
{
    int64_t ms = 0;
    CHECK(civil_parse_utc(utc, &ms));
    return ms;
}

static const struct stats *read_stats(struct db_reader *r, int days)
{
    CHECK(stats_read(r, days, ms_of("2024-05-10T12:00:00.000Z"), &stats, &e));
    return &stats;
}

static void put_job(const char *id, const char *type, const char *status, const char *day, int ms,
                    int rows)
{
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, started_at, completed_at, "
                "triggered_by, created_at, results) VALUES (%Q, %Q, %Q, '%sT10:00:00.000Z', "
                "'%sT11:00:00.000Z', 'manual', '%sT09:00:00.000Z', "
                "json_object('merchants', json_object('new', %d, 'updated', 1), 'requests', 10, "
                "'retries', 2, 'durationMs', %d, 'failedItems', 3))",
                id, type, status, day, day, day, rows, ms);
}

/* The kept figures are what they would be if they were all made anew. */
static void check_kept(void)
{
    CHECK_INT(scratch_number("SELECT count(*) FROM (SELECT * FROM sync_job_figures EXCEPT SELECT * "
                             "FROM sync_job_measured)"),
              0);
    CHECK_INT(scratch_number("SELECT count(*) FROM (SELECT * FROM sync_job_measured EXCEPT SELECT "
                             "* FROM sync_job_figures)"),
              0);
    CHECK_INT(scratch_number(
                  "WITH anew AS (SELECT day, sync_type, count(*), sum(status = 'completed'), "
                  "sum(status = 'partial'), sum(status = 'failed'), sum(status = 'cancelled'), "
                  "sum(status = 'interrupted'), sum(iif(status = 'completed', ifnull(duration_ms, "
                  "0), 0)), sum(status = 'completed' AND duration_ms IS NOT NULL), sum(new_rows), "
                  "sum(updated_rows), sum(unchanged_rows), sum(requests), sum(retries), "
                  "sum(failed_items) FROM sync_job_figures GROUP BY 1, 2) SELECT (SELECT count(*) "
                  "FROM (SELECT * FROM anew EXCEPT SELECT * FROM sync_days)) + (SELECT count(*) "
                  "FROM (SELECT * FROM sync_days EXCEPT SELECT * FROM anew))"),
              0);
    CHECK_INT(scratch_number("SELECT count(*) FROM (SELECT status, jobs FROM sync_job_totals WHERE "
                             "jobs <> 0 EXCEPT SELECT status, count(*) FROM sync_jobs GROUP BY 1)"),
              0);
}

static struct db_reader *open_some(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    put_job("a", "daily", "completed", "2024-05-10", 1000, 5);
    put_job("b", "daily", "completed", "2024-05-04", 3000, 7);
    put_job("c", "initial", "failed", "2024-05-10", 500, 1);
    put_job("d", "manual", "partial", "2024-05-09", 700, 1);
    put_job("f", "daily", "completed", "2024-05-03", 9000, 100); /* the days before */
    put_job("g", "daily", "completed", "2024-04-01", 1, 1);      /* out of both */
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, started_at, triggered_by, "
                "created_at) VALUES ('run', 'daily', 'running', '2024-05-10T', 'api', 'x')");
    return scratch_reader();
}

static void test_periods(void)
{
    struct db_reader *r = open_some();
    const struct stats *s = read_stats(r, 7);
    CHECK_INT(s->now.total, 4);
    CHECK_INT(s->now.completed, 2);
    CHECK_INT(s->now.failed, 1);
    CHECK_INT(s->now.partial, 1);
    CHECK_INT(s->now.average_ms, 2000);
    CHECK(s->now.success_rate == 50.0);
    CHECK_INT(s->now.fresh, 14);
    CHECK_INT(s->now.rows, 18);
    CHECK_INT(s->now.requests, 40);
    CHECK_INT(s->now.retries, 8);
    CHECK_INT(s->now.failed_items, 12);
    CHECK_INT(s->before.total, 1);
    CHECK_INT(s->before.average_ms, 9000);
    CHECK_STR(s->last_sync, "2024-05-10T11:00:00.000Z");
    CHECK_STR(s->day[0].date, "2024-05-04");
    CHECK_STR(s->day[6].date, "2024-05-10");
    CHECK_INT(s->day[0].sum.completed, 1);
    CHECK_INT(s->day[0].sum.average_ms, 3000);
    CHECK_INT(s->day[1].sum.total, 0);
    CHECK_INT(s->day[1].sum.average_ms, -1);
    CHECK(isnan(s->day[1].sum.success_rate));
    CHECK(s->day[6].sum.success_rate == 50.0);
    CHECK_STR(s->types[1].sync_type, "daily");
    CHECK_INT(s->types[1].sum.total, 2);
    CHECK_INT(s->types[1].before.total, 1);
    CHECK_INT(s->types[0].sum.failed, 1);
    CHECK_INT(read_stats(r, 1)->now.total, 2);
    CHECK_INT(read_stats(r, 90)->now.total, 6);
    CHECK_INT(read_stats(r, 0)->days, 1);
    CHECK_INT(read_stats(r, 9999)->days, STATS_DAYS_MAX);
    db_reader_close(r);
}

static void test_kept_through_all_changes(void)
{
    static const char *const changes[] = {
        "UPDATE sync_jobs SET status = 'completed', completed_at = '2024-05-10T12' WHERE id = "
        "'run'",
        "UPDATE sync_jobs SET status = 'completed', completed_at = '2024-05-10T12' WHERE id = "
        "'run'",
        "UPDATE sync_jobs SET results = '{\"requests\":1}' WHERE id < 'd'",
        "UPDATE sync_jobs SET started_at = '2024-05-01', sync_type = 'initial' WHERE id = 'a'",
        "UPDATE sync_jobs SET id = 'renamed' WHERE id = 'b'",
        "UPDATE sync_jobs SET status = 'running' WHERE id = 'c'",
        "UPDATE sync_jobs SET status = 'interrupted', started_at = NULL WHERE id = 'c'",
        "UPDATE sync_jobs SET results = '{no json'",
        "UPDATE sync_jobs SET results = '[]' WHERE id = 'f'",
        "UPDATE sync_jobs SET results = '{\"merchants\":{\"new\":\"many\",\"updated\":[1],"
        "\"unchanged\":1e300},\"requests\":-5,\"retries\":9223372036854775807,\"durationMs\":{}}'",
        "INSERT OR REPLACE INTO sync_jobs (id, sync_type, status, triggered_by, created_at) VALUES "
        "('f', 'daily', 'pending', 'api', 'nonsense'), ('g', 'manual', 'failed', 'api', '')",
        "INSERT OR IGNORE INTO sync_jobs (id, sync_type, status, triggered_by, created_at) VALUES "
        "('f', 'daily', 'failed', 'api', 'x'), ('h', 'daily', 'failed', 'api', 'x')",
        "INSERT INTO sync_jobs (id, sync_type, status, triggered_by, created_at) VALUES ('f', "
        "'daily', 'failed', 'api', 'x') ON CONFLICT DO UPDATE SET status = 'cancelled'",
        "UPDATE OR REPLACE sync_jobs SET id = 'd' WHERE id = 'f'",
        "DELETE FROM sync_jobs WHERE id IN ('a', 'h')",
        "DELETE FROM sync_jobs",
    };
    struct db_reader *r = open_some();
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        scratch_sql("%s", changes[i]);
        check_kept();
    }
    CHECK_INT(scratch_number("SELECT count(*) FROM sync_days"), 0);
    db_reader_close(r);
}

/* Sums of the largest numbers that JSON can hold neither overflow nor refuse the job. */
static void test_many_huge_numbers(void)
{
    struct db_reader *r = open_some();
    scratch_sql(
        "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) INSERT INTO "
        "sync_jobs (id, sync_type, status, triggered_by, created_at, results) SELECT 'h' || "
        "i, 'daily', 'completed', 'api', '2024-05-10', '{\"merchants\":{\"new\":"
        "9223372036854775807,\"unchanged\":9e99},\"durationMs\":9e99}' FROM n");
    CHECK_INT(read_stats(r, 7)->now.fresh, 1000000000000000 + 14);
    CHECK_INT(scratch_number("SELECT count(*) FROM sync_jobs"), 1007);
    check_kept();
    db_reader_close(r);
}

static void test_a_running_job_costs_nothing(void)
{
    struct db_reader *r = open_some();
    struct db_writer *w = scratch_writer();
    CHECK(db_begin(w, &e));
    CHECK(job_save_results(w, "run", "{\"requests\":5}", &e));
    CHECK(job_save_progress(w, "run", "{}", &e));
    CHECK(db_commit(w, &e));
    CHECK_INT(scratch_number("SELECT count(*) FROM sync_job_figures WHERE sync_id = 'run'"), 0);
    CHECK(db_begin(w, &e));
    CHECK(job_finish(w, "run", "completed", "{\"requests\":6,\"durationMs\":5}", NULL,
                     "2024-05-10T13:00:00.000Z", &e));
    CHECK(db_commit(w, &e));
    CHECK_INT(scratch_number("SELECT requests FROM sync_job_figures WHERE sync_id = 'run'"), 6);
    check_kept();
    db_writer_close(w);
    db_reader_close(r);
}

static void test_error_classes(void)
{
    struct db_reader *r = open_some();
    scratch_sql("INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, "
                "created_at) VALUES "
                "('s', 'merchant', '1', '{\"class\":\"transient\",\"http_status\":503}', "
                "'2024-05-10'), ('s', 'merchant', '2', '{\"class\":\"transient\",\"code\":\"x\","
                "\"http_status\":503}', '2024-05-04'), ('s', 'merchant', '3', "
                "'{\"class\":\"permanent\",\"code\":\"unreadable\",\"http_status\":200}', "
                "'2024-05-04'), ('s', 'merchant', '4', '{\"class\":\"permanent\",\"code\":"
                "\"unreadable\",\"http_status\":200}', '2024-05-03'), ('s', 'merchant', '5', "
                "'junk', '2024-04-28')");
    const struct stats *s = read_stats(r, 7);
    CHECK_INT(s->class_count, 3);
    CHECK_STR(s->classes[0].class, "transient");
    CHECK_STR(s->classes[0].kind, "HTTP 503");
    CHECK_INT(s->classes[0].items, 2);
    CHECK_STR(s->classes[1].kind, "unreadable");
    CHECK_INT(s->classes[1].items, 1);
    CHECK_INT(s->classes[1].before, 1);
    CHECK_STR(s->classes[2].kind, "unknown");
    CHECK_INT(s->now.errors, 3);
    CHECK_INT(s->before.errors, 2);
    CHECK_INT(s->day[0].sum.errors, 2);
    CHECK_INT(s->day[6].sum.errors, 1);
    for (int i = 0; i < 100; i++) {
        scratch_sql("INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, "
                    "created_at) VALUES ('s', 'residual', %d, '{\"code\":%d}', '2024-05-%02d')",
                    i, i, 4 + i % 7);
    }
    CHECK_INT(read_stats(r, 7)->class_count, STATS_CLASSES_MAX);
    CHECK_STR(stats.classes[STATS_CLASSES_MAX - 1].kind, "other");
    CHECK_INT(stats.now.errors, 103);
    int64_t items = 0;
    for (int i = 0; i < STATS_CLASSES_MAX; i++) {
        items += stats.classes[i].items;
    }
    CHECK_INT(items, 103);
    db_reader_close(r);
}

static void put_covering(const char *id, const char *at, const char *settings)
{
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, started_at, completed_at, "
                "triggered_by, created_at, settings) VALUES (%Q, 'daily', 'completed', %Q, %Q, "
                "'manual', %Q, %Q)",
                id, at, at, at, settings);
}

static void check_streams(struct db_reader *r, const char *merchants, const char *transactions,
                          const char *residuals)
{
    const struct stats *s = read_stats(r, 7);
    CHECK_STR(s->streams[0].name, "merchants");
    CHECK_STR(s->streams[0].completed_at, merchants);
    CHECK_STR(s->streams[1].completed_at, transactions);
    CHECK_STR(s->streams[2].completed_at, residuals);
}

static void test_age_of_streams(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    struct db_reader *r = scratch_reader();
    check_streams(r, "", "", "");
    put_covering("a", "2024-05-01T00", NULL); /* what names nothing covers all */
    check_streams(r, "2024-05-01T00", "2024-05-01T00", "2024-05-01T00");
    put_covering("b", "2024-05-02T00", "{\"streams\":[\"merchants\"],\"merchants\":[]}");
    check_streams(r, "2024-05-02T00", "2024-05-01T00", "2024-05-01T00");
    put_covering("c", "2024-05-03T00", "{\"merchants\":[\"7\"]}");
    put_covering("d", "2024-05-03T00", "{\"retry\":true}");
    put_covering("f", "late", "{}");
    check_streams(r, "2024-05-02T00", "2024-05-01T00", "2024-05-01T00");
    put_covering("g", "2024-05-04T00", "{\"to\":\"2024-04-30\"}"); /* a range of the past */
    check_streams(r, "2024-05-04T00", "2024-05-01T00", "2024-05-01T00");
    put_covering("h", "2024-05-05T01", "{\"to\":\"2024-05-04\"}"); /* yesterday, in their zone */
    check_streams(r, "2024-05-05T01", "2024-05-05T01", "2024-05-05T01");
    put_covering("i", "2024-05-02T00", "{\"streams\":\"residuals\"}"); /* an older one */
    scratch_sql("DELETE FROM sync_jobs");
    check_streams(r, "2024-05-05T01", "2024-05-05T01", "2024-05-05T01");
    db_reader_close(r);
}

static void note_id(void *data, const struct job_row *job)
{
    snprintf(data, 40, "%s %s", job->id, job->status);
}

static void test_last_job_and_age(void)
{
    struct db_reader *r = open_some();
    char text[40] = "";
    char when[32];
    scratch_sql("UPDATE sync_jobs SET created_at = '2024-05-11T00' WHERE id = 'run'");
    CHECK(job_query_last(r, true, note_id, text, &e));
    CHECK_STR(text, "c failed"); /* of one moment: the later row */
    CHECK(job_query_last(r, false, note_id, text, &e));
    CHECK_STR(text, "run interrupted");
    CHECK(job_query_data_time(r, when, &e));
    CHECK_STR(when, "2024-05-10T11:00:00.000Z");
    db_reader_close(r);
}

static void test_older_files(void)
{
    for (size_t steps = 0; steps <= 2; steps++) {
        scratch_old(steps);
        if (steps == 2) {
            put_job("a", "daily", "completed", "2024-05-10", 1000, 5);
            scratch_sql("INSERT INTO sync_failed_items (sync_id, item_type, item_id, "
                        "error_details, created_at) VALUES ('s', 'merchant', '1', '{}', "
                        "'2024-05-10'), ('s', 'merchant', '2', '{', '2024-05-10')");
        }
        struct db_reader *r = scratch_reader();
        CHECK_INT(read_stats(r, 30)->now.total, 0);
        CHECK(isnan(stats.now.success_rate) && isnan(stats.day[29].sum.success_rate));
        CHECK_INT(stats.now.average_ms, -1);
        CHECK_STR(stats.day[29].date, "2024-05-10");
        CHECK_STR(stats.last_sync, "");
        db_writer_close(scratch_writer()); /* the step fills the figures from what is there */
        CHECK_INT(read_stats(r, 30)->now.completed, steps == 2);
        CHECK_INT(stats.now.errors, steps == 2 ? 2 : 0);
        check_kept();
        db_reader_close(r);
    }
}

static const struct unit_case cases[] = {
    {"periods", test_periods},
    {"kept_through_all_changes", test_kept_through_all_changes},
    {"many_huge_numbers", test_many_huge_numbers},
    {"a_running_job_costs_nothing", test_a_running_job_costs_nothing},
    {"error_classes", test_error_classes},
    {"age_of_streams", test_age_of_streams},
    {"last_job_and_age", test_last_job_and_age},
    {"older_files", test_older_files},
};

UNIT_MAIN(cases)
