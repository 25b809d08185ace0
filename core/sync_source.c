/* Which walks a sync makes, in which order:
 *
 *   merchants, then (when all of them are in) the months' report summaries, then (plan known) the
 *   transactions of each merchant that may have some, in the order of merchant numbers, so that
 *   rows land clustered; then the rows of each report and the months' line items.
 *
 * A retry has its own short list instead. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/walk_make.h"
#include "db/failed_store.h"
#include "db/merchant_store.h"
#include "db/residual_store.h"
#include "db/seen.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum stage { STAGE_MERCHANTS, STAGE_REPORTS, STAGE_PLAN, STAGE_TRANSACTIONS, STAGE_ROWS };
enum { SPANS_AT_ONCE = 64 };

struct source {
    enum stage stage;
    size_t next_mid;       /* of the request's own */
    int month, last_month; /* civil_month_index; the one to do next */
    int first_month;
    char after[MID_SIZE];
    struct merchant_span spans[SPANS_AT_ONCE];
    int span_count, span_next;
    bool spans_end;
    struct walk *queue, **queue_end; /* rows of reports, and whatever must be read again */
    bool needs_list;
    bool due_queued; /* failed items that are due */
};

static bool wants(const struct sync *s, enum stream stream)
{
    return (s->request->streams & stream) != 0;
}

static void enqueue(struct source *q, struct walk *w)
{
    w->next = NULL;
    *q->queue_end = w;
    q->queue_end = &w->next;
}

static struct walk *dequeue(struct source *q)
{
    struct walk *w = q->queue;
    if (w) {
        q->queue = w->next;
        q->queue_end = q->queue ? q->queue_end : &q->queue;
        w->next = NULL;
    }
    return w;
}

static struct walk *find_queued(struct source *q, const char *name)
{
    struct walk *w = q->queue;
    while (w && strcmp(w->name, name) != 0) {
        w = w->next;
    }
    return w;
}

void sync_queue(struct sync *s, struct walk *w)
{
    enqueue(s->source, w);
}

bool sync_source_is_planned(const struct sync *s)
{
    return s->source->stage > STAGE_PLAN;
}

/* Several failed items of one list need it read only once, over all their days. */
void sync_queue_once(struct sync *s, struct walk *w)
{
    struct source *q = s->source;
    w->heals = true;
    struct walk *same = find_queued(q, w->name);
    if (!same) {
        enqueue(q, w);
        return;
    }
    if (strcmp(w->from, same->from) < 0) {
        text_copy(same->from, sizeof same->from, w->from);
    }
    if (strcmp(w->to, same->to) > 0) {
        text_copy(same->to, sizeof same->to, w->to);
    }
    walk_free(w);
}

static bool queue_retries(struct sync *s, struct err *e)
{
    if (!sync_queue_retries(s, e)) {
        return false;
    }
    for (const struct walk *w = s->source->queue; w; w = w->next) {
        s->phases[w->resource->phase].used = true;
        s->phases[w->resource->phase].weight_total += w->weight;
        plan_add(&s->plan, w);
    }
    s->source->due_queued = true;
    return true;
}

static bool begin_retry(struct sync *s, struct err *e)
{
    s->phases[PHASE_METRICS].used = true;
    s->source->stage = STAGE_ROWS;
    s->source->month = s->source->last_month + 1;
    return queue_retries(s, e);
}

/* ---- the stages ---- */

static int month_of(const char *day)
{
    int year = 1970;
    int month = 1;
    bool is_day = civil_parse_month(day, &year, &month);
    assert(is_day); /* the request's days were checked when it was made */
    (void)is_day;
    return civil_month_index(year, month);
}

/* The list is read whenever something depends on it; single merchants are asked for by number. */
static bool list_is_needed(struct sync *s, bool *needed, struct err *e)
{
    int64_t known = 0;
    bool ok = merchant_count_live(db_writer_reader(s->db), &known, e);
    *needed = wants(s, STREAM_MERCHANTS) || wants(s, STREAM_TRANSACTIONS) || known == 0;
    return ok;
}

bool sync_source_begin(struct sync *s, struct err *e)
{
    struct source *q = s->source = mem_alloc(sizeof *q);
    q->queue_end = &q->queue;
    q->first_month = q->month = month_of(s->request->from);
    q->last_month = month_of(s->request->to);
    if (s->request->is_retry) {
        return begin_retry(s, e);
    }
    bool ok = list_is_needed(s, &q->needs_list, e);
    if (s->list_was_read) {
        q->needs_list = false;
        s->phases[PHASE_MERCHANTS].used = true;
        s->phases[PHASE_MERCHANTS].weight_total = s->phases[PHASE_MERCHANTS].weight_done = 1;
    }
    if (q->needs_list) {
        int64_t lists = s->request->mid_count ? (int64_t)s->request->mid_count : 1;
        s->phases[PHASE_MERCHANTS].used = true;
        s->phases[PHASE_MERCHANTS].weight_total = (double)lists;
        s->plan.least[PHASE_MERCHANTS] = s->plan.most[PHASE_MERCHANTS] = lists;
    }
    s->phases[PHASE_TRANSACTIONS].used = wants(s, STREAM_TRANSACTIONS);
    s->phases[PHASE_RESIDUALS].used = wants(s, STREAM_RESIDUALS);
    s->phases[PHASE_METRICS].used = true;
    return ok;
}

bool sync_source_list_is_read(const struct sync *s)
{
    return s->source && s->source->stage > STAGE_MERCHANTS && s->phases[PHASE_MERCHANTS].used &&
           !s->request->is_retry && !s->listed.count;
}

void sync_source_free(struct sync *s)
{
    while (s->source && s->source->queue) {
        walk_free(dequeue(s->source));
    }
    free(s->source);
    s->source = NULL;
}

static struct walk *next_of_merchants(struct sync *s)
{
    struct source *q = s->source;
    if (!q->needs_list) {
        return NULL;
    }
    if (s->request->mid_count) {
        return q->next_mid < s->request->mid_count
                   ? walk_of_merchant(s->request->mids[q->next_mid++])
                   : NULL;
    }
    q->needs_list = false;
    return walk_of_merchants();
}

static bool fill_spans(struct sync *s, struct err *e)
{
    struct source *q = s->source;
    q->span_next = 0;
    q->span_count = 0;
    if (s->request->mid_count) {
        bool found = false;
        while (!found && q->next_mid < s->request->mid_count) {
            if (!merchant_span_of(db_writer_reader(s->db), s->request->mids[q->next_mid++],
                                  s->request->from, s->request->to, &q->spans[0], &found, e)) {
                return false;
            }
        }
        q->span_count = found;
        return true;
    }
    if (!merchant_next_spans(db_writer_reader(s->db), q->after, s->request->from, s->request->to,
                             q->spans, SPANS_AT_ONCE, &q->span_count, e)) {
        return false;
    }
    if (q->span_count) {
        memcpy(q->after, q->spans[q->span_count - 1].mid, MID_SIZE);
    }
    return true;
}

static bool next_of_transactions(struct sync *s, struct walk **out, struct err *e)
{
    struct source *q = s->source;
    *out = NULL;
    if (!wants(s, STREAM_TRANSACTIONS) || q->spans_end) {
        return true;
    }
    if (q->span_next == q->span_count && !fill_spans(s, e)) {
        return false;
    }
    if (q->span_next == q->span_count) {
        q->spans_end = true;
        return true;
    }
    const struct merchant_span *span = &q->spans[q->span_next++];
    if (s->listed.count && !keyset_has(&s->listed, seen_mid(span->mid))) {
        return next_of_transactions(s, out, e);
    }
    *out = walk_of_transactions(span, s->request->from, s->request->to);
    return true;
}

static void rewind_spans(struct source *q)
{
    q->after[0] = '\0';
    q->next_mid = 0;
    q->span_count = q->span_next = 0;
    q->spans_end = false;
}

static int month_count(const struct sync *s)
{
    return wants(s, STREAM_RESIDUALS) ? s->source->last_month - s->source->first_month + 1 : 0;
}

/* Goes once through all that is to be read, to know what it costs; nothing is fetched. */
static bool make_plan(struct sync *s, struct err *e)
{
    struct source *q = s->source;
    int64_t merchants = 0;
    struct walk *w = NULL;
    rewind_spans(q);
    bool ok = merchant_count_live(db_writer_reader(s->db), &merchants, e);
    while (ok && (ok = next_of_transactions(s, &w, e)) && w) {
        ok = sync_walk_recall(s, w, e);
        s->phases[PHASE_TRANSACTIONS].weight_total += w->weight;
        plan_add(&s->plan, w);
        walk_free(w);
    }
    rewind_spans(q);
    s->phases[PHASE_RESIDUALS].weight_total = month_count(s);
    for (w = q->queue; ok && w; w = w->next) {
        s->phases[PHASE_RESIDUALS].weight_total += w->weight;
        plan_add(&s->plan, w);
    }
    for (int m = q->first_month; ok && wants(s, STREAM_RESIDUALS) && m <= q->last_month; m++) {
        w = walk_of_month(RESOURCE_LINE_ITEMS, m);
        w->most_pages = 1 + plan_pages(merchants, w->per_page, 0);
        ok = sync_walk_recall(s, w, e);
        s->phases[PHASE_RESIDUALS].weight_total += w->weight;
        plan_add(&s->plan, w);
        walk_free(w);
    }
    return ok;
}

static struct walk *next_of_months(struct sync *s, enum resource_id id)
{
    struct source *q = s->source;
    if (!wants(s, STREAM_RESIDUALS) || q->month > q->last_month) {
        return NULL;
    }
    return walk_of_month(id, q->month++);
}

static void enter(struct sync *s, enum stage stage)
{
    s->source->stage = stage;
    s->source->month = s->source->first_month;
}

/* When all that was asked for is in, and has covered what it could: failed items that are due. */
static bool heal_due(struct sync *s, struct err *e)
{
    bool is_narrow = s->request->mid_count > 0;
    return s->source->due_queued || s->walks || is_narrow || queue_retries(s, e);
}

static bool next_of_rows(struct sync *s, struct walk **out, bool *more, struct err *e)
{
    *out = dequeue(s->source);
    if (!*out && !s->request->is_retry) {
        *out = next_of_months(s, RESOURCE_LINE_ITEMS);
        int64_t merchants = 0;
        if (*out && merchant_count_live(db_writer_reader(s->db), &merchants, e)) {
            (*out)->most_pages = 1 + plan_pages(merchants, (*out)->per_page, 0);
        }
    }
    if (!*out && !heal_due(s, e)) {
        return false;
    }
    *out = *out ? *out : dequeue(s->source);
    *more = s->walks != NULL; /* what is open may bring follow-ups */
    return true;
}

bool sync_source_next(struct sync *s, struct walk **out, bool *more, struct err *e)
{
    struct source *q = s->source;
    *out = NULL;
    *more = true;
    if (q->stage == STAGE_MERCHANTS) {
        *out = next_of_merchants(s);
        if (*out || s->walks) {
            return true;
        }
        enter(s, STAGE_REPORTS);
        int months = month_count(s);
        s->phases[PHASE_RESIDUALS].weight_total = 4.0 * months; /* until the plan knows better */
        s->plan.least[PHASE_RESIDUALS] += months;
        s->plan.most[PHASE_RESIDUALS] += months;
    }
    if (q->stage == STAGE_REPORTS) {
        *out = next_of_months(s, RESOURCE_REPORTS);
        if (*out || s->walks) {
            return true;
        }
        enter(s, STAGE_PLAN);
    }
    if (q->stage == STAGE_PLAN) {
        if (!make_plan(s, e)) {
            return false;
        }
        sync_planned(s);
        enter(s, STAGE_TRANSACTIONS);
        if (s->plan_only) {
            *more = false;
            return true;
        }
    }
    if (q->stage == STAGE_TRANSACTIONS) {
        if (!next_of_transactions(s, out, e) || *out) {
            return *out != NULL;
        }
        enter(s, STAGE_ROWS);
    }
    return next_of_rows(s, out, more, e);
}
