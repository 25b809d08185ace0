/* How inks look: tables of the terminal's own 16 colours, on its own background. Pure, any thread.
 */
#ifndef TUI_SCREEN_TERM_THEME_H
#define TUI_SCREEN_TERM_THEME_H

#include "tui/screen/grid.h"

#include <stdint.h>

enum { LOOK_PLAIN = -1, LOOK_DIM = 8 }; /* the terminal's foreground; a mark besides grid.h's */

struct look {
    int8_t colour; /* 0..15 as a terminal counts them, or LOOK_PLAIN */
    uint8_t marks; /* MARK_… and LOOK_DIM */
};

struct term_theme {
    const char *name;
    struct look looks[INK_COUNT];
};

/* NULL when there is none of that name. */
const struct term_theme *term_theme_find(const char *name);
const struct term_theme *term_theme_mono(void);
/* What to take instead on a light background: the same theme, unless it is meant for a dark one. */
const struct term_theme *term_theme_on_light(const struct term_theme *theme);

#endif
