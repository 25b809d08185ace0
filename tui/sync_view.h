/* What a foreground sync says while it runs. It never waits for its reader: progress that cannot be
 * told now is dropped, other lines are kept until they can. Main thread. */
#ifndef TUI_SYNC_VIEW_H
#define TUI_SYNC_VIEW_H

#include "core/messages.h"
#include "tui/screen/out.h"

#include <poll.h>
#include <stdbool.h>

enum { SYNC_VIEW_FDS = 2 };

struct sync_view {
    bool json, quiet;
    bool live; /* standard error is a terminal that can redraw a line */
    const char *zone;
    char sync_id[37];
    struct progress last;
    int64_t told_at; /* monotonic ms of the last plain line or JSON progress */
    enum sync_phase told_phase;
    bool line_is_open;
    struct out err, out;
};

void sync_view_begin(struct sync_view *v, bool json, bool quiet, const char *zone);
void sync_view_done(struct sync_view *v); /* what still waits is dropped */
/* Everything but EVENT_FINISHED. */
void sync_view_event(struct sync_view *v, const struct event *event);
/* The closing summary; `results` is the job's JSON or NULL. */
void sync_view_finished(struct sync_view *v, const struct event *event, const char *results);
/* The moving line is taken away, for others to write. */
void sync_view_end_line(struct sync_view *v);
/* `minutes` as told by --plan; event is EVENT_PLAN. */
void sync_view_plan(struct sync_view *v, const struct event *event);

/* Whether something waits for its reader; fills what to poll(2) for. Then sync_view_flush(). */
bool sync_view_is_waiting(const struct sync_view *v, struct pollfd fds[SYNC_VIEW_FDS]);
void sync_view_flush(struct sync_view *v);

#endif
