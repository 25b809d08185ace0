/* die: loaded into ipsync with LD_PRELOAD, it kills the program at one chosen moment of its work on
 * the database: at the n-th call that makes, fills, cuts, syncs, touches or removes one of its
 * files. (Every commit ends with a touch.) By the environment:
 *
 *   DIE_FILE=PATH     the database; PATH-wal, PATH-write … are its files too
 *   DIE_AT=N          at the N-th such call, counted from 1; 0 or unset: never
 *   DIE_HOW=before    … before it is made (default)
 *           half      … when half of a write is made; other calls: before
 *           after     … when it is made
 *   DIE_LOG=PATH      a line for each such call: its name, which file, how many bytes
 *   DIE_REFUSE=M,N    besides: connections M to M+N-1 are refused, counted from 1
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum how { BEFORE, HALF, AFTER };

static struct {
    const char *file, *log;
    long at;
    enum how how;
    long refuse_from, refuse_count;
} plan;

static atomic_long calls, connections;

/* What the next library would do. A pointer to an object cannot become one to a function by a
 * cast that ISO C knows. */
static void find_next(const char *name, void *function)
{
    void *found = dlsym(RTLD_NEXT, name);

    memcpy(function, &found, sizeof found);
}

__attribute__((constructor)) static void read_plan(void)
{
    const char *at = getenv("DIE_AT"), *how = getenv("DIE_HOW"), *refuse = getenv("DIE_REFUSE");

    plan.file = getenv("DIE_FILE");
    plan.log = getenv("DIE_LOG");
    plan.at = at ? strtol(at, NULL, 10) : 0;
    plan.how = how && !strcmp(how, "half") ? HALF : how && !strcmp(how, "after") ? AFTER : BEFORE;
    if (refuse) {
        char *end;

        plan.refuse_from = strtol(refuse, &end, 10);
        plan.refuse_count = *end == ',' ? strtol(end + 1, NULL, 10) : 1;
    }
}

static bool is_ours(const char *path)
{
    return plan.file && !strncmp(path, plan.file, strlen(plan.file));
}

static bool path_of(int fd, char *path, size_t size)
{
    char link[32];
    ssize_t n;

    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    n = readlink(link, path, size - 1);
    path[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* One file for all calls would be an open descriptor more than the program has by itself. */
static void note(const char *what, const char *path, size_t bytes)
{
    char line[128];
    const char *suffix = path + strlen(plan.file);
    int len = snprintf(line, sizeof line, "%s %s %zu\n", what, *suffix ? suffix : "-db", bytes);
    int fd = (int)syscall(SYS_openat, AT_FDCWD, plan.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC,
                          0600);

    if (fd >= 0) {
        syscall(SYS_write, fd, line, (size_t)len);
        syscall(SYS_close, fd);
    }
}

static _Noreturn void die(void)
{
    for (;;) {
        kill(getpid(), SIGKILL);
    }
}

/* Counts a call on a file; true: this is the one. */
static bool is_the_one(const char *what, const char *path, size_t bytes)
{
    if (!is_ours(path)) {
        return false;
    }
    if (plan.log) {
        note(what, path, bytes);
    }
    return atomic_fetch_add(&calls, 1) + 1 == plan.at;
}

static bool is_the_one_on(const char *what, int fd, size_t bytes)
{
    char path[4096];
    int before = errno;
    bool result = plan.file && path_of(fd, path, sizeof path) && is_the_one(what, path, bytes);

    errno = before;
    return result;
}

/* ---- the calls -------------------------------------------------------------------------------
 */

ssize_t write(int fd, const void *bytes, size_t n)
{
    bool now = is_the_one_on("write", fd, n);

    if (now && plan.how == BEFORE) {
        die();
    }
    ssize_t done = syscall(SYS_write, fd, bytes, now && plan.how == HALF ? n / 2 : n);
    if (now) {
        die();
    }
    return done;
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
    bool now = is_the_one_on("pwrite", fd, n);

    if (now && plan.how == BEFORE) {
        die();
    }
    ssize_t done = syscall(SYS_pwrite64, fd, bytes, now && plan.how == HALF ? n / 2 : n, at);
    if (now) {
        die();
    }
    return done;
}

/* Any other call on a descriptor: all or nothing. */
#define WHOLE(name, parameters, arguments, fd, bytes)                                              \
    int name parameters                                                                            \
    {                                                                                              \
        static int(*next) parameters;                                                              \
        bool now = is_the_one_on(#name, fd, (size_t)(bytes));                                      \
        if (now && plan.how != AFTER) {                                                            \
            die();                                                                                 \
        }                                                                                          \
        if (!next) {                                                                               \
            find_next(#name, &next);                                                               \
        }                                                                                          \
        int result = next arguments;                                                               \
        if (now) {                                                                                 \
            die();                                                                                 \
        }                                                                                          \
        return result;                                                                             \
    }

WHOLE(ftruncate, (int fd, off_t size), (fd, size), fd, size)
WHOLE(ftruncate64, (int fd, off64_t size), (fd, size), fd, size)
WHOLE(fsync, (int fd), (fd), fd, 0)
WHOLE(fdatasync, (int fd), (fd), fd, 0)
WHOLE(posix_fallocate, (int fd, off_t from, off_t size), (fd, from, size), fd, size)
WHOLE(futimens, (int fd, const struct timespec times[2]), (fd, times), fd, 0)

int unlink(const char *path)
{
    bool now = is_the_one("unlink", path, 0);

    if (now && plan.how != AFTER) {
        die();
    }
    int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
    if (now) {
        die();
    }
    return result;
}

static int open_as(const char *path, int flags, mode_t mode)
{
    bool now = (flags & O_CREAT) && is_the_one("open", path, 0);

    if (now && plan.how != AFTER) {
        die();
    }
    int fd = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
    if (now) {
        die();
    }
    return fd;
}

#define OPEN(name)                                                                                 \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list rest;                                                                              \
        va_start(rest, flags);                                                                     \
        mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(rest, mode_t) : 0;                  \
        va_end(rest);                                                                              \
        return open_as(path, flags, mode);                                                         \
    }

OPEN(open)
OPEN(open64)

int connect(int fd, __CONST_SOCKADDR_ARG address, socklen_t size)
{
    if (address.__sockaddr__->sa_family == AF_INET) {
        long n = atomic_fetch_add(&connections, 1) + 1 - plan.refuse_from;

        if (plan.refuse_from && n >= 0 && n < plan.refuse_count) {
            errno = ECONNREFUSED;
            return -1;
        }
    }
    return (int)syscall(SYS_connect, fd, address.__sockaddr__, size);
}
