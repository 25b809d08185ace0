/* Where a text that is too long for a row goes on in the next one: after a blank, or, where a word
 * is longer than a row, between two characters. Pure, any thread. */
#ifndef TUI_SCREEN_WRAP_H
#define TUI_SCREEN_WRAP_H

#include <stdbool.h>
#include <stddef.h>

/* The bytes of `text` that a row of `columns` shows: without the blanks it is broken at, at least
 * one character. `*next` is set to the first byte of the following row, or to the text's end.
 * Within its first `head` bytes the text is not broken at a blank. */
size_t wrap_row(const char *text, size_t head, int columns, bool ascii, size_t *next);

#endif
