#include "core/key.h"

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define KEY_VARIABLE "IRELANDPAY_CRM_API_KEY"
#define KEY_MOST 4096
#define COMMAND_LIMIT_MS 30000
#define REAP_EVERY_MS 20

/* Not on the heap: there is one, for the life of the process. */
static char taken[KEY_MOST + 1];

static void forbid_core_dumps(void)
{
    struct rlimit none = {0, 0};

    setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* its leak check attaches to the process, which this forbids */
    prctl(PR_SET_DUMPABLE, 0);
#endif
}

void key_take_environment(void)
{
    char *value = getenv(KEY_VARIABLE);

    if (!value)
        return;
    forbid_core_dumps();
    size_t len = strlen(value);
    /* One byte too many is kept, so that key_read() sees that it is too long. */
    memcpy(taken, value, len < KEY_MOST ? len + 1 : KEY_MOST);
    /* unsetenv() only drops the pointer: /proc/PID/environ would go on showing the bytes. */
    explicit_bzero(value, len);
    unsetenv(KEY_VARIABLE);
}

void key_free(char *key)
{
    if (key)
        explicit_bzero(key, strlen(key));
    free(key);
}

/* ---- from bytes to a key ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* A malloc'd key of `bytes`, which are wiped; NULL says in `e` what is wrong with `source`. */
static char *key_of(char *bytes, size_t len, const char *source, struct err *e)
{
    char *key = NULL;
    size_t start = 0;
    size_t end = len;
    size_t i;

    while (start < end && is_blank(bytes[start]))
        start++;
    while (end > start && is_blank(bytes[end - 1]))
        end--;
    for (i = start; i < end && (unsigned char)bytes[i] >= 0x20 && bytes[i] != 0x7f; i++)
        ;
    if (len >= KEY_MOST)
        err_set(e, ERR_CONFIG, "%s: longer than a key can be (%d bytes)", source, KEY_MOST);
    else if (start == end)
        err_set(e, ERR_CONFIG, "%s: there is no key in it", source);
    else if (i < end)
        err_set(e, ERR_CONFIG, "%s: the key has control characters in it", source);
    else
        key = mem_strndup(bytes + start, end - start);
    explicit_bzero(bytes, len);
    return key;
}

/* Reads up to KEY_MOST bytes; `len` counts on from what is there. False at the end. */
static bool read_some(int fd, char *bytes, size_t *len)
{
    ssize_t n;

    if (*len >= KEY_MOST)
        return false;
    do {
        n = read(fd, bytes + *len, KEY_MOST - *len);
    } while (n < 0 && errno == EINTR);
    if (n > 0)
        *len += (size_t)n;
    return n > 0;
}

/* ---- [api] key_file ---- */

/* systemd shows a credential as readable for its group, which is the mask of an access list for the
 * service's user alone; the folder keeps everyone else out. */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t len = folder ? strlen(folder) : 0;

    return len > 0 && strncmp(path, folder, len) == 0 && path[len] == '/' && !strstr(path, "/../");
}

static bool check_file(int fd, const char *path, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_CONFIG, "[api] key_file: cannot look at %s: %s", path,
                       strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_CONFIG, "[api] key_file: %s is not a regular file", path);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, ERR_CONFIG, "[api] key_file: %s belongs to another user", path);
    if (st.st_mode & (is_credential(path) ? 037 : 077))
        return err_set(e, ERR_CONFIG,
                       "[api] key_file: others can read or change %s; run: chmod 600 %s", path,
                       path);
    return true;
}

static char *read_file(const char *path, struct err *e)
{
    char bytes[KEY_MOST];
    size_t len = 0;
    char *key = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0) {
        err_set(e, ERR_CONFIG, "[api] key_file: cannot open %s: %s", path, strerror(errno));
        return NULL;
    }
    if (check_file(fd, path, e)) {
        while (read_some(fd, bytes, &len))
            ;
        char *source = mem_printf("[api] key_file %s", path);
        key = key_of(bytes, len, source, e);
        free(source);
    }
    close(fd);
    return key;
}

/* ---- [api] key_command ---- */

/* The environment without the key; the strings stay those of `environ`. */
static char **environment_for_child(void)
{
    size_t count = 0;
    size_t kept = 0;

    while (environ && environ[count])
        count++;
    char **copy = mem_alloc((count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], KEY_VARIABLE "=", sizeof KEY_VARIABLE) != 0)
            copy[kept++] = environ[i];
    }
    return copy;
}

/* A session of its own, so that it can be ended with all its children and cannot touch our
 * terminal; signals as a shell expects them, whatever our threads block. */
static void set_attributes(posix_spawnattr_t *attr)
{
    sigset_t none;
    sigset_t all;

    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(attr, &none);
    posix_spawnattr_setsigdefault(attr, &all);
    posix_spawnattr_setflags(attr,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
}

static int spawn_shell(const char *command, int out, pid_t *pid)
{
    char sh[] = "sh";
    char dash_c[] = "-c";
    char *script = mem_strdup(command);
    char *argv[] = {sh, dash_c, script, NULL};
    char **env = environment_for_child();
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;

    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    /* libcurl's sockets are not close-on-exec. */
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    posix_spawnattr_init(&attr);
    set_attributes(&attr);
    int failed = posix_spawn(pid, "/bin/sh", &files, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    free(env);
    free(script);
    return failed;
}

enum ending { ENDED, TOO_SLOW, STOPPED };

static void kill_all(pid_t pid, int *status)
{
    kill(-pid, SIGKILL);
    waitpid(pid, status, 0);
    *status = 0;
}

/* Collects what the command prints until it has ended. When its time is over, when stop_fd is
 * readable, and when it prints more than any key, it is killed with its children. */
static enum ending wait_for(pid_t pid, int fd, int stop_fd, char *bytes, size_t *len, int *status)
{
    int64_t until = clock_mono_ms() + COMMAND_LIMIT_MS;

    for (bool ended = false;;) {
        struct pollfd fds[] = {{.fd = fd, .events = POLLIN}, {.fd = stop_fd, .events = POLLIN}};
        ended = ended || waitpid(pid, status, WNOHANG) == pid;
        poll(fds, 2, ended ? 0 : REAP_EVERY_MS);
        if (!ended && fds[1].revents & POLLIN) {
            kill_all(pid, status);
            return STOPPED;
        }
        if (fds[0].revents) {
            if (read_some(fd, bytes, len))
                continue;
            fd = -1;
        }
        if (ended)
            return ENDED;
        if (*len >= KEY_MOST || clock_mono_ms() >= until) {
            kill_all(pid, status);
            return *len >= KEY_MOST ? ENDED : TOO_SLOW;
        }
    }
}

/* The key that the command printed, or what went wrong. */
static char *command_key(enum ending ending, int status, char *bytes, size_t len, struct err *e)
{
    if (ending == STOPPED)
        err_set(e, ERR_STOPPED, "interrupted while [api] key_command was running");
    else if (ending == TOO_SLOW)
        err_set(e, ERR_CONFIG, "[api] key_command: not done after %d s", COMMAND_LIMIT_MS / 1000);
    else if (WIFSIGNALED(status))
        err_set(e, ERR_CONFIG, "[api] key_command: ended by signal %d", WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0)
        err_set(e, ERR_CONFIG, "[api] key_command: failed with exit code %d", WEXITSTATUS(status));
    else
        return key_of(bytes, len, "[api] key_command", e);
    return NULL;
}

static char *read_command(const char *command, int stop_fd, struct err *e)
{
    char bytes[KEY_MOST];
    size_t len = 0;
    char *key = NULL;
    int ends[2];
    int status = 0;
    pid_t pid;

    if (pipe2(ends, O_CLOEXEC) != 0) {
        err_set(e, ERR_IO, "[api] key_command: no pipe to be had: %s", strerror(errno));
        return NULL;
    }
    int failed = spawn_shell(command, ends[1], &pid);
    close(ends[1]);
    if (failed) {
        err_set(e, ERR_CONFIG, "[api] key_command: cannot run /bin/sh: %s", strerror(failed));
    } else {
        enum ending ending = wait_for(pid, ends[0], stop_fd, bytes, &len, &status);
        key = command_key(ending, status, bytes, len, e);
    }
    explicit_bzero(bytes, sizeof bytes);
    close(ends[0]);
    return key;
}

char *key_read(const struct config *c, int stop_fd, struct err *e)
{
    forbid_core_dumps();
    if (taken[0]) {
        char *copy = mem_strdup(taken);
        char *key = key_of(copy, strlen(copy), KEY_VARIABLE, e);

        free(copy);
        return key;
    }
    if (c->api.key_file && *c->api.key_file)
        return read_file(c->api.key_file, e);
    if (c->api.key_command && *c->api.key_command)
        return read_command(c->api.key_command, stop_fd, e);
    err_set(e, ERR_CONFIG,
            "no API key: set " KEY_VARIABLE ", or [api] key_file, or [api] key_command");
    return NULL;
}

/* ---- to a successor ---- */

bool key_pass_on(int *fd, struct err *e)
{
    int ends[2];
    size_t len = strlen(taken);

    *fd = -1;
    if (len == 0)
        return true;
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return err_set(e, ERR_IO, "no pipe to be had: %s", strerror(errno));
    ssize_t n = write(ends[1], taken, len); /* every pipe holds a page, so it is all or nothing */
    close(ends[1]);
    if (n != (ssize_t)len) {
        close(ends[0]);
        return err_set(e, ERR_IO, "the API key cannot be passed on");
    }
    *fd = ends[0];
    return true;
}

void key_take_descriptor(int fd)
{
    size_t len = 0;

    forbid_core_dumps();
    while (read_some(fd, taken, &len))
        continue;
    taken[len] = '\0';
    close(fd);
}
