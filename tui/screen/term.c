#include "tui/screen/term.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tui/screen/grid.h"
#include "tui/screen/out.h"
#include "tui/screen/term_ack.h"
#include "tui/screen/term_input.h"
#include "tui/screen/term_kind.h"
#include "tui/screen/term_modes.h"
#include "tui/screen/term_paint.h"
#include "tui/screen/term_restore.h"
#include "tui/screen/term_theme.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

enum {
    LEAVE_MS = 280, /* for what has to go out at the end */
    LAST_ANSWER_MS = 200,
    EMPTY_READS = 16, /* in a row: nothing will come from there any more */
    ROWS_MOST = 500,
    COLS_MOST = 1000,
    LIGHT_PERCENT = 50,
};

struct term {
    struct out out;
    struct paint *paint;
    struct term_input input;
    struct term_ack ack;
    struct term_modes modes;
    struct termios saved;
    const struct term_theme *theme;
    bool is_taken, is_gone, is_ascii;
    int rows, cols;
    int empty_reads;
    struct buf frame;
};

static void look_at_size(struct term *t)
{
    struct winsize w = {0};
    int rows = 0, cols = 0;
    if (ioctl(t->out.fd, TIOCGWINSZ, &w) != 0 || w.ws_row == 0 || w.ws_col == 0) {
        paint_default_size(&rows, &cols); /* a serial line knows no size */
    } else {
        rows = w.ws_row;
        cols = w.ws_col;
    }
    t->rows = rows < ROWS_MOST ? rows : ROWS_MOST;
    t->cols = cols < COLS_MOST ? cols : COLS_MOST;
}

/* Signals, flow control and echo off: ctrl-C, ctrl-Z and ctrl-S are keys. VMIN 0: read(2) returns,
 * whoever else reads there, too. */
static void set_raw(const struct term *t)
{
    struct termios raw = t->saved;
    cfmakeraw(&raw);
    raw.c_cc[VMIN] = 0;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void take_over(struct term *t)
{
    struct buf bytes = {0};
    set_raw(t);
    term_modes_add_leave(&t->modes, t->rows, &bytes);
    term_restore_arm(t->out.fd, STDIN_FILENO, &t->saved, bytes.data, bytes.len);
    if (!t->is_taken) {
        buf_clear(&bytes); /* else somebody else stopped us: what is on a stack must not be twice */
    }
    term_modes_add_enter(&t->modes, &bytes);
    out_add(&t->out, &bytes);
    buf_done(&bytes);
    t->is_taken = true;
}

static void add_key_caps(struct term_input *in)
{
    static const struct {
        const char *name;
        uint32_t code;
    } caps[] = {
        {"kcuu1", KEY_CODE_UP},       {"kcud1", KEY_CODE_DOWN},    {"kcub1", KEY_CODE_LEFT},
        {"kcuf1", KEY_CODE_RIGHT},    {"khome", KEY_CODE_HOME},    {"kend", KEY_CODE_END},
        {"kpp", KEY_CODE_PAGE_UP},    {"knp", KEY_CODE_PAGE_DOWN}, {"kdch1", KEY_CODE_DELETE},
        {"kcbt", KEY_CODE_SHIFT_TAB}, {"kent", KEY_CODE_ENTER},
    };
    struct buf b = {0};
    for (size_t i = 0; i < sizeof caps / sizeof *caps; i++) {
        buf_clear(&b);
        if (paint_add_cap(&b, caps[i].name)) {
            term_input_add_cap(in, caps[i].code, b.data);
        }
    }
    buf_done(&b);
}

static struct paint *open_paint(struct term *t, const struct term_options *options, struct err *e)
{
    const struct term_theme *theme = term_theme_find(options->theme);
    bool with_colour = !options->no_colour && !term_kind_refuses_colour();
    t->theme = theme ? theme : term_theme_find("default");
    t->paint = paint_new(getenv("TERM"), t->theme, with_colour, t->is_ascii, e);
    if (t->paint && !paint_has_colour(t->paint)) {
        t->theme = term_theme_mono();
    }
    return t->paint;
}

struct term *term_open(const struct term_options *options, struct err *e)
{
    const char *unfit = term_unfit();
    if (unfit) {
        err_set(e, ERR_USAGE, "%s", unfit);
        return NULL;
    }
    struct term *t = mem_alloc(sizeof *t);
    t->is_ascii = !term_is_utf8();
    term_kind_use_utf8();
    if (!open_paint(t, options, e)) {
        term_kind_undo_utf8();
        free(t);
        return NULL;
    }
    out_begin(&t->out, STDOUT_FILENO);
    term_input_init(&t->input);
    add_key_caps(&t->input);
    tcgetattr(STDIN_FILENO, &t->saved);
    look_at_size(t);
    paint_resize(t->paint, t->rows, t->cols);
    term_modes_init(&t->modes, getenv("TERM"), paint_has_colour(t->paint));
    t->modes.asks_background = t->theme != term_theme_on_light(t->theme);
    term_restore_install();
    term_set_mouse(t, options->mouse);
    take_over(t);
    return t;
}

static void read_input(struct term *t)
{
    char bytes[TERM_INPUT_SIZE];
    size_t room = term_input_room(&t->input);
    ssize_t n = room > 0 ? read(STDIN_FILENO, bytes, room) : 0;
    if (n > 0) {
        term_input_feed(&t->input, bytes, (size_t)n, clock_mono_ms());
        t->empty_reads = 0;
    } else if (room > 0) {
        bool may_come = n == 0 || errno == EAGAIN || errno == EINTR;
        t->is_gone = !may_come || ++t->empty_reads > EMPTY_READS;
    }
}

void term_poll(const struct term *t, struct pollfd fds[TERM_FDS])
{
    bool reads = t->is_taken && term_input_room(&t->input) > 0;
    fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = reads ? POLLIN : 0};
    fds[1] = (struct pollfd){.fd = t->out.fd, .events = out_is_waiting(&t->out) ? POLLOUT : 0};
}

bool term_serve(struct term *t, const struct pollfd fds[TERM_FDS])
{
    if ((fds[0].revents | fds[1].revents) & (POLLHUP | POLLERR | POLLNVAL)) {
        t->is_gone = true;
    }
    if (!t->is_gone && t->is_taken && fds[0].revents & POLLIN) {
        read_input(t);
    }
    if (!t->is_gone && out_is_waiting(&t->out)) {
        out_flush(&t->out);
    }
    t->is_gone = t->is_gone || t->out.is_broken;
    return !t->is_gone;
}

/* The terminal told what its background is: what is shown gets looks that can be read there. */
static void see_background(struct term *t)
{
    bool is_light = t->input.lightness >= LIGHT_PERCENT;
    const struct term_theme *theme = is_light ? term_theme_on_light(t->theme) : t->theme;
    if (theme != t->theme) {
        t->theme = theme;
        buf_clear(&t->frame);
        paint_theme(t->paint, theme, &t->frame);
        out_add(&t->out, &t->frame);
    }
}

static bool next_key(struct term *t, struct key *key, int *wait_ms)
{
    unsigned answers = t->input.answers;
    bool found = term_input_next(&t->input, clock_mono_ms(), key, wait_ms);
    term_ack_answered(&t->ack, t->input.answers - answers);
    return found;
}

bool term_next_key(struct term *t, struct key *key, int *wait_ms)
{
    bool found = next_key(t, key, wait_ms);
    int late_ms = found ? 0 : term_ack_wait_ms(&t->ack, clock_mono_ms());
    if (late_ms > 0 && (*wait_ms < 0 || late_ms < *wait_ms)) {
        *wait_ms = late_ms;
    }
    see_background(t);
    return found;
}

bool term_is_flushed(const struct term *t)
{
    return !out_is_waiting(&t->out);
}

bool term_is_ready(const struct term *t)
{
    return term_is_flushed(t) && term_ack_wait_ms(&t->ack, clock_mono_ms()) == 0;
}

int term_show(struct term *t, const struct grid *g)
{
    out_flush(&t->out);
    if (!t->is_taken || out_is_waiting(&t->out)) {
        return -1;
    }
    int64_t now = clock_mono_ms();
    buf_clear(&t->frame);
    paint_grid(t->paint, g, &t->frame);
    if (t->frame.len > 0 && t->modes.is_ansi && term_ack_should_ask(&t->ack, now)) {
        buf_adds(&t->frame, "\033[5n");
        term_ack_asked(&t->ack, now);
    }
    out_add(&t->out, &t->frame);
    return (int)t->frame.len;
}

void term_repaint(struct term *t)
{
    paint_forget(t->paint);
}

void term_size(const struct term *t, int *rows, int *cols)
{
    *rows = t->rows;
    *cols = t->cols;
}

bool term_resized(struct term *t)
{
    int rows = t->rows, cols = t->cols;
    look_at_size(t);
    /* Also when it is the same: it may have been smaller in between, and have cut what it shows. */
    paint_resize(t->paint, t->rows, t->cols);
    return rows != t->rows || cols != t->cols;
}

/* Lets go out what waits and take in what is still on its way to us: a shell would take it for
 * typed. Gives up at `deadline`. */
static void drain(struct term *t, int64_t deadline)
{
    for (;;) {
        int64_t now = clock_mono_ms(), left = deadline - now;
        bool waits = out_is_waiting(&t->out);
        if (!waits) { /* an answer gets less time */
            left -= LEAVE_MS - LAST_ANSWER_MS;
        }
        if (t->is_gone || left <= 0 || (!waits && !term_ack_may_come(&t->ack, now))) {
            return;
        }
        struct pollfd fds[TERM_FDS];
        struct key key;
        int wait_ms = (int)left;
        term_poll(t, fds);
        poll(fds, TERM_FDS, wait_ms);
        term_serve(t, fds);
        while (next_key(t, &key, &wait_ms)) {
        }
    }
}

static void give_back(struct term *t)
{
    int64_t deadline = clock_mono_ms() + LEAVE_MS;
    struct buf bytes = {0};
    term_modes_add_leave(&t->modes, t->rows, &bytes);
    out_add(&t->out, &bytes);
    buf_done(&bytes);
    drain(t, deadline);
    out_drop(&t->out);
    term_restore_disarm();
    tcflush(STDIN_FILENO, TCIFLUSH);
    tcsetattr(STDIN_FILENO, TCSANOW, &t->saved); /* TCSADRAIN would wait for the reader */
    term_input_reset(&t->input);
    t->ack.asked = 0;
    t->is_taken = false;
}

static void say(struct term *t, const char *lines)
{
    struct buf b = {0};
    if (lines && !t->is_gone) {
        buf_adds(&b, lines);
        out_add(&t->out, &b);
    }
    buf_done(&b);
}

void term_close(struct term *t, const char *lines)
{
    if (!t) {
        return;
    }
    if (t->is_taken) {
        give_back(t);
    }
    say(t, lines);
    term_restore_uninstall();
    paint_free(t->paint);
    out_done(&t->out);
    buf_done(&t->frame);
    free(t);
    term_kind_undo_utf8();
}

void term_leave(struct term *t)
{
    if (t->is_taken) {
        give_back(t);
    }
}

void term_return(struct term *t)
{
    look_at_size(t);
    paint_resize(t->paint, t->rows, t->cols);
    take_over(t);
}

static void send(struct term *t, const char *bytes)
{
    struct buf b = {0};
    buf_adds(&b, bytes);
    out_add(&t->out, &b);
    buf_done(&b);
}

void term_set_mouse(struct term *t, bool on)
{
    bool changes = t->modes.mouse != on && t->modes.is_ansi;
    t->modes.mouse = on && t->modes.is_ansi;
    t->input.mouse = t->modes.mouse;
    if (changes && t->is_taken) {
        send(t, on ? TERM_MOUSE_ON : TERM_MOUSE_OFF);
    }
}

void term_bell(struct term *t)
{
    if (t->is_taken) {
        send(t, "\a");
    }
}

bool term_copy(struct term *t, const char *text, size_t len)
{
    struct buf b = {0};
    bool can = t->is_taken && term_modes_add_copy(&t->modes, text, len, &b);
    if (can) {
        out_add(&t->out, &b);
    }
    buf_done(&b);
    return can;
}
