/* The network of the simulation: core/http.h without a socket. It moves the clock. */
#ifndef TORTURE_NET_H
#define TORTURE_NET_H

struct ring;
struct world;

void net_begin_run(struct world *w, struct ring *commands); /* where commands go */
void net_interrupt(void);
void net_reset(void); /* the CRM forgets its window */

#endif
