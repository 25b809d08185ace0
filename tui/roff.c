#include "tui/roff.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum font { ROMAN, BOLD, ITALIC };

static bool is_word(char c)
{
    return isalnum((unsigned char)c) != 0;
}

/* Signs that roff would take for its own, or print as a typographer's. */
static const char *escape_of(char c)
{
    switch (c) {
    case '\\':
        return "\\e";
    case '-':
        return "\\-";
    case '\'':
        return "\\(aq";
    case '`':
        return "\\(ga";
    case '^':
        return "\\(ha";
    case '~':
        return "\\(ti";
    case '"':
        return "\\(dq";
    default:
        return NULL;
    }
}

/* One character, as it is typed; returns its length. */
static size_t add_typed(struct buf *b, const char *at)
{
    uint32_t code = 0;
    size_t len = text_decode(at, 4, &code);
    const char *escape = escape_of(*at);
    if (escape) {
        buf_adds(b, escape);
    } else if (code == 0x2026) {
        buf_adds(b, "...");
    } else if (len > 1) {
        buf_addf(b, "\\[u%04X]", (unsigned)code);
    } else {
        buf_addc(b, *at);
    }
    return len ? len : 1;
}

static void set_font(struct buf *b, enum font *now, enum font wanted)
{
    static const char *const escapes[] = {[ROMAN] = "\\fR", [BOLD] = "\\fB", [ITALIC] = "\\fI"};
    if (*now != wanted) {
        buf_adds(b, escapes[wanted]);
        *now = wanted;
    }
}

/* A line that begins with one of these would be a request. */
static void guard_line(struct buf *b, char next)
{
    bool is_start = !b->len || b->data[b->len - 1] == '\n';
    if (is_start && (next == '.' || next == '\'')) {
        buf_adds(b, "\\&");
    }
}

/* ---- prose ---- */

/* "data.  Each" or "data. Each": roff sets the room after a sentence that ends a line. */
static bool ends_sentence(const char *text, const char *at)
{
    return *at == '.' && at > text + 1 && (is_word(at[-1]) || strchr(")`", at[-1])) &&
           at[1] == ' ' && (isupper((unsigned char)at[2]) || at[2] == '`');
}

/* A character of prose: a hyphen within a word and an apostrophe stay what they are. */
static size_t add_prose(struct buf *b, const char *text, const char *at)
{
    bool is_inside = at > text && is_word(at[-1]) && is_word(at[1]);
    if (*at == '\'' || (*at == '-' && is_inside)) {
        buf_addc(b, *at);
        return 1;
    }
    return add_typed(b, at);
}

void roff_add_text(struct buf *b, const char *text)
{
    enum font font = ROMAN;
    for (const char *at = text; *at;) {
        guard_line(b, *at);
        if (*at == '`') {
            set_font(b, &font, font == ROMAN ? BOLD : ROMAN);
            at++;
        } else if (font == ROMAN && ends_sentence(text, at)) {
            buf_adds(b, ".\n");
            at += 2;
        } else {
            at += font == BOLD ? add_typed(b, at) : add_prose(b, text, at);
        }
    }
    set_font(b, &font, ROMAN);
}

void roff_add_sentence(struct buf *b, const char *text)
{
    char *copy = mem_strdup(text);
    copy[0] = (char)toupper((unsigned char)copy[0]);
    roff_add_text(b, copy);
    buf_adds(b, ".\n");
    free(copy);
}

/* ---- what is typed ---- */

void roff_add_bold(struct buf *b, const char *words)
{
    enum font font = ROMAN;
    set_font(b, &font, BOLD);
    for (const char *at = words; *at;) {
        at += add_typed(b, at);
    }
    set_font(b, &font, ROMAN);
}

/* FILE, ID, SYNC_ID, N: capitals that are no part of a word in small letters. */
static size_t length_of_capitals(const char *at)
{
    size_t len = 0;
    while (isupper((unsigned char)at[len]) || (len && at[len] == '_')) {
        len++;
    }
    return is_word(at[len]) ? 0 : len;
}

static enum font font_of(const char *at)
{
    return length_of_capitals(at) ? ITALIC : is_word(*at) || *at == '-' ? BOLD : ROMAN;
}

void roff_add_synopsis(struct buf *b, const char *synopsis)
{
    enum font font = ROMAN;
    for (const char *at = synopsis; *at;) {
        size_t capitals = length_of_capitals(at);
        if (*at != ' ') {
            set_font(b, &font, font_of(at));
        }
        buf_add(b, at, capitals);
        at += capitals ? capitals : add_typed(b, at);
    }
    set_font(b, &font, ROMAN);
}

void roff_add_request(struct buf *b, const char *request, const char *words)
{
    buf_addf(b, ".%s ", request);
    for (const char *at = words; *at;) {
        at += add_typed(b, at);
    }
    buf_addc(b, '\n');
}
