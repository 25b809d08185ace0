/* What a foreground sync says while it runs. Main thread. */
#ifndef TUI_SYNC_VIEW_H
#define TUI_SYNC_VIEW_H

#include "core/messages.h"

#include <stdbool.h>

struct sync_view {
    bool json, quiet;
    bool live;            /* standard error is a terminal that can redraw a line */
    const char *zone;
    char sync_id[37];
    struct progress last;
    int64_t told_at;      /* monotonic ms of the last plain line or JSON progress */
    enum sync_phase told_phase;
    bool line_is_open;
};

void sync_view_begin(struct sync_view *v, bool json, bool quiet, const char *zone);
/* Everything but EVENT_FINISHED. */
void sync_view_event(struct sync_view *v, const struct event *event);
/* The closing summary; `results` is the job's JSON or NULL. */
void sync_view_finished(struct sync_view *v, const struct event *event, const char *results);
/* `minutes` as told by --plan; event is EVENT_PLAN. */
void sync_view_plan(const struct sync_view *v, const struct event *event);

#endif
