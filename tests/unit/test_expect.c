/* What a sync would cost, by the database alone. */
#include "core/base/text.h"
#include "db/expect_query.h"
#include "tests/unit/scratch_db.h"

static struct err e;
static struct expect x;

static struct expect_ask ask_of(const char *from, const char *to)
{
    struct expect_ask ask = {.sync_type = "daily",
                             .merchants = true,
                             .transactions = true,
                             .residuals = true,
                             .merchants_page = 10,
                             .transactions_page = 100,
                             .reports_page = 100,
                             .rows_page = 1000,
                             .line_items_page = 100,
                             .batches_a_day = 4};
    text_copy(ask.from, sizeof ask.from, from);
    text_copy(ask.to, sizeof ask.to, to);
    return ask;
}

static void count_all(struct db_reader *r, const struct expect_ask *ask, int at_once)
{
    int rounds = 0;
    CHECK(expect_begin(r, ask, &x, &e));
    while (!x.is_done) {
        CHECK(expect_some(r, &x, at_once, &e));
        CHECK(rounds++ < 1000);
    }
}

static struct db_reader *open_some(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    scratch_sql("WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 25) INSERT INTO "
                "merchants (mid, first_batch, last_batch) SELECT printf('%%03d', i), '2023-01-01', "
                "CASE WHEN i <= 15 THEN '2024-05-09' WHEN i <= 20 THEN '2024-04-20' ELSE "
                "'2023-02-01' END FROM n; "
                "UPDATE merchants SET removed_at = 'x' WHERE mid = '001'; "
                "UPDATE merchants SET closed = '2024-04-30' WHERE mid = '020'; "
                "INSERT INTO transaction_batches (mid, batch_date) VALUES ('025', '2024-05-05'); "
                "INSERT INTO residual_reports (year, month, processor_id, merchants_count) VALUES "
                "(2024, 4, 1, 2500), (2024, 4, 2, 0), (2024, 5, 1, NULL), (2024, 3, 1, 1500); "
                "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 450) INSERT INTO "
                "residual_line_items (year, month, id) SELECT 2024, 4, i FROM n");
    return scratch_reader();
}

static void test_short_range(void)
{
    struct db_reader *r = open_some();
    for (int at_once = 1; at_once < 100; at_once += 7) {
        struct expect_ask ask = ask_of("2024-05-03", "2024-05-10");
        count_all(r, &ask, at_once);
        CHECK(x.is_known);
        CHECK_INT(x.merchants, 24);
        CHECK_INT(x.least[EXPECT_MERCHANTS], 3);
        CHECK_INT(x.most[EXPECT_MERCHANTS], 3);
        CHECK_INT(x.least[EXPECT_TRANSACTIONS], 15); /* 002..015 and 025 */
        CHECK_INT(x.most[EXPECT_TRANSACTIONS], 19);  /* 016..019 settled lately */
        CHECK_INT(x.least[EXPECT_RESIDUALS], 1 + 1 + 1);
        CHECK_INT(x.most[EXPECT_RESIDUALS], 1 + 10 + 2);
        CHECK(!x.has_last);
    }
    db_reader_close(r);
}

static void test_months(void)
{
    struct db_reader *r = open_some();
    struct expect_ask ask = ask_of("2024-03-31", "2024-06-01");
    ask.merchants = ask.transactions = false;
    count_all(r, &ask, 100);
    CHECK_INT(x.least[EXPECT_MERCHANTS], 0); /* the list is not read for residuals */
    CHECK_INT(x.least[EXPECT_TRANSACTIONS], 0);
    CHECK_INT(x.least[EXPECT_RESIDUALS], (1 + 2 + 1) + (1 + 3 + 5) + (1 + 1 + 1) + (1 + 0 + 1));
    CHECK_INT(x.most[EXPECT_RESIDUALS], (1 + 2 + 2) + (1 + 3 + 5) + (1 + 10 + 2) + (1 + 10 + 2));
    db_reader_close(r);
}

static void test_pages_that_metrics_know_of(void)
{
    struct db_reader *r = open_some();
    scratch_sql("INSERT INTO merchant_metrics VALUES ('002', 2024, 4, 250, 0, 0, 0, 0, 0), "
                "('002', 2024, 3, 9999, 0, 0, 0, 0, 0), ('003', 2024, 4, 100, 0, 0, 0, 0, 0)");
    struct expect_ask ask = ask_of("2024-03-15", "2024-05-10");
    ask.residuals = false;
    count_all(r, &ask, 100);
    CHECK_INT(x.least[EXPECT_TRANSACTIONS], 20 + 2); /* 3 pages of 002; March is not whole */
    ask = ask_of("2024-04-20", "2024-05-10");        /* too short for a second page */
    ask.residuals = false;
    count_all(r, &ask, 100);
    CHECK_INT(x.least[EXPECT_TRANSACTIONS], 20);
    db_reader_close(r);
}

static void test_named_merchants(void)
{
    static const char *const mids[] = {"002", "022", "999"};
    struct db_reader *r = open_some();
    struct expect_ask ask = ask_of("2024-05-03", "2024-05-10");
    ask.mids = mids;
    ask.mid_count = 3;
    ask.residuals = false;
    count_all(r, &ask, 2);
    CHECK_INT(x.least[EXPECT_MERCHANTS], 3);
    CHECK_INT(x.least[EXPECT_TRANSACTIONS], 2);
    CHECK_INT(x.most[EXPECT_TRANSACTIONS], 3);
    db_reader_close(r);
}

static void test_the_last_of_its_type(void)
{
    struct db_reader *r = open_some();
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, triggered_by, created_at, results, "
                "settings, completed_at) VALUES ('a', 'daily', 'completed', 'api', '2024-01-01', "
                "'{\"requests\":77,\"durationMs\":1234}', '{\"retry\":false}', 'then'), "
                "('b', 'daily', 'failed', 'api', '2024-01-02', '{\"requests\":1}', NULL, 'x'), "
                "('c', 'daily', 'completed', 'api', '2024-01-03', '{\"requests\":2}', "
                "'{\"retry\":true}', 'x'), "
                "('d', 'initial', 'completed', 'api', '2024-01-04', NULL, NULL, NULL)");
    struct expect_ask ask = ask_of("2024-05-03", "2024-05-10");
    CHECK(expect_begin(r, &ask, &x, &e));
    CHECK(x.has_last);
    CHECK_INT(x.last_requests, 77);
    CHECK_INT(x.last_duration_ms, 1234);
    CHECK_STR(x.last_completed_at, "then");
    ask.sync_type = "initial";
    CHECK(expect_begin(r, &ask, &x, &e) && x.has_last);
    CHECK_INT(x.last_requests, -1);
    CHECK_INT(x.last_duration_ms, -1);
    db_reader_close(r);
}

static void test_nothing_known(void)
{
    for (size_t steps = 0; steps <= 3; steps++) {
        scratch_old(steps);
        struct db_reader *r = scratch_reader();
        struct expect_ask ask = ask_of("2024-05-03", "2024-05-10");
        count_all(r, &ask, 100);
        CHECK(!x.is_known);
        db_reader_close(r);
    }
    struct expect_ask ask = ask_of("2024-05-03", "2024-02-30");
    struct db_reader *r = scratch_reader();
    CHECK(!expect_begin(r, &ask, &x, &e));
    db_reader_close(r);
}

static const struct unit_case cases[] = {
    {"short_range", test_short_range},
    {"months", test_months},
    {"pages_that_metrics_know_of", test_pages_that_metrics_know_of},
    {"named_merchants", test_named_merchants},
    {"the_last_of_its_type", test_the_last_of_its_type},
    {"nothing_known", test_nothing_known},
};

UNIT_MAIN(cases)
