#include "core/base/text.h"

#include "core/base/buf.h"

#include <assert.h>
#include <langinfo.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

size_t text_decode(const char *s, size_t len, uint32_t *code)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000}; /* below: an overlong form */

    if (len == 0)
        return 0;
    unsigned char lead = (unsigned char)s[0];
    size_t n = lead < 0x80 ? 1 : lead < 0xc0 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (n == 0 || lead > 0xf4 || n > len)
        return 0;
    uint32_t c = n == 1 ? lead : lead & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        unsigned char next = (unsigned char)s[i];
        if ((next & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (next & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *code = c;
    return n;
}

static size_t valid_prefix(const char *s, size_t len)
{
    size_t at = 0;
    uint32_t code;

    for (size_t n; (n = text_decode(s + at, len - at, &code)) > 0;)
        at += n;
    return at;
}

bool text_is_utf8(const char *s, size_t len)
{
    return valid_prefix(s, len) == len;
}

void text_add_utf8(struct buf *b, const char *s, size_t len)
{
    for (;;) {
        size_t good = valid_prefix(s, len);
        buf_add(b, s, good);
        if (good == len)
            return;
        buf_adds(b, REPLACEMENT);
        s += good + 1;
        len -= good + 1;
    }
}

/* One character, or one byte that is none, as the terminal gets it. */
struct glyph {
    char bytes[12];
    size_t len;
    int columns;
};

static bool locale_is_utf8(void)
{
    return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}

bool text_must_be_spelled(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x061c || code == 0x200e ||
           code == 0x200f || code == 0xfeff || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

/* -1: must not reach the terminal as it is. */
static int safe_columns(uint32_t code)
{
    if (text_must_be_spelled(code))
        return -1;
    if (code < 0x80)
        return 1;
    /* Not left to wcwidth: in a Latin-1 locale it has widths, but our bytes are still UTF-8. */
    if (!locale_is_utf8())
        return -1;
    return wcwidth((wchar_t)code);
}

static struct glyph escape(char letter, int digits, uint32_t code)
{
    struct glyph g = {0};

    g.columns = snprintf(g.bytes, sizeof g.bytes, "\\%c%0*x", letter, digits, code);
    g.len = (size_t)g.columns;
    return g;
}

/* Takes the next glyph off a string that has not ended. */
static struct glyph next_glyph(const char **s)
{
    const char *start = *s;
    uint32_t code = 0;
    size_t n = text_decode(start, 4, &code);

    *s += n > 0 ? n : 1;
    if (n == 0)
        return escape('x', 2, (unsigned char)*start);
    struct glyph g = {.len = n, .columns = safe_columns(code)};
    if (g.columns < 0)
        return code < 0x80      ? escape('x', 2, code)
               : code < 0x10000 ? escape('u', 4, code)
                                : escape('U', 8, code);
    memcpy(g.bytes, start, n);
    return g;
}

void text_add_visible(struct buf *b, const char *s)
{
    while (*s != '\0') {
        struct glyph g = next_glyph(&s);
        buf_add(b, g.bytes, g.len);
    }
}

/* Stops counting once past `limit`: a cell on the screen may get a very long text. */
static int width_up_to(const char *s, int limit)
{
    int columns = 0;

    while (*s != '\0' && columns <= limit)
        columns += next_glyph(&s).columns;
    return columns;
}

int text_width(const char *s)
{
    return width_up_to(s, INT_MAX);
}

/* Adds what fits whole; the columns that took. */
static int add_whole(struct buf *b, const char *s, int columns)
{
    int used = 0;

    while (*s != '\0') {
        struct glyph g = next_glyph(&s);
        if (g.columns > columns - used)
            break;
        buf_add(b, g.bytes, g.len);
        used += g.columns;
    }
    return used;
}

void text_add_fit(struct buf *b, const char *s, int columns, bool pad)
{
    if (columns <= 0)
        return;
    bool cut = width_up_to(s, columns) > columns;
    int used = add_whole(b, s, cut ? columns - 1 : columns);
    if (cut) {
        buf_adds(b, locale_is_utf8() ? "\xe2\x80\xa6" : "~");
        used++;
    }
    for (; pad && used < columns; used++)
        buf_addc(b, ' ');
}

void text_copy(char *out, size_t size, const char *s)
{
    assert(size > 0);
    if (s == NULL)
        s = "";
    size_t len = strlen(s);
    if (len >= size) {
        len = size - 1;
        while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80)
            len--; /* not through a character */
    }
    memcpy(out, s, len);
    out[len] = '\0';
}
