#include "tests/fuzz/card_scan.h"

#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 64, GROUPS_MAX = 5 };

/* The number that the first `count` digits make. */
static int lead(const char *digits, int count)
{
    char text[8] = "";
    memcpy(text, digits, (size_t)count);
    return atoi(text);
}

static bool is_brand(const char *d, int count)
{
    int two = lead(d, 2), three = lead(d, 3), four = lead(d, 4);
    bool visa = d[0] == '4' && (count == 13 || count == 16 || count == 19);
    bool mastercard = count == 16 && ((two >= 51 && two <= 55) || (four >= 2221 && four <= 2720));
    bool amex = count == 15 && (two == 34 || two == 37);
    bool discover = count >= 16 && (four == 6011 || (three >= 644 && three <= 649) || two == 65);
    bool diners = count == 14 && ((three >= 300 && three <= 305) || two == 36 || two == 38);
    bool jcb = count >= 16 && four >= 3528 && four <= 3589;
    bool unionpay = count >= 16 && two == 62;
    return visa || mastercard || amex || discover || diners || jcb || unionpay;
}

bool card_scan_digits(const char *digits, int count)
{
    int sum = 0;
    if (count < 13 || count > 19 || !is_brand(digits, count)) {
        return false;
    }
    for (int i = 0; i < count; i++) {
        int d = digits[i] - '0';
        if ((count - i) % 2 == 0) { /* every second one from the right */
            d = d * 2 / 10 + d * 2 % 10;
        }
        sum += d;
    }
    return sum % 10 == 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Sizes of groups as one number: 4-6-5 is 465. */
static bool is_layout(int sizes)
{
    return sizes == 4444 || sizes == 465 || sizes == 464 || sizes == 44443;
}

/* A card number that begins with the group of digits at `s`, in one group or in several. */
static bool begins_card(const char *s)
{
    char digits[DIGITS_MAX];
    int count = 0, sizes = 0;
    for (int group = 0; group < GROUPS_MAX; group++) {
        int size = 0;
        for (; is_digit(*s) && count < DIGITS_MAX; size++) {
            digits[count++] = *s++;
        }
        sizes = size > 9 ? 0 : sizes * 10 + size;
        if ((group == 0 || is_layout(sizes)) && card_scan_digits(digits, count)) {
            return true;
        }
        if ((*s != ' ' && *s != '-') || !is_digit(s[1])) {
            return false;
        }
        s++;
    }
    return false;
}

bool card_scan(const char *text)
{
    for (const char *p = text; *p; p++) {
        if (is_digit(*p) && (p == text || !is_digit(p[-1])) && begins_card(p)) {
            return true;
        }
    }
    return false;
}
