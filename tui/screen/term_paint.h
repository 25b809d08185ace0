/* The only file that speaks with ncurses: what bytes turn the screen shown into another one, and
 * what the terminal's description says. Its bytes go to memory; it never sees the terminal.
 * One at a time, main thread. */
#ifndef TUI_SCREEN_TERM_PAINT_H
#define TUI_SCREEN_TERM_PAINT_H

#include <stdbool.h>

struct buf;
struct err;
struct grid;
struct paint;
struct term_theme;

/* What keeps a terminal of that name from showing screens, in a few words; NULL = nothing. */
const char *paint_unfit(const char *term_name);

/* `ascii`: no other character may be shown. Without colours, or where the
 * terminal has none, the theme is mono and there is no code of one. Signal
 * handlers and terminal modes are left as they are. */
struct paint *paint_new(const char *term_name, const struct term_theme *theme, bool with_colour,
                        bool ascii, struct err *e);
void paint_free(struct paint *p); /* shows nothing more; NULL is fine */

/* Appends the bytes that give what is shown other looks. */
void paint_theme(struct paint *p, const struct term_theme *theme, struct buf *out);
/* The screen has another size and its content is lost. */
void paint_resize(struct paint *p, int rows, int cols);
/* The screen's content is lost: the next grid is shown from the ground. */
void paint_forget(struct paint *p);
/* Appends the bytes that change the screen to `g`, clipped to the screen's size. */
void paint_grid(struct paint *p, const struct grid *g, struct buf *out);

/* Appends a capability without its delays, for instance "rmcup". False: the terminal has none. */
bool paint_add_cap(struct buf *out, const char *name);
/* Appends what puts the cursor there. */
void paint_add_move(struct buf *out, int row, int col);
/* Of the description: what it assumes as the size. */
void paint_default_size(int *rows, int *cols);
bool paint_has_colour(const struct paint *p);

#endif
