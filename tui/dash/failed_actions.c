/* What the keys of the error log do: marking, retrying, giving up. What a question names is what is
 * acted on: the numbers are taken down when it is asked. */
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/db.h"
#include "db/failed_store.h"
#include "tui/dash/actions.h"
#include "tui/dash/line.h"
#include "tui/dash/state.h"
#include "tui/who.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IDS_IN_A_COMMAND = 1000, COMMANDS_LOGGED = 10 };

/* The items that a question names. */
struct ids {
    char reason[256]; /* why they are given up */
    size_t count;
    int64_t id[];
};

static struct ids *ids_new(const int64_t *id, size_t count)
{
    struct ids *ids = mem_alloc(sizeof *ids + count * sizeof *id);
    ids->count = count;
    if (count) {
        memcpy(ids->id, id, count * sizeof *id);
    }
    return ids;
}

static const struct row *selected(const struct dash *d)
{
    const struct feed *f = d->lists[LIST_ERRORS].feed;
    return f ? feed_selected(f) : NULL;
}

static bool is_open(const struct row *row)
{
    return row && row->flags & ROW_IS_OPEN;
}

/* ---- marks ---- */

static int by_number(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a;
    int64_t y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

bool dash_is_marked(const struct dash *d, int64_t number)
{
    return d->mark_count &&
           bsearch(&number, d->marks, d->mark_count, sizeof *d->marks, by_number) != NULL;
}

static void set_marks(struct dash *d, const int64_t *numbers, size_t count)
{
    if (count > d->mark_size) {
        d->marks = mem_realloc(d->marks, count * sizeof *d->marks);
        d->mark_size = count;
    }
    if (count) {
        memmove(d->marks, numbers, count * sizeof *d->marks);
        qsort(d->marks, count, sizeof *d->marks, by_number);
    }
    d->mark_count = count;
}

static void toggle_mark(struct dash *d, int64_t number)
{
    for (size_t i = 0; i < d->mark_count; i++) {
        if (d->marks[i] == number) {
            d->mark_count--;
            memmove(d->marks + i, d->marks + i + 1, (d->mark_count - i) * sizeof *d->marks);
            return;
        }
    }
    if (d->mark_count == d->mark_size) {
        d->mark_size = d->mark_size ? d->mark_size * 2 : 64;
        d->marks = mem_realloc(d->marks, d->mark_size * sizeof *d->marks);
    }
    d->marks[d->mark_count++] = number;
    qsort(d->marks, d->mark_count, sizeof *d->marks, by_number);
}

const char *mark_why_not(const struct dash *d)
{
    const struct row *row = selected(d);
    return !row                      ? "there is no row"
           : row->flags & ROW_IS_JOB ? "the error of a whole sync is not retried; start a sync"
           : !is_open(row)           ? "it is resolved already"
                                     : NULL;
}

void do_mark(struct dash *d)
{
    toggle_mark(d, selected(d)->number);
    feed_move(d->lists[LIST_ERRORS].feed, 1);
}

static void collect(struct dash *d, enum collect_for what_for)
{
    d->collect_for = what_for;
    feed_collect(d->lists[LIST_ERRORS].feed, ROW_IS_OPEN);
}

void do_mark_all(struct dash *d)
{
    if (d->mark_count) {
        d->mark_count = 0;
        dash_say(d, "no item is marked any more");
    } else {
        collect(d, COLLECT_MARKS);
    }
}

void do_resolved(struct dash *d)
{
    d->with_resolved = !d->with_resolved;
    dash_say(d, d->with_resolved ? "all items" : "open items");
    feed_set_order(d->lists[LIST_ERRORS].feed, feed_order(d->lists[LIST_ERRORS].feed));
    feed_refresh(d->lists[LIST_ERRORS].feed);
}

/* ---- acting on marked items, or on the one under the cursor ---- */

static struct ids *chosen(const struct dash *d)
{
    return d->mark_count ? ids_new(d->marks, d->mark_count) : ids_new(&selected(d)->number, 1);
}

static const char *change_why_not(const struct dash *d)
{
    return d->mark_count ? NULL : mark_why_not(d);
}

const char *retry_why_not(const struct dash *d)
{
    const char *why_not = change_why_not(d);
    return why_not ? why_not : own_sync_why_not(d);
}

const char *give_up_why_not(const struct dash *d)
{
    return d->read_only ? d->read_only_why : change_why_not(d);
}

/* "ipsync retry 4 7", in as many commands as a command line takes numbers. */
static void log_command(struct dash *d, const char *command, const struct ids *ids)
{
    size_t most = (size_t)IDS_IN_A_COMMAND * COMMANDS_LOGGED;
    for (size_t from = 0; from < ids->count && from < most; from += IDS_IN_A_COMMAND) {
        struct buf b = {0};
        for (size_t i = from; i < ids->count && i < from + IDS_IN_A_COMMAND; i++) {
            buf_addf(&b, " %" PRId64, ids->id[i]);
        }
        if (ids->reason[0]) {
            buf_adds(&b, " --reason ");
            line_add_word(&b, ids->reason);
        }
        dash_log_command(d, "ipsync %s%s", command, b.data);
        buf_done(&b);
    }
    if (ids->count > most) {
        dash_log_command(d, "# and %zu more", ids->count - most);
    }
}

static void retry(struct dash *d, void *data)
{
    const struct ids *ids = data;
    struct sync_request r = {.sync_type = "manual",
                             .triggered_by = "manual",
                             .streams = STREAM_ALL,
                             .is_retry = true,
                             .retry_ids = ids->id,
                             .retry_count = ids->count};
    who_am_i(r.user, sizeof r.user);
    text_copy(r.from, sizeof r.from, d->config->sync.history_start);
    civil_format(zone_date(d->config->schedule.timezone, clock_wall_ms()), r.to);
    log_command(d, "retry", ids);
    own_sync_start(d, &r);
    d->mark_count = 0;
}

/* "37 of 1204 failed items (filter \"502\")" */
static void add_scope(const struct dash *d, size_t count, struct buf *b)
{
    const struct feed *f = d->lists[LIST_ERRORS].feed;
    buf_addf(b, "%zu of %" PRId64 " failed item%s", count, feed_total(f),
             feed_total(f) == 1 ? "" : "s");
    if (feed_filter(f)[0]) {
        buf_addf(b, " (filter \"%s\")", feed_filter(f));
    }
}

static void ask_retry(struct dash *d, struct ids *ids, const char *which)
{
    struct buf scope = {0};
    add_scope(d, ids->count, &scope);
    int64_t only = ids->count == 1 ? ids->id[0] : 0;
    ask_question(d, "Retry", retry, ids, "Retry %s: %s?", scope.data, which)->watched = only;
    buf_done(&scope);
}

void do_retry(struct dash *d)
{
    char which[160] = "those that are marked";
    if (!d->mark_count) {
        const struct row *row = selected(d);
        snprintf(which, sizeof which, "number %" PRId64, row->number);
    }
    ask_retry(d, chosen(d), which);
}

void do_retry_all(struct dash *d)
{
    collect(d, COLLECT_RETRY);
}

void dash_collected(struct dash *d)
{
    const int64_t *numbers = NULL;
    size_t count = 0;
    if (d->collect_for == COLLECT_NOTHING ||
        !feed_collected(d->lists[LIST_ERRORS].feed, &numbers, &count)) {
        return;
    }
    bool is_retry = d->collect_for == COLLECT_RETRY;
    d->collect_for = COLLECT_NOTHING;
    if (!count) {
        dash_say(d, "no open item is shown");
    } else if (is_retry) {
        ask_retry(d, ids_new(numbers, count), "all that are shown");
    } else {
        set_marks(d, numbers, count);
        dash_say(d, "%zu marked; * takes the marks away", count);
    }
}

/* ---- giving up ---- */

static bool give_up_all(struct db_writer *w, const struct ids *ids, size_t *done, struct err *e)
{
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    bool ok = db_begin(w, e);
    for (size_t i = 0; ok && i < ids->count; i++) {
        bool found = false;
        ok = failed_give_up(w, ids->id[i], ids->reason, now, &found, e);
        *done += found;
    }
    ok = ok && db_commit(w, e);
    if (!ok) {
        db_rollback(w);
    }
    return ok;
}

static void give_up(struct dash *d, void *data)
{
    const struct ids *ids = data;
    struct err e = {0};
    size_t done = 0;
    struct db_writer *w = reload_writer(d);
    log_command(d, "resolve", ids);
    if (w && !give_up_all(w, ids, &done, &e)) {
        dash_complain(d, "nothing was given up: %s", e.message);
    } else if (w) {
        dash_say(d, "%zu given up", done);
        d->mark_count = 0;
    }
    d->database_changed = true;
}

static void ask_give_up(struct dash *d, const char *reason, void *data)
{
    const struct ids *those = data;
    struct ids *ids = ids_new(those->id, those->count);
    struct buf scope = {0};
    text_copy(ids->reason, sizeof ids->reason, reason);
    add_scope(d, ids->count, &scope);
    ask_question(d, "Give up", give_up, ids, "Give up %s, because: %s?", scope.data, reason)
        ->watched = ids->count == 1 ? ids->id[0] : 0;
    buf_done(&scope);
}

void do_give_up(struct dash *d)
{
    struct buf label = {0};
    struct ids *ids = chosen(d);
    int64_t only = ids->count == 1 ? ids->id[0] : 0;
    buf_adds(&label, "Why are they given up: ");
    add_scope(d, ids->count, &label);
    ask_text(d, "Give up", label.data, ask_give_up, ids)->watched = only;
    buf_done(&label);
}
