/* mutate: changes to the portfolio asked for over the control calls, at once or after so many
 * requests. */
#ifndef SIM_MUTATE_H
#define SIM_MUTATE_H

#include <pthread.h>
#include <stdbool.h>

#include "json.h"
#include "portfolio.h"

struct pending {
    char *source; /* the change as JSON */
    char *path;   /* counts requests whose target contains this; NULL: all */
    long after;   /* requests still to go */
    struct pending *next;
};

struct mutations {
    pthread_mutex_t mutex;
    struct pending *first;
};

void mutations_init(struct mutations *mu);
void mutations_done(struct mutations *mu);

/* Makes a change, or each of an array of changes, or keeps it for later if it says `after`. NULL,
 * or the reason why not (static text); changes before the bad one are made. */
const char *mutations_ask(struct mutations *mu, struct portfolio *p, const struct json *change);

/* One more request has been worked through: makes the changes that are due. */
void mutations_tick(struct mutations *mu, struct portfolio *p, const char *target);

long mutations_waiting(struct mutations *mu);

/* Makes one change; takes the portfolio's lock. NULL, or the reason why not. */
const char *mutate_now(struct portfolio *p, const struct json *change);

#endif
