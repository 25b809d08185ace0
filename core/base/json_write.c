#include "core/base/json_write.h"

#include "core/base/buf.h"
#include "core/base/text.h"

#include <inttypes.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define DECIMALS_MAX 17

void json_begin(struct json_writer *j, struct buf *out)
{
    *j = (struct json_writer){.out = out};
}

/* Before each key and each value: after a key none is due, after a sibling one is. */
static void comma(struct json_writer *j)
{
    if (j->need_comma)
        buf_addc(j->out, ',');
    j->need_comma = true;
}

static void open_with(struct json_writer *j, char bracket)
{
    comma(j);
    buf_addc(j->out, bracket);
    j->need_comma = false;
}

static void close_with(struct json_writer *j, char bracket)
{
    buf_addc(j->out, bracket);
    j->need_comma = true;
}

static void add_value(struct json_writer *j, const char *text)
{
    comma(j);
    buf_adds(j->out, text);
}

void json_object(struct json_writer *j)
{
    open_with(j, '{');
}

void json_end_object(struct json_writer *j)
{
    close_with(j, '}');
}

void json_array(struct json_writer *j)
{
    open_with(j, '[');
}

void json_end_array(struct json_writer *j)
{
    close_with(j, ']');
}

static void add_escaped(struct buf *out, uint32_t code)
{
    static const char plain[] = "\"\\\b\f\n\r\t";
    static const char letter[] = "\"\\bfnrt";
    const char *found = code < 0x80 ? strchr(plain, (int)code) : NULL;

    if (found != NULL)
        buf_addf(out, "\\%c", letter[found - plain]);
    else
        buf_addf(out, "\\u%04" PRIx32, code);
}

/* C1 and what turns the direction of text as well, which JSON would allow: the output may end on a
 * terminal. */
static bool must_escape(uint32_t code)
{
    return text_must_be_spelled(code) || code == '"' || code == '\\';
}

static void add_quoted(struct buf *out, const char *s)
{
    const char *run = s; /* what needs no escape is added in one piece */

    buf_addc(out, '"');
    while (*s != '\0') {
        uint32_t code = 0;
        size_t n = text_decode(s, 4, &code);
        if (n > 0 && must_escape(code)) {
            text_add_utf8(out, run, (size_t)(s - run));
            add_escaped(out, code);
            run = s + n;
        }
        s += n > 0 ? n : 1;
    }
    text_add_utf8(out, run, (size_t)(s - run));
    buf_addc(out, '"');
}

void json_key(struct json_writer *j, const char *key)
{
    comma(j);
    add_quoted(j->out, key);
    buf_addc(j->out, ':');
    j->need_comma = false;
}

void json_string(struct json_writer *j, const char *s)
{
    if (s == NULL) {
        json_null(j);
        return;
    }
    comma(j);
    add_quoted(j->out, s);
}

void json_int(struct json_writer *j, int64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRId64, n);
    add_value(j, text);
}

void json_bool(struct json_writer *j, bool b)
{
    add_value(j, b ? "true" : "false");
}

void json_null(struct json_writer *j)
{
    add_value(j, "null");
}

void json_decimal(struct json_writer *j, double d, int decimals)
{
    char text[352]; /* DBL_MAX has 309 digits before the point */

    if (!isfinite(d)) { /* JSON has no word for it */
        json_null(j);
        return;
    }
    if (decimals > DECIMALS_MAX)
        decimals = DECIMALS_MAX;
    snprintf(text, sizeof text, "%.*f", decimals > 0 ? decimals : 0, d);
    /* The point is the locale's: a comma in many. */
    size_t whole = strspn(text, "-0123456789");
    const char *fraction = text + whole + strcspn(text + whole, "0123456789");
    comma(j);
    buf_add(j->out, text, whole);
    if (*fraction != '\0')
        buf_addf(j->out, ".%s", fraction);
}

void json_raw(struct json_writer *j, const char *text)
{
    add_value(j, text != NULL && text[0] != '\0' ? text : "null");
}

void json_kv_string(struct json_writer *j, const char *key, const char *s)
{
    json_key(j, key);
    json_string(j, s);
}

void json_kv_int(struct json_writer *j, const char *key, int64_t n)
{
    json_key(j, key);
    json_int(j, n);
}

void json_kv_bool(struct json_writer *j, const char *key, bool b)
{
    json_key(j, key);
    json_bool(j, b);
}
