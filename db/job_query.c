#include "db/job_query.h"

#include "core/base/text.h"
#include "db/conn.h"

#include <stdio.h>

/* A text that is no JSON (a file edited by hand) must not make the whole query fail. */
/* clang-format off */
#define SOUND(column) "iif(json_valid(" column "), " column ", NULL)"
#define IN_RESULTS(path) "ifnull(json_extract(j.results, '$." path "'), 0)"
#define SUM(key) \
    IN_RESULTS("merchants." key) " + " IN_RESULTS("transactions." key) " + " \
    IN_RESULTS("residuals." key)

/* ?1: whether a sync runs. A killed sync's end is only noted when somebody looks, maybe days later:
 * how long it worked, its own counter tells. */
#define JOBS \
    "WITH j AS (SELECT rowid AS row, id, sync_type, iif(status = 'running' AND NOT ?1, " \
    "'interrupted', status) AS status, created_at, started_at, completed_at, triggered_by, " \
    "triggered_by_user, host, pid, " SOUND("results") " AS results, " SOUND("error_details") \
    " AS error, " SOUND("settings") " AS settings FROM sync_jobs) "
#define COLUMNS \
    "SELECT row, id, sync_type, status, created_at, started_at, completed_at, triggered_by, " \
    "triggered_by_user, host, results, error, settings, json_extract(error, '$.message'), pid, " \
    "iif(status IN ('pending', 'running'), -1, ifnull(json_extract(results, '$.durationMs'), " \
    "ifnull(round((julianday(completed_at) - julianday(started_at)) * 86400000), -1))), " \
    "results IS NOT NULL, " SUM("new") ", " SUM("updated") ", " SUM("unchanged") ", " \
    "ifnull(json_extract(results, '$.failedItems'), " SUM("failed") "), " \
    IN_RESULTS("requests") " FROM j "
#define RUNNING \
    "WITH j AS (SELECT *, " SOUND("progress") " AS p FROM sync_jobs WHERE status = 'running') " \
    "SELECT j.id, j.sync_type, j.started_at, j.triggered_by, j.triggered_by_user, j.host, j.pid, " \
    "j.cancel_requested IS NOT NULL, json_extract(p, '$.phase'), " \
    "ifnull(json_extract(p, '$.percent'), 0), ifnull(json_extract(p, '$.etaSeconds'), -1), " \
    "json_extract(p, '$.waitUntil'), (SELECT message FROM sync_progress WHERE sync_id = j.id " \
    "AND phase = json_extract(p, '$.phase')) FROM j ORDER BY j.created_at DESC"
/* clang-format on */

/* NULL where conn_text() says "". */
static const char *text_or_null(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

static struct job_row job_of(sqlite3_stmt *s)
{
    return (struct job_row){
        .id = conn_text(s, 1),
        .sync_type = conn_text(s, 2),
        .status = conn_text(s, 3),
        .created_at = conn_text(s, 4),
        .started_at = text_or_null(s, 5),
        .completed_at = text_or_null(s, 6),
        .triggered_by = conn_text(s, 7),
        .user = text_or_null(s, 8),
        .host = text_or_null(s, 9),
        .results = text_or_null(s, 10),
        .error = text_or_null(s, 11),
        .settings = text_or_null(s, 12),
        .error_message = text_or_null(s, 13),
        .pid = sqlite3_column_int64(s, 14),
        .duration_ms = sqlite3_column_int64(s, 15),
        .has_counts = sqlite3_column_int(s, 16) != 0,
        .fresh = sqlite3_column_int64(s, 17),
        .updated = sqlite3_column_int64(s, 18),
        .unchanged = sqlite3_column_int64(s, 19),
        .failed_items = sqlite3_column_int64(s, 20),
        .requests = sqlite3_column_int64(s, 21),
    };
}

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
                                JOBS COLUMNS "AS j WHERE (created_at, row) < (?2, ?3) "
                                             "ORDER BY created_at DESC, row DESC LIMIT ?4",
                                "isii", (int64_t)sync_runs, before, at->row, (int64_t)count);
    struct job_cursor last = *at;
    int state = s ? 1 : -1;
    *got = 0;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        struct job_row job = job_of(s);
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
                  JOBS COLUMNS "AS j WHERE row = (SELECT rowid FROM sync_jobs WHERE status <> "
                               "'pending' AND (status <> 'running' OR NOT ?1) ORDER BY "
                               "ifnull(completed_at, created_at) DESC, rowid DESC LIMIT 1)",
                  "i", (int64_t)sync_runs);
    int state = s ? 1 : -1;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        struct job_row job = job_of(s);
        visit(data, &job);
    }
    return state == 0;
}

static struct job_progress progress_of(sqlite3_stmt *s)
{
    return (struct job_progress){
        .id = conn_text(s, 0),
        .sync_type = conn_text(s, 1),
        .started_at = text_or_null(s, 2),
        .triggered_by = conn_text(s, 3),
        .user = text_or_null(s, 4),
        .host = text_or_null(s, 5),
        .pid = sqlite3_column_int64(s, 6),
        .is_cancelled = sqlite3_column_int(s, 7) != 0,
        .phase = text_or_null(s, 8),
        .percent = sqlite3_column_int64(s, 9),
        .eta_seconds = sqlite3_column_int64(s, 10),
        .wait_until = text_or_null(s, 11),
        .message = text_or_null(s, 12),
    };
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
                                     "SELECT max(completed_at) FROM sync_jobs WHERE status IN "
                                     "('completed', 'partial')");
    int state = s ? conn_step(c, s, e) : -1;
    snprintf(out, 32, "%s", state == 1 ? conn_text(s, 0) : "");
    if (state == 1) {
        sqlite3_reset(s);
    }
    return state >= 0;
}
