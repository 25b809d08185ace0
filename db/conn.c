#include "db/conn.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "db/schema.h"
#include "db/table.h"
#include "db/trouble.h"

#include <assert.h>
#include <poll.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

bool conn_fail(struct conn *c, struct err *e)
{
    bool is_cut = c->handle && sqlite3_errcode(c->handle) == SQLITE_INTERRUPT;
    if (is_cut && c->slice_ms) {
        return err_set(e, ERR_STOPPED, "database: the query took longer than %d ms", c->slice_ms);
    }
    if (is_cut && c->stop_fd) {
        return err_set(e, ERR_STOPPED, "database: the query was told to stop");
    }
    return trouble_tell(c, e);
}

/* Literals have an identity of their own, so the pointer is the key. */
static size_t slot_of(const struct conn *c, const char *sql)
{
    size_t at = ((uintptr_t)sql >> 3) % CONN_STATEMENTS;
    while (c->cache[at].sql && c->cache[at].sql != sql) {
        at = (at + 1) % CONN_STATEMENTS;
    }
    return at;
}

sqlite3_stmt *conn_statement(struct conn *c, struct err *e, const char *sql)
{
    size_t at = slot_of(c, sql);
    if (!c->cache[at].sql) {
        sqlite3_stmt *fresh = NULL;
        if (sqlite3_prepare_v3(c->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &fresh, NULL)) {
            conn_fail(c, e);
            return NULL;
        }
        c->cache[at].sql = sql;
        c->cache[at].statement = fresh;
    }
    sqlite3_reset(c->cache[at].statement);
    c->slice_from = c->slice_ms ? clock_mono_ms() : 0;
    return c->cache[at].statement;
}

static sqlite3_stmt *bind_list(struct conn *c, struct err *e, const char *sql, const char *types,
                               va_list args)
{
    sqlite3_stmt *s = conn_statement(c, e, sql);
    assert(!s || sqlite3_bind_parameter_count(s) == (int)strlen(types));
    for (int i = 1; s && *types; i++, types++) {
        int code = SQLITE_OK;
        if (*types == 's') {
            code = sqlite3_bind_text(s, i, va_arg(args, const char *), -1, SQLITE_STATIC);
        } else if (*types == 'i') {
            code = sqlite3_bind_int64(s, i, va_arg(args, int64_t));
        } else {
            const void *bytes = va_arg(args, const void *);
            code = sqlite3_bind_blob64(s, i, bytes, va_arg(args, size_t), SQLITE_STATIC);
        }
        if (code) {
            conn_fail(c, e);
            return NULL;
        }
    }
    return s;
}

sqlite3_stmt *conn_bind(struct conn *c, struct err *e, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *s = bind_list(c, e, sql, types, args);
    va_end(args);
    return s;
}

int conn_step(struct conn *c, sqlite3_stmt *s, struct err *e)
{
    int code = sqlite3_step(s);
    if (code == SQLITE_ROW) {
        return 1;
    }
    if (code != SQLITE_DONE) {
        conn_fail(c, e);
    }
    sqlite3_reset(s);
    return code == SQLITE_DONE ? 0 : -1;
}

bool conn_run(struct conn *c, struct err *e, const char *sql, const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *s = bind_list(c, e, sql, types, args);
    va_end(args);
    return s && conn_step(c, s, e) == 0;
}

bool conn_number(struct conn *c, struct err *e, int64_t *out, int64_t fallback, const char *sql,
                 const char *types, ...)
{
    va_list args;
    va_start(args, types);
    sqlite3_stmt *s = bind_list(c, e, sql, types, args);
    va_end(args);
    int got = s ? conn_step(c, s, e) : -1;
    *out = got == 1 ? sqlite3_column_int64(s, 0) : fallback;
    if (got == 1) {
        sqlite3_reset(s);
    }
    return got >= 0;
}

int64_t conn_add(int64_t a, int64_t b)
{
    int64_t sum = 0;
    return !__builtin_add_overflow(a, b, &sum) ? sum : a < 0 ? INT64_MIN : INT64_MAX;
}

int64_t conn_sum(sqlite3_stmt *s, int column)
{
    int64_t high = sqlite3_column_int64(s, column);
    int64_t sum = 0;
    if (__builtin_mul_overflow(high, INT64_C(1000000), &sum)) {
        return high < 0 ? INT64_MIN : INT64_MAX;
    }
    return conn_add(sum, sqlite3_column_int64(s, column + 1));
}

const char *conn_text(sqlite3_stmt *s, int column)
{
    const char *text = (const char *)sqlite3_column_text(s, column);
    return text ? text : "";
}

const char *conn_text_or_null(sqlite3_stmt *s, int column)
{
    return (const char *)sqlite3_column_text(s, column);
}

bool conn_schema(struct conn *c, int64_t *step, struct err *e)
{
    bool ok = true;
    *step = c->schema;
    if (!c->schema) {
        ok = conn_number(c, e, step, 0, "PRAGMA user_version", "");
        c->schema = *step >= (int64_t)schema_steps_len ? *step : 0;
    }
    return ok;
}

static int slice_is_over(void *data)
{
    const struct conn *c = data;
    return clock_mono_ms() - c->slice_from > c->slice_ms;
}

void conn_set_slice(struct conn *c, int slice_ms)
{
    enum { INSTRUCTIONS = 1000 }; /* of SQLite's machine: some 20 us */
    c->slice_ms = slice_ms;
    sqlite3_progress_handler(c->handle, slice_ms ? INSTRUCTIONS : 0,
                             slice_ms ? slice_is_over : NULL, c);
}

static int is_stopped(void *data)
{
    const struct conn *c = data;
    struct pollfd fd = {.fd = c->stop_fd, .events = POLLIN};
    return poll(&fd, 1, 0) > 0;
}

void conn_set_stop(struct conn *c, int fd)
{
    enum { INSTRUCTIONS = 100000 }; /* some 2 ms */
    c->stop_fd = fd;
    sqlite3_progress_handler(c->handle, INSTRUCTIONS, is_stopped, c);
}

bool conn_open(struct conn *c, const char *path, const char *name, int flags, struct err *e)
{
    static atomic_uint_fast64_t serials = 1;
    c->serial = atomic_fetch_add(&serials, 1);
    c->path = mem_strdup(path);
    c->is_opening = true;
    if (sqlite3_open_v2(name, &c->handle, flags | SQLITE_OPEN_NOMUTEX, NULL)) {
        return conn_fail(c, e);
    }
    sqlite3_extended_result_codes(c->handle, 1);
    sqlite3_busy_timeout(c->handle, CONN_BUSY_MS);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    sqlite3_db_config(c->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    sqlite3_wal_autocheckpoint(c->handle, 0);
    int persist = 1; /* the WAL's files stay, so that a reader without write access can open them */
    sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_PERSIST_WAL, &persist);
    return true;
}

void conn_close(struct conn *c)
{
    for (size_t i = 0; i < CONN_STATEMENTS; i++) {
        sqlite3_finalize(c->cache[i].statement);
    }
    table_forget(c);
    sqlite3_close(c->handle);
    free(c->path);
    memset(c, 0, sizeof *c);
}
