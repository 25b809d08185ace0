#include "tui/dash/frame_pace.h"

enum { LONGEST_WAIT_MS = 1000 }; /* a whole screen is paid for by then */

void frame_pace_init(struct frame_pace *p, int fps)
{
    *p = (struct frame_pace){.fps = fps < 1 ? 1 : fps};
}

void frame_pace_shown(struct frame_pace *p, int64_t now, int bytes)
{
    int64_t by_rate = 1000 / p->fps;
    int64_t by_bytes = (int64_t)bytes * 1000 / FRAME_BYTES_PER_SECOND;
    by_bytes = by_bytes > LONGEST_WAIT_MS ? LONGEST_WAIT_MS : by_bytes;
    p->next = now + (by_bytes > by_rate ? by_bytes : by_rate);
}

int64_t frame_pace_wait(const struct frame_pace *p, int64_t now)
{
    return p->next > now ? p->next - now : 0;
}
