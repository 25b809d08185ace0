/* The sync that this dashboard runs itself: started, listened to, ended, handed over. */
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/engine.h"
#include "tui/dash/state.h"
#include "tui/hand_over.h"
#include "tui/print.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EVENTS_AT_ONCE = 1024 };

const char *own_sync_why_not(const struct dash *d)
{
    if (d->read_only) {
        return d->read_only_why;
    }
    if (d->own.engine) {
        return "a sync is running here already; x cancels it";
    }
    return d->other_count ? "another sync is running; x asks it to stop" : NULL;
}

const struct sync_shown *dash_sync(const struct dash *d)
{
    return d->own.engine ? &d->own.shown : d->other_count ? &d->others[0] : NULL;
}

static char **copy_mids(const struct sync_request *r)
{
    char **mids = mem_alloc((r->mid_count + 1) * sizeof *mids);
    for (size_t i = 0; i < r->mid_count; i++) {
        mids[i] = mem_strdup(r->mids[i]);
    }
    return mids;
}

static int64_t *copy_ids(const struct sync_request *r)
{
    int64_t *ids = mem_alloc((r->retry_count + 1) * sizeof *ids);
    if (r->retry_count) {
        memcpy(ids, r->retry_ids, r->retry_count * sizeof *ids);
    }
    return ids;
}

static void free_request(struct own_sync *own)
{
    for (size_t i = 0; i < own->request.mid_count; i++) {
        free(own->mids[i]);
    }
    free(own->mids);
    free(own->retry_ids);
    *own = (struct own_sync){0};
}

static void show_start(struct dash *d)
{
    struct sync_shown *s = &d->own.shown;
    *s = (struct sync_shown){.is_ours = true, .pid = getpid(), .started_at = clock_wall_ms()};
    text_copy(s->type, sizeof s->type, d->own.request.sync_type);
    text_copy(s->status, sizeof s->status, "running");
    text_copy(s->who, sizeof s->who, d->own.request.user);
    gethostname(s->host, sizeof s->host - 1);
    s->progress.eta_seconds = s->progress.rate_left = -1;
    for (int i = 0; i < PHASE_COUNT; i++) {
        s->progress.phase_percent[i] = -1;
    }
    d->own.latest = s->progress;
}

void own_sync_start(struct dash *d, const struct sync_request *request)
{
    struct err e = {0};
    const char *why_not = own_sync_why_not(d);
    if (why_not) {
        dash_complain(d, "%s", why_not);
        return;
    }
    struct own_sync *own = &d->own;
    own->request = *request;
    own->mids = copy_mids(request);
    own->retry_ids = copy_ids(request);
    own->request.mids = (const char *const *)own->mids;
    own->request.retry_ids = own->retry_ids;
    own->engine = engine_start(d->config, &own->request, NULL, NULL, &e);
    if (!own->engine) {
        free_request(own);
        d->database_changed = true; /* it may be another's sync that keeps us from it */
        dash_complain(d, "%s", e.kind == ERR_BUSY ? "another sync is running" : e.message);
        return;
    }
    show_start(d);
    dash_say(d, "%s sync started", request->is_retry ? "retry" : request->sync_type);
}

void own_sync_command(struct dash *d, enum command_type type)
{
    if (!d->own.engine) {
        return;
    }
    if (!engine_command(d->own.engine, type)) {
        dash_complain(d, "the engine has not yet taken earlier commands; press it again");
        return;
    }
    d->own.is_stopping = true;
    d->own.shown.is_cancelled = true;
}

/* ---- what the engine tells ---- */

static void say_end(struct dash *d, const struct event *event)
{
    char rows[32];
    char took[32];
    const char *type = d->own.shown.type;
    const char *word = sync_status_name(event->finished.status);
    int64_t count = 0;
    for (int i = 0; i < 3; i++) {
        const struct stream_counts *c = &event->finished.counts[i];
        count += c->fresh + c->updated + c->unchanged;
    }
    print_count(count, rows);
    print_duration(event->finished.duration_ms, took);
    if (event->finished.status == SYNC_COMPLETED) {
        dash_say(d, "%s sync completed: %s rows in %s", type, rows, took);
    } else if (event->finished.status == SYNC_PARTIAL) {
        dash_complain(d, "%s sync partial: %s rows in %s, %" PRId64 " failed; 3 shows them", type,
                      rows, took, event->finished.failed_items);
    } else {
        dash_complain(d, "%s sync %s%s%s", type, word, event->finished.message[0] ? ": " : "",
                      event->finished.message);
    }
}

static void go_on_elsewhere(struct dash *d)
{
    struct err e = {0};
    pid_t pid = 0;
    if (!hand_over(d->cli, d->own.engine, d->own.shown.id, d->own.shown.type, NULL, &pid, &e)) {
        snprintf(d->farewell, sizeof d->farewell,
                 "ipsync: the sync could not go on by itself: %s\n", e.message);
        d->exit_code = 3;
    } else if (pid) {
        snprintf(d->farewell, sizeof d->farewell,
                 "ipsync: the %s sync goes on without a screen (pid %d); `ipsync status` tells of "
                 "it, `ipsync` shows it\n",
                 d->own.shown.type, (int)pid);
    }
}

static void finish(struct dash *d, const struct event *event)
{
    if (event->finished.status == SYNC_HANDED_OVER) {
        go_on_elsewhere(d);
    } else {
        say_end(d, event);
        bool is_cut = event->finished.status == SYNC_INTERRUPTED && d->stop_signal == SIGINT;
        d->exit_code = is_cut ? 130 : d->exit_code;
    }
    engine_join(d->own.engine);
    free_request(&d->own);
    d->database_changed = true;
    quit_question_is_moot(d);
}

static void take(struct dash *d, const struct event *event)
{
    struct sync_shown *s = &d->own.shown;
    switch (event->type) {
    case EVENT_STARTED:
        text_copy(s->id, sizeof s->id, event->started.sync_id);
        break;
    case EVENT_PROGRESS:
        if (event->progress.dropped > d->own.latest.dropped) {
            d->database_changed = true; /* what was lost is there */
        }
        d->own.latest = event->progress;
        break;
    case EVENT_NOTE:
        text_copy(s->note, sizeof s->note, event->note.text);
        break;
    case EVENT_FINISHED:
        finish(d, event);
        break;
    default:
        break;
    }
}

bool own_sync_events(struct dash *d)
{
    struct event event;
    int taken = 0;
    while (d->own.engine && taken < EVENTS_AT_ONCE && engine_next_event(d->own.engine, &event)) {
        take(d, &event);
        taken++;
    }
    if (d->is_frozen) {
        d->held_back += taken;
    } else {
        d->own.shown.progress = d->own.latest;
    }
    return taken > 0;
}
