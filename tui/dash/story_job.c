/* Enter in the history: everything about one sync. */
#include "core/base/err.h"
#include "db/job_list.h"
#include "tui/dash/json_lines.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/story.h"
#include "tui/dash/words.h"
#include "tui/print.h"
#include "tui/screen/viewer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct job_story {
    struct dash *d;
    struct viewer *v; /* opened with the first thing to tell */
    bool has_phases;
    struct buf results, error; /* told after the phases */
};

static void keep(struct buf *b, const char *json)
{
    buf_adds(b, json ? json : "");
}

/* "ann on crm1, pid 1234 (schedule)" */
static void tell_who(struct viewer *v, const struct job_row *job)
{
    struct buf b = {0};
    bool has_user = job->user && *job->user;
    buf_adds(&b, has_user ? job->user : job->triggered_by ? job->triggered_by : "?");
    if (job->host && *job->host) {
        buf_addf(&b, " on %s", job->host);
    }
    if (job->pid) {
        buf_addf(&b, ", pid %" PRId64, job->pid);
    }
    if (has_user && job->triggered_by) {
        buf_addf(&b, " (%s)", job->triggered_by);
    }
    story_pair(v, "by", INK_TEXT, b.data);
    buf_done(&b);
}

static void tell_counts(struct viewer *v, const struct job_row *job)
{
    char words[5][32];
    const int64_t counts[] = {job->fresh, job->updated, job->unchanged, job->failed_items,
                              job->requests};
    struct buf b = {0};
    for (int i = 0; i < 5; i++) {
        print_count(counts[i], words[i]);
    }
    buf_addf(&b, "%s new, %s updated, %s unchanged", words[0], words[1], words[2]);
    if (job->has_counts) {
        story_pair(v, "rows", INK_TEXT, b.data);
        story_pair(v, "requests", INK_TEXT, words[4]);
        story_pair(v, "failed items", job->failed_items ? INK_BAD : INK_TEXT, words[3]);
    }
    buf_done(&b);
}

/* What it was asked to read. */
static void tell_settings(struct viewer *v, const char *json)
{
    static const char *const told[] = {"from",  "to",    "streams", "merchants",
                                       "fresh", "retry", NULL};
    struct buf words[6] = {{0}};
    for (int i = 0; i < 6; i++) {
        buf_adds(&words[i], "");
        json_member(json, told[i], &words[i]);
    }
    if (words[0].len && words[1].len) {
        buf_addf(&words[0], " to %s", words[1].data);
    }
    story_pair(v, "days", INK_TEXT, words[0].data);
    story_pair(v, "streams", INK_TEXT, words[2].data);
    story_pair(v, "merchants", INK_TEXT, strcmp(words[3].data, "none") ? words[3].data : "all");
    story_pair(v, "", INK_TEXT,
               strcmp(words[4].data, "true") ? "" : "from the start: no checkpoint");
    story_pair(v, "", INK_TEXT, strcmp(words[5].data, "true") ? "" : "a retry of failed items");
    story_json(v, "Other settings", json, told);
    for (int i = 0; i < 6; i++) {
        buf_done(&words[i]);
    }
}

static void tell_times(const struct job_story *s, const struct job_row *job)
{
    char took[32];
    if (!job->started_at || (job->created_at && strcmp(job->created_at, job->started_at) != 0)) {
        story_moment(s->v, s->d, "asked for", job->created_at);
    }
    story_moment(s->v, s->d, "started", job->started_at);
    story_moment(s->v, s->d, "ended", job->completed_at);
    if (job->duration_ms >= 0) {
        print_duration(job->duration_ms, took);
        story_pair(s->v, "took", INK_TEXT, took);
    }
}

static void tell_job(void *data, const struct job_row *job)
{
    struct job_story *s = data;
    struct buf class = {0};
    char title[64];
    snprintf(title, sizeof title, "%.12s sync, %.12s", job->sync_type, job->status);
    s->v = open_viewer(s->d, title);
    story_pair(s->v, "status", ink_of_status(job->status), job->status);
    story_pair(s->v, "error", INK_BAD, job->error_message);
    if (job->error && json_member(job->error, "class", &class) &&
        strcmp(class.data, job->status) != 0) {
        story_pair(s->v, "class", INK_TEXT, class.data);
    }
    story_pair(s->v, "id", INK_TEXT, job->id);
    tell_who(s->v, job);
    tell_times(s, job);
    tell_settings(s->v, job->settings ? job->settings : "{}");
    tell_counts(s->v, job);
    keep(&s->results, job->results);
    keep(&s->error, job->error);
    buf_done(&class);
}

static void tell_phase(void *data, const struct job_phase *phase)
{
    struct job_story *s = data;
    struct buf b = {0};
    if (!s->has_phases) {
        story_heading(s->v, "Phases");
    }
    s->has_phases = true;
    buf_addf(&b, "%3d %%", phase->percent);
    if (phase->message && *phase->message) {
        buf_addf(&b, "  %s", phase->message);
    }
    story_pair(s->v, phase->phase, INK_TEXT, b.data);
    buf_done(&b);
}

static void tell_json(const struct job_story *s)
{
    static const char *const in_error[] = {"class", "message", "failedItems", NULL};
    static const char *const in_results[] = {"requests", "durationMs", "failedItems", NULL};
    if (s->error.len) {
        story_json(s->v, "Error", s->error.data, in_error);
    }
    if (s->results.len) {
        story_json(s->v, "Results", s->results.data, in_results);
    }
}

void open_job(struct dash *d, const char *id)
{
    struct job_story s = {.d = d};
    struct err e = {0};
    bool found = false;
    bool ok = d->db && job_list_get(d->db, d->sync_runs, id, tell_job, tell_phase, &s, &found, &e);
    if (s.v) {
        tell_json(&s);
    } else if (!d->db) {
        dash_complain(d, "the database is not open");
    } else if (!ok) {
        dash_complain(d, "%s", e.message);
    } else {
        dash_complain(d, "this sync is no longer in the database");
    }
    buf_done(&s.results);
    buf_done(&s.error);
}
