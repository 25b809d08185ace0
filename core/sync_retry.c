/* What has to be read again for a failed item to heal. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/walk_make.h"
#include "db/failed_store.h"
#include "db/job_store.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In a job that goes on: it was tried already, in vain. */
static bool was_tried(struct sync *s, int64_t id)
{
    bool raised = false;
    return s->request->continues &&
           job_raised_item(db_writer_reader(s->db), s->id, id, &raised, NULL) && raised;
}

static bool is_selected(const struct sync_request *r, int64_t id)
{
    for (size_t i = 0; i < r->retry_count; i++) {
        if (r->retry_ids[i] == id) {
            return true;
        }
    }
    return r->retry_count == 0;
}

static void queue_transactions(struct sync *s, const struct failed_open *item)
{
    struct merchant_span span = {.days = 1};
    resource_read_item_mid(item->item_id, span.mid);
    sync_queue_once(s, walk_of_transactions(&span,
                                            item->range_from ? item->range_from : s->request->from,
                                            item->range_to ? item->range_to : s->request->to));
}

/* The number in "/NUMBER…"; 0 = none, then the whole month is meant. */
static int64_t processor_of(const char *rest)
{
    char *end = NULL;
    errno = 0;
    long long number = *rest == '/' ? strtoll(rest + 1, &end, 10) : 0;
    return errno || !end || end == rest + 1 || (*end && *end != '/') ? 0 : number;
}

static void queue_residual(struct sync *s, const struct failed_open *item)
{
    int year = 0;
    int month = 0;
    if (!civil_parse_month(item->item_id, &year, &month)) {
        return;
    }
    int index = civil_month_index(year, month);
    if (!strncmp(item->item_id + 7, "/lineitems", 10)) {
        sync_queue_once(s, walk_of_month(RESOURCE_LINE_ITEMS, index));
        return;
    }
    struct walk *w = walk_of_month(RESOURCE_REPORTS, index);
    w->processor = processor_of(item->item_id + 7);
    if (w->processor) {
        snprintf(w->name + strlen(w->name), 24, "/%lld", (long long)w->processor);
    }
    sync_queue_once(s, w);
}

static void queue(struct sync *s, const struct failed_open *item)
{
    if (!strcmp(item->item_type, "transaction")) {
        queue_transactions(s, item);
    } else if (!strcmp(item->item_type, "residual")) {
        queue_residual(s, item);
    } else if (strchr(item->item_id, ' ') || !strcmp(item->item_id, "list")) {
        sync_queue_once(s, walk_of_merchants());
    } else {
        char mid[MID_SIZE];
        resource_read_item_mid(item->item_id, mid);
        sync_queue_once(s, walk_of_merchant(mid));
    }
}

static void queue_selected(void *data, const struct failed_open *item)
{
    struct sync *s = data;
    if (item->is_owed || (is_selected(s->request, item->id) && !was_tried(s, item->id))) {
        queue(s, item);
    }
}

static bool is_of_streams(const struct failed_open *item, unsigned streams)
{
    enum stream stream = item->item_type[0] == 'm'   ? STREAM_MERCHANTS
                         : item->item_type[0] == 't' ? STREAM_TRANSACTIONS
                                                     : STREAM_RESIDUALS;
    return (streams & stream) != 0;
}

/* What this very sync has raised has had its tries for now. */
static void queue_due(void *data, const struct failed_open *item)
{
    struct sync *s = data;
    if (strcmp(item->sync_id, s->id) != 0 && is_of_streams(item, s->request->streams)) {
        queue(s, item);
    }
}

bool sync_queue_retries(struct sync *s, struct err *e)
{
    char now[25];
    const struct sync_request *r = s->request;
    bool only_due = !r->is_retry || (!r->retry_all && r->retry_count == 0);
    civil_format_utc(clock_wall_ms(), now);
    return failed_each_open(db_writer_reader(s->db), only_due ? now : NULL,
                            r->is_retry ? queue_selected : queue_due, s, e);
}
