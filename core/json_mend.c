#include "core/json_mend.h"

#include "core/base/mem.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

enum {
    LONG_RUN = 16,      /* so many of [0-9.] can be more than the 15 digits a double holds */
    NUMBER_MOST = 256,  /* looked at so far to either side, or long runs would cost their square */
    FAR_EXPONENT = 280, /* beyond it a number nears the ends of a double's range */
};

static bool read_hex4(const char *s, unsigned *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++) {
        char c = s[i];
        char low = (char)(c | 0x20);
        if (c >= '0' && c <= '9')
            *code = *code << 4 | (unsigned)(c - '0');
        else if (low >= 'a' && low <= 'f')
            *code = *code << 4 | (unsigned)(low - 'a' + 10);
        else
            return false;
    }
    return true;
}

/* How long the \u escape at `p` is; one that stands for no character is made U+FFFD first. 0 when
 * it is not even an escape: cJSON would take that for U+0000. */
static size_t mend_escape(char *p, const char *end)
{
    static const char replacement[4] = {'f', 'f', 'f', 'd'};
    unsigned code, low;

    if (end - p < 6)
        return (size_t)(end - p); /* the body breaks off here: the parser will say so */
    if (!read_hex4(p + 2, &code))
        return 0;
    bool high = code >= 0xd800 && code <= 0xdbff;
    if (high && end - p >= 12 && p[6] == '\\' && p[7] == 'u' && read_hex4(p + 8, &low) &&
        low >= 0xdc00 && low <= 0xdfff)
        return 12;
    if (code == 0 || (code >= 0xd800 && code <= 0xdfff))
        memcpy(p + 2, replacement, sizeof replacement);
    return 6;
}

/* U+0000 would end a C string early, and half a surrogate pair makes cJSON refuse the whole page.
 * Each backslash met from the left begins an escape, so "\\u0000" is not taken for one. */
bool json_mend_escapes(char *p, const char *end)
{
    while ((p = memchr(p, '\\', (size_t)(end - p)))) {
        size_t length = 2;
        if (end - p < 2)
            break;
        if (p[1] == 'u')
            length = mend_escape(p, end);
        if (length == 0)
            return false;
        p += length;
    }
    return true;
}

bool json_opens_more(const char *s, const char *end, int most)
{
    int depth = 0;

    for (bool in_string = false; s < end; s++) {
        if (*s == '"')
            in_string = !in_string;
        else if (in_string)
            s += *s == '\\';
        else
            depth += (*s == '[' || *s == '{') - (*s == ']' || *s == '}');
    }
    return depth > most;
}

/* cJSON takes all of these for blanks. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool in_run(char c)
{
    return is_digit(c) || c == '.';
}

static bool in_number(char c)
{
    return in_run(c) || c == '-' || c == '+' || (c | 0x20) == 'e';
}

/* Whether the run at s[at] may be (part of) a number. Never false for one; true for some text as
 * well, which costs time only: most long runs have a quote or a letter beside them. */
static bool looks_like_number(const char *s, size_t len, size_t at)
{
    size_t end = at;
    size_t first = at > NUMBER_MOST ? at - NUMBER_MOST : 0;
    size_t last = len - at > NUMBER_MOST ? at + NUMBER_MOST : len;

    while (at > first && in_number(s[at - 1]))
        at--;
    while (end < last && in_number(s[end]))
        end++;
    if (in_number(s[at]) && at == first && first > 0)
        return true;
    if (end == last && last < len)
        return true;
    if (at > 0 && !is_blank(s[at - 1]) && !strchr(":,[", s[at - 1]))
        return false;
    return end == len || is_blank(s[end]) || strchr(",]}", s[end]);
}

/* in_run, or a slash, which has the code between: one comparison instead of three, and a run too
 * many costs nothing but time. */
static bool near_run(char c)
{
    return (unsigned char)(c - '.') <= '9' - '.';
}

/* Looks at every 16th byte, and closer only where that could belong to a long run. */
bool json_has_long_number(const char *s, size_t len)
{
    for (size_t from = 0; from + LONG_RUN <= len;) {
        size_t at = from + LONG_RUN;
        while (at > from && near_run(s[at - 1]))
            at--;
        if (at > from) {
            from = at;
            continue;
        }
        if (looks_like_number(s, len, from))
            return true;
        while (from < len && near_run(s[from]))
            from++;
    }
    return false;
}

bool json_has_far_exponent(const char *s, size_t len)
{
    static const char *const signs[] = {"e-", "E-"};
    const char *end = s + len;

    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        for (const char *p = s; (p = memmem(p, (size_t)(end - p), signs[i], 2)); p += 2)
            if (end - p > 4 && is_digit(p[2]) && is_digit(p[3]) && is_digit(p[4]))
                return true;
    }
    return false;
}

static size_t skip_digits(const char *s, size_t len, size_t at)
{
    while (at < len && is_digit(s[at]))
        at++;
    return at;
}

/* Whether the token is a number as cJSON takes them, and one that a double may not hold. */
bool json_needs_exact(const char *s, size_t len)
{
    size_t sign = len > 0 && s[0] == '-';
    size_t end = skip_digits(s, len, sign);
    int exponent = 0;

    size_t digits = end - sign;
    if (end < len && s[end] == '.') {
        size_t point = end;
        end = skip_digits(s, len, end + 1);
        digits += end - point - 1; /* "-.5" is a number to cJSON */
    }
    if (digits == 0)
        return false;
    bool is_long = end - sign >= LONG_RUN;
    if (end < len && (s[end] | 0x20) == 'e') {
        end++;
        end += end < len && (s[end] == '-' || s[end] == '+');
        size_t first = end;
        for (; end < len && is_digit(s[end]); end++)
            if (exponent <= FAR_EXPONENT)
                exponent = exponent * 10 + (s[end] - '0');
        if (end == first)
            return false;
        is_long = is_long || end - first >= LONG_RUN;
    }
    return end == len && (is_long || exponent > FAR_EXPONENT);
}

/* Behind the quote that ends the string: the first with an even number of backslashes before it. */
static size_t string_end(const char *s, size_t len, size_t at)
{
    for (at++; at < len;) {
        const char *quote = memchr(s + at, '"', len - at);
        if (!quote)
            break;
        size_t end = (size_t)(quote - s), backslashes = 0;
        while (end - backslashes > at && s[end - backslashes - 1] == '\\')
            backslashes++;
        at = end + 1;
        if (backslashes % 2 == 0)
            return at;
    }
    return len;
}

/* A number in a key's place must stay one, or it would become a key. */
static bool is_key(const char *s, size_t len, size_t end)
{
    while (end < len && is_blank(s[end]))
        end++;
    return end < len && s[end] == ':';
}

/* The body with its long numbers as strings. */
struct text json_quote_long_numbers(struct arena *a, struct text body)
{
    const char *s = body.data;
    /* Three bytes more for each, and each is six bytes or more, the comma behind it counted. */
    struct text out = {arena_try(a, body.len + body.len / 2 + 8), 0};
    size_t copied = 0;

    if (!out.data)
        return out;

    for (size_t at = 0, end; at < body.len; at = end) {
        end = at + 1;
        if (s[at] == '"') {
            end = string_end(s, body.len, at);
        } else if (is_digit(s[at]) || s[at] == '-') {
            while (end < body.len && in_number(s[end]))
                end++;
            if (!json_needs_exact(s + at, end - at) || is_key(s, body.len, end))
                continue;
            memcpy(out.data + out.len, s + copied, at - copied);
            out.len += at - copied;
            out.data[out.len++] = '"';
            out.data[out.len++] = JSON_EXACT;
            memcpy(out.data + out.len, s + at, end - at);
            out.len += end - at;
            out.data[out.len++] = '"';
            copied = end;
        }
    }
    memcpy(out.data + out.len, s + copied, body.len - copied);
    out.len += body.len - copied;
    return out;
}
