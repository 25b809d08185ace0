/* A list with columns on an area. How wide a column is depends on the area's width alone, never on
 * what the rows hold: a new row moves nothing that is drawn already. Pure, any thread. */
#ifndef TUI_SCREEN_TABLE_H
#define TUI_SCREEN_TABLE_H

#include "tui/screen/grid.h"

struct table_column {
    const char *title;
    int min;      /* columns it needs, at least 1 */
    int max;      /* columns it gets at most; 0 = any number */
    int weight;   /* its share of what the minima leave over; 0 = stays at its minimum */
    bool right;   /* aligned to the right: numbers */
    int priority; /* the highest is dropped first when the minima do not fit, of equals the last */
};

struct table_cell {
    const char *text; /* borrowed; NULL = "" */
    struct style style;
};

/* Shares `total` columns out, one blank between two columns; a width of 0 means dropped. The last
 * column left is made narrower than its minimum rather than dropped. */
void table_fit(const struct table_column *columns, int count, int total, int *widths);

/* The titles, in one style. `columns` and `widths` have `count` entries. */
void table_draw_head(struct area a, int row, const struct table_column *columns, const int *widths,
                     int count, struct style style);
/* One cell for each column, also for the dropped ones. The blanks between are not drawn: see
 * area_fill() and area_mark() for a selected row. */
void table_draw_row(struct area a, int row, const struct table_column *columns, const int *widths,
                    int count, const struct table_cell *cells);

#endif
