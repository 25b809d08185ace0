#include "db/job_store.h"

#include "core/base/buf.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "db/run_lock.h"

#include <stdio.h>

bool job_start(struct db_writer *w, const struct job_new *job, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_jobs (id, sync_type, status, started_at, triggered_by, "
                    "triggered_by_user, settings, pid, host, created_at) "
                    "VALUES (?1, ?2, 'running', ?3, ?4, ?5, ?6, ?7, ?8, ?3)",
                    "ssssssis", job->id, job->sync_type, job->now, job->triggered_by, job->user,
                    job->settings, job->pid, job->host);
}

static void take_saved(sqlite3_stmt *s, struct job_saved *out)
{
    text_copy(out->sync_type, sizeof out->sync_type, conn_text(s, 0));
    text_copy(out->triggered_by, sizeof out->triggered_by, conn_text(s, 1));
    text_copy(out->user, sizeof out->user, conn_text(s, 2));
    text_copy(out->started_at, sizeof out->started_at, conn_text(s, 3));
    buf_adds(&out->settings, conn_text(s, 4));
    buf_adds(&out->results, conn_text(s, 5));
    buf_adds(&out->progress, conn_text(s, 6));
}

bool job_load(struct db_reader *r, const char *id, struct job_saved *out, bool *found,
              struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT sync_type, triggered_by, triggered_by_user, started_at, "
                                "settings, results, progress FROM sync_jobs WHERE id = ?1 AND "
                                "status = 'running'",
                                "s", id);
    int got = s ? conn_step(c, s, e) : -1;
    *out = (struct job_saved){0};
    *found = got == 1;
    if (*found) {
        take_saved(s, out);
        sqlite3_reset(s);
    }
    return got >= 0;
}

void job_saved_done(struct job_saved *j)
{
    buf_done(&j->settings);
    buf_done(&j->results);
    buf_done(&j->progress);
}

bool job_take_over(struct db_writer *w, const char *id, int64_t pid, const char *host, bool *found,
                   struct err *e)
{
    struct conn *c = writer_conn(w);
    bool ok = conn_run(
        c, e, "UPDATE sync_jobs SET pid = ?2, host = ?3 WHERE id = ?1 AND status = 'running'",
        "sis", id, pid, host);
    *found = ok && sqlite3_changes(c->handle) > 0;
    return ok;
}

bool job_raised_item(struct db_reader *r, const char *id, int64_t item, bool *raised, struct err *e)
{
    int64_t found = 0;
    bool ok = conn_number(reader_conn(r), e, &found, 0,
                          "SELECT 1 FROM sync_failed_items WHERE id = ?2 AND sync_id = ?1 AND "
                          "resolved_at IS NULL",
                          "si", id, item);
    *raised = found != 0;
    return ok;
}

bool job_save_results(struct db_writer *w, const char *id, const char *results_json, struct err *e)
{
    return conn_run(writer_conn(w), e, "UPDATE sync_jobs SET results = ?1 WHERE id = ?2", "ss",
                    results_json, id);
}

bool job_save_progress(struct db_writer *w, const char *id, const char *progress_json,
                       struct err *e)
{
    return conn_run(writer_conn(w), e, "UPDATE sync_jobs SET progress = ?1 WHERE id = ?2", "ss",
                    progress_json, id);
}

bool job_save_phase(struct db_writer *w, const char *id, const char *phase, int percent,
                    const char *message, const char *details_json, const char *now, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_progress (sync_id, phase, progress, message, details, "
                    "last_update) VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET "
                    "progress = ?3, message = ?4, details = ifnull(?5, details), "
                    "last_update = ?6",
                    "ssisss", id, phase, (int64_t)percent, message, details_json, now);
}

bool job_finish(struct db_writer *w, const char *id, const char *status, const char *results_json,
                const char *error_json, const char *now, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "UPDATE sync_jobs SET status = ?2, results = ?3, error_details = ?4, "
                    "completed_at = ?5 WHERE id = ?1",
                    "sssss", id, status, results_json, error_json, now);
}

static bool mark_interrupted(struct db_writer *w, const char *now, int *marked, struct err *e)
{
    struct conn *c = writer_conn(w);
    bool ok = conn_run(c, e,
                       "UPDATE sync_jobs SET status = 'interrupted', completed_at = ?1, "
                       "error_details = ifnull(error_details, json_object('class', 'interrupted', "
                       "'message', 'the process ended without a word; what was fetched is kept')) "
                       "WHERE status = 'running'",
                       "s", now);
    *marked = ok ? sqlite3_changes(c->handle) : 0;
    return ok;
}

bool job_recover(struct db_writer *w, const char *database, const char *now, int *recovered,
                 struct err *e)
{
    int64_t stale = 0;
    *recovered = 0;
    if (!conn_number(writer_conn(w), e, &stale, 0,
                     "SELECT count(*) FROM sync_jobs WHERE status = 'running'", "")) {
        return false;
    }
    if (!stale) {
        return true;
    }
    if (!db_begin(w, e)) {
        return false;
    }
    /* A sync takes the run lock before it makes its row, so a row seen here without one is stale.
     */
    bool is_alive = database && run_lock_is_held(database);
    if (is_alive || !mark_interrupted(w, now, recovered, e)) {
        db_rollback(w);
        return is_alive;
    }
    return db_commit(w, e);
}

bool job_request_cancel(struct db_writer *w, const char *id, const char *by, char id_out[37],
                        bool *found, struct err *e)
{
    struct conn *c = writer_conn(w);
    if (!db_begin(w, e)) {
        return false;
    }
    sqlite3_stmt *s = conn_bind(c, e,
                                "UPDATE sync_jobs SET cancel_requested = ifnull(cancel_requested, "
                                "?1) WHERE status = 'running' AND (?2 IS NULL OR id = ?2) "
                                "RETURNING id",
                                "ss", by, id);
    int got = s ? 1 : -1;
    *found = false;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        *found = true;
        text_copy(id_out, 37, conn_text(s, 0));
    }
    return got == 0 && db_commit(w, e);
}

bool job_cancel_requested(struct db_reader *r, const char *id, bool *requested, char by[64],
                          struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT cancel_requested FROM sync_jobs WHERE id = ?1 AND "
                                "cancel_requested IS NOT NULL",
                                "s", id);
    int got = s ? conn_step(c, s, e) : -1;
    *requested = got == 1;
    if (*requested) {
        text_copy(by, 64, conn_text(s, 0));
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool job_describe_running(struct db_reader *r, char out[240], struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s =
        conn_bind(c, e,
                  "SELECT sync_type, started_at, ifnull(triggered_by_user, '?'), pid, "
                  "ifnull(host, '?'), id FROM sync_jobs WHERE status = 'running'",
                  "");
    int got = s ? conn_step(c, s, e) : -1;
    out[0] = '\0';
    if (got == 1) {
        snprintf(out, 240, "%s sync %s, started %s by %s (pid %lld on %s)", conn_text(s, 0),
                 conn_text(s, 5), conn_text(s, 1), conn_text(s, 2),
                 (long long)sqlite3_column_int64(s, 3), conn_text(s, 4));
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool job_add_results(struct db_reader *r, const char *id, struct buf *out, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(c, e, "SELECT results FROM sync_jobs WHERE id = ?1", "s", id);
    int got = s ? conn_step(c, s, e) : -1;
    if (got == 1) {
        buf_adds(out, conn_text(s, 0));
        sqlite3_reset(s);
    }
    return got >= 0;
}
