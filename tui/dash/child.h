/* A command of the palette as a process of its own, whose output goes into a viewer as it comes,
 * without ever waiting for it. It has a process group of its own, no terminal and no standard
 * input. Main thread.
 *
 * The loop polls child_poll_fd() and calls child_serve() when it is readable. */
#ifndef TUI_DASH_CHILD_H
#define TUI_DASH_CHILD_H

#include <stdbool.h>
#include <stddef.h>

struct child;
struct dash;
struct err;
struct viewer;

/* Starts `program` (a path) with argv, NULL at its end, and COLUMNS = `columns`. The viewer must
 * outlive it or be let go by child_leave(). The child is the dashboard's (d->child), what is
 * returned is borrowed until then. NULL with ERR_IO. */
struct child *child_start(struct dash *d, const char *program, char *const *argv, int columns,
                          struct viewer *viewer, struct err *e);
/* Whoever looked at it has gone: it is told to end (SIGTERM) and forgotten once it has. */
void child_leave(struct child *c);
/* False once it has ended and everything it printed is in the viewer. */
bool child_is_running(const struct child *c);

/* For poll(2), POLLIN; -1 = no child has anything to say. */
int child_poll_fd(const struct dash *d);
/* Takes what has come, at most some ten kilobytes a call, and buries those that have ended. */
void child_serve(struct dash *d);
/* At the end of the program: forgets all of them, those that run are told to end. */
void child_done(struct dash *d);

#endif
