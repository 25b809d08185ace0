/* The network of the simulation: core/http.h without a socket. It moves the clock. */
#ifndef TORTURE_NET_H
#define TORTURE_NET_H

#include <stdbool.h>

struct ring;
struct world;

/* `commands`: where they go. `knows_before`: the run before ended as it should. */
void net_begin_run(struct world *w, struct ring *commands, bool knows_before);
void net_interrupt(void);
void net_reset(void); /* the CRM forgets its window */

#endif
