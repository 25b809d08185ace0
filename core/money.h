/* Decimal text to whole units, exactly. No double anywhere on the way.
 *
 * Accepted: what the CRM is known or likely to send: "91.57", "-570.00", "1,234.50", "$12",
 * "(12.00)" for minus, "1e3", ".5", "5.", a leading "+", blanks around. Zeros beyond the unit's
 * last digit are exact ("0.1000000" in millionths). Everything else ("1,23" may be somebody's
 * decimal comma), and every value that does not fit the unit exactly ("12.345" in cents) or an
 * int64, is refused. Pure, any thread. */
#ifndef CORE_MONEY_H
#define CORE_MONEY_H

#include <stdbool.h>
#include <stdint.h>

/* `decimals` is how many digits of the unit lie behind the point: 2 gives cents, 6 millionths, 0
 * whole numbers. On failure `*out` is undefined, and `why` (if not NULL) points to a static phrase
 * that completes "amount ...". */
bool money_parse(const char *text, int decimals, int64_t *out, const char **why);
/* The digits written behind the point in `text` ("100.12" gives 2, trailing zeros counted); 0 if
 * none. */
int money_decimals(const char *text);
/* `units` as plain decimal text, e.g. (-57000, 2) gives "-570.00". `decimals` is 0 to 18. */
void money_format(int64_t units, int decimals, char out[32]);
/* Millionths rounded half away from zero to `decimals` digits behind the point, still in
 * millionths: (1235000, 2) gives 1240000. */
int64_t money_round_micros(int64_t micros, int decimals);

#endif
