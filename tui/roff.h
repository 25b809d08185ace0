/* Text as source of a manual page (roff, man macros). What comes out is plain ASCII, and no text
 * can be taken for a request. Appends; pure, any thread. */
#ifndef TUI_ROFF_H
#define TUI_ROFF_H

struct buf;

/* Prose: `what is typed` becomes bold, a full stop at the end of a word ends the line. */
void roff_add_text(struct buf *b, const char *text);
/* What is typed as it stands, in bold. */
void roff_add_bold(struct buf *b, const char *words);
/* "[--limit N]": what is typed in bold, CAPITALS as what stands for something, in italics. */
void roff_add_synopsis(struct buf *b, const char *synopsis);
/* Prose as a sentence of its own: a capital first, a full stop last, and the line's end. */
void roff_add_sentence(struct buf *b, const char *text);
/* ".SS words" and such. */
void roff_add_request(struct buf *b, const char *request, const char *words);

#endif
