/* card: card numbers: made, masked as the CRM masks them, and masked as ipsync must. */
#ifndef SIM_CARD_H
#define SIM_CARD_H

#include <stdint.h>

/* A number with a right check digit, from a brand chosen by `h`; `pan` holds 20. */
void card_make(uint64_t h, char *pan);

/* `3712*******1234`, straight from `h`. */
void card_make_masked(uint64_t h, char *masked);

/* In place: of each run of 13 to 19 digits that is a card number by its check digit and its
 * beginning, the first six and last four stay. */
void card_mask_text(char *text);

#endif
