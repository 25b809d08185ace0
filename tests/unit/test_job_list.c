/* The history in pieces: orders, keys, one job whole; on a real file. */
#include "db/conn.h"
#include "db/job_list.h"
#include "tests/unit/scratch_db.h"

#include "core/base/text.h"

enum { SEEN_MAX = 64 };

static struct err e;
static struct {
    char text[1024]; /* ids, a blank behind each */
    struct list_key keys[SEEN_MAX];
    int count, stop_after;
    struct job_row last; /* numbers alone are good */
    char status[16], message[64], started[32];
} seen;

static bool note(void *data, const struct job_row *job, const struct list_key *key)
{
    (void)data;
    size_t len = strlen(seen.text);
    snprintf(seen.text + len, sizeof seen.text - len, "%s ", job->id);
    seen.keys[seen.count++] = *key;
    seen.last = *job;
    text_copy(seen.status, sizeof seen.status, job->status);
    text_copy(seen.message, sizeof seen.message, job->error_message);
    text_copy(seen.started, sizeof seen.started, job->started_at);
    CHECK(!job->results && !job->error && !job->settings);
    return seen.count != seen.stop_after;
}

static const char *read_slice(struct db_reader *r, struct list_slice slice)
{
    int got = -1;
    memset(&seen, 0, sizeof seen);
    CHECK(job_list_read(r, true, &slice, note, NULL, &got, &e));
    CHECK_INT(got, seen.count);
    return seen.text;
}

static void put_job(const char *id, const char *type, const char *status, const char *at)
{
    scratch_sql("INSERT INTO sync_jobs (id, sync_type, status, started_at, completed_at, "
                "triggered_by, created_at) VALUES (%Q, %Q, %Q, %Q, %Q, 'manual', %Q)",
                id, type, status, at, strcmp(status, "running") ? at : NULL, at);
}

static void put_some(void)
{
    put_job("a", "daily", "completed", "2024-01-01T00:00:00.000Z");
    put_job("b", "initial", "failed", "2024-01-02T00:00:00.000Z");
    put_job("c", "daily", "completed", "2024-01-02T00:00:00.000Z"); /* the same moment */
    put_job("d", "manual", "partial", "2024-01-03T00:00:00.000Z");
    put_job("e", "daily", "running", "2024-01-04T00:00:00.000Z");
}

static struct db_reader *open_some(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    put_some();
    return scratch_reader();
}

static void test_orders(void)
{
    struct db_reader *r = open_some();
    CHECK_STR(read_slice(r, (struct list_slice){.order = JOB_ORDER_NEWEST, .count = 9}),
              "e d c b a ");
    CHECK_STR(read_slice(r, (struct list_slice){.order = JOB_ORDER_OLDEST, .count = 9}),
              "a b c d e ");
    CHECK_STR(read_slice(r, (struct list_slice){.order = JOB_ORDER_TYPE, .count = 9}),
              "d b e c a ");
    CHECK_STR(read_slice(r, (struct list_slice){.order = JOB_ORDER_STATUS, .count = 9}),
              "e d b c a ");
    db_reader_close(r);
}

/* From each row, in each order, both ways, with it and without it: exactly what stands there. */
static void test_pieces_join(void)
{
    struct db_reader *r = open_some();
    for (int order = 0; order < JOB_ORDER_COUNT; order++) {
        char whole[64];
        struct list_key keys[8];
        text_copy(whole, sizeof whole, read_slice(r, (struct list_slice){order, .count = 9}));
        memcpy(keys, seen.keys, sizeof keys);
        for (int i = 0; i < 5; i++) {
            struct list_key found_key;
            bool found = false;
            char before[16] = {0};
            struct list_slice slice = {order, .from = &keys[i], .count = 9};
            CHECK_STR(read_slice(r, slice), whole + 2 * (i + 1));
            slice.inclusive = true;
            CHECK_STR(read_slice(r, slice), whole + 2 * i);
            slice.backward = true;
            for (int j = i; j >= 0; j--) {
                memcpy(before + 2 * (i - j), whole + 2 * j, 2);
            }
            CHECK_STR(read_slice(r, slice), before);
            slice.inclusive = false;
            CHECK_STR(read_slice(r, slice), before + 2);
            CHECK(job_list_key(r, order, keys[i].row, &found_key, &found, &e) && found);
            CHECK_STR(found_key.sort, keys[i].sort);
        }
    }
    CHECK_STR(read_slice(r, (struct list_slice){JOB_ORDER_NEWEST, .count = 2}), "e d ");
    CHECK_STR(read_slice(r, (struct list_slice){JOB_ORDER_NEWEST, .count = 2, .backward = true}),
              "a b ");
    CHECK_STR(read_slice(r, (struct list_slice){JOB_ORDER_NEWEST, .count = 0}), "");
    db_reader_close(r);
}

static void test_a_key_outlives_its_row(void)
{
    struct db_reader *r = open_some();
    read_slice(r, (struct list_slice){JOB_ORDER_NEWEST, .count = 9});
    struct list_key c = seen.keys[2];
    bool found = true;
    scratch_sql("DELETE FROM sync_jobs WHERE id = 'c'");
    struct list_slice slice = {JOB_ORDER_NEWEST, .from = &c, .inclusive = true, .count = 9};
    CHECK_STR(read_slice(r, slice), "b a ");
    CHECK(job_list_key(r, JOB_ORDER_NEWEST, c.row, &c, &found, &e) && !found);
    db_reader_close(r);
}

/* Foreign programs write what they like: keys that do not fit, and bytes that end a C string. */
static void test_strange_moments(void)
{
    struct db_reader *r = open_some();
    char first[64];
    for (int i = 0; i < 6; i++) {
        scratch_sql(
            "INSERT INTO sync_jobs (id, sync_type, status, triggered_by, created_at) VALUES "
            "('%d', 'daily', 'completed', 'api', '2025' || printf('%%.*c', 300, 'x') || %d)",
            i, 5 - i);
        scratch_sql(
            "INSERT INTO sync_jobs (id, sync_type, status, triggered_by, created_at) VALUES "
            "('n%d', 'daily', 'completed', 'api', '2025' || char(0) || %d)",
            i, i);
    }
    text_copy(first, sizeof first, read_slice(r, (struct list_slice){JOB_ORDER_TYPE, .count = 99}));
    CHECK_STR(first, "d b 0 1 2 3 4 5 n5 n4 n3 n2 n1 n0 e c a ");
    struct list_key at = {0};
    char joined[64] = "";
    for (int i = 0; i < 17; i++) {
        struct list_slice slice = {JOB_ORDER_TYPE, .from = &at, .count = 1};
        strcat(joined, read_slice(r, slice));
        at = seen.keys[0];
    }
    CHECK_STR(joined, first);
    db_reader_close(r);
}

static void test_what_a_row_shows(void)
{
    struct db_reader *r = open_some();
    scratch_sql(
        "UPDATE sync_jobs SET results = '{\"merchants\":{\"new\":3,\"updated\":1,"
        "\"unchanged\":7},\"transactions\":{\"new\":10},\"requests\":12,\"durationMs\":1500,"
        "\"failedItems\":2}', error_details = '{\"message\":\"m\\u0041\"}', pid = 7 "
        "WHERE id IN ('d', 'e')");
    struct list_key key;
    bool found = false;
    for (int64_t row = 4; row <= 5; row++) { /* ended: kept figures; running: its row */
        CHECK(job_list_key(r, JOB_ORDER_NEWEST, row, &key, &found, &e) && found);
        read_slice(r, (struct list_slice){0, .from = &key, .inclusive = true, .count = 1});
        CHECK_INT(seen.last.fresh, 13);
        CHECK_INT(seen.last.updated, 1);
        CHECK_INT(seen.last.unchanged, 7);
        CHECK_INT(seen.last.failed_items, 2);
        CHECK_INT(seen.last.requests, 12);
        CHECK_INT(seen.last.pid, 7);
        CHECK_INT(seen.last.duration_ms, row == 4 ? 1500 : -1);
        CHECK(seen.last.has_counts);
        CHECK_STR(seen.message, "mA");
        CHECK_STR(seen.status, row == 4 ? "partial" : "running");
    }
    int got = 0;
    struct list_slice slice = {JOB_ORDER_NEWEST, .count = 1};
    CHECK(job_list_read(r, false, &slice, note, NULL, &got, &e));
    CHECK_STR(seen.status, "interrupted"); /* nobody runs it */
    scratch_sql("UPDATE sync_jobs SET results = '{broken', error_details = 'x' WHERE id = 'd'");
    slice = (struct list_slice){JOB_ORDER_STATUS, .from = &key, .count = 1};
    CHECK(job_list_key(r, JOB_ORDER_STATUS, 5, &key, &found, &e) && found);
    read_slice(r, slice);
    CHECK_STR(seen.text, "d ");
    CHECK(!seen.last.has_counts && seen.last.fresh == 0);
    CHECK_STR(seen.message, "");
    db_reader_close(r);
}

static void note_whole(void *data, const struct job_row *job)
{
    (void)data;
    strcat(seen.text, job->id);
    strcat(seen.text, job->results ? job->results : "-");
}

static void note_phase(void *data, const struct job_phase *phase)
{
    (void)data;
    size_t len = strlen(seen.text);
    snprintf(seen.text + len, sizeof seen.text - len, " %s=%d%s", phase->phase, phase->percent,
             phase->details ? phase->details : "");
}

static void test_one_job_whole(void)
{
    struct db_reader *r = open_some();
    bool found = false;
    scratch_sql(
        "UPDATE sync_jobs SET results = '{}' WHERE id = 'a'; INSERT INTO sync_progress "
        "VALUES ('a', 'residuals', 5, 'm', '{\"k\":1}', 't'), ('a', 'other', 1, NULL, NULL, "
        "'t'), ('a', 'merchants', 100, NULL, '{no', 't'), ('b', 'metrics', 1, '', '', 't')");
    memset(&seen, 0, sizeof seen);
    CHECK(job_list_get(r, true, "a", note_whole, note_phase, NULL, &found, &e) && found);
    CHECK_STR(seen.text, "a{} merchants=100 residuals=5{\"k\":1} other=1");
    CHECK(job_list_get(r, true, "zz", note_whole, note_phase, NULL, &found, &e) && !found);
    db_reader_close(r);
}

static int64_t count_of(struct db_reader *r)
{
    int64_t n = -1;
    CHECK(job_list_count(r, &n, &e));
    CHECK_INT(n, scratch_number("SELECT count(*) FROM sync_jobs"));
    return n;
}

static void test_count_is_kept(void)
{
    struct db_reader *r = open_some();
    CHECK_INT(count_of(r), 5);
    scratch_sql("UPDATE sync_jobs SET status = 'completed' WHERE id = 'e'");
    CHECK_INT(count_of(r), 5);
    scratch_sql(
        "INSERT OR REPLACE INTO sync_jobs (id, sync_type, status, triggered_by, created_at) "
        "VALUES ('a', 'daily', 'failed', 'api', 'x'), ('b', 'daily', 'pending', 'api', 'x')");
    CHECK_INT(count_of(r), 5);
    scratch_sql(
        "INSERT OR IGNORE INTO sync_jobs (id, sync_type, status, triggered_by, created_at) "
        "VALUES ('a', 'daily', 'failed', 'api', 'x'), ('f', 'daily', 'failed', 'api', 'x')");
    CHECK_INT(count_of(r), 6);
    scratch_sql("DELETE FROM sync_jobs WHERE id < 'c'");
    CHECK_INT(count_of(r), 4);
    scratch_sql("DELETE FROM sync_jobs");
    CHECK_INT(count_of(r), 0);
    CHECK_STR(read_slice(r, (struct list_slice){JOB_ORDER_STATUS, .count = 9}), "");
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
        int64_t n = -1;
        for (int order = 0; order < JOB_ORDER_COUNT; order++) {
            read_slice(r, (struct list_slice){order, .count = 9});
            CHECK_INT(seen.count, steps == 2 ? 5 : 0);
        }
        CHECK(job_list_count(r, &n, &e));
        CHECK_INT(n, steps == 2 ? 5 : 0);
        CHECK(job_list_get(r, true, "a", note_whole, note_phase, NULL, &found, &e));
        CHECK_INT(found, steps == 2);
        if (steps == 2) { /* another process brings it up to date while it is open */
            db_writer_close(scratch_writer());
            CHECK_STR(read_slice(r, (struct list_slice){JOB_ORDER_TYPE, .count = 9}), "d b e c a ");
            CHECK_INT(count_of(r), 5);
        }
        db_reader_close(r);
    }
}

static void test_nothing_is_sorted_or_scanned(void)
{
    struct db_reader *r = open_some();
    static char plans[20000];
    int64_t n = 0;
    bool found = false;
    for (int order = 0; order < JOB_ORDER_COUNT; order++) {
        read_slice(r, (struct list_slice){order, .count = 2});
        struct list_key key = seen.keys[0];
        read_slice(r, (struct list_slice){order, .count = 2, .backward = true, .from = &key});
    }
    CHECK(job_list_count(r, &n, &e));
    CHECK(job_list_get(r, true, "a", note_whole, NULL, NULL, &found, &e));
    scratch_plans(reader_conn(r)->handle, plans, sizeof plans);
    if (strstr(plans, "TEMP B-TREE") || strstr(plans, "SCAN sync_jobs\n")) {
        unit_fail(__FILE__, __LINE__, plans);
    }
    CHECK(strstr(plans, "sync_jobs_by_time (created_at=? AND rowid<?)"));
    db_reader_close(r);
}

static const struct unit_case cases[] = {
    {"orders", test_orders},
    {"pieces_join", test_pieces_join},
    {"a_key_outlives_its_row", test_a_key_outlives_its_row},
    {"strange_moments", test_strange_moments},
    {"what_a_row_shows", test_what_a_row_shows},
    {"one_job_whole", test_one_job_whole},
    {"count_is_kept", test_count_is_kept},
    {"older_files", test_older_files},
    {"nothing_is_sorted_or_scanned", test_nothing_is_sorted_or_scanned},
};

UNIT_MAIN(cases)
