/* The engine's thread, as the main thread sees it: start, listen, command, join. */
#ifndef CORE_ENGINE_H
#define CORE_ENGINE_H

#include "core/messages.h"

#include <stdbool.h>

struct config;
struct engine;
struct err;
struct sync_request;

/* Once per process, before any thread: what the libraries below need. */
void engine_setup(void);

/* Takes the run lock (ERR_BUSY: another sync runs) and starts the thread. `config` and `request`
 * are borrowed until engine_join(); the key is copied. Signals are blocked in the new thread.
 * `plan_database` is NULL, or the path of an empty database to make only a plan in (sync.h). */
struct engine *engine_start(const struct config *config, const struct sync_request *request,
                            const char *api_key, const char *plan_database, struct err *e);
int engine_fd(const struct engine *g); /* for poll(2): readable when there may be events */
/* Before poll: true = may sleep; false = there are events now. After poll: engine_awake(). */
bool engine_sleep(struct engine *g);
void engine_awake(struct engine *g);
bool engine_next_event(struct engine *g, struct event *out);
/* False when the command ring is full: say so and try again. */
bool engine_command(struct engine *g, enum command_type type);
/* Waits for the thread (it ends after EVENT_FINISHED) and frees everything. */
void engine_join(struct engine *g);

#endif
