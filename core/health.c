#include "core/health.h"

#include "core/base/civil.h"
#include "core/base/text.h"
#include "db/api_state.h"
#include "db/failed_query.h"
#include "db/job_query.h"

#include <stdio.h>
#include <string.h>

enum { DATA_OLD_S = 26 * 60 * 60 };

const char *health_name(enum health_level level)
{
    static const char *const names[] = {"ok", "warning", "critical"};
    return names[level];
}

/* ---- the judgement ---- */

static void find_fault(struct health *h, enum health_level level, const char *words)
{
    size_t len = strlen(h->reasons);
    h->level = level > h->level ? level : h->level;
    snprintf(h->reasons + len, sizeof h->reasons - len, "%s%s", len ? "; " : "", words);
}

static bool last_was(const struct health *h, const char *status)
{
    return !strcmp(h->last_status, status);
}

void health_judge(struct health *h, int64_t now)
{
    h->level = HEALTH_OK;
    h->reasons[0] = '\0';
    h->age_seconds = -1;
    if (h->breaker == BREAKER_OPEN && h->breaker_until <= now) {
        h->breaker = BREAKER_HALF_OPEN; /* the next request is a probe */
        h->breaker_until = 0;
    }
    h->hold_until = h->hold_until > now ? h->hold_until : 0;
    if (h->data_at) {
        h->age_seconds = h->data_at < now ? (now - h->data_at) / 1000 : 0; /* clocks get set back */
    } else {
        find_fault(h, HEALTH_CRITICAL, "never synced");
    }
    if (last_was(h, "failed")) {
        find_fault(h, HEALTH_CRITICAL, "the last sync failed");
    }
    if (h->age_seconds > DATA_OLD_S) {
        find_fault(h, HEALTH_CRITICAL, "the data is older than 26 h");
    }
    if (last_was(h, "partial")) {
        find_fault(h, HEALTH_WARNING, "the last sync was partial");
    }
    if (last_was(h, "interrupted")) {
        find_fault(h, HEALTH_WARNING, "the last sync was interrupted");
    }
    if (h->breaker != BREAKER_CLOSED) {
        find_fault(h, HEALTH_WARNING,
                   h->breaker == BREAKER_OPEN ? "the circuit breaker is open"
                                              : "the circuit breaker is half-open");
    }
    if (h->failed_permanent) {
        find_fault(h, HEALTH_WARNING, "items have failed for good");
    }
}

/* ---- the facts ---- */

static void take_last(void *data, const struct job_row *job)
{
    struct health *h = data;
    text_copy(h->last_status, sizeof h->last_status, job->status);
    text_copy(h->last_type, sizeof h->last_type, job->sync_type);
    if (!job->completed_at || !civil_parse_utc(job->completed_at, &h->last_at)) {
        h->last_at = 0;
    }
}

static bool take_data_time(struct db_reader *db, struct health *h, struct err *e)
{
    char when[32];
    if (!job_query_data_time(db, when, e)) {
        return false;
    }
    if (!civil_parse_utc(when, &h->data_at)) {
        h->data_at = 0;
    }
    return true;
}

static bool take_failed(struct db_reader *db, struct health *h, struct err *e)
{
    struct failed_counts counts = {0};
    bool ok = failed_query_counts(db, &counts, e);
    h->failed_pending = counts.pending;
    h->failed_permanent = counts.permanent;
    return ok;
}

static bool take_api(struct db_reader *db, const char *base_url, struct health *h, struct err *e)
{
    struct api_state kept;
    if (!api_state_read(db, base_url, &kept, e)) {
        return false;
    }
    if (!civil_parse_utc(kept.hold_until, &h->hold_until)) {
        h->hold_until = 0;
    }
    if (!strcmp(kept.breaker, "closed")) {
        return true;
    }
    bool is_open = civil_parse_utc(kept.breaker_until, &h->breaker_until);
    h->breaker = is_open ? BREAKER_OPEN : BREAKER_HALF_OPEN;
    h->breaker_openings = kept.openings;
    text_copy(h->breaker_reason, sizeof h->breaker_reason, kept.reason);
    return true;
}

bool health_look(struct db_reader *db, const char *base_url, bool sync_runs, int64_t now,
                 struct health *out, struct err *e)
{
    *out = (struct health){0};
    bool ok = !db ||
              (take_api(db, base_url, out, e) && job_query_last(db, sync_runs, take_last, out, e) &&
               take_data_time(db, out, e) && take_failed(db, out, e));
    health_judge(out, now);
    return ok;
}
