#include "db/db.h"

#include "core/base/mem.h"
#include "db/conn.h"
#include "db/file.h"
#include "db/intact.h"
#include "db/migrate.h"
#include "db/schema.h"
#include "db/trouble.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    CHECKPOINT_PAGES = 1000,
    CHECKPOINT_WAIT_MS = 100,
    WAL_FRAME_BYTES = 4096 + 24,
    BUSY_AGAIN_MS = 500,       /* once the write lock was not to be had */
    RESERVE_BYTES = 64 * 1024, /* kept for the last words of a sync that filled the disk */
};

void db_setup(void)
{
    /* Accounting of memory costs 7 to 13 % of everything and nobody reads it. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

static bool run_plain(struct conn *c, const char *sql, struct err *e)
{
    return sqlite3_exec(c->handle, sql, NULL, NULL, NULL) == SQLITE_OK || conn_fail(c, e);
}

/* How long the WAL has become, told by SQLite at each commit. */
static int on_commit(void *data, sqlite3 *handle, const char *name, int pages)
{
    (void)handle;
    (void)name;
    ((struct db_writer *)data)->wal_pages = pages;
    return SQLITE_OK;
}

/* Who has waited in vain does not wait as long again for its last words, until it gets through. */
static void hurry(struct db_writer *w, bool is_hurried)
{
    int wait_ms = is_hurried ? BUSY_AGAIN_MS : CONN_BUSY_MS;
    if (!w->must_not_wait && w->patience_ms != wait_ms) {
        w->patience_ms = w->lock_wait_ms = wait_ms;
        sqlite3_busy_timeout(writer_conn(w)->handle, wait_ms);
    }
}

static bool take_write_lock(struct db_writer *w, struct err *e)
{
    struct err failed = {0};
    const char *path = writer_conn(w)->path;
    if (file_lock(w->lock_fd, w->lock_wait_ms, &failed)) {
        return true;
    }
    if (w->must_not_wait) {
        return err_set(e, failed.kind, "%s: another program is writing to the database (%s)", path,
                       failed.message);
    }
    hurry(w, true);
    return err_set(e, ERR_DB,
                   "%s: held by another ipsync that does not let go (%s); `fuser -v %s-write` "
                   "names it; the next sync goes on from here",
                   path, failed.message, path);
}

/* Tells those who watch (db/watch.h): setting its times is an event, locking it is none. */
static void touch(const struct db_writer *w)
{
    futimens(w->lock_fd, NULL);
}

static bool bring_up_to_date(struct db_writer *w, struct err *e)
{
    int64_t before = 0;
    bool ok = conn_schema(writer_conn(w), &before, e) && migrate(writer_conn(w), e);
    if (ok && before < (int64_t)schema_steps_len) {
        touch(w);
    }
    return ok;
}

/* A log that outgrew its bound is cut back to it when it is begun anew. */
static bool bound_log(struct db_writer *w, struct err *e)
{
    char *sql = mem_printf("PRAGMA journal_size_limit = %lld",
                           (long long)w->wal_max_pages * WAL_FRAME_BYTES);
    bool ok = run_plain(writer_conn(w), sql, e);
    free(sql);
    return ok;
}

static bool open_writer(struct db_writer *w, const char *path, struct err *e)
{
    struct conn *c = writer_conn(w);
    if (!file_prepare(path, e) || !intact_before(path, e)) {
        return false;
    }
    w->lock_fd = file_lock_open(path, "-write", e);
    if (w->lock_fd < 0 || !conn_open(c, path, path, SQLITE_OPEN_READWRITE, e)) {
        return false;
    }
    sqlite3_busy_timeout(c->handle, w->patience_ms);
    if (!take_write_lock(w, e)) {
        return false;
    }
    bool ok = migrate_check(c, path, e) && intact_whole(c, e) &&
              run_plain(c, "PRAGMA journal_mode = WAL", e) &&
              run_plain(c, "PRAGMA synchronous = NORMAL", e) && bound_log(w, e) &&
              bring_up_to_date(w, e);
    file_unlock(w->lock_fd);
    intact_remember(c);
    c->is_opening = false;
    sqlite3_wal_hook(c->handle, on_commit, w);
    posix_fallocate(w->lock_fd, 0, RESERVE_BYTES); /* as good as can be */
    return ok;
}

static struct db_writer *new_writer(int64_t wal_max_mb)
{
    struct db_writer *w = mem_alloc(sizeof *w);
    w->lock_fd = -1;
    w->patience_ms = w->lock_wait_ms = CONN_BUSY_MS;
    w->wal_max_pages = wal_max_mb * 1024 * 1024 / 4096;
    return w;
}

static struct db_writer *opened(struct db_writer *w, const char *path, struct err *e)
{
    if (!open_writer(w, path, e)) {
        db_writer_close(w);
        return NULL;
    }
    return w;
}

struct db_writer *db_writer_open(const char *path, int64_t wal_max_mb, struct err *e)
{
    return opened(new_writer(wal_max_mb), path, e);
}

struct db_writer *db_writer_open_within(const char *path, int64_t wal_max_mb, int patience_ms,
                                        struct err *e)
{
    struct db_writer *w = new_writer(wal_max_mb);
    db_writer_set_patience(w, patience_ms);
    return opened(w, path, e);
}

void db_writer_set_patience(struct db_writer *w, int patience_ms)
{
    w->must_not_wait = true;
    w->patience_ms = w->lock_wait_ms = patience_ms;
    if (writer_conn(w)->handle) {
        sqlite3_busy_timeout(writer_conn(w)->handle, patience_ms);
    }
}

void db_writer_close(struct db_writer *w)
{
    if (!w) {
        return;
    }
    db_rollback(w);
    conn_close(writer_conn(w));
    if (w->lock_fd >= 0) {
        close(w->lock_fd);
    }
    free(w);
}

bool db_begin(struct db_writer *w, struct err *e)
{
    struct conn *c = writer_conn(w);
    if (!take_write_lock(w, e)) {
        return false;
    }
    bool is_ours = intact_still(c, w->lock_fd, e);
    w->in_transaction = is_ours && conn_run(c, e, "BEGIN IMMEDIATE", "");
    if (!w->in_transaction) {
        bool is_busy = is_ours && (sqlite3_errcode(c->handle) & 0xff) == SQLITE_BUSY;
        if (e && is_busy && w->must_not_wait) {
            e->kind = ERR_BUSY;
        }
        file_unlock(w->lock_fd);
        hurry(w, is_busy);
    } else {
        hurry(w, false);
    }
    return w->in_transaction;
}

/* Copies the WAL back whenever it has grown by so much. A passive checkpoint never waits; when
 * readers have held it up until the WAL has outgrown its bound, one that waits a moment for them
 * makes the next writer begin the WAL anew. The lock must be held. */
static void checkpoint_now_and_then(struct db_writer *w)
{
    struct conn *c = writer_conn(w);
    int64_t step =
        w->wal_max_pages / 2 < CHECKPOINT_PAGES ? w->wal_max_pages / 2 : CHECKPOINT_PAGES;
    if (w->wal_pages < w->wal_tried_at) {
        w->wal_tried_at = 0; /* it was begun anew */
    }
    if (w->wal_pages - w->wal_tried_at < step || w->patience_ms < CHECKPOINT_WAIT_MS) {
        return;
    }
    bool too_long = w->wal_pages > w->wal_max_pages;
    if (too_long && w->wal_is_held && w->wal_pages - w->wal_tried_at < CHECKPOINT_PAGES) {
        return; /* each try waits for who reads there for long */
    }
    w->wal_tried_at = w->wal_pages;
    sqlite3_busy_timeout(c->handle, CHECKPOINT_WAIT_MS);
    int mode = too_long ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
    int code = sqlite3_wal_checkpoint_v2(c->handle, NULL, mode, NULL, NULL);
    w->wal_is_held = too_long && code == SQLITE_BUSY;
    sqlite3_busy_timeout(c->handle, w->patience_ms);
}

bool db_commit(struct db_writer *w, struct err *e)
{
    if (!conn_run(writer_conn(w), e, "COMMIT", "")) {
        db_rollback(w);
        return false;
    }
    w->in_transaction = false;
    bool is_kept = intact_still(writer_conn(w), w->lock_fd, e) && intact_log(writer_conn(w), e);
    touch(w); /* by now the commit can be seen, and copying the WAL back may take its time */
    if (is_kept) {
        checkpoint_now_and_then(w);
    }
    file_unlock(w->lock_fd);
    return is_kept;
}

void db_rollback(struct db_writer *w)
{
    if (!w->in_transaction) {
        return;
    }
    conn_run(writer_conn(w), NULL, "ROLLBACK", "");
    w->in_transaction = false;
    file_unlock(w->lock_fd);
}

bool db_part_begin(struct db_writer *w, struct err *e)
{
    return conn_run(writer_conn(w), e, "SAVEPOINT part", "");
}

bool db_part_end(struct db_writer *w, bool keep, struct err *e)
{
    return (keep || conn_run(writer_conn(w), e, "ROLLBACK TO part", "")) &&
           conn_run(writer_conn(w), e, "RELEASE part", "");
}

void db_checkpoint(struct db_writer *w)
{
    if (!w->in_transaction && file_lock(w->lock_fd, BUSY_AGAIN_MS, NULL)) {
        if (!intact_still(writer_conn(w), w->lock_fd, NULL) || !intact_log(writer_conn(w), NULL)) {
            file_unlock(w->lock_fd);
            return;
        }
        sqlite3_busy_timeout(writer_conn(w)->handle, BUSY_AGAIN_MS);
        sqlite3_wal_checkpoint_v2(writer_conn(w)->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                  NULL);
        sqlite3_busy_timeout(writer_conn(w)->handle, w->patience_ms);
        file_unlock(w->lock_fd);
    }
}

void db_release_reserve(struct db_writer *w)
{
    if (ftruncate(w->lock_fd, 0)) {
        return; /* then the last words are lost, and the job is found stale */
    }
}
