/* What the environment says about the terminal, before a byte is sent to it. Main thread. */
#ifndef TUI_SCREEN_TERM_KIND_H
#define TUI_SCREEN_TERM_KIND_H

#include <stdbool.h>

/* An emulator in a window (xterm and its kin): has a title, a clipboard, tells its background. */
bool term_kind_is_window(const char *term_name);
/* NO_COLOR is set and not empty. */
bool term_kind_refuses_colour(void);

/* Makes LC_CTYPE UTF-8, so that characters can be measured whatever the user's locale; undo sets
 * the old one again. term_is_utf8() keeps telling about the user's. */
void term_kind_use_utf8(void);
void term_kind_undo_utf8(void);

#endif
