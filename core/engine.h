/* The engine's thread, as the main thread sees it: start, listen, command, join.
 *
 * The engine never waits for the main thread: an event that meets a full ring is dropped and
 * counted (struct progress), but for those that come once (started, plan, finished), for which
 * there is always room. So main may leave the ring alone for minutes. */
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

/* On the main thread: takes the run lock (ERR_BUSY: another sync runs) and starts the thread.
 * Nothing slow happens here, but that the first call loads libcurl, some 7 ms (ERR_IO: it is not
 * there). `config` and `request`, with all that they point to, are borrowed until engine_join().
 * The key is copied; NULL: the thread reads it from its source first (key.h), and when there is
 * none to be had the sync ends at once with EVENT_FINISHED: failed, without a job, EVENT_STARTED or
 * id. Signals are blocked in the new thread. `scratch_database` is NULL, or the path of an empty
 * database to read into instead (sync.h): a plan needs one. A request that continues a job
 * or holds the run lock (request.h) brings it along: it is the engine's from then on, and closed if
 * it does not start. */
struct engine *engine_start(const struct config *config, const struct sync_request *request,
                            const char *api_key, const char *scratch_database, struct err *e);
int engine_fd(const struct engine *g); /* for poll(2): readable when there may be events */
/* Before poll: true = may sleep; false = there are events now. After poll: engine_awake(). */
bool engine_sleep(struct engine *g);
void engine_awake(struct engine *g);
bool engine_next_event(struct engine *g, struct event *out);

/* False when the command ring is full: say so and try again. A command is obeyed between two pages,
 * whatever the sync waits for (the network, the CRM's limit, the key's command): EVENT_FINISHED
 * comes usually within 50 ms. It takes longer, without a bound of ours, while a page is being
 * written to a slow disk or another process holds the database's write lock (up to 30 s). Whoever
 * has promised to be gone by then waits as long as was promised and calls _exit(): what was not
 * committed is taken back, and the job is found to be interrupted since nobody holds its lock. */
bool engine_command(struct engine *g, enum command_type type);

/* After EVENT_FINISHED said SYNC_HANDED_OVER: waits for the thread and gives the run lock, still
 * held, to the caller: a descriptor (close-on-exec) to pass on to the successor and close. The
 * job's row says `running` and its results are those of the last page. -1 when nothing was handed
 * over. */
int engine_take_lock(struct engine *g);
/* Waits for the thread (it ends after EVENT_FINISHED) and frees everything. Lets go of the run lock
 * unless it was taken. NULL is fine. */
void engine_join(struct engine *g);

#endif
