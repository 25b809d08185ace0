#include "db/error_list.h"

#include "db/conn.h"
#include "db/error_row.h"
#include "db/list_scan.h"

#include <assert.h>

const char *const error_order_names[ERROR_ORDER_COUNT] = {
    [ERROR_ORDER_NEWEST] = "newest",
    [ERROR_ORDER_OLDEST] = "oldest",
    [ERROR_ORDER_NEXT_TRY] = "next try",
    [ERROR_ORDER_ITEM] = "item",
};

const char *const error_state_names[ERROR_STATE_COUNT] = {
    [ERROR_STATE_GONE] = "gone",           [ERROR_STATE_PENDING] = "pending",
    [ERROR_STATE_PERMANENT] = "permanent", [ERROR_STATE_HEALED] = "healed",
    [ERROR_STATE_COVERED] = "covered",     [ERROR_STATE_GIVEN_UP] = "given up",
    [ERROR_STATE_JOB] = "failed",
};

/* ---- the orders: each an index's, so that a piece costs what it shows ---- */

/* clang-format off */
#define ITEMS(state, key, than, direction) \
    {"SELECT id, " key " FROM sync_failed_items WHERE resolved_at IS " state " AND " key " = ?1 " \
     "AND id " than " ?3 ORDER BY id " direction " LIMIT ?4", \
     "SELECT id, " key " FROM sync_failed_items WHERE resolved_at IS " state " AND " key " " than \
     " ?1 ORDER BY " key " " direction ", id " direction " LIMIT ?4"}
#define ITEMS_BY_ID(state, than, direction) \
    {"SELECT id, item_type, item_id FROM sync_failed_items WHERE resolved_at IS " state \
     " AND item_type = ?1 AND item_id = ?2 AND id " than " ?3 ORDER BY id " direction " LIMIT ?4", \
     "SELECT id, item_type, item_id FROM sync_failed_items WHERE resolved_at IS " state \
     " AND (item_type, item_id) " than " (?1, ?2) ORDER BY item_type " direction ", item_id " \
     direction ", id " direction " LIMIT ?4"}
/* The latest resolved ones: not more than are sorted in no time. */
#define LATEST(columns) \
    "(SELECT id, " columns " FROM sync_failed_items WHERE resolved_at IS NOT NULL AND " \
    "resolved_at >= ?5 ORDER BY resolved_at DESC, created_at DESC, id DESC LIMIT 500)"
#define LATEST_BY_TIME(than, direction) \
    {NULL, "SELECT id, created_at FROM " LATEST("created_at") " WHERE (created_at, id) " than \
     " (?1, ?3) ORDER BY created_at " direction ", id " direction " LIMIT ?4"}
#define LATEST_BY_ID(than, direction) \
    {NULL, "SELECT id, item_type, item_id FROM " LATEST("item_type, item_id") " WHERE (item_type, " \
     "item_id, id) " than " (?1, ?2, ?3) ORDER BY item_type " direction ", item_id " direction \
     ", id " direction " LIMIT ?4"}
#define JOBS(than, direction) \
    {"SELECT rowid, created_at FROM sync_jobs WHERE status = 'failed' AND created_at = ?1 AND " \
     "rowid " than " ?3 ORDER BY rowid " direction " LIMIT ?4", \
     "SELECT rowid, created_at FROM sync_jobs WHERE status = 'failed' AND created_at " than \
     " ?1 ORDER BY created_at " direction ", rowid " direction " LIMIT ?4"}
#define NEXT_TRY "ifnull(next_retry_at, '~')"
/* clang-format on */

static_assert(ERROR_LIST_RESOLVED_MAX == 500, "as in LATEST and in error_list_count");

/* Prefixes put one arm behind the other: '~' is after every time. */
#define RESOLVED "~~"
#define OF_JOBS "~~~"

enum arm {
    OPEN_BY_TIME,
    DONE_BY_TIME,
    LATE_BY_TIME,
    JOBS_BY_TIME,
    OPEN_BY_TRY,
    DONE_BY_TRY,
    LATE_BY_TRY,
    JOBS_BY_TRY,
    OPEN_BY_ID,
    DONE_BY_ID,
    LATE_BY_ID,
    JOBS_BY_ID
};

static const struct list_arm arms[] = {
    [OPEN_BY_TIME] = {.up = ITEMS("NULL", "created_at", ">", "ASC"),
                      .down = ITEMS("NULL", "created_at", "<", "DESC"),
                      .prefix = ""},
    [DONE_BY_TIME] = {.up = ITEMS("NOT NULL", "created_at", ">", "ASC"),
                      .down = ITEMS("NOT NULL", "created_at", "<", "DESC"),
                      .prefix = ""},
    [LATE_BY_TIME] = {.up = LATEST_BY_TIME(">", "ASC"),
                      .down = LATEST_BY_TIME("<", "DESC"),
                      .prefix = "",
                      .has_since = true},
    [JOBS_BY_TIME] = {.up = JOBS(">", "ASC"),
                      .down = JOBS("<", "DESC"),
                      .prefix = "",
                      .is_of_jobs = true},
    [OPEN_BY_TRY] = {.up = ITEMS("NULL", NEXT_TRY, ">", "ASC"),
                     .down = ITEMS("NULL", NEXT_TRY, "<", "DESC"),
                     .prefix = ""},
    [DONE_BY_TRY] = {.up = ITEMS("NOT NULL", "created_at", ">", "ASC"),
                     .down = ITEMS("NOT NULL", "created_at", "<", "DESC"),
                     .prefix = RESOLVED},
    [LATE_BY_TRY] = {.up = LATEST_BY_TIME(">", "ASC"),
                     .down = LATEST_BY_TIME("<", "DESC"),
                     .prefix = RESOLVED,
                     .has_since = true},
    [JOBS_BY_TRY] = {.up = JOBS(">", "ASC"),
                     .down = JOBS("<", "DESC"),
                     .prefix = OF_JOBS,
                     .is_of_jobs = true},
    [OPEN_BY_ID] = {.up = ITEMS_BY_ID("NULL", ">", "ASC"),
                    .down = ITEMS_BY_ID("NULL", "<", "DESC"),
                    .prefix = "",
                    .grouped = true},
    [DONE_BY_ID] = {.up = ITEMS_BY_ID("NOT NULL", ">", "ASC"),
                    .down = ITEMS_BY_ID("NOT NULL", "<", "DESC"),
                    .prefix = "",
                    .grouped = true},
    [LATE_BY_ID] = {.up = LATEST_BY_ID(">", "ASC"),
                    .down = LATEST_BY_ID("<", "DESC"),
                    .prefix = "",
                    .grouped = true,
                    .has_since = true},
    [JOBS_BY_ID] = {.up = JOBS(">", "ASC"),
                    .down = JOBS("<", "DESC"),
                    .prefix = "sync ",
                    .is_of_jobs = true},
};

static const struct {
    enum arm open, done, late, jobs;
    bool descending;
} orders[ERROR_ORDER_COUNT] = {
    [ERROR_ORDER_NEWEST] = {OPEN_BY_TIME, DONE_BY_TIME, LATE_BY_TIME, JOBS_BY_TIME, true},
    [ERROR_ORDER_OLDEST] = {OPEN_BY_TIME, DONE_BY_TIME, LATE_BY_TIME, JOBS_BY_TIME, false},
    [ERROR_ORDER_NEXT_TRY] = {OPEN_BY_TRY, DONE_BY_TRY, LATE_BY_TRY, JOBS_BY_TRY, false},
    [ERROR_ORDER_ITEM] = {OPEN_BY_ID, DONE_BY_ID, LATE_BY_ID, JOBS_BY_ID, false},
};

static void choose_arms(int order, const struct error_scope *scope,
                        const struct list_arm *chosen[LIST_ARMS_MAX + 1])
{
    int n = 0;
    chosen[n++] = &arms[orders[order].open];
    if (scope->with_resolved) {
        chosen[n++] = &arms[orders[order].done];
    } else if (scope->since) {
        chosen[n++] = &arms[orders[order].late];
    }
    chosen[n++] = &arms[orders[order].jobs];
    chosen[n] = NULL;
}

/* ---- where a row stands ---- */

static void add_item_sort(struct buf *out, int order, sqlite3_stmt *s)
{
    const char *created_at = conn_text(s, 0);
    if (order == ERROR_ORDER_ITEM) {
        buf_addf(out, "%s ", conn_text(s, 3));
        buf_add(out, conn_text(s, 4), (size_t)sqlite3_column_bytes(s, 4));
        return;
    }
    bool by_try = order == ERROR_ORDER_NEXT_TRY;
    bool is_open = sqlite3_column_type(s, 2) == SQLITE_NULL;
    int column = by_try && is_open ? 1 : 0;
    buf_adds(out, by_try && !is_open ? RESOLVED : "");
    if (column && sqlite3_column_type(s, column) == SQLITE_NULL) {
        buf_adds(out, "~");
    } else {
        buf_add(out, column ? conn_text(s, 1) : created_at,
                (size_t)sqlite3_column_bytes(s, column));
    }
}

static bool sort_of(struct conn *c, int order, int64_t row, struct buf *out, bool *found,
                    struct err *e)
{
    sqlite3_stmt *s =
        row > 0 ? conn_bind(c, e,
                            "SELECT created_at, next_retry_at, resolved_at, item_type, item_id "
                            "FROM sync_failed_items WHERE id = ?1",
                            "i", row)
                : conn_bind(c, e,
                            "SELECT created_at FROM sync_jobs WHERE rowid = ?1 AND status = "
                            "'failed'",
                            "i", -row);
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found && row > 0) {
        add_item_sort(out, order, s);
    } else if (*found) {
        buf_adds(out, arms[orders[order].jobs].prefix);
        buf_add(out, conn_text(s, 0), (size_t)sqlite3_column_bytes(s, 0));
    }
    if (*found) {
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool error_list_key(struct db_reader *r, int order, int64_t id, struct list_key *out, bool *found,
                    struct err *e)
{
    struct buf sort = {0};
    int64_t schema = 0;
    *found = false;
    bool ok = conn_schema(reader_conn(r), &schema, e) &&
              (schema < SCHEMA_SYNC || sort_of(reader_conn(r), order, id, &sort, found, e));
    if (*found) {
        list_key_fill(out, &sort, id);
    }
    buf_done(&sort);
    return ok;
}

/* ---- reading ---- */

bool error_list_read(struct db_reader *r, const struct error_scope *scope,
                     const struct list_slice *slice, error_list_visit *visit, void *data, int *got,
                     struct err *e)
{
    struct conn *c = reader_conn(r);
    const struct list_arm *chosen[LIST_ARMS_MAX + 1];
    struct list_scan scan;
    struct list_key key;
    int64_t schema = 0;
    assert(slice->order >= 0 && slice->order < ERROR_ORDER_COUNT);
    *got = 0;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        return ok;
    }
    choose_arms(slice->order, scope, chosen);
    if (!list_scan_begin(&scan, c, chosen, orders[slice->order].descending, slice, sort_of,
                         scope->since, e)) {
        return false;
    }
    int state = 1;
    while (state == 1 && *got < slice->count && (state = list_scan_next(&scan, &key, e)) == 1) {
        struct error_row row;
        sqlite3_stmt *s = NULL;
        state = error_row_find(c, key.row, &s, e) ? 1 : -1;
        if (s) {
            error_row_read(s, false, &row);
            ++*got;
            state = visit(data, &row, &key) ? 1 : 0;
            sqlite3_reset(s);
        }
    }
    list_scan_end(&scan);
    return state >= 0;
}

#define LATE_COUNT                                                                                 \
    "(SELECT count(*) FROM (SELECT 1 FROM sync_failed_items WHERE NOT ?1 AND resolved_at IS NOT "  \
    "NULL AND resolved_at >= ?2 LIMIT 500))"

bool error_list_count(struct db_reader *r, const struct error_scope *scope, int64_t *out,
                      struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    *out = 0;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        return ok;
    }
    const char *sql =
        schema < SCHEMA_DASHBOARD
            ? "SELECT (SELECT count(*) FROM sync_failed_items WHERE ?1 OR resolved_at IS NULL) + "
              "(SELECT count(*) FROM sync_jobs WHERE status = 'failed') + " LATE_COUNT
            : "SELECT ifnull((SELECT sum(items) FROM sync_failed_totals WHERE ?1 OR state IN "
              "('pending', 'permanent')), 0) + ifnull((SELECT jobs FROM sync_job_totals WHERE "
              "status = 'failed'), 0) + " LATE_COUNT;
    return conn_number(c, e, out, 0, sql, "is", (int64_t)scope->with_resolved, scope->since);
}
