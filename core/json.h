/* An answer's body as a cJSON tree that lives in an arena.
 *
 * cJSON's allocator hooks are global, so this is for the engine thread alone; json_setup() is
 * called once before it starts. Trees are never deleted, the arena is reset instead.
 *
 * cJSON keeps numbers as doubles, exact to 15 significant digits. A number that is written with
 * more, or with an exponent near the end of a double's range, arrives as a string instead:
 * JSON_EXACT followed by the digits as they were sent. No number is ever infinite. */
#ifndef CORE_JSON_H
#define CORE_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stddef.h>

struct arena;
struct err;
struct buf;

#define JSON_EXACT '\x01' /* first byte of a string that was a long number */

void json_setup(void);

/* Parses all of `body`, which may be changed: "\u0000" and halves of surrogate pairs become U+FFFD.
 * A BOM is skipped. Strings may hold invalid UTF-8, as it was sent. NULL with ERR_DATA for what is
 * not JSON, has NUL bytes, or nests deeper than 64, with ERR_SIZE for what would take more than the
 * arena's limit; the message shows nothing of the body.
 *
 * A value takes 64 bytes and more of memory, so that 60 MB of "[1,1,1,…" would take 2 GB. Records
 * of the CRM take some four times their length: a limit of twice what a body may have serves bodies
 * of half that size, and such pages are asked for in smaller parts anyway. */
cJSON *json_parse(struct arena *a, char *body, size_t len, struct err *e);

/* The member of an object, NULL if it has none or is none. The last one of its name counts, as in
 * map_object() and everywhere else. */
const cJSON *json_get(const cJSON *object, const char *name);

/* The number or the string as text that money_parse takes: exact digits for both. NULL for null and
 * everything else. Valid as long as the arena. `is_number` tells how it was sent; may be NULL. */
const char *json_scalar(struct arena *a, const cJSON *item, bool *is_number);

/* Appends `item` as compact JSON for a person to read, card numbers masked in every string and
 * number but those under keys that hold identifiers or amounts (mid, id, reference_number,
 * terminal_number, amount …), cardholder always; at most `cap` bytes, then "…". */
void json_add_masked(struct buf *b, const cJSON *item, size_t cap);

#endif
