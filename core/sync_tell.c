/* What the engine's thread tells the main thread. It never waits for it: an event that meets a full
 * ring is dropped and counted, but what comes once in a sync finds its slot kept free. */
#include "core/sync_state.h"

#include "core/base/json_write.h"
#include "core/base/ring.h"
#include "core/base/text.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Started, plan, the last progress and finished come once each. */
enum { COME_ONCE = 4 };

void sync_push(struct sync *s, const struct event *event)
{
    bool may_be_lost = event->type == EVENT_PROGRESS || event->type == EVENT_FAILED_ITEM ||
                       event->type == EVENT_NOTE;
    bool comes_once = !may_be_lost || (event->type == EVENT_PROGRESS && s->is_ending);
    bool pushed = ring_push_sparing(s->events, event, comes_once ? 0 : COME_ONCE);
    assert(pushed || !comes_once);
    /* A progress is followed by the next, which tells everything again. */
    s->dropped += !pushed && event->type != EVENT_PROGRESS;
}

static void note(struct sync *s, const char *format, va_list args)
{
    struct event event = {.type = EVENT_NOTE};
    vsnprintf(event.note.text, sizeof event.note.text, format, args);
    sync_push(s, &event);
}

void sync_note(struct sync *s, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    note(s, format, args);
    va_end(args);
}

void sync_warn(struct sync *s, const char *format, ...)
{
    char text[240];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    sync_keep_warning(s, text);
    sync_note(s, "warning: %s", text);
}

void sync_keep_warning(struct sync *s, const char *text)
{
    struct json_writer j;
    json_begin(&j, &s->warnings);
    j.need_comma = s->warnings.len > 0;
    json_string(&j, text);
}

void sync_planned(struct sync *s)
{
    s->planned = true;
    struct event event = {.type = EVENT_PLAN};
    memcpy(event.plan.least, s->plan.least, sizeof event.plan.least);
    memcpy(event.plan.most, s->plan.most, sizeof event.plan.most);
    event.plan.rate_limit = s->pace.limit;
    sync_push(s, &event);
}

void sync_tell_started(struct sync *s)
{
    struct event event = {.type = EVENT_STARTED};
    text_copy(event.started.sync_id, sizeof event.started.sync_id, s->id);
    text_copy(event.started.sync_type, sizeof event.started.sync_type, s->request->sync_type);
    text_copy(event.started.from, sizeof event.started.from, s->request->from);
    text_copy(event.started.to, sizeof event.started.to, s->request->to);
    sync_push(s, &event);
}
