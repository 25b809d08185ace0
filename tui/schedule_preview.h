/* `ipsync schedule preview`: the runs to come of all schedules, soonest first. Main thread. */
#ifndef TUI_SCHEDULE_PREVIEW_H
#define TUI_SCHEDULE_PREVIEW_H

#include <stdbool.h>

struct cli;
struct err;

/* Prints them as --from, --days and --json ask. False: `e` says why not. */
bool schedule_preview(const struct cli *cli, struct err *e);

#endif
