/* What cJSON would get wrong, mended in the text before it parses. Pure, any thread. */
#ifndef CORE_JSON_MEND_H
#define CORE_JSON_MEND_H

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct text {
    char *data;
    size_t len;
};

/* U+0000 would end a C string early, and half a surrogate pair makes cJSON refuse the whole page:
 * both become U+FFFD in place. False when there is a \u that is no escape. */
bool json_mend_escapes(char *p, const char *end);

/* Whether more than `most` lists and objects are open at `end`. */
bool json_opens_more(const char *s, const char *end, int most);

/* Whether a number of more digits than a double holds may stand in it: cheap, looks at every 16th
 * byte, never wrong when it says no. */
bool json_has_long_number(const char *s, size_t len);
/* Whether there may be a number with an exponent so far below 0 that its double is 0. */
bool json_has_far_exponent(const char *s, size_t len);
/* Whether the token is a number as cJSON takes them, and one that a double may not hold. */
bool json_needs_exact(const char *s, size_t len);
/* A copy in the arena with each long number as a string: JSON_EXACT and its digits (core/json.h);
 * without data when the arena's limit does not let it. */
struct text json_quote_long_numbers(struct arena *a, struct text body);

#endif
