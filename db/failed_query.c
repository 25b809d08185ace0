#include "db/failed_query.h"

#include "db/conn.h"

/* A figure for each state: kept in sync_failed_totals, counted in a file of an older schema. */
#define KEPT                                                                                       \
    "SELECT sum(iif(state = 'pending', items, 0)), sum(iif(state = 'permanent', items, 0)), "      \
    "sum(iif(state IN ('healed', 'covered'), items, 0)), "                                         \
    "sum(iif(state = 'given_up', items, 0)), sum(items) FROM sync_failed_totals"
#define COUNTED                                                                                    \
    "SELECT count(*) FILTER (WHERE resolved_at IS NULL AND next_retry_at IS NOT NULL), "           \
    "count(*) FILTER (WHERE resolved_at IS NULL AND next_retry_at IS NULL), "                      \
    "count(*) FILTER (WHERE resolved_at IS NOT NULL AND resolution IS NOT 'given_up'), "           \
    "count(*) FILTER (WHERE resolved_at IS NOT NULL AND resolution IS 'given_up'), count(*) "      \
    "FROM sync_failed_items"

bool failed_query_counts(struct db_reader *r, struct failed_counts *out, struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    *out = (struct failed_counts){0};
    if (!conn_schema(c, &schema, e)) {
        return false;
    }
    sqlite3_stmt *s = conn_statement(c, e, schema < SCHEMA_DASHBOARD ? COUNTED : KEPT);
    int state = s ? conn_step(c, s, e) : -1;
    if (state == 1) {
        out->pending = sqlite3_column_int64(s, 0);
        out->permanent = sqlite3_column_int64(s, 1);
        out->recovered = sqlite3_column_int64(s, 2);
        out->given_up = sqlite3_column_int64(s, 3);
        out->total = sqlite3_column_int64(s, 4);
        sqlite3_reset(s);
    }
    return state >= 0;
}

#define KEPT_TYPES                                                                                 \
    "SELECT item_type, sum(items) AS n FROM sync_failed_totals WHERE state IN ('pending', "        \
    "'permanent') GROUP BY item_type HAVING n > 0 ORDER BY item_type"
#define COUNTED_TYPES                                                                              \
    "SELECT item_type, count(*) FROM sync_failed_items WHERE resolved_at IS NULL GROUP BY "        \
    "item_type ORDER BY item_type"

bool failed_query_types(struct db_reader *r,
                        void (*visit)(void *data, const char *item_type, int64_t open), void *data,
                        struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    if (!conn_schema(c, &schema, e)) {
        return false;
    }
    sqlite3_stmt *s = conn_statement(c, e, schema < SCHEMA_DASHBOARD ? COUNTED_TYPES : KEPT_TYPES);
    int state = s ? 1 : -1;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        visit(data, conn_text(s, 0), sqlite3_column_int64(s, 1));
    }
    return state == 0;
}

static struct failed_row row_of(sqlite3_stmt *s)
{
    return (struct failed_row){
        .id = sqlite3_column_int64(s, 0),
        .sync_id = conn_text(s, 1),
        .item_type = conn_text(s, 2),
        .item_id = conn_text(s, 3),
        .error = conn_text_or_null(s, 4),
        .class = conn_text_or_null(s, 5),
        .code = conn_text_or_null(s, 6),
        .message = conn_text_or_null(s, 7),
        .http_status = sqlite3_column_int64(s, 8),
        .retry_count = sqlite3_column_int64(s, 9),
        .last_retry_at = conn_text_or_null(s, 10),
        .next_retry_at = conn_text_or_null(s, 11),
        .resolved_at = conn_text_or_null(s, 12),
        .resolution = conn_text_or_null(s, 13),
        .reason = conn_text_or_null(s, 14),
        .range_from = conn_text_or_null(s, 15),
        .range_to = conn_text_or_null(s, 16),
        .created_at = conn_text_or_null(s, 17),
    };
}

bool failed_query_page(struct db_reader *r, bool with_resolved, int64_t *after, int count,
                       void (*visit)(void *data, const struct failed_row *item), void *data,
                       int *got, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(
        c, e,
        "WITH i AS (SELECT *, iif(json_valid(error_details), error_details, NULL) AS error FROM "
        "sync_failed_items WHERE id > ?1 AND (?2 OR resolved_at IS NULL) ORDER BY id LIMIT ?3) "
        "SELECT id, sync_id, item_type, item_id, error, json_extract(error, '$.class'), "
        "json_extract(error, '$.code'), json_extract(error, '$.message'), "
        "json_extract(error, '$.http_status'), retry_count, last_retry_at, next_retry_at, "
        "resolved_at, resolution, reason, range_from, range_to, created_at FROM i ORDER BY id",
        "iii", *after, (int64_t)with_resolved, (int64_t)count);
    int state = s ? 1 : -1;
    *got = 0;
    while (state == 1 && (state = conn_step(c, s, e)) == 1) {
        struct failed_row row = row_of(s);
        *after = row.id;
        visit(data, &row);
        ++*got;
    }
    return state == 0;
}
