/* A folder for a throw-away database, for its owner alone (0700). Main thread. */
#ifndef TUI_SCRATCH_H
#define TUI_SCRATCH_H

#include <stdbool.h>

struct err;

struct scratch {
    char *folder, *database; /* NULL = none */
};

/* In $TMPDIR or /tmp, under a name of its own. */
bool scratch_make_small(struct scratch *s, struct err *e);
/* Beside `database`, as DATABASE-verify; what a process that was killed left there is removed
 * first, so the caller must hold the run lock. */
bool scratch_make_beside(struct scratch *s, const char *database, struct err *e);
/* Whether there is such a folder: whoever holds the run lock and has no job is at work in it. */
bool scratch_is_beside(const char *database);
/* Removes the files, which may still be open, and forgets them. Nothing to remove is fine. */
void scratch_remove(struct scratch *s);

#endif
