#include "db/intact.h"

#include "core/base/mem.h"
#include "db/conn.h"
#include "db/trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOG_HEADER = 32 };

static bool is_magic(const unsigned char *four)
{
    static const unsigned char magic[] = {0x37, 0x7f, 0x06};
    return !memcmp(four, magic, sizeof magic) && (four[3] & 0xfe) == 0x82;
}

/* A log that begins with zeros is none yet, as after a power cut. */
static bool check_log(const char *name, struct err *e)
{
    static const unsigned char zeros[4];
    unsigned char begin[4];
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    bool is_read = fd >= 0 && pread(fd, begin, sizeof begin, 0) == sizeof begin;
    if (fd >= 0) {
        close(fd);
    }
    if (!is_read || is_magic(begin) || !memcmp(begin, zeros, sizeof zeros)) {
        return true; /* SQLite will say why it cannot be opened */
    }
    return err_set(e, ERR_CONFIG,
                   "%s: not a log of SQLite's; what was committed last stood in it. It was left as "
                   "it is; put it right, or move it away to go on without: then `ipsync sync "
                   "initial`",
                   name);
}

bool intact_before(const char *path, struct err *e)
{
    struct stat file;
    struct stat log;
    if (stat(path, &file)) {
        return trouble_errno(e, path, "");
    }
    if (!S_ISREG(file.st_mode)) {
        return err_set(e, ERR_CONFIG, "%s: not a regular file; see [database] path", path);
    }
    char *name = mem_printf("%s-wal", path);
    bool ok = true;
    if (!stat(name, &log) && S_ISREG(log.st_mode) && log.st_size >= LOG_HEADER) {
        ok = file.st_size == 0
                 ? trouble_damaged(e, ERR_CONFIG, path, "it is empty, but its -wal is not")
                 : check_log(name, e);
    }
    free(name);
    return ok;
}

/* The pages are counted before the length is asked for, and a file never becomes shorter. What is
 * still in the log need not be in the file yet. */
bool intact_whole(struct conn *c, struct err *e)
{
    int64_t pages = 0;
    int64_t page_size = 0;
    struct stat file;
    struct stat log;
    if (!conn_number(c, e, &pages, 0, "PRAGMA page_count", "") ||
        !conn_number(c, e, &page_size, 0, "PRAGMA page_size", "")) {
        return false;
    }
    char *name = mem_printf("%s-wal", c->path);
    bool has_log = !stat(name, &log) && log.st_size > 0;
    free(name);
    if (!has_log && !stat(c->path, &file) && file.st_size < pages * page_size) {
        return trouble_damaged(e, ERR_CONFIG, c->path, "its end is missing");
    }
    return true;
}

/* ---- in use ---- */

static struct conn_file look(const char *name)
{
    struct stat st;
    return stat(name, &st) ? (struct conn_file){0, 0} : (struct conn_file){st.st_dev, st.st_ino};
}

static bool same(struct conn_file a, struct conn_file b)
{
    return a.inode == b.inode && a.device == b.device;
}

static struct conn_file look_beside(const struct conn *c, const char *suffix)
{
    char *name = mem_printf("%s%s", c->path, suffix);
    struct conn_file file = look(name);
    free(name);
    return file;
}

void intact_remember(struct conn *c)
{
    c->file = look(c->path);
    c->log = look_beside(c, "-wal");
}

static bool is_the_lock(const struct conn *c, int lock_fd)
{
    struct stat st;
    return lock_fd < 0 || fstat(lock_fd, &st) ||
           same(look_beside(c, "-write"), (struct conn_file){st.st_dev, st.st_ino});
}

/* Which of them does not, by what its name ends in; NULL = all do. */
static const char *find_changed(const struct conn *c, int lock_fd)
{
    if (!same(c->file, look(c->path))) {
        return "";
    }
    if (c->log.inode && !same(c->log, look_beside(c, "-wal"))) {
        return "-wal";
    }
    return is_the_lock(c, lock_fd) ? NULL : "-write";
}

bool intact_still(const struct conn *c, int lock_fd, struct err *e)
{
    const char *which = find_changed(c, lock_fd);
    return !which || err_set(e, ERR_DB,
                             "%s%s was moved, removed or replaced while in use; nothing more is "
                             "written. Put it back or begin anew: the next sync goes on from what "
                             "stands there",
                             c->path, which);
}

bool intact_log(struct conn *c, struct err *e)
{
    sqlite3_file *log = NULL;
    unsigned char begin[4] = {0};
    sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (!log || !log->pMethods || log->pMethods->xRead(log, begin, sizeof begin, 0) ||
        is_magic(begin)) {
        return true;
    }
    return err_set(e, ERR_DB,
                   "%s-wal was overwritten while in use; nothing more is written. End the programs "
                   "that use the database; the next sync goes on from what the file itself holds",
                   c->path);
}
