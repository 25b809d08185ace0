/* `ipsync failed --summary`: how many items failed, how many recovered and how soon, and what does
 * not heal. Main thread. */
#ifndef TUI_FAILED_SUMMARY_H
#define TUI_FAILED_SUMMARY_H

#include <stdbool.h>

struct cli;
struct db_reader;
struct err;

/* Prints it, with cli->json as JSON; `r` NULL = there is no database yet. */
bool failed_summary(const struct cli *cli, struct db_reader *r, struct err *e);

#endif
