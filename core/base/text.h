/* Text that came from outside, made fit for the database and for a terminal. Pure, any thread. */
#ifndef CORE_BASE_TEXT_H
#define CORE_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Reads one character into `code`; its length in bytes, 0 when `s` does not begin with a valid one.
 * In a NUL-terminated string `len` may be 4: it does not look past the first byte that is wrong. */
size_t text_decode(const char *s, size_t len, uint32_t *code);
/* True when all of `s` is valid UTF-8 (no surrogates, no overlong forms). */
bool text_is_utf8(const char *s, size_t len);
/* Appends `s` with each invalid byte as U+FFFD. */
void text_add_utf8(struct buf *b, const char *s, size_t len);
/* Appends `s` for a terminal: C0, DEL, C1, bidi controls, line and paragraph separators and invalid
 * bytes as visible escapes (\x1b, \u202e), everything else as it is. Never emits a control byte. */
void text_add_visible(struct buf *b, const char *s);
/* What a terminal would obey, or what reorders, hides or breaks a line so that a row says something
 * else: C0, DEL, C1, bidi controls, the byte order mark, line and paragraph separators. */
bool text_must_be_spelled(uint32_t code);
/* Columns a string takes on a terminal (wcwidth; 0 for combining). `s` must be visible text. */
int text_width(const char *s);
/* Appends `s` cut to at most `columns` (never through a wide character; "…" or "~" marks the cut)
 * and, when pad is true, filled with blanks to exactly `columns`. */
void text_add_fit(struct buf *b, const char *s, int columns, bool pad);

/* Copies what fits of `s` (NULL = "") into `size` bytes with the NUL, cut between characters. */
void text_copy(char *out, size_t size, const char *s);

#endif
