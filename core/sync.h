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
    const char *api_key;          /* NULL: reads it from its source first */
    const char *scratch_database; /* NULL; or an empty throw-away database to read into instead of
                                     the configured one, which stays as it is */
    struct ring *events;          /* struct event, this thread pushes */
    struct ring *commands;        /* struct command, this thread pops */
};

/* Returns how it ended, after EVENT_FINISHED was pushed. The run lock is the caller's. */
enum sync_status sync_run(const struct sync_setup *setup);

#endif
