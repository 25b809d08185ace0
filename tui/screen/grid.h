/* A screen in memory: cells of characters with an ink each. Panes draw on it; the terminal shows it
 * (term.h), tests read it back as text. An area is a rectangle of a grid: positions are relative to
 * it and everything outside of it is clipped, so that no pane can draw over another.
 *
 * Text is UTF-8 of any origin: what a terminal would obey (C0, DEL, C1, bidi controls, invalid
 * bytes) is drawn as visible escapes. A wide character is never cut through, its hole is padded;
 * combining marks stay with their base, as many as a cell holds. In an ASCII grid every other
 * character is drawn as '?', one for each column. Pure, any thread. */
#ifndef TUI_SCREEN_GRID_H
#define TUI_SCREEN_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* What a text means. The theme says how it looks; without colour only the marks are left. */
enum ink {
    INK_TEXT,
    INK_DIM,    /* of less weight: labels, what is disabled */
    INK_TITLE,  /* of a pane */
    INK_FOCUS,  /* title and border of the pane that has the keys */
    INK_BORDER, /* of the others */
    INK_GOOD,
    INK_WARN,
    INK_BAD,
    INK_BUSY, /* what runs */
    INK_KEY,  /* a key to press */
    INK_CHART,
    INK_BANNER, /* paused, read-only: to be seen at once */
    INK_COUNT
};

enum { MARK_REVERSE = 1, MARK_BOLD = 2, MARK_UNDERLINE = 4 };

enum { CELL_CODES = 3 };

struct cell {
    uint32_t codes[CELL_CODES]; /* base and combining characters; 0 = none */
    uint8_t width;              /* 1 or 2; 0 = right half of a wide one */
    uint8_t ink, marks;
};

struct grid {
    int rows, cols;
    bool ascii;
    struct cell *cells;         /* row by row */
    int cursor_row, cursor_col; /* where the terminal's cursor rests; -1 = nowhere */
};

void grid_init(struct grid *g, int rows, int cols, bool ascii);
void grid_done(struct grid *g);
void grid_resize(struct grid *g, int rows, int cols); /* blank afterwards */
void grid_blank(struct grid *g);                      /* cursor nowhere */
/* Outside of the grid: a blank cell. */
const struct cell *grid_at(const struct grid *g, int row, int col);
/* Puts one character (width 1 or 2) into the grid; the other half of a wide character of which it
 * covers one half becomes a blank. What is not wholly inside is left out. Panes draw on areas. */
void grid_put(struct grid *g, int row, int col, const struct cell *cell);
/* The row as UTF-8, blanks at the end left out. For tests and the clipboard. */
void grid_add_row(const struct grid *g, int row, struct buf *b);

struct area {
    struct grid *grid;
    int row, col, rows, cols;
};

struct style {
    uint8_t ink, marks;
};

struct area area_all(struct grid *g);
/* A rectangle of an area, clipped to it; negative sizes become 0. */
struct area area_part(struct area a, int row, int col, int rows, int cols);

/* Draws text from (row, col) on, at most `width` columns (-1 = to the area's right edge); what does
 * not fit ends in "…" ("~" in ASCII) and fills the width. Returns the column after it. */
int area_text(struct area a, int row, int col, int width, struct style style, const char *text);
int area_textf(struct area a, int row, int col, int width, struct style style, const char *format,
               ...) __attribute__((format(printf, 6, 7)));
/* The same, right-aligned within `width` columns. */
void area_right(struct area a, int row, int col, int width, struct style style, const char *text);
/* Fills a row's part with blanks of that style (a selection bar), -1 = to the right edge. */
void area_fill(struct area a, int row, int col, int width, struct style style);
void area_clear(struct area a);
/* Adds marks to what is drawn already: a selected row keeps its characters and inks. */
void area_mark(struct area a, int row, int col, int width, unsigned marks);
void area_cursor(struct area a, int row, int col);

/* A border of Unicode lines (+-| in ASCII) with a title (NULL = none) in its upper edge; clears and
 * gives the inside, of 0 rows or columns when there is no room. */
struct area area_box(struct area a, struct style border, struct style title, const char *text);
/* A bar of `width` columns filled to `share` (0..1), in eighths of a column where Unicode is
 * allowed ("#" and "." in ASCII). Only 0 looks empty, only 1 looks full. -1 = to the right edge. */
void area_bar(struct area a, int row, int col, int width, struct style style, double share);
/* A sparkline from `col` on, one column a value, newest last, scaled from 0 to the largest; what is
 * not finite (NAN) is a gap, drawn as a blank; 0 is the lowest block. Blocks U+2581..2588,
 * " .:-=+*#%@" in ASCII. More values than columns: the newest. */
void area_spark(struct area a, int row, int col, int width, struct style style,
                const double *values, int count);
/* How wide a text will be drawn, in columns. */
int grid_text_width(const struct grid *g, const char *text);

#endif
