/* What a terminal is told when it is taken over and given back, besides pictures: alternate screen,
 * title, paste, mouse. Main thread; needs an open paint (term_paint.h) for capabilities. */
#ifndef TUI_SCREEN_TERM_MODES_H
#define TUI_SCREEN_TERM_MODES_H

#include <stdbool.h>
#include <stddef.h>

struct buf;

#define TERM_MOUSE_ON "\033[?1000h\033[?1006h"
#define TERM_MOUSE_OFF "\033[?1006l\033[?1000l"

struct term_modes {
    bool is_ansi;   /* obeys, or at least skips, sequences that begin with CSI */
    bool is_window; /* has a title, a clipboard, tells its background */
    bool mouse;
    bool has_colour;
    bool asks_background; /* by the next enter, once */
};

void term_modes_init(struct term_modes *m, const char *term_name, bool has_colour);
void term_modes_add_enter(struct term_modes *m, struct buf *out);
/* Leaves the cursor at the beginning of a line of the main screen, visible. */
void term_modes_add_leave(const struct term_modes *m, int rows, struct buf *out);
/* What puts text on the clipboard. False: too long, or the terminal has none. */
bool term_modes_add_copy(const struct term_modes *m, const char *text, size_t len, struct buf *out);

#endif
