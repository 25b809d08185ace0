/* A feed drawn as a table: what the two list panes share. Main thread. */
#ifndef TUI_DASH_PANE_LIST_H
#define TUI_DASH_PANE_LIST_H

#include "tui/dash/keymap.h"
#include "tui/screen/table.h"

struct dash;
struct row;

struct list_view {
    enum pane_id pane;
    const struct table_column *columns; /* in the order of the rows' cells */
    int count;
    /* Puts what only the screen knows (marks) over the cells of a row; NULL = nothing. */
    void (*dress)(const struct dash *d, const struct row *row, struct table_cell *cells);
    const char *empty;      /* when there is nothing at all */
    const char *empty_more; /* what to do then; "" */
    enum ink empty_ink;
};

void list_draw(const struct dash *d, struct area a, const struct list_view *view);

/* Says why there is nothing to show from the database (missing, trouble, not read yet); false when
 * it is open and is_read: then the pane has something to say. */
bool draw_why_empty(const struct dash *d, struct area a, bool is_read);
/* One line of words, dim; for hints below what matters. */
void draw_hint(struct area a, int row, const char *words);

#endif
