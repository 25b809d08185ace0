/* The dashboard: one screen, five panes, over an engine of its own (if it started a sync) and the
 * database. Main thread; opens what it needs after the first frame. */
#ifndef TUI_DASH_DASH_H
#define TUI_DASH_DASH_H

struct cli;

/* Runs until the operator leaves; the exit code. Where there can be no dashboard it says so, names
 * the command to use instead and returns 2. */
int dash_run(const struct cli *cli);

#endif
