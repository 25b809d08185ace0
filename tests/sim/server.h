/* server: HTTP on loopback, a thread a connection, so that a request that waits or hangs holds up
 * nobody else. The only file that knows the HTTP library. */
#ifndef SIM_SERVER_H
#define SIM_SERVER_H

#include "sim.h"

struct server;

/* Listens, and fills s->base. NULL after a message on standard error. */
struct server *server_start(struct sim *s);

/* Ends all connections, also those that wait. */
void server_stop(struct server *server);

#endif
