/* What a terminal sends, as keys: escape sequences in both their forms (CSI and SS3), whatever mode
 * the terminal is in, modifiers ignored; UTF-8; mouse reports; pasted text. Replies of the terminal
 * and broken or unknown sequences never become keys.
 *
 * Pure: bytes in, keys out, the time is an argument (monotonic ms). One owner, any thread. */
#ifndef TUI_SCREEN_TERM_INPUT_H
#define TUI_SCREEN_TERM_INPUT_H

#include "tui/screen/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { TERM_INPUT_SIZE = 1024, TERM_INPUT_CAPS = 16, TERM_INPUT_CAP_LEN = 12 };

/* A key's sequence by the terminal's description, where it is one of its own. */
struct term_cap {
    uint32_t code;
    unsigned char len;
    char bytes[TERM_INPUT_CAP_LEN];
};

struct term_input {
    unsigned char bytes[TERM_INPUT_SIZE]; /* not decoded yet */
    size_t len;
    int64_t at_ms;  /* when the last of them came */
    int64_t esc_ms; /* when an Esc became a key because nothing followed it */
    bool mouse;     /* reports of the old form (three bytes after CSI M) are expected */
    bool is_pasting, is_string;
    unsigned answers; /* to CSI 5 n, since the beginning */
    char reply[32];   /* the string (OSC 11) that comes in */
    size_t reply_len;
    int lightness; /* of the background in percent, once it was told; else -1 */
    struct term_cap caps[TERM_INPUT_CAPS];
    size_t caps_len;
};

void term_input_init(struct term_input *in);
/* Forgets what came, keeps capabilities, mouse and answers. */
void term_input_reset(struct term_input *in);
/* A capability (kcuu1 …); one that does not begin with Esc, or is too long, is left out. */
void term_input_add_cap(struct term_input *in, uint32_t code, const char *bytes);
/* How many bytes may be fed now. 0: take keys first. */
size_t term_input_room(const struct term_input *in);
void term_input_feed(struct term_input *in, const void *bytes, size_t len, int64_t now_ms);
/* The next key. False: none now; when that is because a sequence may still go on, `*wait_ms` is
 * lowered to the time until it is given up (negative counts as for ever). */
bool term_input_next(struct term_input *in, int64_t now_ms, struct key *key, int *wait_ms);

#endif
