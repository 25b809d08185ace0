/* A typed command line as words, as a shell would split it: blanks between, '…', "…" and \ keep
 * them together; nothing is expanded. Pure, any thread. */
#ifndef TUI_DASH_LINE_H
#define TUI_DASH_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct buf;
struct err;

struct line {
    char *text;   /* the words, NUL after each */
    char **words; /* borrowed from it; words[count] is NULL */
    size_t count;
};

/* ERR_USAGE: a quote that is not closed; `l` is empty then. line_done() frees it. */
bool line_split(struct line *l, const char *text, struct err *e);
void line_done(struct line *l);
/* Appends a word so that line_split(), or a shell, reads it back. */
void line_add_word(struct buf *b, const char *word);

#endif
