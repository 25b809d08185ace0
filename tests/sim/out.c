#include "out.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "day.h"

void out_done(struct out *o)
{
    free(o->s);
    o->s = NULL;
    o->len = o->cap = 0;
}

void out_need(struct out *o, size_t more)
{
    size_t cap = o->cap < 4096 ? 4096 : o->cap;

    if (o->len + more <= o->cap) {
        return;
    }
    while (cap < o->len + more) {
        cap *= 2;
    }
    o->s = realloc(o->s, cap);
    if (o->s == NULL) {
        fputs("crm-sim: out of memory\n", stderr);
        abort();
    }
    o->cap = cap;
}

const char *out_text(struct out *o)
{
    out_need(o, 1);
    o->s[o->len] = '\0';
    return o->s;
}

void out_bytes(struct out *o, const char *s, size_t len)
{
    out_need(o, len);
    memcpy(o->s + o->len, s, len);
    o->len += len;
}

void out_str(struct out *o, const char *s)
{
    out_bytes(o, s, strlen(s));
}

void out_char(struct out *o, char c)
{
    out_need(o, 1);
    o->s[o->len++] = c;
}

void out_printf(struct out *o, const char *format, ...)
{
    va_list args;
    int n;

    if (format == NULL) { /* never; but the sanitizers' builds warn of it */
        return;
    }
    out_need(o, 256);
    va_start(args, format);
    n = vsnprintf(o->s + o->len, 256, format, args);
    va_end(args);
    if (n >= 256) {
        out_need(o, (size_t)n + 1);
        va_start(args, format);
        n = vsnprintf(o->s + o->len, (size_t)n + 1, format, args);
        va_end(args);
    }
    o->len += n < 0 ? 0 : (size_t)n;
}

/* Writes the digits of `value`, `least` of them at least, before `end`; gives where they start. */
static char *digits_before(char *end, uint64_t value, int least)
{
    for (; value != 0 || least > 0; least--) {
        *--end = (char)('0' + value % 10);
        value /= 10;
    }
    return end;
}

static uint64_t magnitude(int64_t value)
{
    return value < 0 ? UINT64_C(0) - (uint64_t)value : (uint64_t)value;
}

void out_int(struct out *o, int64_t value)
{
    char buf[24];
    char *end = buf + sizeof(buf);
    char *at = digits_before(end, magnitude(value), 1);

    if (value < 0) {
        *--at = '-';
    }
    out_bytes(o, at, (size_t)(end - at));
}

void out_decimal(struct out *o, int64_t value, int places, int min_places)
{
    char buf[40];
    char *end = buf + sizeof(buf);
    char *at = digits_before(end, magnitude(value), places + 1);
    char *point = end - places;

    if (value < 0) {
        out_char(o, '-');
    }
    out_bytes(o, at, (size_t)(point - at));
    while (end - point > min_places && end[-1] == '0') {
        end--;
    }
    if (end > point) {
        out_char(o, '.');
        out_bytes(o, point, (size_t)(end - point));
    }
}

/* One character of UTF-8 at *s; moves on. The text is our own, so it is sound. */
static uint32_t next_code(const char **s)
{
    const unsigned char *u = (const unsigned char *)*s;
    int more = u[0] < 0xc0 ? 0 : u[0] < 0xe0 ? 1 : u[0] < 0xf0 ? 2 : 3;
    uint32_t code = more == 0 ? u[0] : u[0] & (0x3fu >> more);

    for (int i = 1; i <= more && u[i] != '\0'; i++) {
        code = code << 6 | (u[i] & 0x3fu);
    }
    *s += more + 1;
    return code;
}

static void out_escaped(struct out *o, uint32_t code)
{
    if (code >= 0x10000) {
        code -= 0x10000;
        out_printf(o, "\\u%04x\\u%04x", 0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff));
    } else {
        out_printf(o, "\\u%04x", code);
    }
}

void out_json(struct out *o, const char *s)
{
    if (s == NULL) {
        OUT_LIT(o, "null");
        return;
    }
    out_char(o, '"');
    while (*s != '\0') {
        unsigned char c = (unsigned char)*s;

        if (c == '"' || c == '\\' || (c == '/' && o->php)) {
            out_char(o, '\\');
            out_char(o, *s++);
        } else if (c < 0x20 || (c >= 0x80 && o->php)) {
            out_escaped(o, next_code(&s));
        } else {
            out_char(o, *s++);
        }
    }
    out_char(o, '"');
}

static char *two(char *at, int value)
{
    at[0] = (char)('0' + value / 10);
    at[1] = (char)('0' + value % 10);
    return at + 2;
}

void out_us_date(struct out *o, int32_t day)
{
    char buf[16];
    char *at = buf;
    int year, month, mday;

    if (day == NO_DAY) {
        OUT_LIT(o, "null");
        return;
    }
    day_to_civil(day, &year, &month, &mday);
    *at++ = '"';
    at = two(at, month);
    if (o->php) {
        *at++ = '\\';
    }
    *at++ = '/';
    at = two(at, mday);
    if (o->php) {
        *at++ = '\\';
    }
    *at++ = '/';
    at = two(two(at, year / 100), year % 100);
    *at++ = '"';
    out_bytes(o, buf, (size_t)(at - buf));
}

void out_iso_date(struct out *o, int32_t day)
{
    int year, month, mday;

    if (day == NO_DAY) {
        OUT_LIT(o, "null");
        return;
    }
    day_to_civil(day, &year, &month, &mday);
    out_printf(o, "\"%04d-%02d-%02d\"", year, month, mday);
}

/* `instant` as the clock on a wall shows it, without quotes. */
static void out_wall_time(struct out *o, int64_t instant)
{
    int32_t day = (int32_t)(instant / 86400);
    int rest = (int)(instant % 86400);
    int year, month, mday;

    if (rest < 0) {
        rest += 86400;
        day--;
    }
    day_to_civil(day, &year, &month, &mday);
    out_printf(o, "%04d-%02d-%02dT%02d:%02d:%02d", year, month, mday, rest / 3600, rest / 60 % 60,
               rest % 60);
}

void out_offset_time(struct out *o, int64_t instant, int offset_minutes)
{
    int size = offset_minutes < 0 ? -offset_minutes : offset_minutes;

    if (instant == NO_INSTANT) {
        OUT_LIT(o, "null");
        return;
    }
    out_char(o, '"');
    out_wall_time(o, instant + offset_minutes * 60);
    out_printf(o, "%c%02d:%02d\"", offset_minutes < 0 ? '-' : '+', size / 60, size % 60);
}

void out_utc_time(struct out *o, int64_t instant)
{
    if (instant == NO_INSTANT) {
        OUT_LIT(o, "null");
        return;
    }
    out_char(o, '"');
    out_wall_time(o, instant);
    OUT_LIT(o, ".000Z\"");
}
