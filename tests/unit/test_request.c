/* A request, as the settings of a job and back. */
#include "core/request.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/json.h"
#include "db/db.h"
#include "db/job_store.h"
#include "tests/unit/unit.h"

#include <unistd.h>

static const char DATABASE[] = "request.db";

static void remove_database(void)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-write", "-sync"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s%s", DATABASE, ends[i]);
        unlink(name);
    }
}

static struct db_writer *open_new(void)
{
    struct err e = {0};
    atexit(remove_database);
    remove_database();
    json_setup();
    db_setup();
    struct db_writer *w = db_writer_open(DATABASE, 64, &e);
    CHECK(w);
    return w;
}

static void put_job(struct db_writer *w, const char *id, const char *settings)
{
    struct job_new job = {.id = id,
                          .sync_type = "manual",
                          .triggered_by = "schedule",
                          .user = "ann",
                          .host = "box",
                          .settings = settings,
                          .pid = 1,
                          .now = "2026-11-23T10:00:00.000Z"};
    CHECK(db_begin(w, NULL) && job_start(w, &job, NULL) && db_commit(w, NULL));
}

static void comes_back_as_it_was(void)
{
    static const char *const mids[] = {"0012", "a \"b\" \xc3\xa9\n", "x"};
    static const int64_t ids[] = {7, INT64_C(9007199254740993), 1};
    struct sync_request r = {.sync_type = "manual",
                             .triggered_by = "schedule",
                             .user = "ann",
                             .from = "2024-04-01",
                             .to = "2026-11-23",
                             .streams = STREAM_MERCHANTS | STREAM_RESIDUALS,
                             .mids = mids,
                             .mid_count = 3,
                             .fresh = true,
                             .is_retry = true,
                             .retry_ids = ids,
                             .retry_count = 3};
    struct buf b = {0};
    struct err e = {0};
    struct db_writer *w = open_new();
    request_add_settings(&r, &b);
    put_job(w, "id-1", b.data);
    struct sync_request *back = request_of_job(db_writer_reader(w), "id-1", &e);
    CHECK(back);
    CHECK_STR(back->sync_type, "manual");
    CHECK_STR(back->triggered_by, "schedule");
    CHECK_STR(back->user, "ann");
    CHECK_STR(back->from, r.from);
    CHECK_STR(back->to, r.to);
    CHECK_INT(back->streams, r.streams);
    CHECK(back->fresh && back->is_retry && !back->retry_all);
    CHECK_INT(back->mid_count, 3);
    CHECK_INT(back->retry_count, 3);
    for (int i = 0; i < 3; i++) {
        CHECK_STR(back->mids[i], mids[i]);
        CHECK_INT(back->retry_ids[i], ids[i]);
    }
    CHECK_STR(back->continues, "id-1");
    CHECK_INT(back->run_lock, -1);
    request_free(back);
    request_free(NULL);
    buf_done(&b);
    db_writer_close(w);
}

static void what_cannot_be_understood_is_refused(void)
{
    static const char *const bad[] = {
        "",
        "[]",
        "{}",
        "{\"from\":\"2024-04-01\",\"to\":\"2026-11-23\",\"streams\":[]}",
        "{\"from\":\"2024-04-01\",\"to\":\"x\",\"streams\":[\"merchants\"]}",
        "{\"from\":\"2024-04-01\",\"to\":\"2026-11-23\",\"streams\":[\"merchants\"],"
        "\"merchants\":[3]}",
        "{\"from\":\"2024-04-01\",\"to\":\"2026-11-23\",\"streams\":[\"merchants\"],"
        "\"retryIds\":[\"x\"]}"};
    struct db_writer *w = open_new();
    for (int i = 0; i < (int)(sizeof bad / sizeof bad[0]); i++) {
        char id[16];
        struct err e = {0};
        snprintf(id, sizeof id, "id-%d", i);
        put_job(w, id, bad[i]);
        CHECK(!request_of_job(db_writer_reader(w), id, &e));
        CHECK_INT(e.kind, ERR_DATA);
    }
    struct err e = {0};
    CHECK(!request_of_job(db_writer_reader(w), "nobody", &e));
    CHECK_INT(e.kind, ERR_USAGE);
    db_writer_close(w);
}

static const struct unit_case cases[] = {
    {"comes_back_as_it_was", comes_back_as_it_was},
    {"what_cannot_be_understood_is_refused", what_cannot_be_understood_is_refused},
};
UNIT_MAIN(cases)
