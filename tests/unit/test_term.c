/* When frames wait for an answer; and, run as `test_term demo`, a small program on the terminal it
 * is started on, which tests/test_terminal.py drives: keys are shown by their names, and
 *   +        counts one up                  q        ends, a line on the main screen
 *   !, ^, @  crash (a wild pointer, a full stack, abort)
 *   m        mouse on and off
 *   %        counts without pause           y        copies "hello"
 *   ctrl-z   stops                          ctrl-l   paints anew
 * Once idle it writes a byte to the descriptor IPSYNC_TEST_FD, if that is set. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tests/unit/unit.h"
#include "tui/screen/grid.h"
#include "tui/screen/term.h"
#include "tui/screen/term_ack.h"

#include <locale.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

static void no_terminal(void)
{
    struct err e = {0};
    CHECK(term_unfit() != NULL); /* the harness gives none */
    CHECK(term_open(&(struct term_options){.theme = "default"}, &e) == NULL);
    CHECK_INT(e.kind, ERR_USAGE);
    term_close(NULL, NULL);
}

static void answers(void)
{
    struct term_ack a = {0};
    CHECK(term_ack_should_ask(&a, 50) && !term_ack_may_come(&a, 50));
    term_ack_asked(&a, 100);
    CHECK_INT(term_ack_wait_ms(&a, 100), 0); /* it may be one that never answers */
    CHECK(term_ack_may_come(&a, 200));
    term_ack_answered(&a, 1);
    CHECK(!term_ack_may_come(&a, 200));
    term_ack_asked(&a, 1000);
    CHECK_INT(term_ack_wait_ms(&a, 1100), 29900);
    CHECK_INT(term_ack_wait_ms(&a, 31000), 0);
    term_ack_asked(&a, 31000); /* the last one was lost */
    term_ack_answered(&a, 1);
    CHECK_INT(term_ack_wait_ms(&a, 31001), 0);
    term_ack_answered(&a, 3);
    term_ack_asked(&a, 32000);
    CHECK(term_ack_wait_ms(&a, 32001) > 0);
}

static void mute(void)
{
    struct term_ack a = {0};
    for (int i = 0; i < 8; i++) {
        CHECK(term_ack_should_ask(&a, 1000 + i));
        term_ack_asked(&a, 1000 + i);
    }
    CHECK(term_ack_should_ask(&a, 10000));
    CHECK(!term_ack_should_ask(&a, 11000));
    CHECK(!term_ack_may_come(&a, 11000));
    term_ack_answered(&a, 1);
    CHECK(term_ack_should_ask(&a, 12000));
}

struct demo {
    struct term *term;
    struct grid grid;
    int signals, idle_fd;
    bool is_over, is_running, is_dirty;
    int count, ended_by;
    double slowest_ms; /* term_show() */
    struct buf keys;
};

static double demo_now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int demo_signals(void)
{
    static const int numbers[] = {SIGTERM, SIGINT, SIGWINCH, SIGTSTP, SIGCONT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        sigaddset(&set, numbers[i]);
    }
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* -1: an earlier frame waits. */
static int demo_show(struct demo *d)
{
    struct grid *g = &d->grid;
    int rows = 0, cols = 0;
    term_size(d->term, &rows, &cols);
    if (rows != g->rows || cols != g->cols) {
        grid_resize(g, rows, cols);
    }
    grid_blank(g);
    struct area a = area_box(area_all(g), (struct style){INK_BORDER, 0},
                             (struct style){INK_TITLE, 0}, "demo \xe4\xb8\xad\xc3\xa9");
    area_textf(a, 0, 1, -1, (struct style){INK_GOOD, 0}, "count %6d", d->count);
    area_textf(a, 1, 1, -1, (struct style){INK_TEXT, 0}, "size %dx%d", rows, cols);
    area_textf(a, 2, 1, -1, (struct style){INK_BAD, 0}, "keys %s.",
               d->keys.len ? d->keys.data : "");
    for (int i = 0; i < INK_COUNT; i++) {
        area_text(a, 4 + i, 1, -1, (struct style){(uint8_t)i, 0}, "ink");
    }
    grid_put(g, rows - 1, cols - 1, &(struct cell){.codes = {'#'}, .width = 1});
    area_cursor(a, 2, 1);
    double before = demo_now_ms();
    int bytes = term_show(d->term, g);
    double took = demo_now_ms() - before;
    d->slowest_ms = took > d->slowest_ms ? took : d->slowest_ms;
    return bytes;
}

static void demo_stop(struct demo *d)
{
    term_leave(d->term);
    raise(SIGSTOP);
    term_return(d->term);
}

static int demo_overflow(volatile int depth)
{
    volatile char frame[4096] = {(char)depth};
    return depth < 0 ? 0 : demo_overflow(depth + 1) + frame[0];
}

static void demo_key(struct demo *d, const struct key *key)
{
    static bool mouse;
    int *volatile nowhere = (int *)16;
    char name[16];
    key_name(key->code == KEY_CODE_PASTED ? key->pasted : key->code, name);
    buf_addf(&d->keys, key->code == KEY_CODE_PASTED ? "'%s' " : "%s ", name);
    switch (key->code) {
    case '+':
        d->count++;
        break;
    case '!':
        *nowhere = 1;
        break;
    case '^':
        d->count = demo_overflow(d->count);
        break;
    case '@':
        abort();
    case '%':
        d->is_running = true;
        break;
    case 'm':
        mouse = !mouse;
        term_set_mouse(d->term, mouse);
        break;
    case 'y':
        term_copy(d->term, "hello", 5);
        break;
    case 'q':
        d->is_over = true;
        break;
    case KEY_CTRL('z'):
        demo_stop(d);
        break;
    case KEY_CTRL('l'):
        buf_clear(&d->keys);
        term_repaint(d->term);
        break;
    default:
        break;
    }
}

static void demo_signal(struct demo *d)
{
    struct signalfd_siginfo info;
    while (read(d->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            term_resized(d->term);
            break;
        case SIGTSTP:
            demo_stop(d);
            break;
        case SIGCONT:
            term_return(d->term);
            break;
        default:
            d->is_over = true;
            d->ended_by = (int)info.ssi_signo;
        }
    }
}

/* One turn: sleeps until something happens, then shows what has changed. False: the terminal is
 * gone. */
static bool demo_turn(struct demo *d, int wait_ms)
{
    struct pollfd fds[TERM_FDS + 1];
    if (!d->is_dirty && wait_ms < 0 && term_is_flushed(d->term) && d->idle_fd > 0 &&
        write(d->idle_fd, "i", 1) < 0) {
        d->idle_fd = 0;
    }
    term_poll(d->term, fds);
    fds[TERM_FDS] = (struct pollfd){.fd = d->signals, .events = POLLIN};
    int pause_ms = d->is_running ? 5 : d->is_dirty ? 50 : -1;
    poll(fds, TERM_FDS + 1,
         pause_ms >= 0 && (wait_ms < 0 || pause_ms < wait_ms) ? pause_ms : wait_ms);
    if (fds[TERM_FDS].revents) {
        demo_signal(d);
        d->is_dirty = true;
    }
    return term_serve(d->term, fds);
}

static int demo(const char *theme)
{
    const char *idle_fd = getenv("IPSYNC_TEST_FD");
    struct err e = {0};
    setlocale(LC_ALL, "");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGHUP, SIG_IGN); /* the terminal alone has to tell */
    struct demo d = {
        .is_dirty = true, .signals = demo_signals(), .idle_fd = idle_fd ? atoi(idle_fd) : 0};
    d.keys.cap = 400;
    d.term = term_open(&(struct term_options){.theme = theme}, &e);
    if (!d.term) {
        fprintf(stderr, "%s\n", e.message);
        return 2;
    }
    grid_init(&d.grid, 1, 1, !term_is_utf8());
    bool there = true;
    while (there && !d.is_over) {
        struct key key;
        int wait_ms = -1;
        while (!d.is_over && term_next_key(d.term, &key, &wait_ms)) {
            demo_key(&d, &key);
            d.is_dirty = true;
        }
        d.count += d.is_running;
        if (d.is_dirty || (d.is_running && term_is_ready(d.term))) {
            d.is_dirty = demo_show(&d) < 0;
        }
        there = d.is_over || demo_turn(&d, wait_ms);
    }
    char line[80];
    snprintf(line, sizeof line, "the slowest took %.1f ms, count %d\n", d.slowest_ms, d.count);
    term_close(d.term, line);
    grid_done(&d.grid);
    buf_done(&d.keys);
    return d.ended_by ? 128 + d.ended_by : there ? 0 : 1;
}

static const struct unit_case cases[] = {
    {"no_terminal", no_terminal},
    {"answers", answers},
    {"mute", mute},
};

int main(int argc, char **argv)
{
    if (argc > 1 && strcmp(argv[1], "demo") == 0) {
        return demo(argc > 2 ? argv[2] : "default");
    }
    return unit_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
