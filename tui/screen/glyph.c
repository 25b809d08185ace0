#include "tui/screen/glyph.h"

#include "core/base/text.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

static bool is_in(uint32_t code, uint32_t first, uint32_t last)
{
    return code >= first && code <= last;
}

/* Of no width themselves, but what they do to their neighbours' width is up to the terminal. */
static bool joins_or_selects(uint32_t code)
{
    return is_in(code, 0x200b, 0x200d) || is_in(code, 0x2060, 0x206f) ||
           is_in(code, 0xfe00, 0xfe0f) || is_in(code, 0x180b, 0x180f) || code == 0x034f ||
           is_in(code, 0xfff9, 0xfffb) || is_in(code, 0xe0000, 0xe0fff);
}

static bool is_skin_tone(uint32_t code)
{
    return is_in(code, 0x1f3fb, 0x1f3ff);
}

static struct glyph spell(char letter, int digits, uint32_t code)
{
    struct glyph g = {0};

    g.columns = snprintf(g.spelled, sizeof g.spelled, "\\%c%0*x", letter, digits, code);
    return g;
}

static struct glyph spell_code(uint32_t code)
{
    return code < 0x80      ? spell('x', 2, code)
           : code < 0x10000 ? spell('u', 4, code)
                            : spell('U', 8, code);
}

static struct glyph question_marks(int columns)
{
    struct glyph g = {.columns = columns};

    memset(g.spelled, '?', (size_t)columns);
    return g;
}

/* One code point. A locale that does not know its width makes it a '?' or a spelling. */
static struct glyph single(uint32_t code, bool ascii)
{
    struct glyph g = {.codes = {code}, .columns = 1};

    if (text_must_be_spelled(code))
        return spell_code(code);
    if (code < 0x80)
        return g;
    g.columns = wcwidth((wchar_t)code);
    if (ascii)
        return question_marks(g.columns < 0 ? 1 : g.columns);
    return g.columns < 0 ? spell_code(code) : g;
}

/* Whether a code point belongs to the base before it. */
static bool follows(uint32_t code, const struct glyph *base)
{
    if (code < 0x80 || text_must_be_spelled(code))
        return false;
    return wcwidth((wchar_t)code) == 0 || (base->columns == 2 && is_skin_tone(code));
}

static void add_mark(struct glyph *g, uint32_t code)
{
    if (g->codes[0] == 0 || joins_or_selects(code) || is_skin_tone(code))
        return;
    for (int i = 1; i < CELL_CODES; i++) {
        if (g->codes[i] == 0) {
            g->codes[i] = code;
            return;
        }
    }
}

struct glyph glyph_next(const char **text, bool ascii)
{
    uint32_t code = 0;
    size_t n = text_decode(*text, 4, &code);

    if (n == 0)
        return spell('x', 2, (unsigned char)*(*text)++);
    *text += n;
    struct glyph g = single(code, ascii);
    if (g.columns == 0)
        g.codes[0] = 0;
    while ((unsigned char)**text >= 0x80 && (n = text_decode(*text, 4, &code)) > 0 &&
           follows(code, &g)) {
        if (!ascii)
            add_mark(&g, code);
        *text += n;
    }
    return g;
}

bool glyph_is_plain(const char *text)
{
    return text[0] >= 0x20 && text[0] < 0x7f && (unsigned char)text[1] < 0x80;
}

int glyph_count_columns(const char *text, bool ascii, int limit)
{
    int columns = 0;

    while (*text != '\0' && columns <= limit) {
        if (glyph_is_plain(text)) {
            text++;
            columns++;
        } else {
            columns += glyph_next(&text, ascii).columns;
        }
    }
    return columns;
}

size_t glyph_encode(uint32_t code, char out[5])
{
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

    out[0] = '\0';
    if (code == 0 || code > 0x10ffff || is_in(code, 0xd800, 0xdfff))
        return 0;
    for (size_t i = len - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    out[0] = (char)(leads[len] | code);
    out[len] = '\0';
    return len;
}
