/* Bytes to a descriptor whose reader may stall: a full pipe, a terminal after Ctrl-S. Never waits;
 * what cannot be written now is kept and goes out later. A reader that has gone away is no error:
 * from then on nothing is written. Main thread. */
#ifndef TUI_SCREEN_OUT_H
#define TUI_SCREEN_OUT_H

#include "core/base/buf.h"

#include <stdbool.h>
#include <stddef.h>

struct out {
    int fd;
    bool is_ours;   /* opened a second time, to be closed */
    size_t piece;   /* most bytes of one write(2) that cannot block after poll(2) */
    bool is_broken; /* nobody listens any more */
    struct buf rest;
};

void out_begin(struct out *o, int fd); /* fd stays the caller's */
void out_done(struct out *o);          /* what is still kept is dropped */
void out_drop(struct out *o);          /* the same, but o can still be used */
/* Whole lines: written, or kept until the reader goes on; dropped as a whole past buf's cap. */
void out_add(struct out *o, const struct buf *lines);
/* What is worth nothing later: false and dropped when the reader takes nothing now. */
bool out_try(struct out *o, const struct buf *line);
bool out_is_waiting(const struct out *o); /* something is kept: poll(2) for POLLOUT on o->fd */
void out_flush(struct out *o);            /* writes of it what the reader takes */

#endif
