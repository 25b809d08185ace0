/* The lists and the windows behind them, from a database as a sync leaves it. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "db/db.h"
#include "db/failed_store.h"
#include "db/job_store.h"
#include "tests/unit/golden.h"
#include "tests/unit/unit.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_JOB "3f0c9a52-7a6e-4c0e-9d7b-0d5f6a1b2c3d"
#define FAILED_JOB "8a1d2c3e-0000-4c0e-9d7b-0d5f6a1b2c3d"

static const struct config config = {
    .api.base_url = "http://127.0.0.1:8080",
    .database.path = "ipsync.db",
    .schedule.timezone = "America/New_York",
};

static const char counts[] =
    "{\"merchants\":{\"new\":2,\"updated\":1,\"unchanged\":397,\"failed\":0,\"removed\":0},"
    "\"transactions\":{\"new\":1202,\"updated\":10,\"unchanged\":11000,\"failed\":1,\"removed\":0},"
    "\"residuals\":{\"new\":0,\"updated\":0,\"unchanged\":88,\"failed\":0,\"removed\":0},"
    "\"requests\":611,\"retries\":3,\"bytes\":4812345,\"durationMs\":552000,\"failedItems\":2,"
    "\"resumed\":0,\"warnings\":[\"the month 2026-09 has no report\"]}";

static void put_job(struct db_writer *w, const char *id, const char *status, const char *results,
                    const char *error, const char *started, const char *ended)
{
    struct err e = {0};
    struct job_new job = {
        .id = id,
        .sync_type = "daily",
        .triggered_by = "schedule",
        .user = "ann",
        .host = "crm1",
        .settings = "{\"from\":\"2026-11-20\",\"to\":\"2026-11-23\",\"streams\":[\"merchants\","
                    "\"transactions\"],\"merchants\":[],\"fresh\":false,\"retry\":false}",
        .pid = 1234,
        .now = started};
    CHECK(db_begin(w, &e) && job_start(w, &job, &e));
    CHECK(job_save_phase(w, id, "merchants", 100, "400 merchants", NULL, ended, &e));
    CHECK(job_save_phase(w, id, "transactions", 100, "done", NULL, ended, &e));
    CHECK(job_finish(w, id, status, results, error, ended, &e) && db_commit(w, &e));
}

static void put_item(struct db_writer *w, const char *type, const char *id, const char *json,
                     const char *next, const char *now, bool is_retry)
{
    struct err e = {0};
    bool is_first = false;
    struct failed_item item = {.sync_id = is_retry ? FAILED_JOB : FIRST_JOB,
                               .item_type = type,
                               .item_id = id,
                               .error_json = json,
                               .range_from = "2026-11-20",
                               .range_to = "2026-11-23",
                               .next_retry_at = next,
                               .now = now};
    CHECK(db_begin(w, &e) && failed_put(w, &item, &is_first, &e) && db_commit(w, &e));
}

static void fill(void)
{
    struct err e = {0};
    struct db_writer *w = db_writer_open("ipsync.db", 64, &e);
    CHECK_STR(e.message, "");
    put_job(w, FIRST_JOB, "partial", counts, "{\"class\":\"partial\",\"failedItems\":2}",
            "2026-11-23T16:00:00.000Z", "2026-11-23T16:09:12.000Z");
    put_item(
        w, "transaction", "5000777/tx_0091",
        "{\"class\":\"permanent\",\"code\":\"unreadable\",\"message\":\"amount \\\"12,50\\\" is no "
        "number\",\"http_status\":200,\"request\":\"/merchants/5000777/batches?page=3\","
        "\"raw\":\"{\\\"id\\\":\\\"tx_0091\\\",\\\"amount\\\":\\\"12,50\\\",\\\"shop\\\":{"
        "\\\"name\\\":"
        "\\\"M\\u00fcller \\\\u001b[2J\\\"}}\",\"at\":\"2026-11-23T16:04:00.000Z\"}",
        NULL, "2026-11-23T16:04:00.000Z", false);
    for (int i = 0; i < 2; i++) {
        put_item(
            w, "merchant", "5000123",
            "{\"class\":\"transient\",\"code\":\"http_503\",\"message\":\"the CRM is overloaded\","
            "\"http_status\":503,\"request\":\"/merchants/5000123\",\"raw\":null,"
            "\"at\":\"2026-11-23T16:05:00.000Z\"}",
            "2026-11-23T22:20:00.000Z", i ? "2026-11-23T17:05:00.000Z" : "2026-11-23T16:05:00.000Z",
            i);
    }
    put_job(w, FAILED_JOB, "failed", NULL,
            "{\"class\":\"auth\",\"message\":\"the CRM rejects the key\"}",
            "2026-11-23T18:00:00.000Z", "2026-11-23T18:00:01.000Z");
    db_writer_close(w);
}

static struct dash *dash_open(int rows, int cols)
{
    struct dash *d = mem_alloc(sizeof *d);
    struct err e = {0};
    fill();
    d->config = &config;
    d->version = "0.1.0";
    d->days = 30;
    CHECK(civil_parse_utc("2026-11-23T22:12:30.000Z", &d->now));
    d->opened_at = d->now;
    CHECK(keys_load(&d->keys, "", &e));
    grid_init(&d->screen, rows, cols, false);
    d->db = db_reader_open("ipsync.db", &e);
    CHECK_STR(e.message, "");
    d->lists[LIST_HISTORY].feed = feed_new(history_source(d));
    d->lists[LIST_ERRORS].feed = feed_new(errors_source(d));
    return d;
}

static void dash_free(struct dash *d)
{
    dialog_close_all(d);
    feed_free(d->lists[0].feed);
    feed_free(d->lists[1].feed);
    db_reader_close(d->db);
    grid_done(&d->screen);
    buf_done(&d->commands);
    free(d);
    static const char *const files[] = {"", "-wal", "-shm", "-write", "-sync", "-changed"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char name[32];
        snprintf(name, sizeof name, "ipsync.db%s", files[i]);
        unlink(name);
    }
}

static void draw(struct dash *d)
{
    struct err e = {0};
    dash_layout(d, d->screen.rows, d->screen.cols);
    for (int i = 0; i < 2; i++) {
        while (feed_work(d->lists[i].feed, d->db, &e)) {
            CHECK_STR(e.message, "");
        }
        CHECK_STR(e.message, "");
    }
    dash_draw(d);
}

static void lists(void)
{
    struct dash *d = dash_open(40, 200);
    draw(d);
    golden_check("lists-200x40", &d->screen);
    dash_free(d);
}

static const struct row *select_row(struct dash *d, const char *id)
{
    const struct feed *f = d->lists[LIST_ERRORS].feed;
    draw(d);
    for (int i = 0; feed_row(f, i); i++) {
        if (!strcmp(row_text(feed_row(f, i), 3), id)) {
            return feed_row(f, i);
        }
    }
    CHECK(!"there is such a row");
    return NULL;
}

static void story_of_a_job(void)
{
    struct dash *d = dash_open(50, 120);
    open_job(d, FIRST_JOB);
    draw(d);
    golden_check("story-job-120x50", &d->screen);
    dash_free(d);
}

static void story_of_an_item(void)
{
    struct dash *d = dash_open(45, 120);
    open_error(d, select_row(d, "5000777/tx_0091")->number);
    draw(d);
    golden_check("story-item-120x45", &d->screen);
    dialog_close_all(d);
    open_error(d, select_row(d, "5000123")->number);
    draw(d);
    golden_check("story-retried-120x45", &d->screen);
    dash_free(d);
}

static void story_of_a_failed_sync(void)
{
    struct dash *d = dash_open(24, 80);
    const struct row *row = select_row(d, FAILED_JOB);
    CHECK(row->flags & ROW_IS_JOB);
    CHECK_STR(row->id, FAILED_JOB);
    open_error(d, row->number);
    draw(d);
    golden_check("story-failed-80x24", &d->screen);
    dash_free(d);
}

static void what_is_gone_is_said(void)
{
    struct dash *d = dash_open(24, 80);
    open_error(d, 4711);
    CHECK_STR(d->toast, "this is no longer in the database");
    open_job(d, "nobody");
    CHECK_STR(d->toast, "this sync is no longer in the database");
    CHECK(!d->dialogs);
    dash_free(d);
}

static const struct unit_case cases[] = {
    {"lists", lists},
    {"story_of_a_job", story_of_a_job},
    {"story_of_an_item", story_of_an_item},
    {"story_of_a_failed_sync", story_of_a_failed_sync},
    {"what_is_gone_is_said", what_is_gone_is_said},
};

int main(int argc, char **argv)
{
    char folder[] = "/tmp/ipsync-stories-XXXXXX";
    char here[512];
    bool ok = getcwd(here, sizeof here) && setenv("IPSYNC_SOURCE_DIR", here, 0) == 0 &&
              mkdtemp(folder) && chdir(folder) == 0;
    setlocale(LC_CTYPE, "C.UTF-8");
    CHECK(ok);
    umask(077);
    db_setup();
    int code = unit_main(argc, argv, cases, sizeof cases / sizeof *cases);
    rmdir(folder);
    return code;
}
