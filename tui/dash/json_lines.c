#include "tui/dash/json_lines.h"

#include "core/base/buf.h"
#include "tui/screen/glyph.h"

#include <stdint.h>
#include <string.h>

enum { DEPTH_MOST = 12, INLINE_MOST = 100 };

static const char *skip_blanks(const char *p)
{
    return p + strspn(p, " \t\r\n");
}

/* ---- texts and numbers ---- */

/* The four digits after \u; false = they are none. */
static bool read_hex(const char *p, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *at = p[i] ? strchr(digits, p[i]) : NULL;
        if (!at) {
            return false;
        }
        *code = *code * 16 + (uint32_t)(at - digits) % 16;
    }
    return true;
}

/* After the backslash; returns what follows. What is no character stays as it is written. */
static const char *add_unicode(const char *p, struct buf *out)
{
    char utf8[5];
    uint32_t code = 0;
    uint32_t low = 0;
    if (!read_hex(p + 1, &code)) {
        buf_addc(out, 'u');
        return p + 1;
    }
    const char *after = p + 5;
    if (code >= 0xd800 && code < 0xdc00 && after[0] == '\\' && after[1] == 'u' &&
        read_hex(after + 2, &low) && low >= 0xdc00 && low < 0xe000) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        after += 6;
    }
    size_t len = code ? glyph_encode(code, utf8) : 0;
    if (len) {
        buf_add(out, utf8, len);
    } else {
        buf_addc(out, '\\');
        buf_add(out, p, 5);
    }
    return after;
}

static const char *add_escape(const char *p, struct buf *out)
{
    static const char letters[] = "nrtbf";
    static const char meanings[] = "\n\r\t\b\f";
    const char *at = *p ? strchr(letters, *p) : NULL;
    if (*p == 'u') {
        return add_unicode(p, out);
    }
    if (*p) {
        buf_addc(out, at ? meanings[at - letters] : *p);
        p++;
    }
    return p;
}

/* From the opening quote on; returns what follows the closing one. */
static const char *add_string(const char *p, struct buf *out)
{
    for (p++; *p && *p != '"';) {
        if (*p == '\\') {
            p = add_escape(p + 1, out);
        } else {
            buf_addc(out, *p++);
        }
    }
    return *p ? p + 1 : p;
}

/* A number, a word, or what is no JSON: up to what ends a value, but at least a character. */
static const char *add_word(const char *p, struct buf *out)
{
    size_t len = strcspn(p, ",]}\r\n");
    len = len ? len : *p != '\0';
    buf_add(out, p, len);
    return p + len;
}

static const char *add_scalar(const char *p, struct buf *out)
{
    buf_adds(out, "");
    return *p == '"' ? add_string(p, out) : add_word(p, out);
}

static bool opens(char c)
{
    return c == '{' || c == '[';
}

/* ---- members ---- */

/* Goes to the next member and takes its key; false at the end, which it steps over. */
static bool next_member(const char **p, bool is_object, struct buf *key)
{
    buf_clear(key);
    buf_adds(key, "");
    *p += strspn(*p, " \t\r\n,");
    if (**p == '}' || **p == ']') {
        ++*p;
        return false;
    }
    if (is_object && **p == '"') {
        *p = skip_blanks(add_string(*p, key));
        *p += **p == ':';
        *p = skip_blanks(*p);
    }
    return **p != '\0';
}

/* "new 12, updated 0"; false (and whatever in `out`) when it holds more objects or is long. */
static bool add_flat(const char **p, struct buf *out)
{
    struct buf key = {0};
    bool is_object = **p == '{';
    bool fits = true;
    size_t start = out->len;
    buf_adds(out, "");
    ++*p;
    while (fits && next_member(p, is_object, &key)) {
        fits = !opens(**p);
        if (fits) {
            buf_addf(out, "%s%s%s", out->len > start ? ", " : "", key.data, key.len ? " " : "");
            *p = add_scalar(*p, out);
            fits = out->len - start <= INLINE_MOST;
        }
    }
    if (fits && out->len == start) {
        buf_adds(out, "none");
    }
    buf_done(&key);
    return fits;
}

struct walk {
    json_line *line;
    void *data;
};

static const char *walk_value(const struct walk *w, int depth, const char *key, const char *p);

static const char *walk_parts(const struct walk *w, int depth, const char *p)
{
    struct buf key = {0};
    bool is_object = *p == '{';
    p++;
    while (next_member(&p, is_object, &key)) {
        p = walk_value(w, depth, key.data, p);
    }
    buf_done(&key);
    return p;
}

static const char *walk_value(const struct walk *w, int depth, const char *key, const char *p)
{
    struct buf value = {0};
    const char *after = p;
    if (!opens(*p)) {
        after = add_scalar(p, &value);
        w->line(w->data, depth, key, value.data);
    } else if (add_flat(&after, &value)) {
        w->line(w->data, depth, key, value.data);
    } else if (depth >= DEPTH_MOST) {
        w->line(w->data, depth, key, p);
        after = p + strlen(p);
    } else {
        w->line(w->data, depth, key, "");
        after = walk_parts(w, depth + 1, p);
    }
    buf_done(&value);
    return after;
}

void json_lines(const char *json, json_line *line, void *data)
{
    struct walk w = {line, data};
    const char *p = skip_blanks(json);
    if (!opens(*p)) {
        line(data, 0, "", json);
        return;
    }
    p = skip_blanks(walk_parts(&w, 0, p));
    if (*p) {
        line(data, 0, "", p);
    }
}

/* ---- one member ---- */

struct search {
    const char *key;
    struct buf *out;
    bool found;
};

static void note_member(void *data, int depth, const char *key, const char *value)
{
    struct search *s = data;
    if (depth == 0 && !s->found && !strcmp(key, s->key) && strcmp(value, "null") != 0) {
        s->found = true;
        buf_adds(s->out, value);
    }
}

bool json_member(const char *json, const char *key, struct buf *out)
{
    struct search s = {.key = key, .out = out};
    json_lines(json, note_member, &s);
    return s.found;
}
