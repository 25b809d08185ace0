#include "tui/screen/term_restore.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} fatal[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
    {SIGILL, "SIGILL"},   {SIGABRT, "SIGABRT"},
};
enum { FATAL = sizeof fatal / sizeof *fatal };

/* A full stack is a reason to come here, so the handler has one of its own. */
enum { STACK_SIZE = 64 * 1024 };
static char stack[STACK_SIZE];

static struct sigaction before[FATAL];
static stack_t stack_before;

static struct {
    atomic_bool is_armed;
    int out, tty;
    pid_t pid; /* a child that has not called exec yet must leave the terminal alone */
    struct termios modes;
    char bytes[TERM_RESTORE_SIZE];
    size_t len;
} state;

/* A terminal that nobody reads must not keep us from ending; POLLOUT says it takes this little. */
static void say(const char *bytes, size_t len)
{
    struct pollfd fd = {.fd = state.out, .events = POLLOUT};
    if (poll(&fd, 1, 0) > 0 && write(state.out, bytes, len) < 0) {
        return; /* nobody is left to tell */
    }
}

static void restore(const char *why)
{
    static const char begin[] = "ipsync: ended by ";
    static const char end[] = "; what was synced is safe, the next sync goes on from there\n";
    if (!atomic_exchange(&state.is_armed, false) || getpid() != state.pid) {
        return;
    }
    say(state.bytes, state.len);
    tcflush(state.tty, TCIFLUSH);
    tcsetattr(state.tty, TCSANOW, &state.modes);
    say(begin, sizeof begin - 1);
    say(why, strlen(why));
    say(end, sizeof end - 1);
}

/* A fault happens again on return, under the handler that was there before us; a signal that was
 * sent has to be sent again. */
static void on_fatal(int number, siginfo_t *info, void *context)
{
    (void)context;
    for (int i = 0; i < FATAL; i++) {
        if (fatal[i].number == number) {
            restore(fatal[i].name);
            sigaction(number, &before[i], NULL);
        }
    }
    if (info->si_code <= 0) {
        raise(number);
    }
}

void term_restore_install(void)
{
    stack_t mine = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_sigaction = on_fatal, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    sigfillset(&action.sa_mask);
    sigaltstack(NULL, &stack_before);
    if (stack_before.ss_flags & SS_DISABLE) { /* else a sanitizer has set up one */
        sigaltstack(&mine, NULL);
    }
    for (int i = 0; i < FATAL; i++) {
        sigaction(fatal[i].number, &action, &before[i]);
    }
}

void term_restore_uninstall(void)
{
    for (int i = 0; i < FATAL; i++) {
        sigaction(fatal[i].number, &before[i], NULL);
    }
    if (stack_before.ss_flags & SS_DISABLE) {
        sigaltstack(&stack_before, NULL);
    }
}

void term_restore_arm(int out, int tty, const struct termios *modes, const char *bytes, size_t len)
{
    assert(len <= sizeof state.bytes);
    atomic_store(&state.is_armed, false);
    state.out = out;
    state.tty = tty;
    state.pid = getpid();
    state.modes = *modes;
    state.len = len;
    memcpy(state.bytes, bytes, len);
    atomic_store(&state.is_armed, true);
}

void term_restore_disarm(void)
{
    atomic_store(&state.is_armed, false);
}
