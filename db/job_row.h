/* For db/ alone: a struct job_row from a statement, and the columns it takes. */
#ifndef DB_JOB_ROW_H
#define DB_JOB_ROW_H

#include "db/conn.h"
#include "db/job_query.h"

/* A text that is no JSON (a file edited by hand) must not make the whole query fail. */
/* clang-format off */
#define JOB_SOUND(column) "iif(json_valid(" column "), " column ", NULL)"
#define JOB_IN_RESULTS(path) "ifnull(json_extract(j.results, '$." path "'), 0)"
#define JOB_SUM(key) \
    JOB_IN_RESULTS("merchants." key) " + " JOB_IN_RESULTS("transactions." key) " + " \
    JOB_IN_RESULTS("residuals." key)

/* All of a job, from its row alone; to be followed by a WHERE on j (row, id, …).
 * ?1: whether a sync runs. A killed sync's end is only noted when somebody looks, maybe days later:
 * how long it worked, its own counter tells. */
#define JOB_WHOLE \
    "WITH j AS (SELECT rowid AS row, id, sync_type, iif(status = 'running' AND NOT ?1, " \
    "'interrupted', status) AS status, created_at, started_at, completed_at, triggered_by, " \
    "triggered_by_user, host, pid, " JOB_SOUND("results") " AS results, " \
    JOB_SOUND("error_details") " AS error, " JOB_SOUND("settings") \
    " AS settings FROM sync_jobs) " \
    "SELECT row, id, sync_type, status, created_at, started_at, completed_at, triggered_by, " \
    "triggered_by_user, host, results, error, settings, json_extract(error, '$.message'), pid, " \
    "iif(status IN ('pending', 'running'), -1, ifnull(json_extract(results, '$.durationMs'), " \
    "ifnull(max(0, round((julianday(completed_at) - julianday(started_at)) * 86400000)), -1))), " \
    "results IS NOT NULL, " JOB_SUM("new") ", " JOB_SUM("updated") ", " JOB_SUM("unchanged") ", " \
    "ifnull(json_extract(results, '$.failedItems'), " JOB_SUM("failed") "), " \
    JOB_IN_RESULTS("requests") " FROM j AS j "

/* A job that ended, from its kept figures: a third of the cost, without its JSON. */
#define JOB_BRIEF \
    "SELECT j.rowid, j.id, j.sync_type, j.status, j.created_at, j.started_at, j.completed_at, " \
    "j.triggered_by, j.triggered_by_user, j.host, NULL, NULL, NULL, " \
    "iif(json_valid(j.error_details), json_extract(j.error_details, '$.message'), NULL), j.pid, " \
    "ifnull(f.duration_ms, -1), f.has_counts, f.new_rows, f.updated_rows, f.unchanged_rows, " \
    "f.failed_items, f.requests FROM sync_jobs AS j JOIN sync_job_figures AS f " \
    "ON f.sync_id = j.id "
/* clang-format on */

/* Borrowed from the statement until its next step. */
struct job_row job_row_of(sqlite3_stmt *s);

#endif
