/* The five panes: each is drawn from the dashboard's state alone, without I/O. Main thread. */
#ifndef TUI_DASH_PANES_H
#define TUI_DASH_PANES_H

#include "tui/screen/grid.h"

struct buf;
struct dash;

/* `inside` is the pane without its border; the cursor is put on the selected row if it has the
 * focus. */
void draw_active(const struct dash *d, struct area inside);
void draw_history(const struct dash *d, struct area inside);
void draw_errors(const struct dash *d, struct area inside);
void draw_analytics(const struct dash *d, struct area inside);
void draw_schedule(const struct dash *d, struct area inside);

/* What stands behind a pane's title: "3/1204 match \"502\"", "30 days", "newest first"; appended.
 */
void title_of_list(const struct dash *d, int pane, struct buf *out);

/* The sources of the two lists, for feed_new(): `self` is the dashboard. */
struct feed_source history_source(struct dash *d);
struct feed_source errors_source(struct dash *d);

/* Enter: the whole story of the selected row, in a viewer. */
void open_job(struct dash *d, const char *id);
void open_error(struct dash *d, int64_t id);

#endif
