#include "db/job_query.h"

#include "core/base/text.h"
#include "db/conn.h"
#include "db/job_row.h"

#include <stdio.h>

/* clang-format off */
#define IN_PROGRESS(path, none) "ifnull(json_extract(p, '$." path "'), " none "), "
#define RUNNING \
    "WITH j AS (SELECT *, " JOB_SOUND("progress") " AS p FROM sync_jobs WHERE status = 'running') " \
    "SELECT j.id, j.sync_type, j.started_at, j.triggered_by, j.triggered_by_user, j.host, j.pid, " \
    "j.cancel_requested IS NOT NULL, json_extract(p, '$.phase'), " \
    "ifnull(json_extract(p, '$.percent'), 0), ifnull(json_extract(p, '$.etaSeconds'), -1), " \
    "json_extract(p, '$.waitUntil'), (SELECT message FROM sync_progress WHERE sync_id = j.id " \
    "AND phase = json_extract(p, '$.phase')), json_extract(p, '$.inHand'), " \
    "json_extract(p, '$.at'), " IN_PROGRESS("phasePercent.merchants", "-1") \
    IN_PROGRESS("phasePercent.transactions", "-1") IN_PROGRESS("phasePercent.residuals", "-1") \
    IN_PROGRESS("phasePercent.metrics", "-1") IN_PROGRESS("requests", "0") \
    IN_PROGRESS("least", "0") IN_PROGRESS("most", "0") IN_PROGRESS("rows", "0") \
    IN_PROGRESS("failed", "0") IN_PROGRESS("retries", "0") IN_PROGRESS("rateLeft", "-1") \
    IN_PROGRESS("rateLimit", "-1") IN_PROGRESS("rowsPerSecond", "0") \
    IN_PROGRESS("requestsPerSecond", "0") \
    "json_extract(p, '$.waitReason') FROM j ORDER BY j.created_at DESC"
/* clang-format on */

bool job_query_ready(struct db_reader *r, bool *ready, struct err *e)
{
    int64_t tables = 0;
    bool ok = conn_number(reader_conn(r), e, &tables, 0,
                          "SELECT count(*) FROM sqlite_schema WHERE name = 'sync_failed_items' OR "
                          "name = 'sync_jobs'",
                          "");
    *ready = tables == 2;
    return ok;
}

bool job_query_page(struct db_reader *r, bool sync_runs, struct job_cursor *at, int count,
                    job_visit *visit, void *data, int *got, struct err *e)
{
    struct conn *c = reader_conn(r);
    const char *before = at->created_at[0] ? at->created_at : "~"; /* after every time */
    sqlite3_stmt *s = conn_bind(c, e,
                                JOB_WHOLE "WHERE (created_at, row) < (?2, ?3) "
                                          "ORDER BY created_at DESC, row DESC LIMIT ?4",
                                "isii", (int64_t)sync_runs, before, at->row, (int64_t)count);
    struct job_cursor last = *at;
    int state = s ? 1 : -1;
    *got = 0;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        struct job_row job = job_row_of(s);
        last.row = sqlite3_column_int64(s, 0);
        text_copy(last.created_at, sizeof last.created_at, job.created_at);
        visit(data, &job);
        ++*got;
    }
    *at = last;
    return state == 0;
}

bool job_query_last(struct db_reader *r, bool sync_runs, job_visit *visit, void *data,
                    struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s =
        conn_bind(c, e,
                  JOB_WHOLE "WHERE row = (SELECT row FROM (SELECT * FROM (SELECT rowid AS row, "
                            "ifnull(completed_at, created_at) AS ended FROM sync_jobs WHERE status "
                            "NOT IN ('pending', 'running') ORDER BY ifnull(completed_at, "
                            "created_at) DESC, rowid DESC LIMIT 1) UNION ALL SELECT rowid, "
                            "ifnull(completed_at, created_at) FROM sync_jobs WHERE status = "
                            "'running' AND NOT ?1) ORDER BY ended DESC, row DESC LIMIT 1)",
                  "i", (int64_t)sync_runs);
    int state = s ? 1 : -1;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        struct job_row job = job_row_of(s);
        visit(data, &job);
    }
    return state == 0;
}

static struct job_progress progress_of(sqlite3_stmt *s)
{
    struct job_progress job = {
        .id = conn_text(s, 0),
        .sync_type = conn_text(s, 1),
        .started_at = conn_text_or_null(s, 2),
        .triggered_by = conn_text(s, 3),
        .user = conn_text_or_null(s, 4),
        .host = conn_text_or_null(s, 5),
        .pid = sqlite3_column_int64(s, 6),
        .is_cancelled = sqlite3_column_int(s, 7) != 0,
        .phase = conn_text_or_null(s, 8),
        .percent = sqlite3_column_int64(s, 9),
        .eta_seconds = sqlite3_column_int64(s, 10),
        .wait_until = conn_text_or_null(s, 11),
        .message = conn_text_or_null(s, 12),
        .in_hand = conn_text_or_null(s, 13),
        .at = conn_text_or_null(s, 14),
        .requests = sqlite3_column_int64(s, 19),
        .least = sqlite3_column_int64(s, 20),
        .most = sqlite3_column_int64(s, 21),
        .rows = sqlite3_column_int64(s, 22),
        .failed = sqlite3_column_int64(s, 23),
        .retries = sqlite3_column_int64(s, 24),
        .rate_left = sqlite3_column_int64(s, 25),
        .rate_limit = sqlite3_column_int64(s, 26),
        .rows_per_second = sqlite3_column_double(s, 27),
        .requests_per_second = sqlite3_column_double(s, 28),
        .wait_reason = conn_text_or_null(s, 29),
    };
    for (int i = 0; i < 4; i++) {
        job.phase_percent[i] = sqlite3_column_int64(s, 15 + i);
    }
    return job;
}

bool job_query_running(struct db_reader *r,
                       void (*visit)(void *data, const struct job_progress *job), void *data,
                       struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_statement(c, e, RUNNING);
    int state = s ? 1 : -1;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        struct job_progress job = progress_of(s);
        visit(data, &job);
    }
    return state == 0;
}

bool job_query_count_running(struct db_reader *r, const char *id, int64_t *count, struct err *e)
{
    return conn_number(reader_conn(r), e, count, 0,
                       "SELECT count(*) FROM sync_jobs WHERE status = 'running' AND "
                       "(?1 IS NULL OR id = ?1)",
                       "s", id);
}

bool job_query_data_time(struct db_reader *r, char out[32], struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_statement(c, e,
                                     "SELECT max(completed_at) FROM sync_jobs WHERE status NOT "
                                     "IN ('pending', 'running', 'failed', 'cancelled', "
                                     "'interrupted')"); /* as sync_jobs_fresh has it */
    int state = s ? conn_step(c, s, e) : -1;
    snprintf(out, 32, "%s", state == 1 ? conn_text(s, 0) : "");
    if (state == 1) {
        sqlite3_reset(s);
    }
    return state >= 0;
}
