#include "db/job_list.h"

#include "db/job_row.h"
#include "db/list_scan.h"

#include <assert.h>

const char *const job_order_names[JOB_ORDER_COUNT] = {
    [JOB_ORDER_NEWEST] = "newest",
    [JOB_ORDER_OLDEST] = "oldest",
    [JOB_ORDER_TYPE] = "type",
    [JOB_ORDER_STATUS] = "status",
};

/* clang-format off */
#define BY_TIME(than, direction) \
    {"SELECT rowid, created_at FROM sync_jobs WHERE created_at = ?1 AND rowid " than " ?3 " \
     "ORDER BY rowid " direction " LIMIT ?4", \
     "SELECT rowid, created_at FROM sync_jobs WHERE created_at " than " ?1 " \
     "ORDER BY created_at " direction ", rowid " direction " LIMIT ?4"}
#define GROUPED_BY(column, than, direction) \
    {"SELECT rowid, " column ", created_at FROM sync_jobs WHERE " column " = ?1 AND created_at = " \
     "?2 AND rowid " than " ?3 ORDER BY rowid " direction " LIMIT ?4", \
     "SELECT rowid, " column ", created_at FROM sync_jobs WHERE (" column ", created_at) " than \
     " (?1, ?2) ORDER BY " column " " direction ", created_at " direction ", rowid " direction \
     " LIMIT ?4"}
/* clang-format on */

static const struct list_arm by_time = {
    .up = BY_TIME(">", "ASC"), .down = BY_TIME("<", "DESC"), .prefix = ""};
static const struct list_arm by_type = {.up = GROUPED_BY("sync_type", ">", "ASC"),
                                        .down = GROUPED_BY("sync_type", "<", "DESC"),
                                        .prefix = "",
                                        .grouped = true};
static const struct list_arm by_status = {.up = GROUPED_BY("status", ">", "ASC"),
                                          .down = GROUPED_BY("status", "<", "DESC"),
                                          .prefix = "",
                                          .grouped = true};

static const struct {
    const struct list_arm *arms[2];
    bool descending;
} orders[JOB_ORDER_COUNT] = {
    [JOB_ORDER_NEWEST] = {{&by_time}, true},
    [JOB_ORDER_OLDEST] = {{&by_time}, false},
    [JOB_ORDER_TYPE] = {{&by_type}, true},
    [JOB_ORDER_STATUS] = {{&by_status}, true},
};

static bool sort_of(struct conn *c, int order, int64_t row, struct buf *out, bool *found,
                    struct err *e)
{
    static const char *const columns[JOB_ORDER_COUNT] = {
        [JOB_ORDER_NEWEST] = "SELECT created_at FROM sync_jobs WHERE rowid = ?1",
        [JOB_ORDER_OLDEST] = "SELECT created_at FROM sync_jobs WHERE rowid = ?1",
        [JOB_ORDER_TYPE] = "SELECT sync_type || ' ' || created_at FROM sync_jobs WHERE rowid = ?1",
        [JOB_ORDER_STATUS] = "SELECT status || ' ' || created_at FROM sync_jobs WHERE rowid = ?1",
    };
    sqlite3_stmt *s = conn_bind(c, e, columns[order], "i", row);
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found) {
        buf_add(out, conn_text(s, 0), (size_t)sqlite3_column_bytes(s, 0));
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool job_list_key(struct db_reader *r, int order, int64_t row, struct list_key *out, bool *found,
                  struct err *e)
{
    struct buf sort = {0};
    int64_t schema = 0;
    *found = false;
    bool ok = conn_schema(reader_conn(r), &schema, e) &&
              (schema < SCHEMA_SYNC || sort_of(reader_conn(r), order, row, &sort, found, e));
    if (*found) {
        list_key_fill(out, &sort, row);
    }
    buf_done(&sort);
    return ok;
}

/* One row: from its kept figures, else (it has not ended; an older file) from the row alone. The
 * statement to reset is left in `s`. */
static bool read_row(struct conn *c, int64_t schema, bool sync_runs, int64_t row,
                     struct job_row *out, sqlite3_stmt **s, struct err *e)
{
    int got = 0;
    if (schema >= SCHEMA_DASHBOARD) {
        *s = conn_bind(c, e, JOB_BRIEF "WHERE j.rowid = ?1", "i", row);
        got = *s ? conn_step(c, *s, e) : -1;
    }
    if (got == 0) {
        *s = conn_bind(c, e, JOB_WHOLE "WHERE row = ?2", "ii", (int64_t)sync_runs, row);
        got = *s ? conn_step(c, *s, e) : -1;
    }
    if (got == 1) {
        *out = job_row_of(*s);
        out->results = out->error = out->settings = NULL;
    }
    return got == 1;
}

bool job_list_read(struct db_reader *r, bool sync_runs, const struct list_slice *slice,
                   job_list_visit *visit, void *data, int *got, struct err *e)
{
    struct conn *c = reader_conn(r);
    struct list_scan scan;
    struct list_key key;
    int64_t schema = 0;
    assert(slice->order >= 0 && slice->order < JOB_ORDER_COUNT);
    *got = 0;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        return ok;
    }
    if (!list_scan_begin(&scan, c, orders[slice->order].arms, orders[slice->order].descending,
                         slice, sort_of, NULL, e)) {
        return false;
    }
    int state = 1;
    while (state == 1 && *got < slice->count && (state = list_scan_next(&scan, &key, e)) == 1) {
        struct job_row job;
        sqlite3_stmt *s = NULL;
        state = read_row(c, schema, sync_runs, key.row, &job, &s, e) ? 1 : -1;
        if (state == 1) {
            ++*got;
            state = visit(data, &job, &key) ? 1 : 0;
            sqlite3_reset(s);
        }
    }
    list_scan_end(&scan);
    return state >= 0;
}

bool job_list_count(struct db_reader *r, int64_t *out, struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    int64_t open = 0;
    *out = 0;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        return ok;
    }
    if (schema < SCHEMA_DASHBOARD) {
        return conn_number(c, e, out, 0, "SELECT count(*) FROM sync_jobs", "");
    }
    ok = conn_number(c, e, out, 0, "SELECT sum(jobs) FROM sync_job_totals", "") &&
         conn_number(c, e, &open, 0,
                     "SELECT count(*) FROM sync_jobs WHERE status IN ('pending', 'running')", "");
    *out += open;
    return ok;
}

/* ---- one job ---- */

static bool read_phases(struct conn *c, const char *id,
                        void (*each_phase)(void *data, const struct job_phase *phase), void *data,
                        struct err *e)
{
    sqlite3_stmt *s =
        conn_bind(c, e,
                  "SELECT phase, message, last_update, " JOB_SOUND(
                      "details") ", progress FROM sync_progress WHERE sync_id = ?1 ORDER BY CASE "
                                 "phase WHEN 'merchants' THEN 1 WHEN 'transactions' THEN 2 WHEN "
                                 "'residuals' THEN 3 WHEN 'metrics' THEN 4 ELSE 5 END, phase",
                  "s", id);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        struct job_phase phase = {.phase = conn_text(s, 0),
                                  .message = conn_text_or_null(s, 1),
                                  .last_update = conn_text_or_null(s, 2),
                                  .details = conn_text_or_null(s, 3),
                                  .percent = sqlite3_column_int(s, 4)};
        each_phase(data, &phase);
    }
    return got == 0;
}

bool job_list_get(struct db_reader *r, bool sync_runs, const char *id, job_visit *visit,
                  void (*each_phase)(void *data, const struct job_phase *phase), void *data,
                  bool *found, struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    *found = false;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        return ok;
    }
    sqlite3_stmt *s = conn_bind(c, e, JOB_WHOLE "WHERE id = ?2", "is", (int64_t)sync_runs, id);
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found) {
        struct job_row job = job_row_of(s);
        visit(data, &job);
        ok = !each_phase || read_phases(c, id, each_phase, data, e); /* of the same moment */
        sqlite3_reset(s);
    }
    return got >= 0 && ok;
}
