/* A field of one line that a person types into. Plain data, any thread; {0} is an empty one. */
#ifndef TUI_SCREEN_EDIT_H
#define TUI_SCREEN_EDIT_H

#include "tui/screen/grid.h"
#include "tui/screen/key.h"

enum { EDIT_SIZE = 256 };

struct edit {
    char text[EDIT_SIZE]; /* UTF-8 with its NUL; what does not fit is not taken */
    size_t cursor;        /* byte that the next character is put before */
};

/* Sets the text (NULL = ""), cut between characters if it is too long; the cursor to its end. */
void edit_set(struct edit *e, const char *text);
const char *edit_text(const struct edit *e); /* borrowed, valid while `e` is */
/* True when the key was used: characters, pasted ones (lines become one), backspace, delete, left,
 * right, home, end, ctrl-a, ctrl-e, ctrl-u (delete to the beginning), ctrl-k (to the end), ctrl-w
 * (the word before). */
bool edit_key(struct edit *e, const struct key *key);
/* Draws the field, `width` columns (-1 = to the area's right edge) around the cursor, and puts the
 * screen's cursor there. */
void edit_draw(const struct edit *e, struct area a, int row, int col, int width,
               struct style style);

#endif
