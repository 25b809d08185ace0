/* The terminal: takes it over, shows grids, reads keys, and gives it back however the program ends.
 *
 * ncurses finds the difference between two screens and speaks the terminal's language, but it never
 * writes to the terminal itself: its bytes go through a buffer of ours to a descriptor that never
 * blocks. So a terminal that nobody reads holds up nothing. A frame is only begun when the last one
 * has gone out (and, where the terminal answers CSI 5 n, has been shown): term_is_ready().
 *
 * One per process, main thread. Signals are the caller's (a signalfd), but for the fatal ones
 * (SEGV, BUS, FPE, ILL, ABRT), which restore the terminal and then end the program as they would
 * have. */
#ifndef TUI_SCREEN_TERM_H
#define TUI_SCREEN_TERM_H

#include "tui/screen/key.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct err;
struct grid;
struct term;

struct term_options {
    const char *theme; /* "default" turns into "light" where the terminal tells that it is */
    bool mouse;
    bool no_colour; /* NO_COLOR is looked at besides */
};

/* Why there can be no dashboard here (standard input or output no terminal, TERM unset, dumb or
 * unknown, without cursor addressing), in a few words; NULL = there can be one. Writes nothing. */
const char *term_unfit(void);
/* Whether characters beyond ASCII may be shown: the locale says UTF-8, even if it is not installed.
 */
bool term_is_utf8(void);
bool term_has_theme(const char *name);

/* Takes the terminal over: raw mode, alternate screen, title. NULL with ERR_USAGE if term_unfit().
 */
struct term *term_open(const struct term_options *options, struct err *e);
/* Gives it back, at most 300 ms after the call, also when nobody reads it. `lines` (NULL = none)
 * are then written to the main screen. NULL is fine. */
void term_close(struct term *t, const char *lines);
/* The same, for a while: before the process stops itself, and after it went on, whoever stopped it
 * (takes it over again; the next frame is a full one, at the size it then has). */
void term_leave(struct term *t);
void term_return(struct term *t);

void term_size(const struct term *t, int *rows, int *cols);
/* Asks the terminal for its size (after SIGWINCH). True when it is another one. */
bool term_resized(struct term *t);

/* For poll(2): input, and output while something waits to go out. */
enum { TERM_FDS = 2 };
void term_poll(const struct term *t, struct pollfd fds[TERM_FDS]);
/* After poll(2): sends what waits, reads what came. False: the terminal is gone (hang-up, EIO). */
bool term_serve(struct term *t, const struct pollfd fds[TERM_FDS]);
/* The next key, false when there is none now. `*wait_ms` is set to how long to wait at most before
 * asking again (an Esc that may begin a sequence), else left alone. Input that could be a reply or
 * a broken sequence never becomes a key. */
bool term_next_key(struct term *t, struct key *key, int *wait_ms);

/* Whether a frame that nobody asked for by a key may be shown now. */
bool term_is_ready(const struct term *t);
/* Whether all bytes have gone out. */
bool term_is_flushed(const struct term *t);
/* Shows the grid (of the terminal's size): the bytes that change what was shown before. Returns how
 * many they were. While an earlier frame still waits, or the terminal is left, nothing is shown and
 * -1 returned: call it again when it has gone out. */
int term_show(struct term *t, const struct grid *g);
/* The next frame repaints everything (ctrl-l). */
void term_repaint(struct term *t);

void term_set_mouse(struct term *t, bool on);
void term_bell(struct term *t);
/* Puts text on the clipboard of whoever sits there (OSC 52). False: too long, or there is none. */
bool term_copy(struct term *t, const char *text, size_t len);

#endif
