#include "tui/sync_view.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/text.h"
#include "tui/print.h"
#include "tui/sync_json.h"

#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { BAR_CELLS = 16, PLAIN_MS = 10000, JSON_MS = 1000 };

void sync_view_begin(struct sync_view *v, bool json, bool quiet, const char *zone)
{
    const char *term = getenv("TERM");
    *v = (struct sync_view){.json = json, .quiet = quiet, .zone = zone, .told_phase = PHASE_COUNT};
    out_begin(&v->err, STDERR_FILENO);
    out_begin(&v->out, STDOUT_FILENO);
    v->live =
        !json && !quiet && isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

void sync_view_done(struct sync_view *v)
{
    out_done(&v->err);
    out_done(&v->out);
}

bool sync_view_is_waiting(const struct sync_view *v, struct pollfd fds[SYNC_VIEW_FDS])
{
    const struct out *outs[SYNC_VIEW_FDS] = {&v->err, &v->out};
    bool any = false;
    for (int i = 0; i < SYNC_VIEW_FDS; i++) {
        bool waits = out_is_waiting(outs[i]);
        fds[i] = (struct pollfd){.fd = waits ? outs[i]->fd : -1, .events = POLLOUT};
        any = any || waits;
    }
    return any;
}

void sync_view_flush(struct sync_view *v)
{
    out_flush(&v->err);
    out_flush(&v->out);
}

static void add_bar(struct buf *b, int percent)
{
    bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    int full = percent * BAR_CELLS / 100;
    for (int i = 0; i < BAR_CELLS; i++) {
        buf_adds(b, i < full ? (utf8 ? "█" : "#") : (utf8 ? "░" : "."));
    }
}

static void add_eta(struct buf *b, const struct progress *p)
{
    char words[32];
    if (p->wait_until) {
        int64_t s = (p->wait_until - clock_wall_ms() + 999) / 1000;
        print_duration(s > 0 ? s * 1000 : 0, words);
        buf_addf(b,
                 p->wait_reason == WAIT_BREAKER ? "  breaker open, %s to go"
                                                : "  waiting %s for the CRM",
                 words);
    } else if (p->eta_seconds >= 0) {
        print_duration(p->eta_seconds * 1000, words);
        buf_addf(b, "  ETA %s", words);
    }
}

static void add_progress(struct buf *b, const struct sync_view *v, const struct progress *p)
{
    char rows[32];
    char requests[32];
    print_count(p->rows, rows);
    print_count(p->requests, requests);
    buf_addf(b, "%-12s ", phase_name(p->phase));
    if (v->live) {
        add_bar(b, p->percent);
    }
    buf_addf(b, " %3d%%  %s rows  %s requests", p->percent, rows, requests);
    if (p->rate_left >= 0) {
        buf_addf(b, "  %d left", p->rate_left);
    }
    if (p->failed) {
        buf_addf(b, "  %lld failed", (long long)p->failed);
    }
    add_eta(b, p);
    if (p->in_hand[0]) {
        buf_adds(b, "  ");
        text_add_visible(b, p->in_hand);
    }
}

static int terminal_columns(void)
{
    struct winsize size;
    return !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col > 1 ? size.ws_col : 80;
}

static void draw_line(struct sync_view *v)
{
    struct buf line = {0};
    struct buf out = {0};
    add_progress(&line, v, &v->last);
    buf_adds(&out, "\r");
    text_add_fit(&out, line.data, terminal_columns() - 1, false);
    buf_adds(&out, "\033[K");
    v->line_is_open = out_try(&v->err, &out) || v->line_is_open;
    buf_done(&line);
    buf_done(&out);
}

static void clear_line(struct sync_view *v)
{
    if (v->line_is_open) {
        out_add(&v->err, &(struct buf){.data = (char[]){"\r\033[K"}, .len = 4});
        v->line_is_open = false;
    }
}

/* One whole line to standard error, above the moving one. */
static void say(struct sync_view *v, const char *text)
{
    struct buf b = {0};
    clear_line(v);
    text_add_visible(&b, text);
    buf_addc(&b, '\n');
    out_add(&v->err, &b);
    buf_done(&b);
    if (v->live && v->last.requests) {
        draw_line(v);
    }
}

static void say_progress(struct sync_view *v)
{
    int64_t now = clock_mono_ms();
    if (v->told_phase == v->last.phase && now - v->told_at < PLAIN_MS) {
        return;
    }
    struct buf b = {0};
    v->told_at = now;
    v->told_phase = v->last.phase;
    add_progress(&b, v, &v->last);
    buf_addc(&b, '\n');
    out_try(&v->err, &b);
    buf_done(&b);
}

/* A line of progress goes out now or never. */
static void tell_json(struct sync_view *v, const struct event *event)
{
    struct buf line = {0};
    int64_t now = clock_mono_ms();
    if (event->type != EVENT_PROGRESS) {
        sync_json_event(&line, event);
        out_add(&v->out, &line);
    } else if (now - v->told_at >= JSON_MS) {
        v->told_at = now;
        sync_json_event(&line, event);
        out_try(&v->out, &line);
    }
    buf_done(&line);
}

/* ---- events ---- */

static void say_started(struct sync_view *v, const struct event *event)
{
    char line[160];
    snprintf(line, sizeof line, "%s sync %s: %s to %s", event->started.sync_type,
             event->started.sync_id, event->started.from, event->started.to);
    say(v, line);
}

static void say_failed_item(struct sync_view *v, const struct event *event)
{
    char line[320];
    snprintf(line, sizeof line, "failed: %s %s: %s", event->failed_item.item_type,
             event->failed_item.item_id, event->failed_item.message);
    say(v, line);
}

static void say_event(struct sync_view *v, const struct event *event)
{
    switch (event->type) {
    case EVENT_STARTED:
        say_started(v, event);
        break;
    case EVENT_PROGRESS:
        v->last = event->progress;
        if (v->live) {
            draw_line(v);
        } else {
            say_progress(v);
        }
        break;
    case EVENT_FAILED_ITEM:
        say_failed_item(v, event);
        break;
    case EVENT_NOTE:
        say(v, event->note.text);
        break;
    default:
        break;
    }
}

void sync_view_event(struct sync_view *v, const struct event *event)
{
    if (event->type == EVENT_STARTED) {
        text_copy(v->sync_id, sizeof v->sync_id, event->started.sync_id);
    }
    if (v->json) {
        tell_json(v, event);
    } else if (!v->quiet) {
        say_event(v, event);
    }
}

/* ---- the end ---- */

static void add_counts(struct buf *b, const char *name, const struct stream_counts *c)
{
    const int64_t numbers[] = {c->fresh, c->updated, c->unchanged, c->removed, c->failed};
    buf_addf(b, "  %-13s", name);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        char text[32];
        print_count(numbers[i], text);
        buf_addf(b, "%12s", text);
    }
    buf_addc(b, '\n');
}

static void add_failed_items(struct buf *b, int64_t count)
{
    char text[32];
    print_count(count, text);
    buf_addf(b,
             "%s %s could not be read; `ipsync failed` lists %s, `ipsync retry` reads %s again\n",
             text, count == 1 ? "item" : "items", count == 1 ? "it" : "them",
             count == 1 ? "it" : "them");
}

static void add_changes(struct buf *b, int64_t count)
{
    char text[32];
    print_count(count, text);
    buf_addf(b, "%s %s changed upstream (table changes)\n", text,
             count == 1 ? "amount or reject" : "amounts or rejects");
}

static void add_summary(struct buf *b, const struct event *event)
{
    char duration[32];
    char requests[32];
    print_duration(event->finished.duration_ms, duration);
    print_count(event->finished.requests, requests);
    buf_addf(b, "Sync %s after %s: %s requests, %lld retries, %.1f MB\n",
             sync_status_name(event->finished.status), duration, requests,
             (long long)event->finished.retries, (double)event->finished.bytes / 1e6);
    buf_addf(b, "  %-13s%12s%12s%12s%12s%12s\n", "", "new", "updated", "unchanged", "removed",
             "failed");
    for (int i = 0; i < 3; i++) {
        add_counts(b, phase_name(i), &event->finished.counts[i]);
    }
    if (event->finished.changes) {
        add_changes(b, event->finished.changes);
    }
    if (event->finished.failed_items) {
        add_failed_items(b, event->finished.failed_items);
    }
}

/* On standard error, for a reader who hears of nothing else. */
static void add_what_is_wrong(struct buf *b, const struct sync_view *v, const struct event *event)
{
    if (event->finished.message[0]) {
        buf_adds(b, "ipsync: ");
        text_add_visible(b, event->finished.message);
        buf_addc(b, '\n');
    } else if (event->finished.status == SYNC_PARTIAL && v->quiet && !v->json) {
        buf_adds(b, "ipsync: ");
        if (event->finished.failed_items) {
            add_failed_items(b, event->finished.failed_items);
        } else {
            buf_adds(b, "not all could be read; `ipsync failed` lists what is missing\n");
        }
    }
}

void sync_view_end_line(struct sync_view *v)
{
    clear_line(v);
    v->live = false;
}

void sync_view_finished(struct sync_view *v, const struct event *event, const char *results)
{
    struct buf said = {0};
    struct buf wrong = {0};
    clear_line(v);
    v->live = false;
    if (v->json) {
        sync_json_finished(&said, event, v->sync_id, results);
    } else if (!v->quiet && v->sync_id[0]) {
        add_summary(&said, event);
    }
    out_add(&v->out, &said);
    add_what_is_wrong(&wrong, v, event);
    out_add(&v->err, &wrong);
    if (event->finished.status == SYNC_INTERRUPTED && !v->quiet) {
        say(v, "ipsync: interrupted; what was fetched is kept, the next run goes on from there");
    }
    buf_done(&said);
    buf_done(&wrong);
}

/* ---- the plan ---- */

static double minutes(int64_t requests, int limit)
{
    return limit > 0 ? (double)requests / limit : 0;
}

static void add_plan(struct buf *b, const struct event *event, int64_t least, int64_t most)
{
    int limit = event->plan.rate_limit;
    buf_addf(b, "Requests still to make  %10s%10s\n", "least", "most");
    for (int i = 0; i < PHASE_METRICS; i++) {
        buf_addf(b, "  %-22s%10lld%10lld\n", phase_name(i), (long long)event->plan.least[i],
                 (long long)event->plan.most[i]);
    }
    buf_addf(b, "  %-22s%10lld%10lld\n", "all", (long long)least, (long long)most);
    if (limit > 0) {
        buf_addf(b, "  %-22s%10.1f%10.1f   at %d a minute\n", "minutes", minutes(least, limit),
                 minutes(most, limit), limit);
    }
}

void sync_view_plan(struct sync_view *v, const struct event *event)
{
    struct buf b = {0};
    int64_t least = 0;
    int64_t most = 0;
    for (int i = 0; i < PHASE_METRICS; i++) {
        least += event->plan.least[i];
        most += event->plan.most[i];
    }
    if (v->json) {
        sync_json_plan(&b, event, least, most, minutes(most, event->plan.rate_limit));
    } else {
        add_plan(&b, event, least, most);
    }
    out_add(&v->out, &b);
    buf_done(&b);
}
