/* Schedules, and the small facts that outlive the process. */
#include "core/base/text.h"
#include "db/schedule_store.h"
#include "db/state_store.h"
#include "tests/unit/scratch_db.h"

static struct err e;
static char text[1024];

static void note(void *data, const struct schedule_row *s)
{
    (void)data;
    size_t len = strlen(text);
    snprintf(text + len, sizeof text - len, "%lld %s '%s' %s %d %s %s %s;", (long long)s->id,
             s->sync_type, s->cron_expression, s->timezone, s->is_active,
             s->next_run ? s->next_run : "-", s->last_run ? s->last_run : "-",
             s->last_status ? s->last_status : "-");
}

static const char *list(struct db_reader *r)
{
    text[0] = '\0';
    CHECK(schedule_each(r, note, NULL, &e));
    return text;
}

static struct db_writer *open_new(void)
{
    scratch_new();
    return scratch_writer();
}

static void test_defaults_are_made_once(void)
{
    struct db_writer *w = open_new();
    struct db_reader *r = db_writer_reader(w);
    bool made = false;
    bool found = false;
    CHECK_STR(list(r), "");
    CHECK(schedule_make_defaults(w, "America/New_York", &made, &e) && made);
    CHECK_STR(list(r), "1 daily '0 11 * * *' America/New_York 1 - - -;"
                       "2 daily '0 19 * * *' America/New_York 1 - - -;");
    CHECK(schedule_make_defaults(w, "Europe/Dublin", &made, &e) && !made);
    CHECK(db_begin(w, &e));
    CHECK(schedule_remove(w, 1, &found, &e) && found);
    CHECK(schedule_remove(w, 1, &found, &e) && !found);
    CHECK(schedule_remove(w, 2, &found, &e) && found);
    CHECK(db_commit(w, &e));
    CHECK(schedule_make_defaults(w, "Europe/Dublin", &made, &e) && !made);
    CHECK_STR(list(r), "");
    db_writer_close(w);
}

static void test_changes(void)
{
    struct db_writer *w = open_new();
    bool found = false;
    int64_t id = 0;
    struct schedule_row row = {.sync_type = "manual",
                               .cron_expression = "*/5 * * * *",
                               .timezone = "UTC",
                               .is_active = true,
                               .next_run = "2024-01-01T00:00:00.000Z"};
    CHECK(db_begin(w, &e));
    CHECK(schedule_add(w, &row, &id, &e));
    CHECK(schedule_set_active(w, id, false, &found, &e) && found);
    CHECK(schedule_set_last(w, id, "2024-01-02", "partial", &found, &e) && found);
    CHECK(schedule_set_next_run(w, id, NULL, &found, &e) && found);
    CHECK(schedule_set_active(w, 99, false, &found, &e) && !found);
    CHECK(db_commit(w, &e));
    CHECK_STR(list(db_writer_reader(w)), "1 manual '*/5 * * * *' UTC 0 - 2024-01-02 partial;");
    row.timezone = ""; /* the real zone is stored, or nothing */
    CHECK(db_begin(w, &e));
    CHECK(!schedule_add(w, &row, &id, &e));
    db_rollback(w);
    db_writer_close(w);
}

static void test_state(void)
{
    struct db_writer *w = open_new();
    struct db_reader *r = db_writer_reader(w);
    char value[8];
    bool found = true;
    CHECK(state_get(r, "a", value, sizeof value, &found, &e) && !found);
    CHECK_STR(value, "");
    CHECK(db_begin(w, &e));
    CHECK(state_set(w, "a", "1", &e));
    CHECK(state_set(w, "a", "much too long", &e));
    CHECK(db_commit(w, &e));
    CHECK(state_get(r, "a", value, sizeof value, &found, &e) && found);
    CHECK_STR(value, "much to");
    CHECK(db_begin(w, &e));
    CHECK(state_set(w, "a", NULL, &e));
    CHECK(db_commit(w, &e));
    CHECK(state_get(r, "a", value, sizeof value, &found, &e) && !found);
    db_writer_close(w);
}

static void test_older_files(void)
{
    for (size_t steps = 0; steps <= 2; steps++) {
        scratch_old(steps);
        struct db_reader *r = scratch_reader();
        char value[8];
        bool found = true;
        CHECK_STR(list(r), "");
        CHECK(state_get(r, "a", value, sizeof value, &found, &e) && !found);
        db_reader_close(r);
    }
}

/* Who must not wait is told at once that somebody writes, and loses nothing by it. */
static void test_no_patience(void)
{
    struct db_writer *w = open_new();
    struct db_writer *other = scratch_writer();
    bool made = false;
    db_writer_set_patience(w, 0);
    CHECK(db_begin(other, &e));
    CHECK(!db_begin(w, &e));
    CHECK_INT(e.kind, ERR_BUSY);
    CHECK(!schedule_make_defaults(w, "UTC", &made, &e) && !made);
    CHECK_INT(e.kind, ERR_BUSY);
    CHECK(!db_writer_open_within(scratch_path, 64, 0, &e));
    CHECK_INT(e.kind, ERR_BUSY);
    CHECK(db_commit(other, &e));
    CHECK(schedule_make_defaults(w, "UTC", &made, &e) && made);
    sqlite3 *foreign = scratch_handle(); /* who takes SQLite's lock alone */
    CHECK(!sqlite3_exec(foreign, "BEGIN IMMEDIATE", NULL, NULL, NULL));
    CHECK(!db_begin(w, &e));
    CHECK_INT(e.kind, ERR_BUSY);
    sqlite3_close(foreign);
    CHECK(db_begin(w, &e));
    CHECK(db_commit(w, &e));
    struct db_writer *within = db_writer_open_within(scratch_path, 64, 0, &e);
    CHECK(within);
    db_writer_close(within);
    db_writer_close(other);
    db_writer_close(w);
}

static void test_a_query_is_cut_off(void)
{
    struct db_writer *w = open_new();
    bool made = false;
    CHECK(schedule_make_defaults(w, "UTC", &made, &e));
    struct db_reader *r = scratch_reader();
    scratch_sql("WITH n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 200000) INSERT "
                "INTO sync_schedules (sync_type, cron_expression, timezone) SELECT 'daily', i, "
                "'UTC' FROM n");
    db_reader_set_slice(r, 1);
    CHECK(!schedule_each(r, note, NULL, &e));
    CHECK_INT(e.kind, ERR_STOPPED);
    db_reader_set_slice(r, 0);
    scratch_sql("DELETE FROM sync_schedules WHERE id > 2");
    CHECK(strlen(list(r)) > 0);
    db_reader_close(r);
    db_writer_close(w);
}

static const struct unit_case cases[] = {
    {"defaults_are_made_once", test_defaults_are_made_once},
    {"changes", test_changes},
    {"state", test_state},
    {"older_files", test_older_files},
    {"no_patience", test_no_patience},
    {"a_query_is_cut_off", test_a_query_is_cut_off},
};

UNIT_MAIN(cases)
