/* The triggers that keep what changed upstream (assets/schema/005-changes.sql). */
#include "unit.h"

#include "db/change_query.h"
#include "scratch_db.h"

#include <stdio.h>
#include <string.h>

static struct err e;

/* All of `changes` in one line: "table mid key column old>new sync; …" */
static const char *told(void)
{
    static char text[4096];
    sqlite3 *db = scratch_handle();
    sqlite3_stmt *s = NULL;
    text[0] = '\0';
    CHECK(!sqlite3_prepare_v2(
        db,
        "SELECT ifnull(group_concat(line, '; '), '') FROM (SELECT table_name || ' ' || mid || ' ' "
        "|| row_key || ' ' || column_name || ' ' || ifnull(old_value, 'null') || '>' || "
        "ifnull(new_value, 'null') || ' ' || ifnull(sync_id, '-') AS line FROM changes ORDER BY "
        "id)",
        -1, &s, NULL));
    CHECK(sqlite3_step(s) == SQLITE_ROW);
    snprintf(text, sizeof text, "%s", (const char *)sqlite3_column_text(s, 0));
    sqlite3_finalize(s);
    sqlite3_close(db);
    return text;
}

static void put_rows(void)
{
    scratch_sql("INSERT INTO transaction_batches (id, mid, batch_date, reference_number, "
                "terminal_number, amount_cents, transaction_count) VALUES (3, '01', '2024-05-01', "
                "'R', 'T', 1000, 1)");
    scratch_sql("INSERT INTO transactions (mid, transaction_id, batch_id, type, amount_cents, "
                "void_reject_chargeback) VALUES ('01', 7, 3, 'SALE', 1000, 0)");
    scratch_sql("INSERT INTO residual_reports (year, month, processor_id, merchants_count, "
                "net_micros) VALUES (2024, 5, 9, 1, 5)");
    scratch_sql("INSERT INTO residuals (year, month, processor_id, mid, net_micros) VALUES "
                "(2024, 5, 9, '01', 5)");
    scratch_sql("INSERT INTO residual_line_items (year, month, id, income_micros) VALUES "
                "(2024, 5, 11, 5)");
    scratch_sql("INSERT INTO sync_checkpoints VALUES ('daily', 'transactions/01', '', '', 1, 1, 1, "
                "1, 1, '', ''%s)",
                scratch_number("SELECT count(*) FROM pragma_table_info('sync_checkpoints') WHERE "
                               "name = 'per_page'")
                    ? ", 0"
                    : "");
}

static void put_job(const char *id, const char *status, const char *at)
{
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, triggered_by, created_at) VALUES "
                "(%Q, 'daily', %Q, 'manual', %Q)",
                id, status, at);
}

static void begin(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    put_rows();
}

static void test_each_table(void)
{
    begin();
    CHECK_STR(told(), "");
    put_job("old", "completed", "2024-05-03");
    put_job("now", "running", "2024-05-02");
    scratch_sql("UPDATE transactions SET amount_cents = 900, void_reject_chargeback = 1, "
                "reject_description = 'R01', auth_code = 'x'");
    CHECK_STR(told(), "transactions 01 7 amount_cents 1000>900 now; "
                      "transactions 01 7 void_reject_chargeback 0>1 now; "
                      "transactions 01 7 reject_description null>R01 now");
    scratch_sql("DELETE FROM changes; UPDATE transaction_batches SET transaction_count = 2");
    CHECK_STR(told(), "transaction_batches 01 2024-05-01/R/T/3 transaction_count 1>2 now");
    scratch_sql("DELETE FROM changes; UPDATE residual_reports SET net_micros = NULL, name = 'x'");
    CHECK_STR(told(), "residual_reports  2024-05/9 net_micros 5>null now");
    scratch_sql("DELETE FROM changes; UPDATE residuals SET bps_micros = 1, net_micros = 6");
    CHECK_STR(told(), "residuals 01 2024-05/9/01 net_micros 5>6 now; "
                      "residuals 01 2024-05/9/01 bps_micros null>1 now");
    scratch_sql("DELETE FROM changes; UPDATE residual_line_items SET income_micros = -5");
    CHECK_STR(told(), "residual_line_items  2024-05/11 income_micros 5>-5 now");
    CHECK(scratch_number("SELECT at GLOB '20[0-9][0-9]-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:"
                         "[0-6][0-9].[0-9][0-9][0-9]Z' FROM changes"));
}

static void test_what_is_no_change(void)
{
    begin();
    put_job("now", "running", "2024-05-02");
    scratch_sql(
        "UPDATE transactions SET amount_cents = amount_cents, type = type, auth_code = 'y'");
    scratch_sql("UPDATE residuals SET net_micros = 5, merchant = 'other', removed_at = 'x'");
    scratch_sql("UPDATE transaction_batches SET ordinal = 5, removed_at = 'x'");
    CHECK_STR(told(), "");
}

/* What a page that shifted wrote, and the next one took back. */
static void test_one_line_of_a_sync(void)
{
    begin();
    put_job("now", "running", "2024-05-02");
    scratch_sql("UPDATE transaction_batches SET amount_cents = 5");
    scratch_sql("UPDATE transaction_batches SET amount_cents = 6");
    CHECK_STR(told(), "transaction_batches 01 2024-05-01/R/T/3 amount_cents 1000>6 now");
    scratch_sql("UPDATE transaction_batches SET amount_cents = 1000");
    CHECK_STR(told(), "");
    scratch_sql("UPDATE transaction_batches SET amount_cents = NULL");
    scratch_sql("UPDATE sync_jobs SET status = 'completed'");
    put_job("next", "running", "2024-05-04");
    scratch_sql("UPDATE transaction_batches SET amount_cents = 1000");
    CHECK_STR(told(), "transaction_batches 01 2024-05-01/R/T/3 amount_cents 1000>null now; "
                      "transaction_batches 01 2024-05-01/R/T/3 amount_cents null>1000 next");
    struct db_reader *r = scratch_reader();
    int64_t count = 0;
    CHECK(change_query_of_sync(r, "next", &count, &e));
    CHECK_INT(count, 1);
    db_reader_close(r);
}

/* By hand, while no sync runs: each is kept. */
static void test_outside_of_a_sync(void)
{
    begin();
    scratch_sql("UPDATE transactions SET amount_cents = 5");
    scratch_sql("UPDATE transactions SET amount_cents = 1000");
    CHECK_STR(told(), "transactions 01 7 amount_cents 1000>5 -; "
                      "transactions 01 7 amount_cents 5>1000 -");
}

static void test_a_file_of_each_older_step(void)
{
    for (size_t steps = 2; steps < schema_steps_len; steps++) {
        scratch_old(steps);
        put_rows();
        put_job("now", "running", "2024-05-02");
        if (steps < 5) {
            scratch_sql("UPDATE transactions SET amount_cents = 900");
        }
        db_writer_close(scratch_writer());
        CHECK_STR(told(), "");
        CHECK_INT(scratch_number("SELECT count(*) FROM sync_checkpoints WHERE per_page = 0"), 1);
        scratch_sql("UPDATE transactions SET amount_cents = 800");
        CHECK_STR(told(), steps < 5 ? "transactions 01 7 amount_cents 900>800 now"
                                    : "transactions 01 7 amount_cents 1000>800 now");
    }
}

static void test_the_job_is_found_by_index(void)
{
    char plans[4096];
    begin();
    sqlite3 *db = scratch_handle();
    sqlite3_stmt *s = NULL;
    CHECK(!sqlite3_prepare_v2(db,
                              "SELECT id FROM sync_jobs WHERE status = 'running' ORDER BY "
                              "created_at DESC LIMIT 1",
                              -1, &s, NULL));
    scratch_plans(db, plans, sizeof plans);
    CHECK(strstr(plans, "USING INDEX sync_jobs_by_status") && !strstr(plans, "TEMP B-TREE"));
    sqlite3_finalize(s);
    sqlite3_close(db);
}

static const struct unit_case cases[] = {
    {"each_table", test_each_table},
    {"what_is_no_change", test_what_is_no_change},
    {"one_line_of_a_sync", test_one_line_of_a_sync},
    {"outside_of_a_sync", test_outside_of_a_sync},
    {"a_file_of_each_older_step", test_a_file_of_each_older_step},
    {"the_job_is_found_by_index", test_the_job_is_found_by_index},
};

UNIT_MAIN(cases)
