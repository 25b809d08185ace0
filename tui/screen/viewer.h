/* A text to scroll in: details of a row, help, the output of a command. It keeps up to 1 MiB; of
 * what comes after only a line says that it was left out. One owner, one thread. */
#ifndef TUI_SCREEN_VIEWER_H
#define TUI_SCREEN_VIEWER_H

#include "tui/screen/grid.h"
#include "tui/screen/key.h"

struct buf;
struct viewer;

/* Long lines go on in the next row (`wrap`, with an indent), or are cut at the width. */
struct viewer *viewer_new(bool wrap);
void viewer_free(struct viewer *v);

/* Adds a line, or several when there are ends of lines in it; tabs become blanks. */
void viewer_add(struct viewer *v, struct style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Adds a label of `columns` columns (more if it is longer; a blank follows it) and a text that
 * stays to the right of it when it goes on. */
void viewer_add_pair(struct viewer *v, struct style label_style, int columns, const char *label,
                     struct style style, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* True when the key was used: up, down, j, k, pgup, pgdn, g, G, home, end, the wheel. */
bool viewer_key(struct viewer *v, const struct key *key);
/* Draws what is in sight; when there is more, the last row says which part it is: "12–40 of 133".
 * Keys scroll by the size that was drawn last. */
void viewer_draw(struct viewer *v, struct area a);
/* Rows it takes when it is `cols` wide. */
int viewer_count_rows(struct viewer *v, int cols);
/* The whole text, unwrapped and visible, for the clipboard; appended. */
void viewer_add_text(const struct viewer *v, struct buf *b);

#endif
