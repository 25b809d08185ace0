#include "db/state_store.h"

#include "core/base/text.h"
#include "db/conn.h"

bool state_get(struct db_reader *r, const char *name, char *out, size_t size, bool *found,
               struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    *found = false;
    text_copy(out, size, "");
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_DASHBOARD) {
        return ok;
    }
    sqlite3_stmt *s = conn_bind(c, e, "SELECT value FROM sync_state WHERE name = ?1", "s", name);
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found) {
        text_copy(out, size, conn_text(s, 0));
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool state_set(struct db_writer *w, const char *name, const char *value, struct err *e)
{
    if (!value) {
        return conn_run(writer_conn(w), e, "DELETE FROM sync_state WHERE name = ?1", "s", name);
    }
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_state (name, value) VALUES (?1, ?2) "
                    "ON CONFLICT DO UPDATE SET value = excluded.value",
                    "ss", name, value);
}
