#include "core/mask.h"

#include <stddef.h>
#include <string.h>

enum { KEEP_FIRST = 6, KEEP_LAST = 4, CARD_MIN = 13, CARD_MAX = 19, GROUPS_MAX = 5 };

/* How card numbers are written in groups; a 0 ends the row. Longest first: the shorter one of the
 * same beginning would leave the tail in clear. */
static const int layouts[][GROUPS_MAX] = {
    {4, 4, 4, 4, 3}, /* 19 digits */
    {4, 4, 4, 4},
    {4, 6, 5}, /* American Express */
    {4, 6, 4}, /* Diners Club */
};

/* First four digits of the brands' ranges. */
static const struct {
    int from, to;
} brands[] = {
    {2221, 2720},               /* Mastercard */
    {3000, 3059},               /* Diners Club */
    {3090, 3099}, {3400, 3499}, /* American Express */
    {3528, 3589},               /* JCB */
    {3600, 3699},               /* Diners Club */
    {3700, 3799},               /* American Express */
    {3800, 3999},               /* Diners Club */
    {4000, 4999},               /* Visa */
    {5000, 5899},               /* Mastercard, Maestro */
    {6000, 6399},               /* Discover, UnionPay, Maestro */
    {6440, 6999},               /* Discover, Maestro */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static size_t digits_at(const char *s)
{
    size_t n = 0;

    while (is_digit(s[n]))
        n++;
    return n;
}

/* Stars for all but the first six and the last four of `digits` digits; separators stay. */
static void hide_middle(char *s, size_t digits)
{
    for (size_t seen = 0; seen < digits; s++) {
        if (!is_digit(*s))
            continue;
        if (seen >= KEEP_FIRST && seen + KEEP_LAST < digits)
            *s = '*';
        seen++;
    }
}

void mask_cardholder(char *text)
{
    size_t digits = 0;

    for (const char *p = text; *p; p++)
        digits += is_digit(*p);
    if (digits > KEEP_FIRST + KEEP_LAST)
        hide_middle(text, digits);
}

static bool has_brand(const char *digits)
{
    int prefix = 0;

    for (int i = 0; i < 4; i++)
        prefix = prefix * 10 + (digits[i] - '0');
    for (size_t i = 0; i < sizeof brands / sizeof brands[0]; i++)
        if (prefix >= brands[i].from && prefix <= brands[i].to)
            return true;
    return false;
}

static bool passes_luhn(const char *digits, size_t count)
{
    int sum = 0;

    for (size_t i = 0; i < count; i++) {
        int d = digits[count - 1 - i] - '0';
        if (i % 2 == 1)
            d = d > 4 ? 2 * d - 9 : 2 * d;
        sum += d;
    }
    return sum % 10 == 0;
}

static bool is_card(const char *digits, size_t count)
{
    return count >= CARD_MIN && count <= CARD_MAX && has_brand(digits) &&
           passes_luhn(digits, count);
}

/* Gathers the digits at `s` if they are written in these groups; how many there are, or 0. */
static size_t read_groups(const char *s, const int *groups, char digits[CARD_MAX])
{
    size_t count = 0;

    for (int g = 0; g < GROUPS_MAX && groups[g]; g++) {
        size_t size = (size_t)groups[g];
        if (g > 0 && *s != ' ' && *s != '-')
            return 0;
        s += g > 0;
        if (digits_at(s) != size)
            return 0;
        memcpy(digits + count, s, size);
        count += size;
        s += size;
    }
    return count;
}

/* The number of digits of a card number that begins at `s`, written in groups; 0 if none does. */
static size_t grouped_card(const char *s)
{
    char digits[CARD_MAX];

    for (size_t i = 0; i < sizeof layouts / sizeof layouts[0]; i++) {
        size_t count = read_groups(s, layouts[i], digits);
        if (is_card(digits, count))
            return count;
    }
    return 0;
}

bool mask_text(char *text)
{
    bool masked = false;

    for (char *p = text; *p;) {
        size_t run = digits_at(p);
        if (run == 0) {
            p++;
            continue;
        }
        size_t card = is_card(p, run) ? run : run == 4 ? grouped_card(p) : 0;
        if (card) {
            hide_middle(p, card);
            masked = true;
        }
        /* Later groups are looked at again: their digits are too few by now. So are the last four
         * of a run: with what follows they may read as another number. */
        p += card == run ? run - KEEP_LAST : run;
    }
    return masked;
}
