/* The one table of how a request can end, what class that is and what the operator reads.
 * Pure, any thread. */
#ifndef CORE_OUTCOME_H
#define CORE_OUTCOME_H

#include <stdbool.h>
#include <stdint.h>

enum outcome_class {
    OUTCOME_OK,
    OUTCOME_TRANSIENT, /* tried again with backoff, then a failed item */
    OUTCOME_PERMANENT, /* never tried again in this run */
    OUTCOME_THROTTLED, /* waits as told, costs no try */
    OUTCOME_AUTH,      /* the key is rejected: the run ends */
};

struct outcome {
    enum outcome_class class;
    const char *code;    /* stable word for logs and error_details, e.g. "timeout", "http_503" */
    const char *message; /* for the operator: what happened and what follows from it */
    bool spares_breaker; /* transient, but no sign that the CRM is ill */
};

/* What the transport saw, before the body is looked at. `curl_code` is a CURLcode as int (0 = a
 * whole answer arrived), `status` the HTTP status or 0. The result points to static storage. */
const struct outcome *outcome_of_transfer(int curl_code, long status);
/* A 200 whose body cannot be used: "bad_body". */
const struct outcome *outcome_bad_body(void);
/* Larger than we take: smaller pages are asked for. */
bool outcome_is_too_large(const struct outcome *o);
const char *outcome_class_name(enum outcome_class c); /* "ok", "transient", … */

/* Full jitter: a random wait in [0, min(cap, base * 2^attempt)] ms; attempt counts from 0; cap 60
 * s. */
int64_t outcome_backoff_ms(int64_t base_ms, int attempt);

/* Retry-After to milliseconds to wait: whole seconds, or an HTTP date measured against the answer's
 * own Date (`date` may be NULL: then against wall_ms). -1 when absent, negative or unreadable. */
int64_t outcome_retry_after_ms(const char *retry_after, const char *date, int64_t wall_ms);

#endif
