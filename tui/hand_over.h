/* Hand-over: a sync of this process goes on without a screen, as the same job, in an `ipsync sync`
 * in a session of its own. Main thread.
 *
 *     engine_command(g, COMMAND_HAND_OVER) … EVENT_FINISHED …
 *     if (finished.status == SYNC_HANDED_OVER) hand_over(cli, g, id, type, NULL, &pid, &e);
 *     engine_join(g);
 *
 * The run lock goes along as an open descriptor, so that nobody ever sees the job without a holder;
 * so does a key that came from the environment, in a pipe: never on a command line, in a file or
 * in an environment. Options, environment and working folder are ours, so the successor reads the
 * same configuration. */
#ifndef TUI_HAND_OVER_H
#define TUI_HAND_OVER_H

#include <stdbool.h>
#include <sys/types.h>

struct cli;
struct engine;
struct err;
struct sync_request;

/* After EVENT_FINISHED; the engine must still be joined. True: the successor (`*pid`) has taken the
 * job over; also when nothing was handed over (`*pid` 0). It is waited for, 3 s at most. False: it
 * could not be started, and the job was ended as interrupted. `program` is NULL for this one. */
bool hand_over(const struct cli *cli, struct engine *g, const char *sync_id, const char *sync_type,
               const char *program, pid_t *pid, struct err *e);

/* In the successor. Takes what was handed over out of the descriptors; ERR_USAGE when they are not
 * there. `*run_lock` is the caller's. Before any other file is opened. */
bool hand_over_take(const struct cli *cli, int *run_lock, struct err *e);
/* Tells the predecessor that the job is ours now. Once; any other time it does nothing. */
void hand_over_confirm(void);

#endif
