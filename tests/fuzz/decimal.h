/* The value a text of a number stands for, whatever way it is written: the fuzzers' measure of
 * whether a number was changed. */
#ifndef TESTS_FUZZ_DECIMAL_H
#define TESTS_FUZZ_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>

enum { DECIMAL_DIGITS = 512 };

struct decimal_value {
    bool minus;
    int count; /* of digits, without zeros before and behind; 0 = the value is 0 */
    char digits[DECIMAL_DIGITS];
    long exponent; /* of the last digit */
};

/* Reads sign, digits with or without a point, and an exponent; commas are passed over. False when
 * there is anything else, or more than it can hold. */
bool decimal_read(const char *text, size_t len, struct decimal_value *out);
bool decimal_same(const struct decimal_value *a, const struct decimal_value *b);

#endif
