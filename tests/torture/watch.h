/* Watches what the product asks of the network while it runs: never before it may, never more than
 * the limit, never again and again, never for ever. */
#ifndef TORTURE_WATCH_H
#define TORTURE_WATCH_H

#include <stdbool.h>
#include <stdint.h>

struct http_answer;
struct world;

/* `knows_before`: what the run before was told is known, unless the product keeps nothing. */
void watch_begin(struct world *w, bool knows_before);
int64_t watch_sent(struct world *w, const char *path); /* its number in this run */
void watch_arrived(struct world *w);                   /* the CRM sees a request now */
void watch_refused(struct world *w);                   /* and has no room for it */
void watch_others(void);                               /* somebody else uses the limit */
/* `told`: ms, by Retry-After; -1 = none that can be understood. `with_newest_key`: sent with the
 * key that its source would give again. */
void watch_taken(struct world *w, const struct http_answer *a, int64_t told, bool with_newest_key);
void watch_breaker(int64_t until); /* nothing may go out before; 0 = it is closed again */
void watch_jump(void);             /* of the wall clock: what was kept by it is worth nothing */
void watch_waited(struct world *w, int in_flight, int64_t passed, bool woken);

/* What can only be said of the whole run. */
void watch_end(struct world *w);

int64_t watch_requests(void); /* of the run */

#endif
