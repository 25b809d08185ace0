/* The database's folder on a real file: opening, locks, rows by content, twins, metrics. */
#include "core/base/err.h"
#include "core/base/mem.h"
#include "db/batch_store.h"
#include "db/checkpoint_store.h"
#include "db/conn.h"
#include "db/db.h"
#include "db/failed_store.h"
#include "db/file.h"
#include "db/merchant_store.h"
#include "db/metrics_store.h"
#include "db/residual_store.h"
#include "db/run_lock.h"
#include "db/schema.h"
#include "db/seen.h"
#include "db/tables.h"
#include "tests/unit/unit.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[32];
static char path[128];
static struct err e;

static int remove_entry(const char *name, const struct stat *st, int type, struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(name);
}

static void remove_folder(void)
{
    nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static struct db_writer *open_new(void)
{
    if (folder[0]) {
        remove_folder();
    } else {
        atexit(remove_folder);
    }
    strcpy(folder, "/tmp/ipsync-test-XXXXXX");
    CHECK(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/sub/folder/ipsync.db", folder);
    struct db_writer *w = db_writer_open(path, 64, &e);
    if (!w) {
        unit_fail(__FILE__, __LINE__, e.message);
    }
    return w;
}

static int64_t number(const char *sql)
{
    sqlite3 *db = NULL;
    sqlite3_stmt *s = NULL;
    CHECK(!sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL));
    CHECK(!sqlite3_prepare_v2(db, sql, -1, &s, NULL));
    CHECK(sqlite3_step(s) == SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

static void plain_sql(const char *sql)
{
    sqlite3 *db = NULL;
    CHECK(!sqlite3_open(path, &db));
    CHECK(!sqlite3_exec(db, sql, NULL, NULL, NULL));
    sqlite3_close(db);
}

static unsigned mode_of(const char *name)
{
    struct stat st;
    CHECK(!stat(name, &st));
    return st.st_mode & 0777;
}

static void test_made_for_its_owner_alone(void)
{
    umask(0);
    struct db_writer *w = open_new();
    char parent[128];
    snprintf(parent, sizeof parent, "%s/sub/folder", folder);
    CHECK_INT(mode_of(parent), 0700);
    CHECK_INT(mode_of(path), 0600);
    CHECK_INT(number("PRAGMA user_version"), (int64_t)schema_steps_len);
    db_writer_close(w);
}

static void test_newer_schema_is_refused_untouched(void)
{
    db_writer_close(open_new());
    plain_sql("PRAGMA user_version = 999; PRAGMA wal_checkpoint(TRUNCATE)");
    CHECK(!db_writer_open(path, 64, &e));
    CHECK_INT(e.kind, ERR_CONFIG);
    CHECK(strstr(e.message, "newer"));
    CHECK(!db_reader_open(path, &e));
    CHECK_INT(number("PRAGMA user_version"), 999);
}

static void test_foreign_database_is_refused(void)
{
    db_writer_close(open_new());
    plain_sql("PRAGMA application_id = 7");
    CHECK(!db_writer_open(path, 64, &e));
    CHECK_INT(e.kind, ERR_CONFIG);
    CHECK(strstr(e.message, "another program"));
}

static void test_locks_die_with_their_holder(void)
{
    db_writer_close(open_new());
    CHECK(!run_lock_is_held(path));
    int fd = run_lock_take(path, &e);
    CHECK(fd >= 0);
    CHECK(run_lock_is_held(path));
    CHECK_INT(run_lock_take(path, &e), -1);
    CHECK_INT(e.kind, ERR_BUSY);
    close(fd);
    CHECK(!run_lock_is_held(path));
}

static enum table_put put_line_item(struct db_writer *w, int64_t id, const char *text, bool hint)
{
    struct value row[LINE_ITEM_COLUMNS] = {0};
    enum table_put put = TABLE_NEW;
    row[LINE_ITEM_YEAR] = value_int(2024);
    row[LINE_ITEM_MONTH] = value_int(4);
    row[LINE_ITEM_ID] = value_int(id);
    row[LINE_ITEM_DESCRIPTION] = value_text(text);
    CHECK(table_put(w, &table_line_items, row, hint, &put, &e));
    return put;
}

static void test_rows_by_content(void)
{
    struct db_writer *w = open_new();
    CHECK(db_begin(w, &e));
    CHECK_INT(put_line_item(w, 1, "a", true), TABLE_NEW);
    CHECK_INT(put_line_item(w, 1, "a", true), TABLE_UNCHANGED);
    CHECK_INT(put_line_item(w, 1, "a", false), TABLE_UNCHANGED);
    CHECK_INT(put_line_item(w, 1, "b", true), TABLE_UPDATED);
    CHECK_INT(put_line_item(w, 1, NULL, false), TABLE_UPDATED);
    CHECK_INT(put_line_item(w, 1, "", false), TABLE_UPDATED); /* '' is not NULL */
    CHECK_INT(put_line_item(w, 2, "a", false), TABLE_NEW);
    CHECK(db_commit(w, &e));
    plain_sql("UPDATE residual_line_items SET removed_at = 'x' WHERE id = 2");
    CHECK(db_begin(w, &e));
    CHECK_INT(put_line_item(w, 2, "a", true), TABLE_UPDATED); /* it came back */
    CHECK(db_commit(w, &e));
    CHECK_INT(number("SELECT count(*) FROM residual_line_items WHERE removed_at IS NULL"), 2);
    db_writer_close(w);
}

static void test_rollback_takes_all_back(void)
{
    struct db_writer *w = open_new();
    CHECK(db_begin(w, &e));
    put_line_item(w, 1, "a", true);
    db_rollback(w);
    CHECK_INT(number("SELECT count(*) FROM residual_line_items"), 0);
    CHECK(db_begin(w, &e));
    CHECK(db_part_begin(w, &e));
    put_line_item(w, 1, "a", true);
    CHECK(db_part_end(w, false, &e));
    put_line_item(w, 2, "a", true);
    CHECK(db_commit(w, &e));
    CHECK_INT(number("SELECT sum(id) FROM residual_line_items"), 2);
    db_writer_close(w);
}

static int64_t add_batch(struct db_writer *w, const char *date, int ordinal, int64_t cents)
{
    struct value row[BATCH_COLUMNS] = {0};
    int64_t id = 0;
    row[BATCH_MID] = value_text("007");
    row[BATCH_DATE] = value_text(date);
    row[BATCH_AMOUNT] = value_int(cents);
    CHECK(batch_insert(w, row, ordinal, &id, &e));
    return id;
}

static void add_transaction(struct db_writer *w, int64_t id, int64_t batch, const char *type,
                            int64_t cents, int rejected)
{
    struct value row[TRANSACTION_COLUMNS] = {0};
    enum table_put put;
    row[TRANSACTION_MID] = value_text("007");
    row[TRANSACTION_ID] = value_int(id);
    row[TRANSACTION_BATCH_ID] = value_int(batch);
    row[TRANSACTION_TYPE] = value_text(type);
    row[TRANSACTION_AMOUNT] = value_int(cents);
    row[TRANSACTION_REJECTED] = value_int(rejected);
    CHECK(table_put(w, &table_transactions, row, true, &put, &e));
}

static void test_twins_close_their_gaps(void)
{
    struct db_writer *w = open_new();
    struct keyset seen = {0};
    struct batch_removed removed;
    CHECK(db_begin(w, &e));
    add_batch(w, "2024-05-01", 0, 1);
    add_batch(w, "2024-05-01", 1, 2);
    int64_t kept = add_batch(w, "2024-05-01", 2, 3);
    add_batch(w, "2024-06-01", 0, 4); /* outside of what was read */
    keyset_add(&seen, seen_batch(kept));
    struct batch_reading reading = {
        .mid = "007", .from = "2024-05-01", .to = "2024-05-31", .seen = &seen, .now = "now"};
    CHECK(batch_remove_unseen(w, &reading, &removed, &e));
    CHECK(db_commit(w, &e));
    CHECK_INT(removed.batches, 2);
    CHECK_INT(number("SELECT count(*) FROM transaction_batches WHERE removed_at IS NULL"), 2);
    CHECK_INT(number("SELECT ordinal FROM transaction_batches WHERE amount_cents = 3"), 0);
    keyset_done(&seen);
    db_writer_close(w);
}

static void test_metrics_of_what_was_touched(void)
{
    struct db_writer *w = open_new();
    bool left = true;
    CHECK(db_begin(w, &e));
    int64_t may = add_batch(w, "2024-05-31", 0, 1);
    int64_t june = add_batch(w, "2024-06-01", 0, 1);
    add_transaction(w, 1, may, "SALE", 1000, 0);
    add_transaction(w, 2, may, "SALE", 500, 1);
    add_transaction(w, 3, may, "REFUND", -200, 0);
    add_transaction(w, 4, june, "SALE", 7, 0);
    CHECK(metrics_touch_date(w, "007", "2024-05-31", &e));
    CHECK(metrics_calculate_some(w, 10, &left, &e));
    CHECK(db_commit(w, &e));
    CHECK(!left);
    CHECK_INT(number("SELECT count(*) FROM merchant_metrics"), 1);
    CHECK_INT(number("SELECT batches * 1000000 + transactions * 100000 + rejects * 10000 FROM "
                     "merchant_metrics"),
              1310000);
    CHECK_INT(number("SELECT volume_cents FROM merchant_metrics"), 1000);
    CHECK_INT(number("SELECT refunds_cents FROM merchant_metrics"), 200);
    CHECK_INT(number("SELECT count(*) FROM sync_touched"), 0);
    plain_sql("UPDATE transaction_batches SET removed_at = 'x' WHERE batch_date < '2024-06'");
    CHECK(db_begin(w, &e));
    CHECK(metrics_touch(w, "007", 2024, 5, &e));
    CHECK(metrics_calculate_some(w, 10, &left, &e));
    CHECK(db_commit(w, &e));
    CHECK_INT(number("SELECT count(*) FROM merchant_metrics"), 0);
    db_writer_close(w);
}

static void put_merchant(struct db_writer *w, const char *mid)
{
    struct value row[MERCHANT_COLUMNS] = {0};
    enum table_put put;
    row[MERCHANT_MID] = value_text(mid);
    CHECK(table_put(w, &table_merchants, row, true, &put, &e));
}

static void test_merchant_by_its_number(void)
{
    struct db_writer *w = open_new();
    char mid[MID_SIZE];
    int found = 0;
    CHECK(db_begin(w, &e));
    put_merchant(w, "00123");
    put_merchant(w, "0456");
    put_merchant(w, "456");
    put_merchant(w, "0789");
    put_merchant(w, "00789");
    CHECK(db_commit(w, &e));
    struct db_reader *r = db_writer_reader(w);
    CHECK(merchant_by_number(r, "123", mid, &found, &e) && found == 1);
    CHECK_STR(mid, "00123");
    CHECK(merchant_by_number(r, "456", mid, &found, &e) && found == 1);
    CHECK_STR(mid, "456"); /* an exact match wins */
    CHECK(merchant_by_number(r, "789", mid, &found, &e) && found == 2);
    CHECK(merchant_by_number(r, "9", mid, &found, &e) && found == 0);
    db_writer_close(w);
}

/* Its last batch has gone, and so has its last_batch: what is stored of it must go as well. */
static void test_a_merchant_is_asked_for_while_something_of_it_is_stored(void)
{
    struct db_writer *w = open_new();
    struct merchant_span spans[4];
    int count = 0;
    CHECK(db_begin(w, &e));
    put_merchant(w, "1");
    put_merchant(w, "2");
    put_merchant(w, "3");
    CHECK(db_commit(w, &e));
    plain_sql("INSERT INTO transaction_batches (mid, batch_date) VALUES ('1', '2024-05-03')");
    plain_sql("INSERT INTO adjustments (mid, adjustment_date) VALUES ('3', '2024-05-03')");
    struct db_reader *r = db_writer_reader(w);
    CHECK(merchant_next_spans(r, "", "2024-05-01", "2024-05-31", spans, 4, &count, &e));
    CHECK_INT(count, 2);
    CHECK_STR(spans[0].mid, "1");
    CHECK_STR(spans[1].mid, "3");
    CHECK(merchant_next_spans(r, "", "2024-06-01", "2024-06-30", spans, 4, &count, &e));
    CHECK_INT(count, 0);
    db_writer_close(w);
}

static void vanish(struct db_writer *w, int keep, int64_t *gone, bool *held_back)
{
    struct keyset seen = {0};
    char mid[MID_SIZE];
    for (int i = 0; i < keep; i++) {
        snprintf(mid, sizeof mid, "%d", i);
        keyset_add(&seen, seen_mid(mid));
    }
    CHECK(db_begin(w, &e));
    CHECK(merchant_remove_unseen(w, &seen, "now", gone, held_back, NULL, NULL, &e));
    db_rollback(w);
    keyset_done(&seen);
}

static void test_many_that_vanish_at_once_are_held_back(void)
{
    static const struct {
        int all, keep;
        bool held_back;
    } rows[] = {{40, 36, false}, {39, 35, true}, {5, 2, false}, {5, 1, true}, {4, 0, true}};
    struct db_writer *w = open_new();
    char mid[MID_SIZE];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        plain_sql("DELETE FROM merchants");
        CHECK(db_begin(w, &e));
        for (int m = 0; m < rows[i].all; m++) {
            snprintf(mid, sizeof mid, "%d", m);
            put_merchant(w, mid);
        }
        CHECK(db_commit(w, &e));
        int64_t gone = 0;
        bool held_back = false;
        vanish(w, rows[i].keep, &gone, &held_back);
        CHECK_INT(gone, rows[i].all - rows[i].keep);
        CHECK_INT(held_back, rows[i].held_back);
    }
    db_writer_close(w);
}

static void raise_of(struct db_writer *w, const char *type, const char *id, const char *at,
                     const char *from, const char *to)
{
    char *json = mem_printf("{\"class\":\"transient\",\"message\":\"m\",\"at\":\"%s\"}", at);
    struct failed_item item = {.sync_id = "s",
                               .item_type = type,
                               .item_id = id,
                               .error_json = json,
                               .range_from = from,
                               .range_to = to,
                               .now = at};
    bool is_first = false;
    CHECK(failed_put(w, &item, &is_first, &e));
    free(json);
}

static void raise(struct db_writer *w, const char *id, const char *at, const char *from,
                  const char *to)
{
    raise_of(w, "transaction", id, at, from, to);
}

static bool note_gone(void *data, const char *mid, struct err *failed)
{
    (void)failed;
    strcat(data, mid);
    return true;
}

/* Also when its item was raised after it had gone: somebody had asked for that merchant by name. */
static void test_a_merchant_that_has_gone_leaves_no_item_open(void)
{
    struct db_writer *w = open_new();
    struct keyset seen = {0};
    char told[64] = "";
    int64_t gone = 0;
    bool held_back = false;
    CHECK(db_begin(w, &e));
    put_merchant(w, "7");
    put_merchant(w, "8");
    put_merchant(w, "9");
    keyset_add(&seen, seen_mid("9"));
    raise(w, "8/5", "2024-01-01", NULL, NULL);
    CHECK(merchant_remove_unseen(w, &seen, "now", &gone, &held_back, note_gone, told, &e));
    CHECK_INT(gone, 2);
    CHECK_STR(told, "8");
    raise(w, "7", "2024-01-01", NULL, NULL);
    raise(w, "9", "2024-01-01", NULL, NULL);
    raise(w, "77", "2024-01-01", NULL, NULL); /* another one */
    CHECK(merchant_remove_unseen(w, &seen, "now", &gone, &held_back, note_gone, told, &e));
    CHECK_INT(gone, 0);
    CHECK_STR(told, "878"); /* nobody has closed that of 8 */
    db_rollback(w);
    keyset_done(&seen);
    db_writer_close(w);
}

/* Also of one that was never stored, since its record could not be read. */
static void test_a_report_that_has_gone_leaves_no_item_open(void)
{
    struct db_writer *w = open_new();
    struct keyset seen = {0};
    int64_t rows = 0;
    int64_t reports = 0;
    keyset_add(&seen, seen_id(7));
    CHECK(db_begin(w, &e));
    raise_of(w, "residual", "2024-05/7", "2024-06-01", NULL, NULL);
    raise_of(w, "residual", "2024-05/8", "2024-06-01", NULL, NULL);
    raise_of(w, "residual", "2024-05/9/00123", "2024-06-01", NULL, NULL);
    raise_of(w, "residual", "2024-05/lineitems", "2024-06-01", NULL, NULL);
    raise_of(w, "residual", "2024-06/8", "2024-06-01", NULL, NULL);
    CHECK(residual_remove_unseen_reports(w, 2024, 5, &seen, "now", &rows, &reports, &e));
    CHECK(db_commit(w, &e));
    CHECK_INT(reports, 0);
    CHECK_INT(number("SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL AND item_id "
                     "IN ('2024-05/7', '2024-05/lineitems', '2024-06/8')"),
              3);
    CHECK_INT(number("SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL"), 3);
    keyset_done(&seen);
    db_writer_close(w);
}

static void test_failed_items_are_covered_by_what_was_read(void)
{
    struct db_writer *w = open_new();
    int64_t resolved = 0;
    CHECK(db_begin(w, &e));
    raise(w, "12", "2024-01-01", "2024-05-01", "2024-05-31");
    raise(w, "12", "2024-01-02", "2024-05-01", "2024-05-31"); /* once while open */
    raise(w, "12/5", "2024-01-01", "2024-05-03", "2024-05-03");
    raise(w, "12/6", "2024-01-01", "2024-07-03", "2024-07-03"); /* other days */
    raise(w, "12/7", "2024-02-02", "2024-05-03", "2024-05-03"); /* raised by this very reading */
    raise(w, "123", "2024-01-01", "2024-05-01", "2024-05-31");  /* another merchant */
    struct failed_cover cover = {.item_type = "transaction",
                                 .item_id = "12",
                                 .from = "2024-05-01",
                                 .to = "2024-05-31",
                                 .resolution = "covered",
                                 .now = "2024-02-03",
                                 .since = "2024-02-01"};
    CHECK(failed_resolve_covered(w, &cover, &resolved, &e));
    CHECK(db_commit(w, &e));
    CHECK_INT(resolved, 2);
    CHECK_INT(number("SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL"), 3);
    cover.sync_id = "s";
    CHECK(db_begin(w, &e) && failed_resolve_covered(w, &cover, &resolved, &e) && db_commit(w, &e));
    CHECK_INT(resolved, 0);
    cover.sync_id =
        "another"; /* the clock was set back since: 12/7 was raised before all the same */
    CHECK(db_begin(w, &e) && failed_resolve_covered(w, &cover, &resolved, &e) && db_commit(w, &e));
    CHECK_INT(resolved, 1);
    db_writer_close(w);
}

static void test_checkpoint_counts_only_for_the_same_scope(void)
{
    struct db_writer *w = open_new();
    struct checkpoint p = {.sync_type = "initial",
                           .walk = "w",
                           .scope = "a",
                           .version = "1",
                           .pages = 2,
                           .total = 30,
                           .rows_seen = 20,
                           .whole = true,
                           .started_at = "2024-01-01T00:00:00.000Z"};
    uint64_t keys[] = {5, 6};
    struct keyset seen = {0};
    bool found = false;
    CHECK(db_begin(w, &e));
    CHECK(checkpoint_save(w, &p, "2024-01-02", &e));
    CHECK(checkpoint_save_keys(w, &p, keys, 2, &e));
    CHECK(db_commit(w, &e));
    struct db_reader *r = db_writer_reader(w);
    struct checkpoint q = {.sync_type = "initial", .walk = "w", .scope = "a", .version = "1"};
    CHECK(checkpoint_find(r, &q, "2024-01-01", "2024-01-03", &found, &e) && found);
    CHECK_INT(q.pages, 2);
    CHECK_INT(q.total, 30);
    CHECK(q.whole && !q.complete);
    CHECK(checkpoint_load_keys(r, &q, &seen, &e));
    CHECK(keyset_has(&seen, 5) && keyset_has(&seen, 6) && seen.count == 2);
    CHECK(checkpoint_find(r, &q, "2024-01-03", "2024-01-03", &found, &e) && !found); /* too old */
    CHECK(checkpoint_find(r, &q, "2023-12-30", "2024-01-01", &found, &e) && !found); /* to come */
    q.scope = "b";
    CHECK(checkpoint_find(r, &q, "2024-01-01", "2024-01-03", &found, &e) && !found);
    q.scope = "a";
    q.version = "2";
    CHECK(checkpoint_find(r, &q, "2024-01-01", "2024-01-03", &found, &e) && !found);
    keyset_done(&seen);
    db_writer_close(w);
}

static void test_a_query_that_is_told_to_stop(void)
{
    int fds[2];
    int64_t n = 0;
    db_writer_close(open_new());
    struct db_reader *r = db_reader_open(path, &e);
    CHECK(r && !pipe(fds));
    db_reader_set_stop(r, fds[0]);
    static const char long_one[] =
        "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c "
        "LIMIT ?1) SELECT count(*) FROM c";
    CHECK(conn_number(reader_conn(r), &e, &n, 0, long_one, "i", INT64_C(100000)));
    CHECK_INT(n, 100000);
    CHECK_INT(write(fds[1], "x", 1), 1);
    CHECK(!conn_number(reader_conn(r), &e, &n, 0, long_one, "i", INT64_MAX));
    CHECK_INT(e.kind, ERR_STOPPED);
    db_reader_close(r);
    close(fds[0]);
    close(fds[1]);
}

static void test_sums_that_fit_no_number(void)
{
    CHECK_INT(conn_add(INT64_MAX, 1), INT64_MAX);
    CHECK_INT(conn_add(INT64_MIN, -1), INT64_MIN);
    CHECK_INT(conn_add(INT64_MAX, INT64_MIN), -1);
    db_writer_close(open_new());
    struct db_reader *r = db_reader_open(path, &e);
    CHECK(r);
    static const struct {
        const char *sql;
        int64_t sum;
    } sums[] = {
        {"SELECT " CONN_SUM("column1") " FROM (VALUES (9223372036854775807), (1))", INT64_MAX},
        {"SELECT " CONN_SUM("column1") " FROM (VALUES (-9223372036854775807), (-9))", INT64_MIN},
        {"SELECT " CONN_SUM("column1") " FROM (VALUES (-1234567), (1), (NULL))", -1234566},
        {"SELECT " CONN_SUM("column1") " FROM (VALUES (1)) WHERE 0", 0},
    };
    for (size_t i = 0; i < sizeof sums / sizeof sums[0]; i++) {
        sqlite3_stmt *s = conn_statement(reader_conn(r), &e, sums[i].sql);
        CHECK_INT(conn_step(reader_conn(r), s, &e), 1);
        CHECK_INT(conn_sum(s, 0), sums[i].sum);
        sqlite3_reset(s);
    }
    db_reader_close(r);
}

static const struct unit_case cases[] = {
    {"a_query_that_is_told_to_stop", test_a_query_that_is_told_to_stop},
    {"sums_that_fit_no_number", test_sums_that_fit_no_number},
    {"made_for_its_owner_alone", test_made_for_its_owner_alone},
    {"newer_schema_is_refused_untouched", test_newer_schema_is_refused_untouched},
    {"foreign_database_is_refused", test_foreign_database_is_refused},
    {"locks_die_with_their_holder", test_locks_die_with_their_holder},
    {"rows_by_content", test_rows_by_content},
    {"rollback_takes_all_back", test_rollback_takes_all_back},
    {"twins_close_their_gaps", test_twins_close_their_gaps},
    {"metrics_of_what_was_touched", test_metrics_of_what_was_touched},
    {"merchant_by_its_number", test_merchant_by_its_number},
    {"a_merchant_is_asked_for_while_something_of_it_is_stored",
     test_a_merchant_is_asked_for_while_something_of_it_is_stored},
    {"many_that_vanish_at_once_are_held_back", test_many_that_vanish_at_once_are_held_back},
    {"a_merchant_that_has_gone_leaves_no_item_open",
     test_a_merchant_that_has_gone_leaves_no_item_open},
    {"a_report_that_has_gone_leaves_no_item_open", test_a_report_that_has_gone_leaves_no_item_open},
    {"failed_items_are_covered_by_what_was_read", test_failed_items_are_covered_by_what_was_read},
    {"checkpoint_counts_only_for_the_same_scope", test_checkpoint_counts_only_for_the_same_scope},
};

UNIT_MAIN(cases)
