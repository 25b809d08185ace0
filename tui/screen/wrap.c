#include "tui/screen/wrap.h"

#include "tui/screen/glyph.h"

/* The end of the row that is broken before byte `at`, a blank or the first one after blanks. */
static size_t without_blanks(const char *text, size_t at)
{
    while (at > 0 && text[at - 1] == ' ')
        at--;
    return at;
}

static size_t after_blanks(const char *text, size_t at)
{
    while (text[at] == ' ')
        at++;
    return at;
}

/* The end of what fits, at least one glyph; `*blank` is the last blank after a word in it, or just
 * behind it (0 = none). */
static size_t fill_row(const char *text, size_t head, int columns, bool ascii, size_t *blank)
{
    const char *p = text;
    bool in_word = false;
    int used = 0;

    *blank = 0;
    while (*p != '\0') {
        const char *start = p;
        if (*p == ' ' && in_word)
            *blank = (size_t)(p - text);
        in_word = *p != ' ' && (size_t)(p - text) >= head;
        used += glyph_next(&p, ascii).columns;
        if (used > columns && start > text)
            return (size_t)(start - text);
    }
    return (size_t)(p - text);
}

size_t wrap_row(const char *text, size_t head, int columns, bool ascii, size_t *next)
{
    size_t blank;
    size_t end = fill_row(text, head, columns, ascii, &blank);

    *next = end;
    if (text[end] == '\0')
        return end;
    if (blank > 0)
        end = blank;
    *next = after_blanks(text, end);
    return blank > 0 ? without_blanks(text, end) : end;
}
