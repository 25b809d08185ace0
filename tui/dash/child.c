#include "tui/dash/child.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tui/dash/state.h"
#include "tui/screen/viewer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIECE = 1 << 15, LINE_MAX_LEN = 1 << 16 };

struct child {
    pid_t pid;
    int output;            /* the pipe; -1 = it is closed */
    int end;               /* pidfd: readable when it has ended; -1 = none */
    struct buf rest;       /* a line that has not ended */
    struct viewer *viewer; /* NULL = nobody looks any more */
    bool is_over;          /* it was waited for */
    struct child *next;
};

/* ---- starting ---- */

static char **environment(int columns)
{
    size_t count = 0;
    size_t kept = 0;
    while (environ[count]) {
        count++;
    }
    char **all = mem_alloc((count + 2) * sizeof *all);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "COLUMNS=", 8) != 0) {
            all[kept++] = environ[i];
        }
    }
    all[kept] = mem_printf("COLUMNS=%d", columns);
    return all;
}

static void free_environment(char **all)
{
    size_t last = 0;
    while (all[last + 1]) {
        last++;
    }
    free(all[last]);
    free(all);
}

/* The signals we block or ignore are ours alone. */
static void fresh_signals(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(attr);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setpgroup(attr, 0);
    posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                       POSIX_SPAWN_SETSIGDEF);
}

/* 0 or an errno. */
static int spawn(pid_t *pid, const char *program, char *const *argv, char *const *variables,
                 int output)
{
    posix_spawnattr_t attr;
    posix_spawn_file_actions_t files;
    fresh_signals(&attr);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, output, STDERR_FILENO);
    int error = posix_spawn(pid, program, &files, &attr, argv, variables);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attr);
    return error;
}

struct child *child_start(struct dash *d, const char *program, char *const *argv, int columns,
                          struct viewer *viewer, struct err *e)
{
    int ends[2];
    pid_t pid = 0;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) {
        err_set(e, ERR_IO, "a pipe: %s", strerror(errno));
        return NULL;
    }
    fcntl(ends[1], F_SETFL, 0); /* the child's end waits, as programs expect */
    char **variables = environment(columns);
    int error = spawn(&pid, program, argv, variables, ends[1]);
    free_environment(variables);
    close(ends[1]);
    if (error) {
        close(ends[0]);
        err_set(e, ERR_IO, "%s: %s", program, strerror(error));
        return NULL;
    }
    struct child *c = mem_alloc(sizeof *c);
    c->pid = pid;
    c->output = ends[0];
    c->end = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself */
    c->viewer = viewer;
    c->rest.cap = LINE_MAX_LEN;
    c->next = d->child;
    d->child = c;
    return c;
}

/* ---- its output ---- */

static void put_line(struct child *c)
{
    if (c->viewer) {
        viewer_add(c->viewer, (struct style){INK_TEXT, 0}, "%s", c->rest.data ? c->rest.data : "");
    }
    buf_clear(&c->rest);
}

static void take(struct child *c, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] == '\n') {
            put_line(c);
        } else if (!buf_addc(&c->rest, bytes[i] ? bytes[i] : ' ')) {
            put_line(c); /* longer than any line is */
            buf_addc(&c->rest, bytes[i]);
        }
    }
}

static void close_output(struct child *c)
{
    if (c->rest.len) {
        put_line(c);
    }
    close(c->output);
    c->output = -1;
}

static bool read_some(struct child *c)
{
    char bytes[PIECE];
    ssize_t got = read(c->output, bytes, sizeof bytes);
    if (got > 0) {
        take(c, bytes, (size_t)got);
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        close_output(c);
    }
    return got >= 0;
}

/* ---- its end ---- */

static void tell_end(struct child *c, int status)
{
    const struct style dim = {INK_DIM, 0};
    if (!c->viewer) {
        return;
    }
    if (WIFSIGNALED(status)) {
        viewer_add(c->viewer, dim, "(ended by signal %d)", WTERMSIG(status));
    } else if (WEXITSTATUS(status)) {
        viewer_add(c->viewer, dim, "(exit code %d)", WEXITSTATUS(status));
    }
}

static bool bury(struct child *c)
{
    int status = 0;
    int options = c->end < 0 && c->viewer ? 0 : WNOHANG; /* a kernel without pidfd: wait, briefly */
    if (c->output >= 0 || c->is_over || waitpid(c->pid, &status, options) == 0) {
        return false;
    }
    tell_end(c, status);
    c->is_over = true;
    if (c->end >= 0) {
        close(c->end);
    }
    c->end = -1;
    return true;
}

static void destroy(struct child *c)
{
    if (c->output >= 0) {
        close(c->output);
    }
    if (c->end >= 0) {
        close(c->end);
    }
    buf_done(&c->rest);
    free(c);
}

void child_leave(struct child *c)
{
    c->viewer = NULL;
    if (!c->is_over) {
        kill(-c->pid, SIGTERM);
    }
    if (c->output >= 0) {
        close_output(c);
    }
}

bool child_is_running(const struct child *c)
{
    return !c->is_over;
}

/* ---- the loop's side ---- */

int child_poll_fd(const struct dash *d)
{
    for (const struct child *c = d->child; c; c = c->next) {
        if (!c->is_over && (c->output >= 0 || c->end >= 0)) {
            return c->output >= 0 ? c->output : c->end;
        }
    }
    return -1;
}

void child_serve(struct dash *d)
{
    for (struct child **at = &d->child; *at;) {
        struct child *c = *at;
        bool is_news = c->output >= 0 && read_some(c);
        is_news = bury(c) || is_news;
        d->is_dirty = d->is_dirty || (is_news && c->viewer);
        if (c->is_over && !c->viewer) {
            *at = c->next;
            destroy(c);
        } else {
            at = &c->next;
        }
    }
}

void child_done(struct dash *d)
{
    while (d->child) {
        struct child *c = d->child;
        d->child = c->next;
        child_leave(c);
        destroy(c);
    }
}
