/* Enter in the error log: everything about one failed item. A failed sync's is that of the job. */
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/error_list.h"
#include "tui/dash/json_lines.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/story.h"
#include "tui/dash/words.h"
#include "tui/screen/viewer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PAST_SHOWN = 10 };

struct error_story {
    struct dash *d;
    struct viewer *v; /* NULL until there is something to tell */
    char job[64];     /* the row is a sync's: its id */
    struct buf type, id;
    bool has_past;
};

/* What its state means to who must decide. */
static const char *const meanings[ERROR_STATE_COUNT] = {
    [ERROR_STATE_PENDING] = "pending: it is tried again when it is due",
    [ERROR_STATE_PERMANENT] = "permanent: it is not tried again unless you ask for it",
    [ERROR_STATE_HEALED] = "healed: a later try succeeded",
    [ERROR_STATE_COVERED] = "covered: a later sync read the whole of it",
    [ERROR_STATE_GIVEN_UP] = "given up by hand",
};

static void tell_advice(struct viewer *v, const struct error_row *row)
{
    static const struct style ink = {INK_KEY, 0};
    if (row->state == ERROR_STATE_PENDING || row->state == ERROR_STATE_PERMANENT) {
        viewer_add(v, ink,
                   "\nIn the list r reads it again (ipsync retry %" PRId64 "), d gives it up.",
                   row->id);
    } else {
        viewer_add(v, ink, "\nNothing is left to do.");
    }
}

/* Unless it is what was said already. */
static void tell_member(struct viewer *v, const char *label, const char *error, const char *key,
                        const char *said)
{
    struct buf b = {0};
    if (json_member(error, key, &b) && (!said || strcmp(said, b.data) != 0)) {
        story_pair(v, label, INK_TEXT, b.data);
    }
    buf_done(&b);
}

static void tell_what(struct viewer *v, const struct error_row *row)
{
    char words[64];
    const char *error = row->error ? row->error : "{}";
    story_pair(v, row->item_type, INK_TEXT, row->item_id);
    story_pair(v, "state", ink_of_status(error_state_names[row->state]), meanings[row->state]);
    story_pair(v, "message", INK_BAD, row->message);
    tell_member(v, "at first", error, "first", row->message);
    story_pair(v, "class", INK_TEXT, row->class);
    story_pair(v, "code", INK_TEXT, row->code);
    tell_member(v, "request", error, "request", NULL);
    if (row->http_status) {
        snprintf(words, sizeof words, "HTTP %" PRId64, row->http_status);
        story_pair(v, "answer", INK_TEXT, words);
    }
    if (row->range_from || row->range_to) {
        snprintf(words, sizeof words, "%.20s to %.20s", row->range_from ? row->range_from : "?",
                 row->range_to ? row->range_to : "?");
        story_pair(v, "days", INK_TEXT, words);
    }
}

static void tell_when(struct viewer *v, const struct dash *d, const struct error_row *row)
{
    char retried[48];
    char count[WORD_SIZE];
    struct buf at = {0};
    word_count(row->retry_count, count);
    snprintf(retried, sizeof retried, row->retry_count == 1 ? "once" : "%s times", count);
    story_moment(v, d, "first failed", row->created_at);
    if (row->error && json_member(row->error, "at", &at)) {
        story_moment(v, d, "last failed", at.data);
    }
    story_pair(v, "retried", INK_TEXT, row->retry_count ? retried : "not yet");
    story_moment(v, d, "last retry", row->last_retry_at);
    story_moment(v, d, "next try", row->next_retry_at);
    story_moment(v, d, "resolved", row->resolved_at);
    story_pair(v, "reason", INK_TEXT, row->reason);
    story_pair(v, "sync", INK_TEXT, row->sync_id);
    buf_done(&at);
}

/* ---- each try ---- */

struct tries {
    struct viewer *v;
    const struct dash *d;
    bool in_list;
    int count; /* tries begun */
    char at[WORD_SIZE], code[32];
};

/* "at" and "code" come before "message", as they were stored. */
static void tell_try(void *data, int depth, const char *key, const char *value)
{
    struct tries *t = data;
    if (depth == 0) {
        t->in_list = !strcmp(key, "tries");
    } else if (!t->in_list) {
        return;
    } else if (!strcmp(key, "at")) {
        word_time_of(value, t->d->config->schedule.timezone, t->d->now, t->at);
    } else if (!strcmp(key, "code")) {
        text_copy(t->code, sizeof t->code, value);
    } else if (!strcmp(key, "message")) {
        if (t->count++ == 0) {
            story_heading(t->v, "Each try");
        }
        viewer_add_pair(t->v, (struct style){INK_DIM, 0}, 14, t->at, (struct style){INK_TEXT, 0},
                        "%s: %s", t->code, value);
    }
}

static void tell_tries(const struct dash *d, struct viewer *v, const char *error)
{
    struct tries t = {.v = v, .d = d};
    json_lines(error, tell_try, &t);
}

/* What is told above is left out. The record as the CRM sent it is JSON within a text of the JSON.
 */
static void tell_rest(struct viewer *v, const char *error)
{
    static const char *const told[] = {"class", "code",  "message", "http_status", "request",
                                       "raw",   "first", "at",      "tries",       NULL};
    static const char *const nothing[] = {NULL};
    struct buf raw = {0};
    story_json(v, "Recorded besides", error, told);
    if (json_member(error, "raw", &raw) && raw.len) {
        story_json(v, "Record as received", raw.data, nothing);
    }
    buf_done(&raw);
}

static void tell_error(void *data, const struct error_row *row)
{
    struct error_story *s = data;
    char title[64];
    if (row->state == ERROR_STATE_JOB) {
        snprintf(s->job, sizeof s->job, "%s", row->item_id ? row->item_id : "");
        return;
    }
    snprintf(title, sizeof title, "%.20s %.40s", row->item_type, row->item_id);
    s->v = open_viewer(s->d, title);
    buf_adds(&s->type, row->item_type);
    buf_adds(&s->id, row->item_id);
    tell_what(s->v, row);
    tell_when(s->v, s->d, row);
    tell_advice(s->v, row);
    if (row->error) {
        tell_tries(s->d, s->v, row->error);
        tell_rest(s->v, row->error);
    }
}

static void tell_past(void *data, const struct error_row *row)
{
    struct error_story *s = data;
    struct buf b = {0};
    if (!s->has_past) {
        story_heading(s->v, "Earlier failures of the same");
    }
    s->has_past = true;
    story_moment(s->v, s->d, "failed", row->created_at);
    buf_addf(&b, "%s: %s", error_state_names[row->state], row->message ? row->message : "");
    story_pair(s->v, "", INK_DIM, b.data);
    story_pair(s->v, "", INK_DIM, row->reason);
    buf_done(&b);
}

void open_error(struct dash *d, int64_t id)
{
    struct error_story s = {.d = d};
    struct err e = {0};
    bool found = false;
    bool ok = d->db && error_list_get(d->db, id, tell_error, &s, &found, &e);
    if (s.job[0]) {
        open_job(d, s.job);
    } else if (s.v) {
        error_list_past(d->db, s.type.data, s.id.data, PAST_SHOWN, tell_past, &s, &e);
    } else if (!d->db) {
        dash_complain(d, "the database is not open");
    } else {
        dash_complain(d, "%s", ok ? "this is no longer in the database" : e.message);
    }
    buf_done(&s.type);
    buf_done(&s.id);
}
