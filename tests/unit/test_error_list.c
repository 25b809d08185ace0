/* Failed items and errors in pieces: orders, scopes, states, kept totals; on a real file. */
#include "core/base/text.h"
#include "db/conn.h"
#include "db/error_list.h"
#include "db/failed_query.h"
#include "db/failed_store.h"
#include "tests/unit/scratch_db.h"

enum { SEEN_MAX = 64 };

static struct err e;
static struct {
    char text[2048]; /* ids, a blank behind each */
    struct list_key keys[SEEN_MAX];
    int count;
} seen;

static const struct error_scope only_open = {0};
static const struct error_scope all = {.with_resolved = true};
static const struct error_scope lately = {.since = "2024-02-01T00:00:00.000Z"};

static bool note(void *data, const struct error_row *row, const struct list_key *key)
{
    (void)data;
    size_t len = strlen(seen.text);
    CHECK_INT(key->row, row->id);
    CHECK(!row->error && !row->range_from);
    snprintf(seen.text + len, sizeof seen.text - len, "%lld ", (long long)row->id);
    seen.keys[seen.count++] = *key;
    return true;
}

static const char *read_slice(struct db_reader *r, const struct error_scope *scope,
                              struct list_slice slice)
{
    int got = -1;
    memset(&seen, 0, sizeof seen);
    CHECK(error_list_read(r, scope, &slice, note, NULL, &got, &e));
    CHECK_INT(got, seen.count);
    return seen.text;
}

static const char *whole(struct db_reader *r, const struct error_scope *scope, int order)
{
    return read_slice(r, scope, (struct list_slice){order, .count = SEEN_MAX});
}

static void put_item(int id, const char *type, const char *item, const char *made, const char *next,
                     const char *resolved, const char *resolution)
{
    scratch_sql("INSERT INTO sync_failed_items (id, sync_id, item_type, item_id, error_details, "
                "next_retry_at, resolved_at, resolution, created_at, range_from) VALUES (%d, 's', "
                "%Q, %Q, '{\"class\":\"transient\",\"code\":\"http_503\",\"message\":\"m\","
                "\"http_status\":503}', %Q, %Q, %Q, %Q, '2024-01-01')",
                id, type, item, next, resolved, resolution, made);
}

static void put_job(const char *id, const char *status, const char *at)
{
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, triggered_by, created_at, "
                "error_details) VALUES (%Q, 'daily', %Q, 'api', %Q, "
                "'{\"class\":\"auth\",\"message\":\"no\"}')",
                id, status, at);
}

static void put_some(void)
{
    put_item(1, "transaction", "7", "2024-01-01", "2024-01-09", NULL, NULL);
    put_item(2, "merchant", "9", "2024-01-02", NULL, NULL, NULL);
    put_item(3, "residual", "2024-01", "2024-01-02", "2024-01-05", NULL, NULL);
    put_item(4, "merchant", "8", "2024-01-03", NULL, "2024-01-04", "healed");
    put_item(5, "merchant", "8", "2024-01-04", NULL, "2024-02-01T00:00:00.000Z", "covered");
    put_item(6, "merchant", "7", "2024-01-05", NULL, "2024-02-02", "given_up");
    put_job("j1", "failed", "2024-01-02");
    put_job("j2", "completed", "2024-01-03");
    put_job("j3", "failed", "2024-01-06");
}

static struct db_reader *open_some(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    put_some();
    return scratch_reader();
}

static void test_orders_and_scopes(void)
{
    struct db_reader *r = open_some();
    CHECK_STR(whole(r, &only_open, ERROR_ORDER_NEWEST), "-3 3 2 -1 1 ");
    CHECK_STR(whole(r, &only_open, ERROR_ORDER_OLDEST), "1 -1 2 3 -3 ");
    CHECK_STR(whole(r, &only_open, ERROR_ORDER_NEXT_TRY), "3 1 2 -1 -3 ");
    CHECK_STR(whole(r, &only_open, ERROR_ORDER_ITEM), "2 3 -1 -3 1 ");
    CHECK_STR(whole(r, &lately, ERROR_ORDER_NEWEST), "-3 6 5 3 2 -1 1 ");
    CHECK_STR(whole(r, &lately, ERROR_ORDER_NEXT_TRY), "3 1 2 5 6 -1 -3 ");
    CHECK_STR(whole(r, &lately, ERROR_ORDER_ITEM), "6 5 2 3 -1 -3 1 ");
    CHECK_STR(whole(r, &all, ERROR_ORDER_NEWEST), "-3 6 5 4 3 2 -1 1 ");
    CHECK_STR(whole(r, &all, ERROR_ORDER_NEXT_TRY), "3 1 2 4 5 6 -1 -3 ");
    CHECK_STR(whole(r, &all, ERROR_ORDER_ITEM), "6 4 5 2 3 -1 -3 1 ");
    db_reader_close(r);
}

static void check_pieces(struct db_reader *r, const struct error_scope *scope, int order)
{
    char first[2048];
    struct list_key keys[SEEN_MAX];
    text_copy(first, sizeof first, whole(r, scope, order));
    int count = seen.count;
    memcpy(keys, seen.keys, sizeof keys);
    for (int i = 0; i < count; i++) {
        struct list_key key;
        bool found = false;
        CHECK(error_list_key(r, order, keys[i].row, &key, &found, &e) && found);
        CHECK_STR(key.sort, keys[i].sort);
        CHECK_INT(key.is_cut, keys[i].is_cut);
        struct list_slice slice = {order, .from = &keys[i], .inclusive = true, .count = 99};
        read_slice(r, scope, slice);
        CHECK_INT(seen.count, count - i);
        CHECK_INT(seen.keys[0].row, keys[i].row);
        slice.backward = true;
        slice.inclusive = false;
        read_slice(r, scope, slice);
        CHECK_INT(seen.count, i);
        for (int j = 0; j < i; j++) {
            CHECK_INT(seen.keys[j].row, keys[i - 1 - j].row);
        }
    }
    struct list_key at = {0};
    char joined[2048] = "";
    for (int i = 0; i < count; i += seen.count) { /* two by two */
        strcat(joined, read_slice(r, scope, (struct list_slice){order, .from = &at, .count = 2}));
        at = seen.keys[seen.count - 1];
    }
    CHECK_STR(joined, first);
}

static void test_pieces_join(void)
{
    struct db_reader *r = open_some();
    for (int i = 0; i < 7; i++) { /* of one moment; and too long for a key */
        scratch_sql("INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, "
                    "created_at, next_retry_at) VALUES ('s', 'merchant', "
                    "printf('%%.*c', 200, '1') || %d, '{', '2024-01-02', '2024-01-05')",
                    7 - i);
        scratch_sql("INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, "
                    "created_at, resolved_at) VALUES ('s', 'merchant', 'x' || char(0) || %d, '{', "
                    "'2024-01-02' || char(0) || %d, '2024-03-01')",
                    i, 7 - i);
    }
    for (int order = 0; order < ERROR_ORDER_COUNT; order++) {
        check_pieces(r, &only_open, order);
        check_pieces(r, &lately, order);
        check_pieces(r, &all, order);
    }
    db_reader_close(r);
}

static int64_t count_of(struct db_reader *r, const struct error_scope *scope)
{
    int64_t n = -1;
    CHECK(error_list_count(r, scope, &n, &e));
    return n;
}

static void check_totals(struct db_reader *r)
{
    struct failed_counts counts;
    CHECK(failed_query_counts(r, &counts, &e));
    CHECK_INT(counts.pending, scratch_number("SELECT count(*) FROM sync_failed_items WHERE "
                                             "resolved_at IS NULL AND next_retry_at IS NOT NULL"));
    CHECK_INT(counts.permanent, scratch_number("SELECT count(*) FROM sync_failed_items WHERE "
                                               "resolved_at IS NULL AND next_retry_at IS NULL"));
    CHECK_INT(counts.given_up, scratch_number("SELECT count(*) FROM sync_failed_items WHERE "
                                              "resolution IS 'given_up'"));
    CHECK_INT(counts.total, scratch_number("SELECT count(*) FROM sync_failed_items"));
    CHECK_INT(counts.total, counts.pending + counts.permanent + counts.recovered + counts.given_up);
    CHECK_INT(scratch_number("SELECT ifnull(sum(items), 0) FROM sync_error_days"), counts.total);
    for (int i = 0; i < 3; i++) {
        const struct error_scope *scope = i == 0 ? &only_open : i == 1 ? &lately : &all;
        int64_t n = count_of(r, scope);
        whole(r, scope, ERROR_ORDER_NEWEST);
        CHECK_INT(n < SEEN_MAX ? n : SEEN_MAX, seen.count);
    }
}

static void test_totals_follow(void)
{
    struct db_reader *r = open_some();
    struct db_writer *w = scratch_writer();
    bool found = false;
    bool is_first = false;
    check_totals(r);
    CHECK(db_begin(w, &e));
    CHECK(failed_give_up(w, 1, "why", "2024-03-01", &found, &e) && found);
    struct failed_item item = {.sync_id = "t",
                               .item_type = "merchant",
                               .item_id = "9",
                               .error_json = "{\"class\":\"transient\",\"code\":\"timeout\"}",
                               .next_retry_at = "2024-04-01",
                               .now = "2024-03-01"};
    CHECK(failed_put(w, &item, &is_first, &e) && is_first); /* the open one, now pending */
    CHECK(db_commit(w, &e));
    check_totals(r);
    CHECK_INT(scratch_number("SELECT items FROM sync_error_days WHERE kind = 'timeout'"), 1);
    scratch_sql("UPDATE sync_failed_items SET resolved_at = NULL, resolution = NULL WHERE id = 6; "
                "UPDATE sync_failed_items SET resolution = NULL WHERE id = 5; "
                "UPDATE OR REPLACE sync_failed_items SET item_type = 'residual' WHERE id = 3; "
                "INSERT OR IGNORE INTO sync_failed_items (sync_id, item_type, item_id, "
                "error_details, created_at) VALUES ('s', 'merchant', '7', '{}', 'x'), "
                "('s', 'merchant', '70', 'no', 'x'), ('s', 'merchant', '71', '[1]', 'x')");
    check_totals(r);
    scratch_sql(
        "UPDATE sync_failed_items SET error_details = '{\"class\":\"permanent\"}', "
        "created_at = '2025-01-01' WHERE id > 2; DELETE FROM sync_failed_items WHERE id = 4");
    check_totals(r);
    scratch_sql("DELETE FROM sync_failed_items");
    check_totals(r);
    CHECK_INT(scratch_number("SELECT count(*) FROM sync_error_days"), 0);
    db_writer_close(w);
    db_reader_close(r);
}

/* A day has a bounded number of kinds, whatever somebody writes. */
static void test_kinds_are_bounded(void)
{
    struct db_reader *r = open_some();
    scratch_sql(
        "WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200) INSERT INTO "
        "sync_failed_items (sync_id, item_type, item_id, error_details, created_at) SELECT "
        "'s', 'merchant', 'k' || i, json_object('class', 'c' || i, 'code', i), '2024-05-05' "
        "FROM n");
    CHECK_INT(scratch_number("SELECT count(*) FROM sync_error_days WHERE day = '2024-05-05'"), 33);
    check_totals(r);
    scratch_sql("DELETE FROM sync_failed_items WHERE created_at = '2024-05-05'");
    check_totals(r);
    db_reader_close(r);
}

static void test_states(void)
{
    struct db_reader *r = open_some();
    int64_t ids[] = {1, 2, 4, 5, 6, -1, -2, 99, 0};
    enum error_state states[9];
    CHECK(error_list_states(r, ids, 9, states, &e));
    const enum error_state expected[] = {
        ERROR_STATE_PENDING, ERROR_STATE_PERMANENT, ERROR_STATE_HEALED,
        ERROR_STATE_COVERED, ERROR_STATE_GIVEN_UP,  ERROR_STATE_JOB,
        ERROR_STATE_GONE,    ERROR_STATE_GONE,      ERROR_STATE_GONE,
    };
    for (int i = 0; i < 9; i++) {
        CHECK_STR(error_state_names[states[i]], error_state_names[expected[i]]);
    }
    db_reader_close(r);
}

static void note_whole(void *data, const struct error_row *row)
{
    (void)data;
    size_t len = strlen(seen.text);
    snprintf(seen.text + len, sizeof seen.text - len, "%lld/%s/%s/%s/%s/%s/%lld/%s/%s ",
             (long long)row->id, error_state_names[row->state], row->item_type, row->item_id,
             row->class ? row->class : "-", row->code ? row->code : "-",
             (long long)row->http_status, row->error ? "json" : "-",
             row->range_from ? row->range_from : "-");
}

static void test_rows_whole(void)
{
    struct db_reader *r = open_some();
    bool found = false;
    scratch_sql("UPDATE sync_failed_items SET error_details = 'no json' WHERE id = 2");
    memset(&seen, 0, sizeof seen);
    CHECK(error_list_get(r, 1, note_whole, NULL, &found, &e) && found);
    CHECK(error_list_get(r, 2, note_whole, NULL, &found, &e) && found);
    CHECK(error_list_get(r, -3, note_whole, NULL, &found, &e) && found);
    CHECK(error_list_get(r, -2, note_whole, NULL, &found, &e) && !found);
    CHECK(error_list_get(r, 77, note_whole, NULL, &found, &e) && !found);
    CHECK_STR(seen.text, "1/pending/transaction/7/transient/http_503/503/json/2024-01-01 "
                         "2/permanent/merchant/9/-/-/0/-/2024-01-01 "
                         "-3/failed/sync/j3/auth/-/0/json/- ");
    memset(&seen, 0, sizeof seen);
    CHECK(error_list_past(r, "merchant", "8", 9, note_whole, NULL, &e));
    CHECK_STR(seen.text, "5/covered/merchant/8/transient/http_503/503/json/2024-01-01 "
                         "4/healed/merchant/8/transient/http_503/503/json/2024-01-01 ");
    db_reader_close(r);
}

static void test_older_files(void)
{
    for (size_t steps = 0; steps <= 2; steps++) {
        scratch_old(steps);
        if (steps == 2) {
            put_some();
        }
        struct db_reader *r = scratch_reader();
        bool found = true;
        int64_t id = 1;
        enum error_state state;
        for (int order = 0; order < ERROR_ORDER_COUNT; order++) {
            whole(r, &all, order);
            CHECK_INT(seen.count, steps == 2 ? 8 : 0);
        }
        CHECK_INT(count_of(r, &all), steps == 2 ? 8 : 0);
        CHECK_INT(count_of(r, &lately), steps == 2 ? 7 : 0);
        CHECK(error_list_get(r, 1, note_whole, NULL, &found, &e));
        CHECK_INT(found, steps == 2);
        CHECK(error_list_past(r, "merchant", "8", 9, note_whole, NULL, &e));
        CHECK(error_list_states(r, &id, 1, &state, &e));
        CHECK_INT(state, steps == 2 ? ERROR_STATE_PENDING : ERROR_STATE_GONE);
        if (steps == 2) { /* brought up to date while it is open */
            db_writer_close(scratch_writer());
            check_totals(r);
        }
        db_reader_close(r);
    }
}

/* Sorting is allowed of the few that were resolved lately, nothing else. */
static void test_nothing_is_sorted_or_scanned(void)
{
    struct db_reader *r = open_some();
    static char plans[60000];
    for (int order = 0; order < ERROR_ORDER_COUNT; order++) {
        for (int i = 0; i < 2; i++) {
            whole(r, i ? &all : &only_open, order);
            struct list_key key = seen.keys[0];
            read_slice(r, i ? &all : &only_open,
                       (struct list_slice){order, .count = 2, .backward = true, .from = &key});
        }
    }
    scratch_plans(reader_conn(r)->handle, plans, sizeof plans);
    if (strstr(plans, "TEMP B-TREE") || strstr(plans, "SCAN sync_")) {
        unit_fail(__FILE__, __LINE__, plans);
    }
    CHECK(strstr(plans, "sync_failed_open_by_try (<expr>>?)"));
    CHECK(strstr(plans, "sync_failed_open_by_time (created_at<?)"));
    whole(r, &lately, ERROR_ORDER_NEWEST);
    scratch_plans(reader_conn(r)->handle, plans, sizeof plans);
    CHECK(strstr(plans, "sync_failed_done_by_end (resolved_at>?)"));
    db_reader_close(r);
}

static const struct unit_case cases[] = {
    {"orders_and_scopes", test_orders_and_scopes},
    {"pieces_join", test_pieces_join},
    {"totals_follow", test_totals_follow},
    {"kinds_are_bounded", test_kinds_are_bounded},
    {"states", test_states},
    {"rows_whole", test_rows_whole},
    {"older_files", test_older_files},
    {"nothing_is_sorted_or_scanned", test_nothing_is_sorted_or_scanned},
};

UNIT_MAIN(cases)
