/* Runs one sync in the foreground and tells of it: a line that moves on a terminal, plain lines in
 * a pipe or log file, a JSON object a line with --json, nothing but errors with --quiet. Ends the
 * sync on SIGINT and SIGTERM (a second one ends the program at once); a terminal that goes away
 * ends it only with [sync] on_hangup = stop. A reader that stalls holds up neither. Main thread. */
#ifndef TUI_RUN_SYNC_H
#define TUI_RUN_SYNC_H

struct cli;
struct sync_request;

/* Returns the exit code. With cli->plan it prints the plan and changes nothing. */
int run_sync(const struct cli *cli, const struct sync_request *request);

#endif
