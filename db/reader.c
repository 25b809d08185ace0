/* Opening and closing readers; what they read is in the files of each noun. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "db/conn.h"
#include "db/intact.h"
#include "db/migrate.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int64_t size_of(const char *path, const char *suffix)
{
    struct stat st;
    char *name = mem_printf("%s%s", path, suffix);
    int64_t size = stat(name, &st) ? -1 : st.st_size;
    free(name);
    return size;
}

/* As a URI, in which some characters mean something. */
static bool open_immutable(struct conn *c, const char *path, struct err *e)
{
    struct buf uri = {0};
    buf_adds(&uri, "file:");
    for (const char *p = path; *p; p++) {
        buf_addf(&uri, strchr("%?#", *p) ? "%%%02X" : "%c", *p);
    }
    buf_adds(&uri, "?immutable=1");
    bool ok = conn_open(c, path, uri.data, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, e);
    buf_done(&uri);
    return ok;
}

/* On a disk that cannot be written nothing changes, and the files beside the database, without
 * which SQLite opens none in WAL mode, cannot be made: a copy on such a disk has none. */
static bool open_for_reading(struct conn *c, const char *path, struct err *e)
{
    struct statvfs disk;
    bool is_fixed = !statvfs(path, &disk) && disk.f_flag & ST_RDONLY;
    if (is_fixed && size_of(path, "-wal") <= 0) {
        return open_immutable(c, path, e);
    }
    if (is_fixed && size_of(path, "-shm") < 0) {
        return err_set(e, ERR_CONFIG,
                       "%s: what was committed last stands in its -wal, which cannot be read on a "
                       "read-only disk; copy both to where they can be written",
                       path);
    }
    return conn_open(c, path, path, SQLITE_OPEN_READONLY, e);
}

static bool open_reader(struct conn *c, const char *path, struct err *e)
{
    if (access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR)) {
        return err_set(e, ERR_CONFIG, "%s: %s; `ipsync sync initial` makes it", path,
                       strerror(errno));
    }
    if (!intact_before(path, e) || !open_for_reading(c, path, e) || !migrate_check(c, path, e) ||
        !intact_whole(c, e)) {
        return false;
    }
    intact_remember(c);
    c->is_opening = false;
    return true;
}

struct db_reader *db_reader_open(const char *path, struct err *e)
{
    struct db_reader *r = mem_alloc(sizeof *r);
    if (!open_reader(&r->conn, path, e)) {
        db_reader_close(r);
        return NULL;
    }
    return r;
}

bool db_reader_is_stale(struct db_reader *r)
{
    return !intact_still(&r->conn, -1, NULL);
}

void db_reader_close(struct db_reader *r)
{
    if (r) {
        conn_close(&r->conn);
        free(r);
    }
}

void db_reader_set_patience(struct db_reader *r, int patience_ms)
{
    sqlite3_busy_timeout(r->conn.handle, patience_ms);
}

void db_reader_set_slice(struct db_reader *r, int slice_ms)
{
    conn_set_slice(&r->conn, slice_ms);
}

void db_reader_set_stop(struct db_reader *r, int fd)
{
    conn_set_stop(&r->conn, fd);
}

struct db_reader *db_writer_reader(struct db_writer *w)
{
    return &w->reader;
}
