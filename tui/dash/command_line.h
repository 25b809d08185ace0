/* What a line typed into the palette means. Main thread. */
#ifndef TUI_DASH_COMMAND_LINE_H
#define TUI_DASH_COMMAND_LINE_H

#include <stdbool.h>

struct dash;
struct err;

/* Whether run_command_line() (state.h) would take it; ERR_USAGE says why not, and names the nearest
 * command. */
bool command_line_check(const struct dash *d, const char *line, struct err *e);

/* Whether this command (with this first argument, NULL = none) changes something. */
bool command_changes(const char *command, const char *argument);
/* Why the dashboard does not run it at all, NULL = it does. */
const char *command_refused(const char *command);

#endif
