/* Health: what is said of which facts, and the facts as the database has them. */
#include "core/health.h"

#include "core/base/civil.h"
#include "core/base/err.h"
#include "db/db.h"
#include "db/job_store.h"
#include "tests/unit/unit.h"

#include <unistd.h>

#define HOUR_MS ((int64_t)3600 * 1000)

static const int64_t NOW = (int64_t)1763900000 * 1000;

static void judges_facts(void)
{
    static const struct {
        int hours; /* age of the data, -1 = never synced */
        const char *last;
        int64_t permanent;
        enum health_level level;
        const char *reasons;
    } rows[] = {
        {2, "completed", 0, HEALTH_OK, ""},
        {26, "completed", 0, HEALTH_OK, ""},
        {27, "completed", 0, HEALTH_CRITICAL, "the data is older than 26 h"},
        {-1, "", 0, HEALTH_CRITICAL, "never synced"},
        {-1, "interrupted", 0, HEALTH_CRITICAL, "never synced; the last sync was interrupted"},
        {2, "failed", 0, HEALTH_CRITICAL, "the last sync failed"},
        {30, "failed", 3, HEALTH_CRITICAL,
         "the last sync failed; the data is older than 26 h; items have failed for good"},
        {2, "partial", 0, HEALTH_WARNING, "the last sync was partial"},
        {2, "interrupted", 0, HEALTH_WARNING, "the last sync was interrupted"},
        {2, "cancelled", 0, HEALTH_OK, ""},
        {2, "completed", 1, HEALTH_WARNING, "items have failed for good"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct health h = {.failed_permanent = rows[i].permanent, .failed_pending = 9};
        h.data_at = rows[i].hours < 0 ? 0 : NOW - rows[i].hours * HOUR_MS;
        strcpy(h.last_status, rows[i].last);
        health_judge(&h, NOW);
        CHECK_INT(h.level, rows[i].level);
        CHECK_STR(h.reasons, rows[i].reasons);
        CHECK_INT(h.age_seconds, rows[i].hours < 0 ? -1 : rows[i].hours * 3600);
    }
}

static void judges_anew_as_time_passes(void)
{
    struct health h = {.data_at = NOW, .last_status = "completed"};
    health_judge(&h, NOW - HOUR_MS); /* the clock was set back */
    CHECK_INT(h.age_seconds, 0);
    health_judge(&h, NOW + 26 * HOUR_MS + 1000);
    CHECK_STR(health_name(h.level), "critical");
    health_judge(&h, NOW + HOUR_MS);
    CHECK_STR(health_name(h.level), "ok");
    CHECK_STR(h.reasons, "");
    h.failed_permanent = 1;
    health_judge(&h, NOW);
    CHECK_STR(health_name(h.level), "warning");
}

static void without_a_database_it_is_critical(void)
{
    struct health h;
    CHECK(health_look(NULL, "http://x", false, NOW, &h, NULL));
    CHECK_INT(h.level, HEALTH_CRITICAL);
    CHECK_STR(h.reasons, "never synced");
    CHECK_INT(h.age_seconds, -1);
}

/* A job that was started and ended so many hours ago; status NULL: it still says running. */
static void put_job(struct db_writer *w, const char *id, int hours, const char *status)
{
    char at[25];
    civil_format_utc(NOW - hours * HOUR_MS, at);
    struct job_new job = {.id = id,
                          .sync_type = "initial",
                          .triggered_by = "manual",
                          .user = "ann",
                          .host = "box",
                          .settings = "{}",
                          .pid = 1,
                          .now = at};
    CHECK(db_begin(w, NULL) && job_start(w, &job, NULL));
    CHECK(!status || job_finish(w, id, status, "{}", NULL, at, NULL));
    CHECK(db_commit(w, NULL));
}

static void reads_the_facts(void)
{
    struct health h;
    struct err e = {0};
    db_setup();
    struct db_writer *w = db_writer_open("health.db", 64, &e);
    CHECK(w);
    struct db_reader *r = db_writer_reader(w);
    CHECK(health_look(r, "http://x", false, NOW, &h, &e));
    CHECK_STR(h.reasons, "never synced");
    put_job(w, "one", 9, "completed");
    put_job(w, "two", 5, "failed");
    CHECK(health_look(r, "http://x", false, NOW, &h, &e));
    CHECK_STR(h.last_status, "failed");
    CHECK_STR(h.last_type, "initial");
    CHECK_INT(h.last_at, NOW - 5 * HOUR_MS);
    CHECK_INT(h.data_at, NOW - 9 * HOUR_MS);
    put_job(w, "three", 1, NULL);
    CHECK(health_look(r, "http://x", true, NOW, &h, &e));
    CHECK_STR(h.last_status, "failed");
    CHECK(health_look(r, "http://x", false, NOW, &h, &e));
    CHECK_STR(h.last_status, "interrupted");
    db_writer_close(w);
    for (int i = 0; i < 5; i++) {
        static const char *const files[] = {"health.db", "health.db-wal", "health.db-shm",
                                            "health.db-write", "health.db-sync"};
        unlink(files[i]);
    }
}

static const struct unit_case cases[] = {
    {"judges_facts", judges_facts},
    {"judges_anew_as_time_passes", judges_anew_as_time_passes},
    {"without_a_database_it_is_critical", without_a_database_it_is_critical},
    {"reads_the_facts", reads_the_facts},
};
UNIT_MAIN(cases)
