/* Whether a terminal keeps up: with each frame it is asked for its status (CSI 5 n), which it
 * answers when it has come that far. One that never answers is not waited for, and at last not
 * asked. Pure; times are monotonic ms. */
#ifndef TUI_SCREEN_TERM_ACK_H
#define TUI_SCREEN_TERM_ACK_H

#include <stdbool.h>
#include <stdint.h>

struct term_ack {
    unsigned asked; /* and not answered */
    unsigned frames;
    bool has_answered;
    int64_t first_ms, last_ms; /* asked */
};

/* Whether the frame that goes out now should ask. */
bool term_ack_should_ask(const struct term_ack *a, int64_t now_ms);
void term_ack_asked(struct term_ack *a, int64_t now_ms);
void term_ack_answered(struct term_ack *a, unsigned answers);
/* How long the next frame should wait for an answer; 0 = it need not. */
int term_ack_wait_ms(const struct term_ack *a, int64_t now_ms);
/* Whether an answer may still come, which nobody else must read. */
bool term_ack_may_come(const struct term_ack *a, int64_t now_ms);

#endif
