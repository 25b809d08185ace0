#include "core/key.h"

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/config.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE "IRELANDPAY_CRM_API_KEY"

static char folder[] = "/tmp/ipsync-key-XXXXXX";
static char path[64];

static void write_key(const char *bytes, size_t len, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && fchmod(fd, mode) == 0);
    close(fd);
}

/* What key_read() says: the key, or the error's message. Valid until the next call. */
static const char *read_with(const char *file, const char *command)
{
    static char said[600];
    struct config c = {.api = {.key_file = file, .key_command = command}};
    struct err e = {0};
    char *key = key_read(&c, -1, &e);

    snprintf(said, sizeof said, "%s", key ? key : e.message);
    CHECK(key ? e.kind == ERR_NONE : e.kind == ERR_CONFIG);
    key_free(key);
    return said;
}

static const char *read_bytes(const char *bytes, size_t len)
{
    write_key(bytes, len, 0600);
    return read_with(path, "");
}

static bool contains(const char *s, const char *part)
{
    return strstr(s, part) != NULL;
}

/* ---- [api] key_file ---- */

static void a_file_with_a_key(void)
{
    CHECK_STR(read_bytes("abc", 3), "abc");
    CHECK_STR(read_bytes("  abc-DEF.1 \r\n\n", 15), "abc-DEF.1");
    CHECK_STR(read_bytes("\tab c\n", 6), "ab c");
    write_key("abc\n", 4, 0400);
    CHECK_STR(read_with(path, "echo other"), "abc");
    CHECK_STR(read_with(path, NULL), "abc");
}

static void a_file_without_a_key(void)
{
    char large[5000];

    CHECK(contains(read_bytes("", 0), "no key"));
    CHECK(contains(read_bytes(" \r\n\t", 4), "no key"));
    CHECK(contains(read_bytes("ab\ncd", 5), "control characters"));
    CHECK(contains(read_bytes("ab\r\nX-Evil: 1", 13), "control characters"));
    CHECK(contains(read_bytes("ab\0cd", 5), "control characters"));
    CHECK(contains(read_bytes("ab\x7f", 3), "control characters"));
    memset(large, 'k', sizeof large);
    CHECK(contains(read_bytes(large, sizeof large), "longer"));
    CHECK(!contains(read_bytes(large, sizeof large), "kkk"));
    CHECK_INT(strlen(read_bytes(large, 500)), 500);
}

static void a_file_that_others_can_read(void)
{
    static const mode_t bad[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0660, 0777};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_key("secret", 6, bad[i]);
        const char *said = read_with(path, "");
        CHECK(contains(said, "chmod 600") && contains(said, path) && !contains(said, "secret"));
    }
    write_key("secret", 6, 0700);
    CHECK_STR(read_with(path, ""), "secret");
}

static void what_is_no_file(void)
{
    char link[80];

    CHECK(contains(read_with("/nowhere/key", ""), "/nowhere/key"));
    CHECK(contains(read_with(folder, ""), "not a regular file"));
    unlink(path);
    CHECK(mkfifo(path, 0600) == 0);
    CHECK(contains(read_with(path, ""), "not a regular file")); /* and does not hang */
    write_key("abc", 3, 0600);
    snprintf(link, sizeof link, "%s/link", folder);
    CHECK(symlink(path, link) == 0);
    CHECK_STR(read_with(link, ""), "abc");
    unlink(link);
}

static void a_file_of_another_user(void)
{
    if (geteuid() != 0)
        return;
    write_key("abc", 3, 0600);
    CHECK(chown(path, 12345, 12345) == 0);
    CHECK(contains(read_with(path, ""), "another user"));
}

static void a_credential_of_systemd(void)
{
    write_key("abc", 3, 0440);
    CHECK(contains(read_with(path, ""), "chmod 600"));
    setenv("CREDENTIALS_DIRECTORY", folder, 1);
    CHECK_STR(read_with(path, ""), "abc");
    write_key("abc", 3, 0444);
    CHECK(contains(read_with(path, ""), "chmod 600"));
    unsetenv("CREDENTIALS_DIRECTORY");
}

static void no_source(void)
{
    const char *said = read_with("", "");

    CHECK(contains(said, VARIABLE) && contains(said, "key_file") && contains(said, "key_command"));
    said = read_with(NULL, NULL);
    CHECK(contains(said, VARIABLE));
}

/* ---- [api] key_command ---- */

static void a_command_that_prints_a_key(void)
{
    CHECK_STR(read_with("", "echo abc"), "abc");
    CHECK_STR(read_with("", "printf ' a%sc \\r\\n' b"), "abc");
    CHECK_STR(read_with("", "sleep 0.1; printf ab; sleep 0.1; printf cd"), "abcd");
    CHECK_STR(read_with("", "echo abc; exec >&-; sleep 0.1"), "abc");
}

/* Puts a pipe in place of descriptor `fd`; its other end comes back, the old one in `saved`. */
static int replace_by_pipe(int fd, int *saved)
{
    int ends[2];

    CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    *saved = dup(fd);
    CHECK(dup2(ends[fd != 0], fd) == fd);
    close(ends[fd != 0]);
    return ends[fd == 0];
}

static void a_command_has_no_terminal(void)
{
    char noise[16];
    int saved_in;
    int saved_err;
    int in = replace_by_pipe(0, &saved_in);
    int err = replace_by_pipe(2, &saved_err);
    CHECK(write(in, "typed\n", 6) == 6);
    close(in);
    char said[64];
    snprintf(said, sizeof said, "%s", read_with("", "cat; echo noise >&2; echo abc"));
    ssize_t heard = read(err, noise, sizeof noise);
    CHECK(dup2(saved_err, 2) == 2 && dup2(saved_in, 0) == 0);
    close(saved_err);
    close(saved_in);
    close(err);
    CHECK_STR(said, "abc");
    CHECK(heard <= 0);
}

/* The number that the next descriptor gets. */
static int next_descriptor(void)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

    close(fd);
    return fd;
}

static void nothing_is_left_behind(void)
{
    int before = next_descriptor();

    read_bytes("abc", 3);
    read_with("/nowhere", "");
    read_with(folder, "");
    read_with("", "echo abc");
    read_with("", "exit 1");
    read_with("", "yes");
    CHECK_INT(next_descriptor(), before);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1); /* no child, not even a dead one */
}

static void a_command_that_fails(void)
{
    const char *said = read_with("", "echo secret; exit 3");

    CHECK(contains(said, "exit code 3") && !contains(said, "secret"));
    CHECK(contains(read_with("", "kill -9 $$"), "signal 9"));
    CHECK(contains(read_with("", "no-such-command-anywhere"), "exit code 127"));
    CHECK(contains(read_with("", "true"), "no key"));
    CHECK(contains(read_with("", "printf 'a\\nb'"), "control characters"));
}

static void a_command_that_never_stops_printing(void)
{
    int64_t began = clock_mono_ms();

    CHECK(contains(read_with("", "yes secret"), "longer"));
    CHECK(contains(read_with("", "yes secret | cat"), "longer"));
    CHECK(clock_mono_ms() - began < 5000);
}

static void a_child_left_behind_is_not_waited_for(void)
{
    int64_t began = clock_mono_ms();

    CHECK_STR(read_with("", "sleep 20 & echo abc"), "abc");
    CHECK(clock_mono_ms() - began < 5000);
}

/* The time runs in jumps: one frozen clock before the command, a later one from a child's signal.
 */
static void jump(int unused)
{
    (void)unused;
    clock_test_freeze(0, 1000 + 30000);
}

static void a_command_that_hangs(void)
{
    char command[64];

    signal(SIGUSR1, jump);
    clock_test_freeze(0, 1000);
    snprintf(command, sizeof command, "sleep 0.3; kill -USR1 %d; sleep 100", getpid());
    const char *said = read_with("", command);
    CHECK(contains(said, "30 s"));
    clock_test_release();
    signal(SIGUSR1, SIG_DFL);
}

static void what_ends_the_wait_for_a_command(void)
{
    struct config c = {.api = {.key_command = "sleep 100 & sleep 100"}};
    struct err e = {0};
    int ends[2];
    int64_t began = clock_mono_ms();

    CHECK(pipe2(ends, O_CLOEXEC) == 0 && write(ends[1], "!", 1) == 1);
    CHECK(key_read(&c, ends[0], &e) == NULL);
    CHECK_INT(e.kind, ERR_STOPPED);
    CHECK(clock_mono_ms() - began < 5000);
    CHECK_INT(waitpid(-1, NULL, WNOHANG), -1);
    close(ends[0]);
    close(ends[1]);
}

static void a_command_inherits_no_descriptor(void)
{
    int left_open = dup(STDIN_FILENO); /* not close-on-exec, as are libcurl's */

    CHECK_STR(read_with("", "ls /proc/self/fd | tr '\\n' ' '"), "0 1 2 3"); /* 3: ls looks there */
    close(left_open);
}

static void signals_are_as_a_shell_expects_them(void)
{
    sigset_t all;
    sigset_t before;

    sigfillset(&all);
    signal(SIGPIPE, SIG_IGN);
    sigprocmask(SIG_SETMASK, &all, &before);
    const char *blocked =
        strstr(read_with("", "grep SigBlk: /proc/self/status | tr '\\t' ' '"), " ");
    CHECK(blocked && strtoull(blocked, NULL, 16) == 0);
    const char *ignored =
        strstr(read_with("", "grep SigIgn: /proc/self/status | tr '\\t' ' '"), " ");
    /* Above 31 are those of libc and of real time. */
    CHECK(ignored && (strtoull(ignored, NULL, 16) & 0x7fffffff) == 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    signal(SIGPIPE, SIG_DFL);
}

/* ---- the environment ---- */

static void no_core_dumps(void)
{
    struct rlimit limit;

    CHECK_STR(read_with("", "echo abc"), "abc");
    CHECK(getrlimit(RLIMIT_CORE, &limit) == 0);
    CHECK(limit.rlim_cur == 0 && limit.rlim_max == 0);
#ifndef __SANITIZE_ADDRESS__
    CHECK_INT(prctl(PR_GET_DUMPABLE), 0);
#endif
}

/* In a program of its own, started with the variable: the environment block is the kernel's. */
static int run_with_variable(void)
{
    struct config c = {.api = {.key_command = "env; echo end"}};
    struct err e = {0};
    char block[65536];

    key_take_environment();
    CHECK(getenv(VARIABLE) == NULL);
    int fd = open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, block, sizeof block) : 0;
    CHECK(len <= 0 || memmem(block, (size_t)len, "sekret", 6) == NULL);
    char *key = key_read(&c, -1, &e);
    CHECK_STR(key, "sekret-key"); /* wins over the command */
    key_free(key);
    key = key_read(&c, -1, &e); /* again */
    CHECK_STR(key, "sekret-key");
    key_free(key);
    CHECK_INT(system("env | grep -q sekret"), 256);
    return 0;
}

/* What a successor finds in the pipe, and that it is its key from then on. */
static int run_with_successor(void)
{
    struct config c = {.api = {.key_command = "echo abc"}};
    struct err e = {0};
    char bytes[100] = "";
    int fd = -1;
    int ends[2];

    CHECK(key_pass_on(&fd, &e) && fd == -1); /* nothing was taken */
    key_take_environment();
    CHECK(key_pass_on(&fd, &e) && fd >= 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC);
    CHECK_INT(read(fd, bytes, sizeof bytes), 10);
    CHECK_STR(bytes, "sekret-key");
    CHECK_INT(read(fd, bytes, sizeof bytes), 0);
    close(fd);
    CHECK(pipe(ends) == 0 && write(ends[1], "their key\n", 10) == 10 && close(ends[1]) == 0);
    key_take_descriptor(ends[0]);
    CHECK(fcntl(ends[0], F_GETFD) == -1);
    char *key = key_read(&c, -1, &e);
    CHECK_STR(key, "their key");
    key_free(key);
    key_take_descriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
    key = key_read(&c, -1, &e); /* none was passed on: the source is ours to find */
    CHECK_STR(key, "abc");
    key_free(key);
    return 0;
}

static int run_with_blank_variable(void)
{
    struct config c = {.api = {.key_command = "echo abc"}};
    struct err e = {0};
    struct rlimit limit;

    key_take_environment();
    CHECK(getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0);
    char *key = key_read(&c, -1, &e);
    CHECK(key == NULL);
    CHECK(contains(e.message, VARIABLE));
    return 0;
}

static int run_with_empty_variable(void)
{
    struct config c = {.api = {.key_command = "echo abc"}};
    struct err e = {0};

    key_take_environment();
    CHECK(getenv(VARIABLE) == NULL);
    char *key = key_read(&c, -1, &e);
    CHECK_STR(key, "abc");
    key_free(key);
    return 0;
}

static int run_with_long_variable(void)
{
    struct config c = {.api = {.key_command = "echo abc"}};
    struct err e = {0};

    key_take_environment();
    CHECK(key_read(&c, -1, &e) == NULL);
    CHECK(contains(e.message, "longer"));
    return 0;
}

static int status_of(const char *how, const char *value)
{
    pid_t pid = fork();

    if (pid == 0) {
        setenv(VARIABLE, value, 1);
        setenv("IPSYNC_TEST_KEY", how, 1);
        execl("/proc/self/exe", "test_key", (char *)NULL);
        _exit(9);
    }
    int status = -1;
    waitpid(pid, &status, 0);
    return status;
}

static void the_variable_is_taken_and_gone(void)
{
    static char large[6000];

    CHECK_INT(status_of("taken", " sekret-key\n"), 0);
    CHECK_INT(status_of("passed-on", "sekret-key"), 0);
    CHECK_INT(status_of("blank", " \n"), 0);
    CHECK_INT(status_of("empty", ""), 0);
    memset(large, 'k', sizeof large - 1);
    CHECK_INT(status_of("long", large), 0);
}

static void a_command_does_not_get_the_variable(void)
{
    setenv(VARIABLE, "sekret", 1); /* not taken: nobody called key_take_environment() */
    CHECK_STR(read_with("", "env | grep sekret || echo none"), "none");
    unsetenv(VARIABLE);
}

static const struct unit_case cases[] = {
    {"file", a_file_with_a_key},
    {"bad-file", a_file_without_a_key},
    {"mode", a_file_that_others_can_read},
    {"no-file", what_is_no_file},
    {"owner", a_file_of_another_user},
    {"credential", a_credential_of_systemd},
    {"none", no_source},
    {"command", a_command_that_prints_a_key},
    {"terminal", a_command_has_no_terminal},
    {"left-behind", nothing_is_left_behind},
    {"command-fails", a_command_that_fails},
    {"command-prints", a_command_that_never_stops_printing},
    {"command-forks", a_child_left_behind_is_not_waited_for},
    {"command-hangs", a_command_that_hangs},
    {"command-stopped", what_ends_the_wait_for_a_command},
    {"descriptors", a_command_inherits_no_descriptor},
    {"signals", signals_are_as_a_shell_expects_them},
    {"core", no_core_dumps},
    {"environment", the_variable_is_taken_and_gone},
    {"child-environment", a_command_does_not_get_the_variable},
};

static int run_child(const char *how)
{
    if (strcmp(how, "taken") == 0)
        return run_with_variable();
    if (strcmp(how, "passed-on") == 0)
        return run_with_successor();
    if (strcmp(how, "blank") == 0)
        return run_with_blank_variable();
    return strcmp(how, "long") == 0 ? run_with_long_variable() : run_with_empty_variable();
}

int main(int argc, char **argv)
{
    const char *how = getenv("IPSYNC_TEST_KEY");

    if (how)
        return run_child(how);
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/key", folder);
    int status = unit_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
    unlink(path);
    rmdir(folder);
    return status;
}
