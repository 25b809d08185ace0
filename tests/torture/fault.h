/* What can go wrong with one request: one table. */
#ifndef TORTURE_FAULT_H
#define TORTURE_FAULT_H

#include "tests/torture/crm.h"

#include <stdbool.h>
#include <stdint.h>

struct http_answer;
struct world;

struct fault {
    const char *name;
    int curl_code; /* 0 = an answer arrives */
    long status;   /* of the answer; 200 with an oddity or a mangled body */
    bool arrives;  /* the CRM sees the request and counts it */
    bool lies;     /* a client cannot tell it from the truth */
    int64_t lasts; /* ms, the least it takes */
    enum crm_oddity odd;
    const char *body; /* instead of the true one; NULL = as it is */
    bool cut;         /* the true body, cut somewhere */
    bool crowded;     /* there is no room for it beside the others */
};

enum { FAULT_NONE, FAULT_SLOW, FAULT_THROTTLED, FAULT_FORBIDDEN, FAULT_FIRST };

extern const struct fault faults[];
extern const int fault_count;

/* Which fault the next request meets, at random by the weather. */
int fault_choose(struct world *w, const struct crm_query *q);
/* Whether a client could take what this fault tells for the truth, in this world. */
bool fault_deceives(const struct world *w, int fault);
/* A Retry-After of some form into the answer, at its arrival. Returns what it tells: ms; -1 = it
 * cannot be understood. */
int64_t fault_retry_after(struct world *w, struct http_answer *a);

#endif
