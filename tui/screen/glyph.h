/* One character of a text as a grid shows it: a base with its combining marks, or, for what must
 * not reach a terminal, a spelling in ASCII. Pure, any thread.
 *
 * What only joins or selects (ZWJ, variation selectors, skin tones after an emoji) is left out:
 * terminals disagree about how wide the result is, and a row would be shifted. */
#ifndef TUI_SCREEN_GLYPH_H
#define TUI_SCREEN_GLYPH_H

#include "tui/screen/grid.h"

struct glyph {
    uint32_t codes[CELL_CODES]; /* [0] = 0: see `spelled` */
    char spelled[12];           /* one character a column; "" = see `codes` */
    int columns;                /* 0: a mark without a base, not drawn */
};

/* Takes the next glyph off a text that has not ended. Widths need a UTF-8 LC_CTYPE. */
struct glyph glyph_next(const char **text, bool ascii);
/* A printable ASCII character that nothing combines with: itself, one column. The fast path. */
bool glyph_is_plain(const char *text);
/* Columns of the text; stops counting once past `limit`. */
int glyph_count_columns(const char *text, bool ascii, int limit);
/* A code point as UTF-8, NUL-terminated. Returns the length; 0 when it is no character. */
size_t glyph_encode(uint32_t code, char out[5]);

#endif
