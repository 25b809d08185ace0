#include "tests/fuzz/decimal.h"

#include <string.h>

/* Beyond it all are alike. */
#define EXPONENT_MOST 1000000000L

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void drop_zeros(struct decimal_value *d)
{
    int first = 0;
    while (first < d->count && d->digits[first] == '0') {
        first++;
    }
    d->count -= first;
    memmove(d->digits, d->digits + first, (size_t)d->count);
    while (d->count > 0 && d->digits[d->count - 1] == '0') {
        d->count--;
        d->exponent++;
    }
    if (d->count == 0) {
        d->exponent = 0;
        d->minus = false;
    }
}

/* What follows an e. */
static bool read_exponent(const char *p, const char *end, long *out)
{
    bool minus = p < end && *p == '-';
    p += p < end && (*p == '-' || *p == '+');
    for (*out = 0; p < end && is_digit(*p); p++) {
        *out = *out < EXPONENT_MOST ? *out * 10 + (*p - '0') : EXPONENT_MOST;
    }
    *out = minus ? -*out : *out;
    return p == end && is_digit(end[-1]);
}

bool decimal_read(const char *text, size_t len, struct decimal_value *out)
{
    const char *p = text, *end = text + len;
    bool has_point = false, any = false;
    long exponent = 0;
    *out = (struct decimal_value){.minus = len > 0 && *p == '-'};
    p += len > 0 && (*p == '-' || *p == '+');
    for (; p < end && (is_digit(*p) || *p == '.' || *p == ','); p++) {
        if (*p == '.') {
            if (has_point) {
                return false;
            }
            has_point = true;
        } else if (*p != ',') {
            if (out->count == DECIMAL_DIGITS) {
                return false;
            }
            out->digits[out->count++] = *p;
            out->exponent -= has_point;
            any = true;
        }
    }
    if (p < end && (*p | 0x20) == 'e' && !read_exponent(p + 1, end, &exponent)) {
        return false;
    }
    if (!any || (p < end && (*p | 0x20) != 'e')) {
        return false;
    }
    out->exponent += exponent;
    drop_zeros(out);
    return true;
}

bool decimal_same(const struct decimal_value *a, const struct decimal_value *b)
{
    return a->minus == b->minus && a->count == b->count && a->exponent == b->exponent &&
           memcmp(a->digits, b->digits, (size_t)a->count) == 0;
}
