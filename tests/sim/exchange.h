/* exchange: one request to the API, from its arrival to the reply that is ready to be sent. It
 * knows nothing of the HTTP library. */
#ifndef SIM_EXCHANGE_H
#define SIM_EXCHANGE_H

#include <stdbool.h>

#include "query.h"
#include "reply.h"
#include "sim.h"

struct exchange {
    const char *method;
    const char *target; /* path and parameters, as sent */
    const struct query *q;
    const char *key; /* the X-API-KEY header; NULL without */
    bool accepts_gzip;
    int socket_fd;
};

/* Works the request through, waits included, and logs it. `r` is zeroed, and the caller's to
 * free. */
void exchange_run(struct sim *s, const struct exchange *x, struct reply *r);

#endif
