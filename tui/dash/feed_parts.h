/* What a feed is made of (feed.c): the view on the source, windows of rows that were read, and
 * scans through the whole list. Main thread. */
#ifndef TUI_DASH_FEED_PARTS_H
#define TUI_DASH_FEED_PARTS_H

#include "tui/dash/feed.h"

enum { FEED_SLICE_ROWS = 250, FEED_FILTER_SIZE = 256 };

/* What is looked at, and how. */
struct feed_view {
    struct feed_source source;
    int order;
    char filter[FEED_FILTER_SIZE];
};
bool view_takes(const struct feed_view *v, const struct row *row);

/* Rows that were read, without a gap, and where reading goes on. */
struct window {
    struct row *rows;
    int count, size;
    struct list_key front, back; /* the last rows looked at, not set = the edge */
    bool at_start, at_end;
};
void window_clear(struct window *w);
void window_free(struct window *w);
/* Its place, -1 = not there. */
int window_find(const struct window *w, int64_t identity);
/* Reads a slice of `count` rows more at one end. `added` = rows that were taken. */
bool window_extend(struct window *w, const struct feed_view *v, struct db_reader *db, bool backward,
                   bool inclusive, int count, int *added, struct err *e);
/* Lets go of rows further than `keep` from those shown; returns how many were taken off the top. */
int window_trim(struct window *w, int top, int keep);

/* Goes through the whole list to count what the view takes, or to collect it. */
struct scan {
    bool is_on, is_done;
    struct list_key at;
    unsigned flags; /* that a row must have */
    bool collects;
    int64_t matches;
    int64_t *numbers;
    size_t count, size;
};
void scan_begin(struct scan *s, unsigned flags, bool collects);
/* A slice more. */
bool scan_some(struct scan *s, const struct feed_view *v, struct db_reader *db, struct err *e);

#endif
