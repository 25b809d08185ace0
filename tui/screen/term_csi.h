/* Control sequences a terminal sends: CSI (Esc [) and SS3 (Esc O), and the keys they stand for.
 * Pure, any thread. */
#ifndef TUI_SCREEN_TERM_CSI_H
#define TUI_SCREEN_TERM_CSI_H

#include "tui/screen/key.h"

#include <stdbool.h>
#include <stddef.h>

enum { TERM_CSI_PARAMS = 3 };

struct term_csi {
    int params[TERM_CSI_PARAMS];          /* 0 where none is given */
    unsigned char private, middle, final; /* '?' or '<' …; '$' …; 0 = none. final 0 = broken */
};

/* Reads Esc [ … from the beginning. Bytes used; 0 = incomplete. `old_mouse`: CSI M has three bytes
 * behind it, which become the params. */
size_t term_csi_read(struct term_csi *csi, const unsigned char *s, size_t len, bool old_mouse);
/* Whether it answers CSI 5 n. */
bool term_csi_is_answer(const struct term_csi *csi);
/* False, and key->code 0, when it is no key we know. */
bool term_csi_key(const struct term_csi *csi, struct key *key);

/* Reads Esc O …; key->code 0 when it is no key. Bytes used; 0 = incomplete. */
size_t term_ss3_read(const unsigned char *s, size_t len, struct key *key);

#endif
