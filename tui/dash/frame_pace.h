/* When the next frame may be shown that no key asked for: at most so many a second, and so few
 * bytes that a slow line is not filled, whatever the engine does. Pure, any thread. */
#ifndef TUI_DASH_FRAME_PACE_H
#define TUI_DASH_FRAME_PACE_H

#include <stdint.h>

enum { FRAME_BYTES_PER_SECOND = 1100 };

struct frame_pace {
    int fps;
    int64_t next; /* monotonic ms */
};

void frame_pace_init(struct frame_pace *p, int fps);
/* A frame of so many bytes was shown (one that a key asked for counts for its time alone). */
void frame_pace_shown(struct frame_pace *p, int64_t now, int bytes);
/* Milliseconds until the next may be shown; 0 = now. */
int64_t frame_pace_wait(const struct frame_pace *p, int64_t now);

#endif
