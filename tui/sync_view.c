#include "tui/sync_view.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "tui/print.h"

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
    v->live = !json && !quiet && isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static void write_all(int fd, const struct buf *b)
{
    size_t done = 0;
    while (done < b->len) {
        ssize_t n = write(fd, b->data + done, b->len - done);
        if (n <= 0) {
            return; /* nobody listens any more; the sync goes on */
        }
        done += (size_t)n;
    }
}

static void add_bar(struct buf *b, int percent)
{
    bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
    int full = percent * BAR_CELLS / 100;
    for (int i = 0; i < BAR_CELLS; i++) {
        buf_adds(b, i < full ? (utf8 ? "█" : "#") : (utf8 ? "░" : "."));
    }
}

static void add_eta(struct buf *b, const struct sync_view *v, const struct progress *p)
{
    char words[32];
    if (p->wait_until) {
        char utc[25];
        char local[32];
        int64_t s = (p->wait_until - clock_wall_ms() + 999) / 1000;
        (void)utc;
        (void)local;
        print_duration(s > 0 ? s * 1000 : 0, words);
        buf_addf(b, "  waiting %s for the CRM", words);
    } else if (p->eta_seconds >= 0) {
        print_duration(p->eta_seconds * 1000, words);
        buf_addf(b, "  ETA %s", words);
    }
    (void)v;
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
    add_eta(b, v, p);
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
    write_all(STDERR_FILENO, &out);
    v->line_is_open = true;
    buf_done(&line);
    buf_done(&out);
}

static void clear_line(struct sync_view *v)
{
    if (v->line_is_open) {
        write_all(STDERR_FILENO, &(struct buf){.data = (char[]){"\r\033[K"}, .len = 4});
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
    write_all(STDERR_FILENO, &b);
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
    say(v, b.data);
    buf_done(&b);
}

/* ---- JSON lines ---- */

static void json_started(struct json_writer *j, const struct event *e)
{
    json_kv_string(j, "event", "started");
    json_kv_string(j, "syncId", e->started.sync_id);
    json_kv_string(j, "syncType", e->started.sync_type);
    json_kv_string(j, "from", e->started.from);
    json_kv_string(j, "to", e->started.to);
}

static void json_progress(struct json_writer *j, const struct progress *p)
{
    json_kv_string(j, "event", "progress");
    json_kv_string(j, "phase", phase_name(p->phase));
    json_kv_int(j, "progress", p->percent);
    json_kv_int(j, "overall", p->overall);
    json_kv_int(j, "requests", p->requests);
    json_kv_int(j, "least", p->least);
    json_kv_int(j, "most", p->most);
    json_kv_int(j, "rows", p->rows);
    json_kv_int(j, "failed", p->failed);
    json_kv_int(j, "retries", p->retries);
    json_kv_int(j, "rateLeft", p->rate_left);
    json_kv_int(j, "rateLimit", p->rate_limit);
    json_key(j, "etaSeconds");
    if (p->eta_seconds >= 0) {
        json_int(j, p->eta_seconds);
    } else {
        json_null(j);
    }
    json_kv_string(j, "inHand", p->in_hand);
}

static void json_failed_item(struct json_writer *j, const struct event *e)
{
    json_kv_string(j, "event", "failed_item");
    json_kv_string(j, "itemType", e->failed_item.item_type);
    json_kv_string(j, "itemId", e->failed_item.item_id);
    json_kv_string(j, "class", e->failed_item.class);
    json_kv_string(j, "code", e->failed_item.code);
    json_kv_string(j, "message", e->failed_item.message);
}

static void print_json(struct buf *b)
{
    buf_addc(b, '\n');
    write_all(STDOUT_FILENO, b);
    buf_done(b);
}

static void json_event(struct sync_view *v, const struct event *event)
{
    struct buf b = {0};
    struct json_writer j;
    int64_t now = clock_mono_ms();
    if (event->type == EVENT_NOTE || event->type == EVENT_PLAN ||
        (event->type == EVENT_PROGRESS && now - v->told_at < JSON_MS)) {
        return;
    }
    json_begin(&j, &b);
    json_object(&j);
    if (event->type == EVENT_STARTED) {
        json_started(&j, event);
    } else if (event->type == EVENT_PROGRESS) {
        v->told_at = now;
        json_progress(&j, &event->progress);
    } else {
        json_failed_item(&j, event);
    }
    json_end_object(&j);
    print_json(&b);
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
        json_event(v, event);
    } else if (!v->quiet) {
        say_event(v, event);
    }
}

/* ---- the end ---- */

static void print_json_end(struct sync_view *v, const struct event *event, const char *results)
{
    struct buf b = {0};
    struct json_writer j;
    json_begin(&j, &b);
    json_object(&j);
    json_kv_string(&j, "event", "finished");
    json_kv_string(&j, "status", sync_status_name(event->finished.status));
    json_kv_string(&j, "syncId", v->sync_id[0] ? v->sync_id : NULL);
    json_key(&j, "results");
    json_raw(&j, results);
    if (event->finished.message[0]) {
        json_kv_string(&j, "message", event->finished.message);
    }
    json_end_object(&j);
    print_json(&b);
}

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

static void print_summary(const struct event *event)
{
    struct buf b = {0};
    char duration[32];
    char requests[32];
    print_duration(event->finished.duration_ms, duration);
    print_count(event->finished.requests, requests);
    buf_addf(&b, "Sync %s after %s: %s requests, %lld retries, %.1f MB\n",
             sync_status_name(event->finished.status), duration, requests,
             (long long)event->finished.retries, (double)event->finished.bytes / 1e6);
    buf_addf(&b, "  %-13s%12s%12s%12s%12s%12s\n", "", "new", "updated", "unchanged", "removed",
             "failed");
    for (int i = 0; i < 3; i++) {
        add_counts(&b, phase_name(i), &event->finished.counts[i]);
    }
    if (event->finished.failed_items) {
        buf_addf(&b, "%lld items could not be read; `ipsync failed` lists them, `ipsync retry` reads "
                     "them again\n",
                 (long long)event->finished.failed_items);
    }
    write_all(STDOUT_FILENO, &b);
    buf_done(&b);
}

void sync_view_finished(struct sync_view *v, const struct event *event, const char *results)
{
    struct buf b = {0};
    clear_line(v);
    v->live = false;
    if (v->json) {
        print_json_end(v, event, results);
    } else if (!v->quiet && v->sync_id[0]) {
        print_summary(event);
    }
    if (event->finished.message[0]) {
        buf_adds(&b, "ipsync: ");
        text_add_visible(&b, event->finished.message);
        buf_addc(&b, '\n');
        write_all(STDERR_FILENO, &b);
    }
    if (event->finished.status == SYNC_INTERRUPTED && !v->quiet) {
        say(v, "ipsync: interrupted; what was fetched is kept, the next run goes on from there");
    }
    buf_done(&b);
}

/* ---- the plan ---- */

static double minutes(int64_t requests, int limit)
{
    return limit > 0 ? (double)requests / limit : 0;
}

static void print_plan_json(const struct event *event, int64_t least, int64_t most)
{
    struct buf b = {0};
    struct json_writer j;
    json_begin(&j, &b);
    json_object(&j);
    json_kv_string(&j, "event", "plan");
    json_kv_int(&j, "least", least);
    json_kv_int(&j, "most", most);
    json_key(&j, "byStream");
    json_object(&j);
    for (int i = 0; i < PHASE_METRICS; i++) {
        json_key(&j, phase_name(i));
        json_object(&j);
        json_kv_int(&j, "least", event->plan.least[i]);
        json_kv_int(&j, "most", event->plan.most[i]);
        json_end_object(&j);
    }
    json_end_object(&j);
    json_key(&j, "minutes");
    json_decimal(&j, minutes(most, event->plan.rate_limit), 1);
    json_end_object(&j);
    print_json(&b);
}

void sync_view_plan(const struct sync_view *v, const struct event *event)
{
    struct buf b = {0};
    int64_t least = 0;
    int64_t most = 0;
    for (int i = 0; i < PHASE_METRICS; i++) {
        least += event->plan.least[i];
        most += event->plan.most[i];
    }
    if (v->json) {
        print_plan_json(event, least, most);
        return;
    }
    buf_addf(&b, "Requests still to make  %10s%10s\n", "least", "most");
    for (int i = 0; i < PHASE_METRICS; i++) {
        buf_addf(&b, "  %-22s%10lld%10lld\n", phase_name(i), (long long)event->plan.least[i],
                 (long long)event->plan.most[i]);
    }
    buf_addf(&b, "  %-22s%10lld%10lld\n", "all", (long long)least, (long long)most);
    if (event->plan.rate_limit > 0) {
        buf_addf(&b, "  %-22s%10.1f%10.1f   at %d a minute\n", "minutes",
                 minutes(least, event->plan.rate_limit), minutes(most, event->plan.rate_limit),
                 event->plan.rate_limit);
    }
    write_all(STDOUT_FILENO, &b);
    buf_done(&b);
}
