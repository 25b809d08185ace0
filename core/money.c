#include "core/money.h"

#include <assert.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

/* A decimal on its way in: 0.d1d2…dn without its trailing zeros, and where the point was. The zeros
 * are held back until a digit follows, so "0.1000000" and "1.2e-1" need no more room than their
 * value does, and what is left in `exponent` says whether the unit can hold it. */
struct decimal {
    uint64_t mantissa;
    bool overflowed; /* more digits than mantissa holds; the exponent still counts */
    int zeros;       /* held back */
    int exponent;
    bool any; /* a digit was seen */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool shift(uint64_t *n, int places)
{
    for (; places > 0; places--)
        if (__builtin_mul_overflow(*n, 10u, n))
            return false;
    return true;
}

static void add_digit(struct decimal *d, char c)
{
    d->any = true;
    if (c == '0') {
        d->zeros += d->mantissa || d->overflowed;
        return;
    }
    d->overflowed = d->overflowed || !shift(&d->mantissa, d->zeros + 1) ||
                    __builtin_add_overflow(d->mantissa, (uint64_t)(c - '0'), &d->mantissa);
    d->zeros = 0;
}

/* The digits before the point. With one comma in them, all thousands must be set off: "1,23" may be
 * somebody's decimal comma, and guessing would be wrong by a hundred. NULL when they are not. */
static const char *read_whole(const char *p, struct decimal *d)
{
    bool grouped = false;
    int run = 0;

    for (;; p++) {
        if (is_digit(*p)) {
            add_digit(d, *p);
            run++;
        } else if (*p == ',') {
            if (grouped ? run != 3 : run < 1 || run > 3)
                return NULL;
            grouped = true;
            run = 0;
        } else {
            return grouped && run != 3 ? NULL : p;
        }
    }
}

static const char *read_exponent(const char *p, struct decimal *d)
{
    int value = 0;
    bool minus = *p == '-';

    if (*p == '-' || *p == '+')
        p++;
    if (!is_digit(*p))
        return NULL;
    for (; is_digit(*p); p++)
        if (value < INT_MAX / 100) /* further digits change nothing: far out either way */
            value = value * 10 + (*p - '0');
    d->exponent += minus ? -value : value;
    return p;
}

/* Whole digits, point, fraction, exponent. NULL when `p` has no such thing. */
static const char *read_decimal(const char *p, struct decimal *d)
{
    p = read_whole(p, d);
    if (p && *p == '.')
        for (p++; is_digit(*p); p++) {
            add_digit(d, *p);
            d->exponent--;
        }
    if (!p || !d->any)
        return NULL;
    if (*p == 'e' || *p == 'E')
        p = read_exponent(p + 1, d);
    return p;
}

/* Sign, brackets and currency around the digits. */
static bool read_amount(const char *p, struct decimal *d, bool *minus)
{
    while (is_blank(*p))
        p++;
    bool bracket = *p == '(';
    *minus = bracket || *p == '-';
    if (bracket || *p == '-' || *p == '+')
        p++;
    if (*p == '$')
        p++;
    p = read_decimal(p, d);
    if (!p)
        return false;
    if (bracket && *p++ != ')')
        return false;
    while (is_blank(*p))
        p++;
    return *p == '\0';
}

static const char *finer_than(int decimals)
{
    switch (decimals) {
    case 0:
        return "has a fraction";
    case 2:
        return "has fractions of a cent";
    case 6:
        return "has more than six decimals";
    default:
        return "has too many decimals";
    }
}

/* Brings a decimal to the unit; the reason why not, or NULL. */
static const char *to_units(struct decimal *d, int decimals, bool minus, int64_t *out)
{
    const uint64_t most = minus ? (uint64_t)INT64_MAX + 1 : INT64_MAX;

    *out = 0;
    if (!d->mantissa && !d->overflowed)
        return NULL;
    int places = d->exponent + d->zeros + decimals;
    if (places < 0)
        return finer_than(decimals);
    if (d->overflowed || !shift(&d->mantissa, places) || d->mantissa > most)
        return "is too large";
    *out = minus ? (int64_t)(0 - d->mantissa) : (int64_t)d->mantissa;
    return NULL;
}

/* Nearly all amounts look like "-570.00": a sign, a few digits, and no more of them behind the
 * point than the unit has. False for any other, which may be an amount all the same. */
static bool parse_plain(const char *p, int decimals, int64_t *out)
{
    bool minus = *p == '-', has_point = false;
    uint64_t n = 0; /* 18 digits fit for certain, the 19th that ends the loop as well */
    int digits = 0, missing = decimals;

    for (p += minus; digits <= 18; p++) {
        if (is_digit(*p)) {
            n = n * 10 + (uint64_t)(*p - '0');
            digits++;
            missing -= has_point;
        } else if (*p == '.' && !has_point) {
            has_point = true;
        } else {
            break;
        }
    }
    if (*p || digits == 0 || missing < 0 || digits + missing > 18)
        return false;
    for (; missing > 0; missing--)
        n *= 10;
    *out = minus ? -(int64_t)n : (int64_t)n;
    return true;
}

bool money_parse(const char *text, int decimals, int64_t *out, const char **why)
{
    struct decimal d = {0};
    bool minus = false;
    const char *reason = "is not a number";

    if (parse_plain(text, decimals, out))
        return true;
    if (read_amount(text, &d, &minus))
        reason = to_units(&d, decimals, minus, out);
    if (reason && why)
        *why = reason;
    return !reason;
}

int money_decimals(const char *text)
{
    const char *point = strchr(text, '.');
    int n = 0;

    if (point)
        while (is_digit(point[n + 1]))
            n++;
    return n;
}

void money_format(int64_t units, int decimals, char out[32])
{
    char digits[32];
    uint64_t size = units < 0 ? 0 - (uint64_t)units : (uint64_t)units;

    assert(decimals >= 0 && decimals <= 18);
    int len = snprintf(digits, sizeof digits, "%0*llu", decimals + 1, (unsigned long long)size);
    int whole = len - decimals;
    if (units < 0)
        *out++ = '-';
    memcpy(out, digits, (size_t)whole);
    out += whole;
    if (decimals > 0)
        *out++ = '.';
    memcpy(out, digits + whole, (size_t)decimals + 1);
}

int64_t money_round_micros(int64_t micros, int decimals)
{
    int64_t step = 1;

    for (int i = decimals < 0 ? 0 : decimals; i < 6; i++)
        step *= 10;
    int64_t rest = micros % step, down = micros - rest, up = down;
    bool away = rest >= 0 ? rest >= step - rest : -rest >= step + rest;
    /* Nine trillion dollars from zero there is no next step: then the cut one has to do. */
    if (!away || __builtin_add_overflow(down, rest > 0 ? step : -step, &up))
        return down;
    return up;
}
