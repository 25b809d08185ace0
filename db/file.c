#include "db/file.h"

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "db/trouble.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LEFT_OVERS_WAIT_MS = 5000 };

static bool make_folders(const char *folder, struct err *e)
{
    char *path = mem_strdup(folder);
    bool ok = true;
    for (char *slash = path + 1; ok && slash;) {
        slash = strchr(slash, '/');
        if (slash) {
            *slash = '\0';
        }
        if (mkdir(path, 0700) && errno != EEXIST) {
            ok = trouble_errno(e, path, "cannot make the folder");
        }
        if (slash) {
            *slash++ = '/';
        }
    }
    free(path);
    return ok;
}

static bool refuse_writable_by_others(const char *path, struct err *e)
{
    struct stat st;
    if (stat(path, &st)) {
        return trouble_errno(e, path, "");
    }
    if (S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH)) {
        return err_set(e, ERR_CONFIG, "%s: anyone can write it; chmod o-w it", path);
    }
    return true;
}

static bool is_missing(const char *path)
{
    return access(path, F_OK) && errno == ENOENT;
}

/* The log of a file that has gone, which SQLite would delete or, while somebody still has it open,
 * take for the new one's. It is kept under another name: it belongs to the file, should that come
 * back. */
static bool put_log_aside(const char *path, struct err *e)
{
    int fd = file_lock_open(path, "-write", e);
    bool ok = fd >= 0 && file_lock(fd, LEFT_OVERS_WAIT_MS, e);
    if (ok && is_missing(path)) { /* nobody has made it meanwhile */
        struct stat st;
        char *log = mem_printf("%s-wal", path);
        char *index = mem_printf("%s-shm", path);
        char *aside = mem_printf("%s.%lld", log, (long long)clock_wall_ms() / 1000);
        unlink(index);
        if (!stat(log, &st) && (st.st_size == 0 ? unlink(log) : rename(log, aside))) {
            ok = trouble_errno(e, log, "cannot move what is left of an earlier database");
        }
        free(aside);
        free(index);
        free(log);
    }
    if (fd >= 0) {
        close(fd);
    }
    return ok;
}

static bool has_log_alone(const char *path)
{
    bool is_alone = false;
    if (is_missing(path)) {
        char *log = mem_printf("%s-wal", path);
        char *index = mem_printf("%s-shm", path);
        is_alone = !access(log, F_OK) || !access(index, F_OK);
        free(index);
        free(log);
    }
    return is_alone;
}

bool file_prepare(const char *path, struct err *e)
{
    char *copy = mem_strdup(path);
    bool ok = make_folders(dirname(copy), e);
    free(copy);
    if (!ok) {
        return false;
    }
    if (has_log_alone(path) && !put_log_aside(path, e)) {
        return false;
    }
    /* One that is there is not opened: closing it would drop the locks that SQLite holds on it for
     * another connection of this process, and with them the WAL (fcntl(2), "lost locks"). */
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd >= 0) {
        close(fd);
    } else if (errno != EEXIST || faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS)) {
        return trouble_errno(e, path, "");
    }
    return refuse_writable_by_others(path, e);
}

int file_lock_open(const char *path, const char *suffix, struct err *e)
{
    char *name = mem_printf("%s%s", path, suffix);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) {
        trouble_errno(e, name, "");
    }
    free(name);
    return fd;
}

static struct flock whole_file(short type)
{
    return (struct flock){.l_type = type, .l_whence = SEEK_SET};
}

bool file_lock(int fd, int wait_ms, struct err *e)
{
    struct flock lock = whole_file(F_WRLCK);
    int64_t until = clock_mono_ms() + wait_ms;
    for (;;) {
        if (!fcntl(fd, F_OFD_SETLK, &lock)) {
            return true;
        }
        if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
            return err_set(e, ERR_IO, "lock: %s", strerror(errno));
        }
        if (clock_mono_ms() >= until) {
            return err_set(e, ERR_BUSY, "lock: held by another process");
        }
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    }
}

void file_unlock(int fd)
{
    struct flock lock = whole_file(F_UNLCK);
    fcntl(fd, F_OFD_SETLK, &lock);
}

bool file_is_locked(const char *path, const char *suffix)
{
    char *name = mem_printf("%s%s", path, suffix);
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    free(name);
    if (fd < 0) {
        return false;
    }
    struct flock lock = whole_file(F_WRLCK);
    bool locked = !fcntl(fd, F_OFD_GETLK, &lock) && lock.l_type != F_UNLCK;
    close(fd);
    return locked;
}
