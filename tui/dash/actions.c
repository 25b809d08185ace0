/* What the keys of analytics and schedule do, and those of all panes. */
#include "tui/dash/actions.h"

#include "core/base/text.h"
#include "core/config.h"
#include "db/db.h"
#include "db/schedule_store.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/screen/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- analytics ---- */

static void set_days(struct dash *d, int step)
{
    static const int steps[] = {7, 30, 90};
    int at = d->days == 7 ? 0 : d->days == 30 ? 1 : 2;
    at = at + step < 0 ? 0 : at + step > 2 ? 2 : at + step;
    d->days = steps[at];
    d->database_changed = true;
}

void do_shorter(struct dash *d)
{
    set_days(d, -1);
}

void do_longer(struct dash *d)
{
    set_days(d, 1);
}

/* ---- schedules ---- */

const char *toggle_why_not(const struct dash *d)
{
    int at = dash_selected_run(d);
    if (at < 0) {
        return "there is no schedule";
    }
    return d->read_only                                ? d->read_only_why
           : d->schedules[d->runs[at].schedule].id < 0 ? "it is kept from the first sync on"
                                                       : NULL;
}

const char *run_why_not(const struct dash *d)
{
    return dash_selected_run(d) < 0 ? "there is no schedule" : own_sync_why_not(d);
}

void do_toggle(struct dash *d)
{
    struct err e = {0};
    bool found = false;
    struct schedule_shown *s = &d->schedules[d->runs[dash_selected_run(d)].schedule];
    struct db_writer *w = reload_writer(d);
    if (!w) {
        return;
    }
    dash_log_command(d, "ipsync schedule %s %lld", s->is_active ? "disable" : "enable",
                     (long long)s->id);
    d->run_selected = s->id;
    bool ok = db_begin(w, &e) && schedule_set_active(w, s->id, !s->is_active, &found, &e) &&
              db_commit(w, &e);
    if (!ok) {
        db_rollback(w);
        dash_complain(d, "%s", e.message);
    } else {
        dash_say(d, found ? "turned %s" : "that schedule is gone", s->is_active ? "off" : "on");
    }
    d->database_changed = true;
}

static void run_now(struct dash *d, void *data)
{
    char line[32];
    snprintf(line, sizeof line, "sync %s", (const char *)data);
    run_command_line(d, line);
}

void do_run_now(struct dash *d)
{
    const struct schedule_shown *s = &d->schedules[d->runs[dash_selected_run(d)].schedule];
    ask_question(d, "Run now", run_now, strdup(s->type), "Run the %s sync of this schedule now?",
                 s->type);
}

/* ---- the rest ---- */

void do_freeze(struct dash *d)
{
    d->is_frozen = !d->is_frozen;
    if (!d->is_frozen) {
        d->held_back = 0;
        d->database_changed = true;
    }
}

void do_copy(struct dash *d)
{
    struct buf b = {0};
    const struct row *row = dash_selected_row(d);
    for (int i = 0; row && i < ROW_CELLS; i++) {
        const char *text = row_text(row, i);
        buf_adds(&b, b.len && *text ? "\t" : "");
        text_add_visible(&b, text); /* what is pasted must not act, either */
    }
    if (!row && dash_sync(d)) {
        buf_adds(&b, dash_sync(d)->id);
    }
    if (b.len && d->term && term_copy(d->term, b.data, b.len)) {
        dash_say(d, "copied, if the terminal takes it");
    } else {
        dash_complain(d, "there is nothing to copy here");
    }
    buf_done(&b);
}

void do_commands(struct dash *d)
{
    open_command_log(d);
}

void do_palette(struct dash *d)
{
    open_palette(d);
}

void do_help(struct dash *d)
{
    open_help(d);
}

void do_mouse(struct dash *d)
{
    d->mouse = !d->mouse;
    if (d->term) {
        term_set_mouse(d->term, d->mouse);
    }
    dash_say(d, d->mouse ? "the mouse is ours; hold Shift to select text"
                         : "the mouse is the terminal's");
}

void do_repaint(struct dash *d)
{
    if (d->term) {
        term_repaint(d->term);
    }
}
