/* The part of a long list that is near the selection: reads only what is shown, in slices that are
 * short enough to be made between two keys. The selection is a row's identity: rows that come or go
 * never move it, and when it goes itself its neighbour is selected. Main thread. */
#ifndef TUI_DASH_FEED_H
#define TUI_DASH_FEED_H

#include "db/list.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db_reader;
struct err;

enum { ROW_CELLS = 10, ROW_TEXT = 640 };

/* A row as it is shown: cells for the table, and what it is. Plain data. */
struct row {
    struct list_key key;
    char id[40];    /* of a job; "" */
    int64_t number; /* of a failed item; 0 */
    unsigned flags; /* the source's own: ROW_OPEN … */
    uint8_t inks[ROW_CELLS];
    uint16_t cells[ROW_CELLS]; /* where each cell's text begins in `text` */
    uint16_t len;
    char text[ROW_TEXT]; /* the cells, NUL after each; too long ones are cut at a character */
};
enum { ROW_IS_OPEN = 1, ROW_IS_JOB = 2 };

/* Fills the next cell. */
void row_cell(struct row *row, int cell, int ink, const char *text);
const char *row_text(const struct row *row, int cell);

/* Where rows come from. `put` says whether more are wanted. */
typedef bool feed_put(void *data, const struct row *row);
struct feed_source {
    const char *const *orders; /* names for the screen, */
    int order_count;           /* so many; 0 is the one to begin with */
    /* Calls `put` for the rows of the slice; `got` = how many there were. */
    bool (*read)(void *self, struct db_reader *db, const struct list_slice *slice, feed_put *put,
                 void *data, int *got, struct err *e);
    bool (*total)(void *self, struct db_reader *db, int64_t *total, struct err *e);
    void *self;
};

struct feed;
struct feed *feed_new(struct feed_source source);
void feed_free(struct feed *f);

/* How many rows the screen shows of it; the selection stays within. */
void feed_set_height(struct feed *f, int rows);
/* Text that a row must hold (in any cell, whatever case; "!x": must not hold); "" = all. */
void feed_set_filter(struct feed *f, const char *filter);
void feed_set_order(struct feed *f, int order); /* goes to the first row */
/* The database has changed: what is shown is read again, in place. */
void feed_refresh(struct feed *f);

/* Does a slice of what is to do (a few milliseconds at most). True: there is more to do. */
bool feed_work(struct feed *f, struct db_reader *db, struct err *e);
bool feed_has_work(const struct feed *f);

void feed_move(struct feed *f, int rows); /* of the selection; negative = up */
void feed_page(struct feed *f, int pages);
void feed_home(struct feed *f);
void feed_end(struct feed *f);
/* Selects the row at this place of the screen, if there is one. */
void feed_select(struct feed *f, int place);

/* What is shown now: rows top … top+height-1; NULL past the end. */
const struct row *feed_row(const struct feed *f, int place);
int feed_selected_place(const struct feed *f); /* on the screen, -1 = nothing to select */
const struct row *feed_selected(const struct feed *f);
int feed_order(const struct feed *f);
const char *feed_order_name(const struct feed *f);
const char *feed_filter(const struct feed *f);
bool feed_is_loading(const struct feed *f); /* nothing to show yet */

/* Rows in all (-1 = not known yet), and how many match the filter (still counting: *done false). */
int64_t feed_total(const struct feed *f);
int64_t feed_matches(const struct feed *f, bool *done);

/* Collects the numbers of all rows that match the filter and have all of these flags, in slices of
 * feed_work(); feed_collected() gives them when they are all there (borrowed until the next call).
 */
void feed_collect(struct feed *f, unsigned flags);
bool feed_collected(const struct feed *f, const int64_t **numbers, size_t *count);

#endif
