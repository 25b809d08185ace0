#include "tui/screen/layout.h"

#include <assert.h>

enum { ACTIVE, HISTORY, ERRORS, ANALYTICS, SCHEDULE };

static int between(int least, int n, int most)
{
    return n < least ? least : n > most ? most : n;
}

static void show(struct layout *l, int pane, struct rect r)
{
    l->panes[pane].rect = r;
    l->panes[pane].shown = true;
}

/* Takes `rows` off the top, or the bottom, of a rectangle. */
static struct rect take_top(struct rect *r, int rows)
{
    struct rect top = {r->row, r->col, rows, r->cols};

    r->row += rows;
    r->rows -= rows;
    return top;
}

static struct rect take_bottom(struct rect *r, int rows)
{
    r->rows -= rows;
    return (struct rect){r->row + r->rows, r->col, rows, r->cols};
}

static struct rect take_left(struct rect *r, int cols)
{
    struct rect left = {r->row, r->col, r->rows, cols};

    r->col += cols;
    r->cols -= cols;
    return left;
}

static void show_lists(struct layout *l, struct rect body)
{
    show(l, HISTORY, take_left(&body, body.cols / 2));
    show(l, ERRORS, body);
}

static void lay_tiled(struct layout *l, struct rect body)
{
    int analytics_rows = between(9, body.rows / 4, 11);
    struct rect top = take_top(&body, between(9, body.rows / 3, 18));

    show(l, ACTIVE, take_left(&top, body.cols * 60 / 100));
    show(l, SCHEDULE, top);
    show(l, ANALYTICS, take_bottom(&body, analytics_rows));
    show_lists(l, body);
}

/* What is glanced at stands in one row on top, so that the lists get the height. */
static void lay_very_wide(struct layout *l, struct rect body)
{
    struct rect top = take_top(&body, between(12, body.rows / 3, 18));

    show(l, ACTIVE, take_left(&top, body.cols * 40 / 100));
    show(l, ANALYTICS, take_left(&top, body.cols * 36 / 100));
    show(l, SCHEDULE, top);
    show_lists(l, body);
}

static void lay_medium(struct layout *l, struct rect body, unsigned panes, int focused)
{
    bool on_active = focused == ACTIVE;
    int below = ACTIVE + 1;
    int active_rows = on_active ? body.rows * 2 / 3 : between(8, body.rows / 4, 12);

    while (below < LAYOUT_PANES && !(panes >> below & 1))
        below++;
    if (on_active && below == LAYOUT_PANES) {
        show(l, ACTIVE, body);
        return;
    }
    show(l, ACTIVE, take_top(&body, active_rows));
    show(l, on_active ? below : focused, body);
}

/* Some of the panes, each as high as the others. */
static void lay_stacked(struct layout *l, struct rect body, unsigned panes)
{
    int left = __builtin_popcount(panes);

    for (int i = 0; i < LAYOUT_PANES; i++)
        if (panes >> i & 1)
            show(l, i, take_top(&body, body.rows / left--));
}

struct layout layout_make(int rows, int cols, unsigned panes, int focused, bool zoomed)
{
    struct layout l = {.short_titles = cols < 76};
    struct rect body = {0, 0, rows, cols};
    bool tiled = cols >= 110 && rows >= 30 && !zoomed;

    assert(focused >= 0 && focused < LAYOUT_PANES);
    if (rows < LAYOUT_MIN_ROWS || cols < LAYOUT_MIN_COLS) {
        l.too_small = true;
        return l;
    }
    l.header = take_top(&body, rows >= 30 ? 2 : 1);
    l.footer = take_bottom(&body, 1);
    if (!tiled)
        l.tabs = take_top(&body, 1);
    if (tiled && panes != LAYOUT_ALL)
        lay_stacked(&l, body, panes);
    else if (tiled && cols >= 180 && rows >= 40)
        lay_very_wide(&l, body);
    else if (tiled)
        lay_tiled(&l, body);
    else if (cols >= 80 && rows >= 24 && !zoomed && panes >> ACTIVE & 1)
        lay_medium(&l, body, panes, focused);
    else
        show(&l, focused, body);
    return l;
}
