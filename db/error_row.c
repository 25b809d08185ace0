#include "db/error_row.h"

#include <string.h>

/* clang-format off */
#define FROM_ERROR(error) \
    "json_extract(" error ", '$.class'), json_extract(" error ", '$.code'), " \
    "json_extract(" error ", '$.message'), json_extract(" error ", '$.http_status')"
#define SOUND_ERROR "iif(json_valid(error_details), error_details, NULL) AS error"
#define ITEM \
    "SELECT id, sync_id, item_type, item_id, created_at, " FROM_ERROR("error") ", retry_count, " \
    "last_retry_at, next_retry_at, resolved_at, resolution, reason, error, range_from, range_to " \
    "FROM (SELECT *, " SOUND_ERROR " FROM sync_failed_items WHERE id = ?1)"
#define JOB \
    "SELECT -row, id, 'sync', id, created_at, " FROM_ERROR("error") ", 0, NULL, NULL, NULL, NULL, " \
    "NULL, error, NULL, NULL FROM (SELECT *, rowid AS row, " SOUND_ERROR " FROM sync_jobs WHERE " \
    "rowid = ?1 AND status = 'failed')"
/* clang-format on */

bool error_row_find(struct conn *c, int64_t id, sqlite3_stmt **s, struct err *e)
{
    *s = id > 0 ? conn_bind(c, e, ITEM, "i", id) : conn_bind(c, e, JOB, "i", -id);
    int got = *s ? conn_step(c, *s, e) : -1;
    *s = got == 1 ? *s : NULL;
    return got >= 0;
}

static enum error_state state_of(const struct error_row *row)
{
    if (row->id < 0) {
        return ERROR_STATE_JOB;
    }
    if (!row->resolved_at) {
        return row->next_retry_at ? ERROR_STATE_PENDING : ERROR_STATE_PERMANENT;
    }
    bool is_covered = row->resolution && !strcmp(row->resolution, "covered");
    bool is_given_up = row->resolution && !strcmp(row->resolution, "given_up");
    return is_covered    ? ERROR_STATE_COVERED
           : is_given_up ? ERROR_STATE_GIVEN_UP
                         : ERROR_STATE_HEALED;
}

void error_row_read(sqlite3_stmt *s, bool whole, struct error_row *out)
{
    *out = (struct error_row){
        .id = sqlite3_column_int64(s, 0),
        .sync_id = conn_text(s, 1),
        .item_type = conn_text(s, 2),
        .item_id = conn_text(s, 3),
        .created_at = conn_text(s, 4),
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
        .error = whole ? conn_text_or_null(s, 15) : NULL,
        .range_from = whole ? conn_text_or_null(s, 16) : NULL,
        .range_to = whole ? conn_text_or_null(s, 17) : NULL,
    };
    out->state = state_of(out);
}

/* ---- what error_list.h promises of single rows ---- */

bool error_list_get(struct db_reader *r, int64_t id,
                    void (*visit)(void *data, const struct error_row *row), void *data, bool *found,
                    struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    sqlite3_stmt *s = NULL;
    bool ok = conn_schema(c, &schema, e) && (schema < SCHEMA_SYNC || error_row_find(c, id, &s, e));
    *found = s != NULL;
    if (s) {
        struct error_row row;
        error_row_read(s, true, &row);
        visit(data, &row);
        sqlite3_reset(s);
    }
    return ok;
}

#define ITEM_STATE                                                                                 \
    "SELECT id, next_retry_at, resolved_at, resolution FROM sync_failed_items WHERE id = ?1"
#define JOB_STATE                                                                                  \
    "SELECT -rowid, NULL, NULL, NULL FROM sync_jobs WHERE rowid = ?1 AND status = 'failed'"

bool error_list_states(struct db_reader *r, const int64_t *ids, size_t count,
                       enum error_state *states, struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    bool ok = conn_schema(c, &schema, e);
    memset(states, 0, count * sizeof *states); /* ERROR_STATE_GONE */
    for (size_t i = 0; ok && schema >= SCHEMA_SYNC && i < count; i++) {
        sqlite3_stmt *s = ids[i] > 0 ? conn_bind(c, e, ITEM_STATE, "i", ids[i])
                                     : conn_bind(c, e, JOB_STATE, "i", -ids[i]);
        int got = s ? conn_step(c, s, e) : -1;
        ok = got >= 0;
        if (got == 1) {
            struct error_row row = {.id = sqlite3_column_int64(s, 0),
                                    .next_retry_at = conn_text_or_null(s, 1),
                                    .resolved_at = conn_text_or_null(s, 2),
                                    .resolution = conn_text_or_null(s, 3)};
            states[i] = state_of(&row);
            sqlite3_reset(s);
        }
    }
    return ok;
}

bool error_list_past(struct db_reader *r, const char *item_type, const char *item_id, int count,
                     void (*visit)(void *data, const struct error_row *row), void *data,
                     struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        return ok;
    }
    sqlite3_stmt *ids = conn_bind(c, e,
                                  "SELECT id FROM sync_failed_items WHERE item_type = ?1 AND "
                                  "item_id = ?2 AND resolved_at IS NOT NULL ORDER BY id DESC "
                                  "LIMIT ?3",
                                  "ssi", item_type, item_id, (int64_t)count);
    int got = ids ? 1 : -1;
    while (got == 1 && (got = conn_step(c, ids, e)) == 1) {
        sqlite3_stmt *s = NULL;
        struct error_row row;
        if (!error_row_find(c, sqlite3_column_int64(ids, 0), &s, e)) {
            got = -1;
            sqlite3_reset(ids);
        } else if (s) {
            error_row_read(s, true, &row);
            visit(data, &row);
            sqlite3_reset(s);
        }
    }
    return got == 0;
}
