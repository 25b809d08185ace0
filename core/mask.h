/* Card numbers never reach the disk: first six and last four digits stay, the rest becomes '*'.
 * Pure, any thread; both work in place and never change the length. */
#ifndef CORE_MASK_H
#define CORE_MASK_H

#include <stdbool.h>

/* For the cardholder field: whatever has more than ten digits loses those between the first six and
 * the last four, whether or not it looks like a card. "3712*******1234" stays. */
void mask_cardholder(char *text);
/* For free text: masks each run of 13 to 19 digits that passes Luhn and begins as a card brand's
 * (also when written in card groups: 4-4-4-4, 4-6-5, 4-6-4 or 4-4-4-4-3, with single blanks or
 * hyphens). A longer run is no card number. True when something was masked. */
bool mask_text(char *text);

#endif
