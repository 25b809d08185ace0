/* From the words of a command line to the request they mean: the same for `ipsync sync` and
 * `ipsync retry` as for the dashboard's menu, form and palette. Asks nobody anything but what day
 * it is: `user` stays empty, the caller fills it in (who.h). Main thread. */
#ifndef TUI_SYNC_ARGS_H
#define TUI_SYNC_ARGS_H

#include <stdbool.h>
#include <stdint.h>

struct cli;
struct config;
struct err;
struct sync_request;

/* Fills `out` from a parsed `sync …`; it borrows the words of `cli`. ERR_USAGE says what does not
 * go together. */
bool sync_args_read(const struct cli *cli, const struct config *config, struct sync_request *out,
                    struct err *e);

/* The same from a parsed `retry …`. `ids` has room for cli->arg_count numbers and is borrowed.
 * Whether they are open items is not asked. */
bool retry_args_read(const struct cli *cli, const struct config *config, int64_t *ids,
                     struct sync_request *out, struct err *e);

#endif
