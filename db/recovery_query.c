#include "db/recovery_query.h"

#include "db/conn.h"

#include <stdlib.h>

#define KEPT                                                                                       \
    "SELECT ifnull(sum(iif(state = 'healed', items, 0)), 0), "                                     \
    "ifnull(sum(iif(state = 'covered', items, 0)), 0) FROM sync_failed_totals"
#define COUNTED                                                                                    \
    "SELECT count(*) FILTER (WHERE ifnull(resolution, 'healed') = 'healed'), "                     \
    "count(*) FILTER (WHERE resolution = 'covered') FROM sync_failed_items "                       \
    "WHERE resolved_at IS NOT NULL"

static bool count(struct conn *c, struct recovery *out, struct err *e)
{
    int64_t schema = 0;
    if (!conn_schema(c, &schema, e)) {
        return false;
    }
    sqlite3_stmt *s = conn_statement(c, e, schema < SCHEMA_DASHBOARD ? COUNTED : KEPT);
    int got = s ? conn_step(c, s, e) : -1;
    if (got == 1) {
        out->healed = sqlite3_column_int64(s, 0);
        out->covered = sqlite3_column_int64(s, 1);
        sqlite3_reset(s);
    }
    return got >= 0;
}

static int by_size(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

static bool measure(struct conn *c, struct recovery *out, struct err *e)
{
    int64_t ms[RECOVERY_MEASURED] = {0};
    int n = 0;
    int64_t tries = 0;
    sqlite3_stmt *s = conn_bind(
        c, e,
        "WITH newest AS (SELECT created_at, resolved_at, resolution, retry_count FROM "
        "sync_failed_items WHERE resolved_at IS NOT NULL ORDER BY resolved_at DESC LIMIT ?1), "
        "took AS (SELECT (julianday(resolved_at) - julianday(created_at)) * 86400000 AS ms, "
        "retry_count FROM newest WHERE resolution IS NOT 'given_up') "
        "SELECT CAST(round(max(ms, 0)) AS INTEGER), retry_count FROM took WHERE ms IS NOT NULL",
        "i", (int64_t)RECOVERY_MEASURED);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        ms[n++] = sqlite3_column_int64(s, 0);
        tries += sqlite3_column_int64(s, 1);
    }
    qsort(ms, (size_t)n, sizeof ms[0], by_size);
    out->measured = n;
    out->median_ms = !n ? -1 : n % 2 ? ms[n / 2] : (ms[n / 2 - 1] + ms[n / 2]) / 2;
    out->longest_ms = n ? ms[n - 1] : -1;
    out->average_tries = n ? (double)tries / n : 0;
    return got == 0;
}

bool recovery_query(struct db_reader *r, struct recovery *out, struct err *e)
{
    *out = (struct recovery){.median_ms = -1, .longest_ms = -1};
    return count(reader_conn(r), out, e) && measure(reader_conn(r), out, e);
}

bool recovery_query_never(struct db_reader *r,
                          void (*visit)(void *data, const struct recovery_never *never), void *data,
                          struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(
        c, e,
        "WITH permanent AS (SELECT error_details, created_at FROM sync_failed_items WHERE "
        "resolved_at IS NULL AND ifnull(next_retry_at, '~') = '~' LIMIT ?1), "
        "resolved AS (SELECT error_details, resolution FROM sync_failed_items WHERE resolved_at IS "
        "NOT NULL ORDER BY resolved_at DESC LIMIT ?1), "
        "never AS (SELECT error_details AS d, created_at, 1 AS is_open FROM permanent UNION ALL "
        "SELECT error_details, NULL, 0 FROM resolved WHERE resolution = 'given_up'), "
        "sound AS (SELECT iif(json_valid(d), d, '{}') AS d, created_at, is_open FROM never) "
        "SELECT CASE WHEN json_extract(d, '$.http_status') BETWEEN 400 AND 599 THEN 'HTTP ' || "
        "CAST(json_extract(d, '$.http_status') AS INTEGER) ELSE "
        "substr(ifnull(json_extract(d, '$.code'), 'unknown'), 1, 31) END AS code, sum(is_open), "
        "min(created_at), sum(NOT is_open) FROM sound GROUP BY code ORDER BY 2 DESC, 4 DESC, 1 "
        "LIMIT 20",
        "i", (int64_t)RECOVERY_LOOKED_AT);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        struct recovery_never never = {.code = conn_text(s, 0),
                                       .permanent = sqlite3_column_int64(s, 1),
                                       .oldest = conn_text_or_null(s, 2),
                                       .given_up = sqlite3_column_int64(s, 3)};
        visit(data, &never);
    }
    return got == 0;
}
