#include "tui/hand_over.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/key.h"
#include "db/db.h"
#include "db/job_store.h"
#include "db/run_lock.h"
#include "tui/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the successor finds where. */
enum { FD_LOCK = 3, FD_KEY, FD_READY, FD_COUNT };
enum { FD_ABOVE = 16, READY_WITHIN_MS = 3000 };

/* ---- the successor's process ---- */

/* Copies above the numbers that they are to have, so that none takes another's place. */
struct legacy {
    int fds[FD_COUNT]; /* by their later number; -1 = not open */
    int ready;         /* our end */
};

static void legacy_close(struct legacy *l)
{
    for (int i = 0; i < FD_COUNT; i++) {
        if (l->fds[i] >= 0) {
            close(l->fds[i]);
        }
        l->fds[i] = -1;
    }
}

/* Takes `fd` over; it is closed. */
static bool legacy_put(struct legacy *l, int number, int fd)
{
    l->fds[number] = fcntl(fd, F_DUPFD_CLOEXEC, FD_ABOVE);
    close(fd);
    return l->fds[number] >= 0;
}

static bool legacy_open(struct legacy *l, int lock, struct err *e)
{
    int ends[2] = {-1, -1};
    int key = -1;
    *l = (struct legacy){.fds = {-1, -1, -1, -1, -1, -1}, .ready = -1};
    if (!key_pass_on(&key, e)) {
        return false;
    }
    key = key >= 0 ? key : open("/dev/null", O_RDONLY | O_CLOEXEC);
    bool ok = legacy_put(l, FD_KEY, key) && !pipe2(ends, O_CLOEXEC);
    l->ready = ends[0];
    ok = ok && legacy_put(l, FD_READY, ends[1]) && legacy_put(l, FD_LOCK, dup(lock));
    return ok || err_set(e, ERR_IO, "no file descriptor to be had: %s", strerror(errno));
}

static void set_files(posix_spawn_file_actions_t *files, const struct legacy *l)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        posix_spawn_file_actions_addopen(files, fd, "/dev/null", O_RDWR, 0);
    }
    for (int fd = FD_LOCK; fd < FD_COUNT; fd++) {
        posix_spawn_file_actions_adddup2(files, l->fds[fd], fd);
    }
    posix_spawn_file_actions_addclosefrom_np(files, FD_COUNT);
}

/* A session of its own: the terminal that we leave sends it nothing. */
static void set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t others;
    sigemptyset(&none);
    sigfillset(&others);
    sigdelset(&others, SIGHUP); /* stays ignored */
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &others);
    posix_spawnattr_setflags(attr,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn(const char *program, char **argv, const struct legacy *l, pid_t *pid)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    struct sigaction before;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    set_files(&files, l);
    set_attributes(&attr);
    sigaction(SIGHUP, &ignore, &before);
    int failed = posix_spawn(pid, program, &files, &attr, argv, environ);
    sigaction(SIGHUP, &before, NULL);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return failed;
}

enum { ARGUMENTS_MOST = 12 };

static void add(char **argv, const char *option, const char *value)
{
    int n = 0;
    while (argv[n]) {
        n++;
    }
    argv[n] = mem_strdup(option);
    argv[n + 1] = mem_strdup(value);
}

/* Options as they were given to us: the working folder is the same. */
static int spawn_sync(const struct cli *cli, const char *program, const char *sync_type,
                      const char *sync_id, const struct legacy *l, pid_t *pid)
{
    char *argv[ARGUMENTS_MOST] = {mem_strdup("ipsync"), mem_strdup("--quiet")};
    if (cli->config_file) {
        add(argv, "--config", cli->config_file);
    }
    if (cli->database) {
        add(argv, "--database", cli->database);
    }
    add(argv, "sync", sync_type);
    add(argv, "--continue", sync_id);
    int failed = spawn(program ? program : "/proc/self/exe", argv, l, pid);
    for (int i = 0; argv[i]; i++) {
        free(argv[i]);
    }
    return failed;
}

/* ---- handing over ---- */

static bool fail_ended(pid_t pid, struct err *e)
{
    int status = 0;
    waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) {
        return err_set(e, ERR_IO, "the sync's new process was ended by signal %d",
                       WTERMSIG(status));
    }
    return err_set(e, ERR_IO, "the sync's new process ended at once, with exit code %d",
                   WEXITSTATUS(status));
}

/* True also when it says nothing for long: it is slow, but alive. */
static bool wait_until_ready(int fd, pid_t pid, struct err *e)
{
    int64_t until = clock_mono_ms() + READY_WITHIN_MS;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char byte = 0;
    int64_t left = READY_WITHIN_MS;
    while (left > 0 && poll(&p, 1, (int)left) < 0 && errno == EINTR) {
        left = until - clock_mono_ms();
    }
    return !p.revents || read(fd, &byte, 1) == 1 || fail_ended(pid, e);
}

static bool start_successor(const struct cli *cli, const char *program, const char *sync_type,
                            const char *sync_id, int lock, pid_t *pid, struct err *e)
{
    struct legacy l;
    bool ok = legacy_open(&l, lock, e);
    if (ok) {
        int failed = spawn_sync(cli, program, sync_type, sync_id, &l, pid);
        legacy_close(&l); /* so that the successor's end is the end of the pipe */
        ok = failed ? err_set(e, ERR_IO, "cannot start ipsync: %s", strerror(failed))
                    : wait_until_ready(l.ready, *pid, e);
    }
    legacy_close(&l);
    if (l.ready >= 0) {
        close(l.ready);
    }
    return ok;
}

/* Nobody goes on with it, and the lock is still ours. */
static void end_job(const struct cli *cli)
{
    const struct config *c = cli->config;
    struct err ignored = {0};
    char now[25];
    int marked = 0;
    struct db_writer *w = db_writer_open(c->database.path, c->database.wal_max_mb, &ignored);
    civil_format_utc(clock_wall_ms(), now);
    if (w) {
        job_recover(w, NULL, now, &marked, &ignored);
    }
    db_writer_close(w);
}

bool hand_over(const struct cli *cli, struct engine *g, const char *sync_id, const char *sync_type,
               const char *program, pid_t *pid, struct err *e)
{
    int lock = engine_take_lock(g);
    *pid = 0;
    if (lock < 0) {
        return true;
    }
    bool ok = start_successor(cli, program, sync_type, sync_id, lock, pid, e);
    if (!ok) {
        *pid = 0;
        end_job(cli);
    }
    close(lock);
    return ok;
}

/* ---- in the successor ---- */

static int ready_fd = -1;

static bool is_open(int fd)
{
    return fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool hand_over_take(const struct cli *cli, int *run_lock, struct err *e)
{
    bool all = is_open(FD_LOCK) && is_open(FD_KEY) && is_open(FD_READY);
    *run_lock = -1;
    if (!all || !run_lock_adopt(cli->config->database.path, FD_LOCK, e)) {
        return err_set(e, ERR_USAGE,
                       "--continue: ipsync says that to itself alone, when it hands a "
                       "sync over");
    }
    key_take_descriptor(FD_KEY);
    ready_fd = FD_READY;
    *run_lock = FD_LOCK;
    return true;
}

void hand_over_confirm(void)
{
    if (ready_fd >= 0) {
        ssize_t ignored = write(ready_fd, "", 1); /* a predecessor that has gone need not know */
        (void)ignored;
        close(ready_fd);
        ready_fd = -1;
    }
}
