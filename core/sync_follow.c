/* What has to be read because of what was read: the rows of a report, a report whose totals its
 * rows do not meet, the transactions of a merchant that had failed. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/text.h"
#include "core/walk_make.h"
#include "db/failed_store.h"
#include "db/residual_store.h"

#include <stdio.h>
#include <string.h>

static bool follow_report(struct sync *s, const struct walk *w,
                          const struct residual_report *report, bool known, struct err *e)
{
    if (w->processor && w->processor != report->processor_id) {
        return true;
    }
    if (report->merchants == 0) { /* a report without rows needs no request */
        char now[25];
        civil_format_utc(s->started_wall, now);
        char item[40];
        snprintf(item, sizeof item, "%04d-%02d/%lld", w->year, w->month,
                 (long long)report->processor_id);
        return known ||
               (residual_remove_unseen_rows(s->db, w->year, w->month, report->processor_id, NULL,
                                            now, &s->counts[COUNT_RESIDUALS].removed, e) &&
                failed_resolve_gone(s->db, "residual", item, now, e));
    }
    struct walk *rows = walk_of_rows(w->year, w->month, report->processor_id, report->merchants);
    rows->rewalks = w->rows_rewalks;
    rows->heals = w->heals;
    bool is_owed = w->heals && !known; /* its report's item is healed already */
    if ((is_owed && !sync_owe(s, rows, e)) || !sync_walk_recall(s, rows, e)) {
        walk_free(rows);
        return false;
    }
    if (sync_source_is_planned(s)) { /* else make_plan() counts it */
        s->phases[PHASE_RESIDUALS].weight_total += rows->weight;
        plan_add(&s->plan, rows);
    }
    sync_queue(s, rows);
    return true;
}

bool sync_follow(struct sync *s, const struct walk *w, bool known, struct err *e)
{
    if (w->resource != &resources[RESOURCE_REPORTS]) {
        return true;
    }
    struct residual_report reports[REPORTS_MAX];
    int count = REPORTS_MAX;
    int64_t after = INT64_MIN;
    while (count == REPORTS_MAX) {
        if (!residual_reports_of(db_writer_reader(s->db), w->year, w->month, after, reports,
                                 REPORTS_MAX, &count, e)) {
            return false;
        }
        for (int i = 0; i < count; i++) {
            after = reports[i].processor_id;
            if (!follow_report(s, w, &reports[i], known, e)) {
                return false;
            }
        }
    }
    return true;
}

void sync_read_report_again(struct sync *s, struct walk *w)
{
    struct walk *report = walk_of_month(RESOURCE_REPORTS, civil_month_index(w->year, w->month));
    report->processor = w->processor;
    report->rows_rewalks = w->rewalks + 1;
    report->heals = w->heals;
    report->weight = 0;
    snprintf(report->name + strlen(report->name), 40, "/%lld/%d", (long long)w->processor,
             report->rows_rewalks);
    w->superseded = true;
    plan_add(&s->plan, report);
    sync_queue(s, report);
}

bool sync_read_transactions_of(struct sync *s, const char *mid, struct err *e)
{
    struct merchant_span span = {.days = 1};
    text_copy(span.mid, sizeof span.mid, mid);
    struct walk *w = walk_of_transactions(&span, s->request->from, s->request->to);
    s->phases[PHASE_TRANSACTIONS].used = true;
    s->phases[PHASE_TRANSACTIONS].weight_total += w->weight;
    plan_add(&s->plan, w);
    bool ok = sync_owe(s, w, e);
    sync_queue_once(s, w);
    return ok;
}
