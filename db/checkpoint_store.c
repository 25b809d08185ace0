#include "db/checkpoint_store.h"
#include "core/base/text.h"

#include "db/conn.h"

bool checkpoint_save(struct db_writer *w, const struct checkpoint *p, const char *now,
                     struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_checkpoints (sync_type, walk, scope, version, pages, total, "
                    "rows_seen, whole, complete, updated_at, started_at, per_page) VALUES (?1, ?2, "
                    "?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET "
                    "scope = ?3, version = ?4, pages = ?5, total = ?6, rows_seen = ?7, "
                    "whole = ?8, complete = ?9, updated_at = ?10, started_at = ?11, "
                    "per_page = ?12",
                    "ssssiiiiissi", p->sync_type, p->walk, p->scope, p->version, (int64_t)p->pages,
                    p->total, p->rows_seen, (int64_t)p->whole, (int64_t)p->complete, now,
                    p->started_at, (int64_t)p->per_page);
}

bool checkpoint_find(struct db_reader *r, struct checkpoint *p, const char *not_before,
                     const char *not_after, bool *found, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s =
        conn_bind(c, e,
                  "SELECT pages, total, rows_seen, whole, complete, started_at, "
                  "per_page FROM sync_checkpoints WHERE sync_type = ?1 AND walk = ?2 AND "
                  "scope = ?3 AND version = ?4 AND updated_at BETWEEN ?5 AND ?6",
                  "ssssss", p->sync_type, p->walk, p->scope, p->version, not_before, not_after);
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found) {
        p->pages = sqlite3_column_int(s, 0);
        p->total = sqlite3_column_int64(s, 1);
        p->rows_seen = sqlite3_column_int64(s, 2);
        p->whole = sqlite3_column_int(s, 3);
        p->complete = sqlite3_column_int(s, 4);
        text_copy(p->started_at, sizeof p->started_at, conn_text(s, 5));
        p->per_page = sqlite3_column_int(s, 6);
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool checkpoint_save_keys(struct db_writer *w, const struct checkpoint *p, const uint64_t *keys,
                          size_t count, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_walk_pages (sync_type, walk, page, keys) "
                    "VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE SET keys = ?4",
                    "ssib", p->sync_type, p->walk, (int64_t)p->pages,
                    count ? (const void *)keys : "", count * sizeof *keys);
}

bool checkpoint_load_keys(struct db_reader *r, const struct checkpoint *p, struct keyset *into,
                          struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s =
        conn_bind(c, e, "SELECT keys FROM sync_walk_pages WHERE sync_type = ?1 AND walk = ?2", "ss",
                  p->sync_type, p->walk);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        const uint64_t *keys = sqlite3_column_blob(s, 0);
        size_t count = (size_t)sqlite3_column_bytes(s, 0) / sizeof *keys;
        for (size_t i = 0; i < count; i++) {
            keyset_add(into, keys[i]);
        }
    }
    return got == 0;
}

bool checkpoint_drop_keys(struct db_writer *w, const struct checkpoint *p, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "DELETE FROM sync_walk_pages WHERE sync_type = ?1 AND walk = ?2", "ss",
                    p->sync_type, p->walk);
}

bool checkpoint_drop_all(struct db_writer *w, const char *sync_type, struct err *e)
{
    return conn_run(writer_conn(w), e, "DELETE FROM sync_checkpoints WHERE sync_type = ?1", "s",
                    sync_type) &&
           conn_run(writer_conn(w), e, "DELETE FROM sync_walk_pages WHERE sync_type = ?1", "s",
                    sync_type);
}
