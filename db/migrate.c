#include "db/migrate.h"

#include "core/base/mem.h"
#include "db/conn.h"
#include "db/schema.h"

#include <stdint.h>
#include <stdlib.h>

enum { APPLICATION_ID = 0x49507379 }; /* "IPsy" */

static bool pragma_number(struct conn *c, const char *sql, int64_t *out, struct err *e)
{
    sqlite3_stmt *s = NULL;
    if (sqlite3_prepare_v2(c->handle, sql, -1, &s, NULL) != SQLITE_OK ||
        sqlite3_step(s) != SQLITE_ROW) {
        conn_fail(c, e);
        sqlite3_finalize(s);
        return false;
    }
    *out = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    return true;
}

bool migrate_check(struct conn *c, const char *path, struct err *e)
{
    int64_t id = 0;
    int64_t version = 0;
    int64_t tables = 0;
    if (!pragma_number(c, "PRAGMA application_id", &id, e) ||
        !pragma_number(c, "PRAGMA user_version", &version, e) ||
        !pragma_number(c, "SELECT count(*) FROM sqlite_schema", &tables, e)) {
        return false;
    }
    if (id != APPLICATION_ID && (id || version || tables)) {
        return err_set(e, ERR_CONFIG, "%s: the database of another program, left as it is", path);
    }
    if (version > (int64_t)schema_steps_len) {
        return err_set(
            e, ERR_CONFIG,
            "%s: made by a newer ipsync (schema %lld, this one knows %zu), left as it is; "
            "upgrade ipsync",
            path, (long long)version, schema_steps_len);
    }
    return true;
}

static bool run_step(struct conn *c, size_t step, struct err *e)
{
    char *script = mem_printf("BEGIN IMMEDIATE; PRAGMA application_id = %d; %s\n"
                              "PRAGMA user_version = %zu; COMMIT;",
                              APPLICATION_ID, (const char *)schema_steps[step].sql, step + 1);
    bool ok = sqlite3_exec(c->handle, script, NULL, NULL, NULL) == SQLITE_OK;
    free(script);
    if (!ok) {
        conn_fail(c, e);
        sqlite3_exec(c->handle, "ROLLBACK", NULL, NULL, NULL);
        return err_wrap(e, "schema step %s", schema_steps[step].name);
    }
    return true;
}

bool migrate(struct conn *c, struct err *e)
{
    int64_t version = 0;
    bool ok = pragma_number(c, "PRAGMA user_version", &version, e);
    for (size_t step = (size_t)version; ok && step < schema_steps_len; step++) {
        ok = run_step(c, step, e);
    }
    return ok;
}
