/* Starting and cancelling syncs, and leaving with one running. */
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/api_state.h"
#include "db/job_store.h"
#include "tui/dash/actions.h"
#include "tui/dash/state.h"
#include "tui/who.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *start_why_not(const struct dash *d)
{
    return own_sync_why_not(d);
}

void do_start(struct dash *d)
{
    open_start_menu(d);
}

const char *cancel_why_not(const struct dash *d)
{
    return !dash_sync(d) ? "no sync is running" : d->read_only ? d->read_only_why : NULL;
}

/* Another process sees the mark in the database at its next look. */
static void cancel_other(struct dash *d, const char *id)
{
    struct err e = {0};
    char host[HOST_NAME_MAX + 1] = "";
    char user[64];
    char by[64];
    char found_id[37];
    bool found = false;
    struct db_writer *w = reload_writer(d);
    gethostname(host, sizeof host - 1);
    who_am_i(user, sizeof user);
    snprintf(by, sizeof by, "%.31s@%.31s", user, host);
    if (!w) {
        return;
    }
    if (!job_request_cancel(w, id, by, found_id, &found, &e)) {
        dash_complain(d, "%s", e.message);
    } else if (found) {
        dash_say(d, "asked to stop; it does so at its next page");
    } else {
        dash_say(d, "that sync has ended in the meantime");
    }
}

static void cancel(struct dash *d, void *data)
{
    const char *id = data;
    bool is_ours = d->own.engine && !strcmp(d->own.shown.id, id);
    dash_log_command(d, "ipsync cancel %s", id);
    if (is_ours) {
        own_sync_command(d, COMMAND_CANCEL);
        dash_say(d, "it stops at its next page; what was fetched is kept");
    } else {
        cancel_other(d, id);
    }
}

void do_cancel(struct dash *d)
{
    const struct sync_shown *s = dash_sync(d);
    char *id = strdup(s->id);
    ask_question(d, "Cancel", cancel, id,
                 "Cancel the running %s sync%s%s? It stops at its next page; what was fetched is "
                 "kept, and the next sync goes on from there.",
                 s->type, s->is_ours ? "" : " of ", s->is_ours ? "" : s->who);
}

/* ---- the circuit breaker ---- */

const char *breaker_why_not(const struct dash *d)
{
    bool is_free = d->health.breaker == BREAKER_CLOSED && !d->health.hold_until;
    return !d->health_known || is_free ? "the breaker is closed"
           : d->read_only              ? d->read_only_why
                                       : NULL;
}

void do_breaker(struct dash *d)
{
    struct err e = {0};
    char now[25];
    struct db_writer *w = reload_writer(d);
    civil_format_utc(clock_wall_ms(), now);
    dash_log_command(d, "ipsync breaker reset");
    if (w && !api_state_reset(w, d->config->api.base_url, now, &e)) {
        dash_complain(d, "%s", e.message);
    } else if (w) {
        dash_say(d, "the circuit breaker is closed; what waits goes on");
    }
}

/* ---- leaving ---- */

static void leave_after(struct dash *d, enum quit_choice choice, enum quit_state then)
{
    if (choice == QUIT_STAY) {
        return;
    }
    d->quit = then;
    if (!d->own.engine) {
        return; /* it has ended meanwhile */
    }
    if (choice == QUIT_STOP_SYNC) {
        own_sync_command(d, COMMAND_INTERRUPT);
        dash_say(d, "the sync stops at its next page; ctrl-c leaves at once");
    } else {
        own_sync_command(d, COMMAND_HAND_OVER);
        dash_say(d, "the sync goes on without a screen from its next page on");
    }
}

static void leave(struct dash *d, enum quit_choice choice)
{
    leave_after(d, choice, LEAVING);
}

static void leave_for_a_while(struct dash *d, enum quit_choice choice)
{
    leave_after(d, choice, SUSPENDING);
}

void do_quit(struct dash *d)
{
    if (!d->own.engine) {
        d->quit = LEAVING;
    } else if (d->quit == LEAVING) {
        d->is_forced = true; /* it was told to stop, and asked for again */
    } else {
        ask_quit(d, leave);
    }
}

void do_suspend(struct dash *d)
{
    if (d->own.engine) {
        ask_quit(d, leave_for_a_while);
    } else {
        d->quit = SUSPENDING;
    }
}
