/* One sync from its first request to its last row. Runs on the engine's thread; see core/engine.h.
 *
 * Owns everything it opens: database connection, transfers, arena. Talks to the outside only
 * through the two rings and the database. */
#ifndef CORE_SYNC_H
#define CORE_SYNC_H

#include "core/messages.h"

struct config;
struct ring;
struct sync_request;

struct sync_setup { /* borrowed for the run */
    const struct config *config;
    const struct sync_request *request;
    const char *api_key;
    int run_lock; /* from run_lock_take(); closed by sync_run(); -1 when it only plans */
    const char *plan_database; /* NULL; or the empty throw-away database to plan in: reads the
                                  merchants' list and the summaries, then ends with EVENT_PLAN */
    struct ring *events;       /* struct event, this thread pushes */
    struct ring *commands;     /* struct command, this thread pops */
};

/* Returns after EVENT_FINISHED was pushed. */
void sync_run(const struct sync_setup *setup);

#endif
