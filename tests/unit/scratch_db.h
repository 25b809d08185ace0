/* A database of a test's own in a folder that goes with the program, and plain SQL on it, as a
 * foreign program would use. */
#ifndef TESTS_UNIT_SCRATCH_DB_H
#define TESTS_UNIT_SCRATCH_DB_H

#include "core/base/err.h"
#include "db/db.h"
#include "db/schema.h"
#include "tests/unit/unit.h"

#include <ftw.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <unistd.h>

static const char *scratch_root = "/tmp";
static char scratch_folder[40];
static char scratch_path[64];

static inline int scratch_remove_entry(const char *name, const struct stat *st, int type,
                                       struct FTW *at)
{
    (void)st;
    (void)type;
    (void)at;
    return remove(name);
}

static pid_t scratch_owner;

static inline void scratch_remove(void)
{
    if (scratch_folder[0] && getpid() == scratch_owner) {
        nftw(scratch_folder, scratch_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    }
}

/* A new empty folder; scratch_path is the database's file in it, not made yet. */
static inline void scratch_new(void)
{
    if (scratch_folder[0]) {
        scratch_remove();
    } else {
        scratch_owner = getpid();
        atexit(scratch_remove);
    }
    snprintf(scratch_folder, sizeof scratch_folder, "%s/ipsync-test-XXXXXX", scratch_root);
    CHECK(mkdtemp(scratch_folder));
    snprintf(scratch_path, sizeof scratch_path, "%s/ipsync.db", scratch_folder);
}

static inline struct db_writer *scratch_writer(void)
{
    struct err e = {0};
    struct db_writer *w = db_writer_open(scratch_path, 64, &e);
    if (!w) {
        unit_fail(__FILE__, __LINE__, e.message);
    }
    return w;
}

static inline struct db_reader *scratch_reader(void)
{
    struct err e = {0};
    struct db_reader *r = db_reader_open(scratch_path, &e);
    if (!r) {
        unit_fail(__FILE__, __LINE__, e.message);
    }
    return r;
}

static inline sqlite3 *scratch_handle(void)
{
    sqlite3 *db = NULL;
    CHECK(!sqlite3_open(scratch_path, &db));
    sqlite3_busy_timeout(db, 5000);
    sqlite3_db_config(db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    return db;
}

static inline void scratch_sql(const char *format, ...)
{
    char *message = NULL;
    va_list args;
    va_start(args, format);
    char *sql = sqlite3_vmprintf(format, args);
    va_end(args);
    sqlite3 *db = scratch_handle();
    if (sqlite3_exec(db, sql, NULL, NULL, &message)) {
        unit_fail(__FILE__, __LINE__, message);
    }
    sqlite3_free(sql);
    sqlite3_close(db);
}

static inline int64_t scratch_number(const char *sql)
{
    sqlite3 *db = scratch_handle();
    sqlite3_stmt *s = NULL;
    CHECK(!sqlite3_prepare_v2(db, sql, -1, &s, NULL));
    CHECK(sqlite3_step(s) == SQLITE_ROW);
    int64_t n = sqlite3_column_int64(s, 0);
    sqlite3_finalize(s);
    sqlite3_close(db);
    return n;
}

/* A file as an older ipsync left it: its first `steps` steps. */
static inline void scratch_old(size_t steps)
{
    scratch_new();
    scratch_sql("PRAGMA journal_mode = WAL; PRAGMA application_id = 1230009209");
    for (size_t i = 0; i < steps; i++) {
        scratch_sql("%s", (const char *)schema_steps[i].sql);
    }
    scratch_sql("PRAGMA user_version = %d", (int)steps);
}

/* What one of the connection's statements that sorts or scans more than it should says of itself,
 * appended to `out`: every statement prepared on it, by EXPLAIN QUERY PLAN. */
static inline void scratch_plans(sqlite3 *db, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (sqlite3_stmt *s = sqlite3_next_stmt(db, NULL); s; s = sqlite3_next_stmt(db, s)) {
        char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", sqlite3_sql(s));
        sqlite3_stmt *plan = NULL;
        if (!sqlite3_stmt_isexplain(s) && !sqlite3_prepare_v2(db, sql, -1, &plan, NULL)) {
            len += (size_t)snprintf(out + len, size - len, "%s\n", sqlite3_sql(s));
            while (sqlite3_step(plan) == SQLITE_ROW) {
                len += (size_t)snprintf(out + len, size - len, "    %s\n",
                                        (const char *)sqlite3_column_text(plan, 3));
            }
        }
        sqlite3_finalize(plan);
        sqlite3_free(sql);
        CHECK(len < size - 1);
    }
}

#endif
