/* An unmasked card number in a text, found another way than core/mask.c does: the fuzzers' measure
 * of it. */
#ifndef TESTS_FUZZ_CARD_SCAN_H
#define TESTS_FUZZ_CARD_SCAN_H

#include <stdbool.h>

/* Whether there is a run of 13 to 19 digits, or one in card groups, that passes Luhn and begins as
 * the cards of the large brands do. */
bool card_scan(const char *text);
/* Whether these digits alone (`count` of them) are such a number. */
bool card_scan_digits(const char *digits, int count);

#endif
