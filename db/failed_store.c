#include "db/failed_store.h"

#include "core/base/mem.h"
#include "db/conn.h"

#include <stdlib.h>

/* clang-format off */
#define TRY \
    "json_object('at', ?8, 'code', json_extract(?4, '$.code'), 'message', json_extract(?4, " \
    "'$.message'), 'sync', ?1)"
#define TRIES "ifnull(json_extract(error_details, '$.tries'), '[]')"
#define IS_OWED "json_extract(error_details, '$.code') IS 'unread'"
/* Of very many the first goes. */
#define TRIES_AND_ROOM "iif(json_array_length(" TRIES ") < 20, " TRIES ", json_remove(" TRIES ", '$[0]'))"
/* clang-format on */

bool failed_put(struct db_writer *w, const struct failed_item *item, bool *is_first, struct err *e)
{
    int64_t raised = 0;
    bool ok = conn_number(writer_conn(w), e, &raised, 0,
                          "SELECT 1 FROM sync_failed_items WHERE resolved_at IS NULL AND "
                          "item_type = ?1 AND item_id = ?2 AND sync_id = ?3 AND NOT " IS_OWED,
                          "sss", item->item_type, item->item_id, item->sync_id);
    *is_first = !raised;
    return ok &&
           conn_run(writer_conn(w), e,
                    "INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, "
                    "range_from, range_to, next_retry_at, created_at) VALUES (?1, ?2, ?3, "
                    "json_set(?4, '$.tries', json_array(" TRY ")), ?5, ?6, ?7, ?8) "
                    "ON CONFLICT (item_type, item_id) WHERE resolved_at IS NULL DO UPDATE SET "
                    "sync_id = ?1, error_details = json_set(?4, '$.first', "
                    "coalesce(json_extract(error_details, '$.first'), json_extract(iif(" IS_OWED
                    ", ?4, error_details), '$.message')), '$.tries', json(iif(?10, " TRIES
                    ", json_insert(" TRIES_AND_ROOM ", '$[#]', " TRY
                    ")))), range_from = min(ifnull(range_from, ?5), ?5), range_to = "
                    "max(ifnull(range_to, ?6), ?6), next_retry_at = ?7, retry_count = "
                    "retry_count + (?9 AND NOT " IS_OWED
                    "), last_retry_at = CASE WHEN ?9 THEN ?8 ELSE last_retry_at END",
                    "ssssssssii", item->sync_id, item->item_type, item->item_id, item->error_json,
                    item->range_from, item->range_to, item->next_retry_at, item->now,
                    (int64_t)*is_first, raised);
}

bool failed_owe(struct db_writer *w, const struct failed_item *item, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_failed_items (sync_id, item_type, item_id, error_details, "
                    "range_from, range_to, next_retry_at, created_at) VALUES (?1, ?2, ?3, ?4, ?5, "
                    "?6, ?7, ?7) ON CONFLICT (item_type, item_id) WHERE resolved_at IS NULL DO "
                    "UPDATE SET range_from = min(ifnull(range_from, ?5), ?5), range_to = "
                    "max(ifnull(range_to, ?6), ?6)",
                    "sssssss", item->sync_id, item->item_type, item->item_id, item->error_json,
                    item->range_from, item->range_to, item->now);
}

/* What was owed and has been read never was a failure. */
static bool drop_owed(struct db_writer *w, const struct failed_cover *cover, struct err *e)
{
    return conn_run(
        writer_conn(w), e,
        "DELETE FROM sync_failed_items WHERE resolved_at = ?1 AND item_type = ?2 AND " IS_OWED,
        "ss", cover->now, cover->item_type);
}

bool failed_resolve_covered(struct db_writer *w, const struct failed_cover *cover,
                            int64_t *resolved, struct err *e)
{
    struct conn *c = writer_conn(w);
    const char *id = cover->item_id ? cover->item_id : "";
    char *below = mem_printf("%s/", id);
    char *behind = cover->item_id ? mem_printf("%s0", id) : mem_strdup("\xff"); /* 0 follows / */
    bool ok =
        conn_run(c, e,
                 "UPDATE sync_failed_items SET resolved_at = ?1, resolution = ?2, "
                 "next_retry_at = NULL WHERE resolved_at IS NULL AND item_type = ?3 AND "
                 "item_id >= ?4 AND item_id < ?6 AND (?4 = '' OR item_id = ?4 OR "
                 "(NOT ?10 AND item_id >= ?5)) AND (?7 IS NULL OR range_from IS NULL OR "
                 "(range_from >= ?7 AND range_to <= ?8)) AND "
                 "(item_id = ?4 OR sync_id <> ?11 OR json_extract(error_details, "
                 "'$.at') < ?9)",
                 "sssssssssis", cover->now, cover->resolution, cover->item_type, id, below, behind,
                 cover->from, cover->to, cover->since, (int64_t)cover->exact, cover->sync_id);
    *resolved = ok ? sqlite3_changes(c->handle) : 0;
    free(below);
    free(behind);
    return ok && (!*resolved || drop_owed(w, cover, e));
}

bool failed_resolve_gone(struct db_writer *w, const char *item_type, const char *item_id,
                         const char *now, struct err *e)
{
    int64_t resolved = 0;
    struct failed_cover cover = {.item_type = item_type,
                                 .item_id = item_id,
                                 .now = now,
                                 .resolution = "covered",
                                 .since = "9999"};
    return failed_resolve_covered(w, &cover, &resolved, e);
}

bool failed_raised_since(struct db_reader *r, const struct failed_cover *cover, int64_t *count,
                         struct err *e)
{
    char *below = mem_printf("%s/", cover->item_id);
    char *behind = mem_printf("%s0", cover->item_id);
    bool ok = conn_number(reader_conn(r), e, count, 0,
                          "SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL AND "
                          "item_type = ?1 AND (item_id = ?2 OR (item_id >= ?3 AND item_id < ?4)) "
                          "AND json_extract(error_details, '$.at') >= ?5",
                          "sssss", cover->item_type, cover->item_id, below, behind, cover->since);
    free(below);
    free(behind);
    return ok;
}

bool failed_give_up(struct db_writer *w, int64_t id, const char *reason, const char *now,
                    bool *found, struct err *e)
{
    struct conn *c = writer_conn(w);
    bool ok = conn_run(c, e,
                       "UPDATE sync_failed_items SET resolved_at = ?1, resolution = 'given_up', "
                       "reason = ?2, next_retry_at = NULL WHERE id = ?3 AND resolved_at IS NULL",
                       "ssi", now, reason, id);
    *found = ok && sqlite3_changes(c->handle) > 0;
    return ok;
}

bool failed_each_open(struct db_reader *r, const char *due_at,
                      void (*visit)(void *data, const struct failed_open *item), void *data,
                      struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s =
        conn_bind(c, e,
                  "SELECT id, sync_id, item_type, item_id, range_from, range_to, " IS_OWED
                  " FROM sync_failed_items WHERE resolved_at IS NULL AND (?1 IS NULL "
                  "OR next_retry_at <= ?1 OR next_retry_at > "
                  "strftime('%Y-%m-%dT%H:%M:%fZ', ?1, '+1 day')) ORDER BY id",
                  "s", due_at);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        struct failed_open item = {
            .id = sqlite3_column_int64(s, 0),
            .sync_id = conn_text(s, 1),
            .item_type = conn_text(s, 2),
            .item_id = conn_text(s, 3),
            .range_from = conn_text_or_null(s, 4),
            .range_to = conn_text_or_null(s, 5),
            .is_owed = sqlite3_column_int(s, 6),
        };
        visit(data, &item);
    }
    return got == 0;
}

bool failed_tries(struct db_reader *r, const char *sync_id, const char *item_type,
                  const char *item_id, int64_t *tries, struct err *e)
{
    return conn_number(reader_conn(r), e, tries, 0,
                       "SELECT retry_count + (sync_id <> ?1) FROM sync_failed_items WHERE "
                       "resolved_at IS NULL AND item_type = ?2 AND item_id = ?3",
                       "sss", sync_id, item_type, item_id);
}
