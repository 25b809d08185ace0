/* Whether the data can be relied on: ok, warning or critical, and why. The same for `ipsync
 * status`, the dashboard's header and monitoring.
 *
 * Critical: never synced, data older than 26 h, the last sync failed. Warning: it was partial or
 * interrupted, items have failed for good, the circuit breaker is not closed. The reader's thread.
 */
#ifndef CORE_HEALTH_H
#define CORE_HEALTH_H

#include "core/breaker.h"

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct err;

enum health_level { HEALTH_OK, HEALTH_WARNING, HEALTH_CRITICAL };

struct health {
    int64_t data_at;      /* wall ms when the data was last brought up to date; 0 = never */
    char last_status[16]; /* of the sync that ended last; "" = none has */
    char last_type[16];   /* its sync_type */
    int64_t last_at;      /* when it ended, wall ms; 0 = not known */
    int64_t failed_pending, failed_permanent; /* open items */
    enum breaker_state breaker;               /* as kept by the last sync; judged: as it is now */
    int64_t breaker_until;                    /* open until then, wall ms; 0 = it is not open */
    int64_t breaker_openings;                 /* in a row */
    char breaker_reason[200];                 /* why it opened */
    int64_t
        hold_until; /* the CRM asked for no request before (Retry-After), wall ms; 0 = not now */

    /* By health_judge(): */
    enum health_level level;
    int64_t age_seconds; /* of the data; -1 = never synced */
    char reasons[240];   /* "; " between them; "" = all is well */
};

/* Reads the facts and judges them. `base_url`: of the CRM whose breaker counts. `sync_runs`:
 * somebody holds the run lock (db/job_query.h). A `db` of NULL, no database yet, is critical. */
bool health_look(struct db_reader *db, const char *base_url, bool sync_runs, int64_t now,
                 struct health *out, struct err *e);
/* Judges the facts anew as time passes: no look at the database. Pure. */
void health_judge(struct health *h, int64_t now);
/* "ok", "warning", "critical" */
const char *health_name(enum health_level level);

#endif
