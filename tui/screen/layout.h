/* Where the dashboard's parts stand on a screen of a size. Pure, any thread.
 *
 * Panes, in this order: 0 active syncs, 1 history, 2 error log, 3 analytics, 4 schedule. What is
 * shown never overlaps and is never off the screen:
 *
 *     tiled    110x30 and more: all five; from 180x40 on analytics stand at the top
 *     medium   80x24 and more: tabs, active syncs and the focused pane (history if it is the
 * former) small    60x16 and more, and zoomed: tabs and the focused pane */
#ifndef TUI_SCREEN_LAYOUT_H
#define TUI_SCREEN_LAYOUT_H

#include <stdbool.h>

enum { LAYOUT_PANES = 5, LAYOUT_ALL = 31, LAYOUT_MIN_ROWS = 16, LAYOUT_MIN_COLS = 60 };

struct rect {
    int row, col, rows, cols;
};

struct layout {
    bool too_small;    /* below 60x16: everything else is empty */
    bool short_titles; /* the tabs' full titles would not fit */
    struct rect header;
    struct rect tabs; /* rows 0 = none */
    struct rect footer;
    struct {
        struct rect rect;
        bool shown;
    } panes[LAYOUT_PANES];
};

/* `panes` has a bit for each that is wanted (LAYOUT_ALL; fewer are stacked where they would be
 * tiled); `focused` is one of them, 0 … LAYOUT_PANES - 1. */
struct layout layout_make(int rows, int cols, unsigned panes, int focused, bool zoomed);

#endif
