#include "tui/screen/term_ack.h"

enum {
    LOST_MS = 30000, /* then an answer is not waited for any longer */
    MUTE_MS = 10000, /* this long, and for so many frames, without any: it never answers */
    MUTE_FRAMES = 8,
};

bool term_ack_should_ask(const struct term_ack *a, int64_t now_ms)
{
    return a->has_answered || a->frames < MUTE_FRAMES || now_ms - a->first_ms < MUTE_MS;
}

void term_ack_asked(struct term_ack *a, int64_t now_ms)
{
    if (a->frames == 0) {
        a->first_ms = now_ms;
    }
    if (a->asked > 0 && now_ms - a->last_ms >= LOST_MS) {
        a->asked = 0; /* one that was lost must not hold up every frame from now on */
    }
    a->frames++;
    a->asked++;
    a->last_ms = now_ms;
}

void term_ack_answered(struct term_ack *a, unsigned answers)
{
    a->has_answered = a->has_answered || answers > 0;
    a->asked -= answers < a->asked ? answers : a->asked;
}

int term_ack_wait_ms(const struct term_ack *a, int64_t now_ms)
{
    int64_t left = a->last_ms + LOST_MS - now_ms;
    return a->has_answered && a->asked > 0 && left > 0 ? (int)left : 0;
}

bool term_ack_may_come(const struct term_ack *a, int64_t now_ms)
{
    return a->asked > 0 && (a->has_answered || now_ms - a->first_ms < MUTE_MS);
}
