/* Runs one sync in the foreground and tells of it: a line that moves on a terminal, plain lines in
 * a pipe or log file, a JSON object a line with --json, nothing but errors with --quiet. Ends the
 * sync on SIGINT and SIGTERM (a second one ends the program at once); a terminal that goes away
 * ends it only with [sync] on_hangup = stop. A reader that stalls holds up neither. Main thread. */
#ifndef TUI_RUN_SYNC_H
#define TUI_RUN_SYNC_H

struct cli;
struct err;
struct sync_request;

/* Returns the exit code. With cli->plan it prints the plan and changes nothing. */
int run_sync(const struct cli *cli, const struct sync_request *request);

/* Reads what is asked for into a scratch database beside the configured one, which stays as it is,
 * and lets `use` look at it. The run lock is held until that is done; signals end the reading, and
 * after it are for `use`, which returns the exit code or says in `e` what went wrong: `stop_fd` can
 * be read when it was told to stop. What was read is removed, however it ends. */
typedef int (*sync_aside_use)(void *data, const char *scratch_database, int stop_fd, struct err *e);
int run_sync_aside(const struct cli *cli, struct sync_request *request, sync_aside_use use,
                   void *data);

#endif
