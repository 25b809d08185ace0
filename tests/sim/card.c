#include "card.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct brand {
    const char *head;
    int len;
};

static const struct brand made[] = {
    {"3712", 15}, {"4111", 16}, {"5425", 16}, {"6011", 16}, {"4929", 13}, {"3782", 15},
};

/* How the number ranges of the brands begin: low..high over the first `digits` digits. */
static const struct {
    int digits, low, high;
} ranges[] = {
    {1, 4, 4},     {2, 51, 55}, {4, 2221, 2720}, {2, 34, 34},   {2, 37, 37}, {4, 6011, 6011},
    {3, 644, 649}, {2, 65, 65}, {4, 3528, 3589}, {3, 300, 305}, {2, 36, 36}, {2, 38, 39},
    {2, 62, 62},   {2, 50, 50}, {2, 56, 58},     {2, 63, 63},   {2, 67, 67},
};

static bool check_digit_is_right(const char *s, int len)
{
    int sum = 0;

    for (int i = 0; i < len; i++) {
        int d = s[len - 1 - i] - '0';

        if (i % 2 == 1) {
            d = d * 2 > 9 ? d * 2 - 9 : d * 2;
        }
        sum += d;
    }
    return sum % 10 == 0;
}

void card_make(uint64_t h, char *pan)
{
    const struct brand *b = &made[h % (sizeof(made) / sizeof(made[0]))];
    int at = 4;

    memcpy(pan, b->head, 4);
    for (h >>= 4; at < b->len - 1; at++, h = h / 10 + 1) {
        pan[at] = (char)('0' + h % 10);
    }
    pan[b->len] = '\0';
    for (char c = '0'; c <= '9'; c++) {
        pan[b->len - 1] = c;
        if (check_digit_is_right(pan, b->len)) {
            return;
        }
    }
}

void card_make_masked(uint64_t h, char *masked)
{
    const struct brand *b = &made[h % (sizeof(made) / sizeof(made[0]))];
    unsigned last = (unsigned)(h >> 8) % 10000;

    memcpy(masked, b->head, 4);
    memset(masked + 4, '*', (size_t)(b->len - 8));
    for (int i = b->len - 1; i >= b->len - 4; i--, last /= 10) {
        masked[i] = (char)('0' + last % 10);
    }
    masked[b->len] = '\0';
}

static bool begins_as_a_brand(const char *s)
{
    for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        char head[8] = {0};
        int value;

        memcpy(head, s, (size_t)ranges[i].digits);
        value = atoi(head);
        if (value >= ranges[i].low && value <= ranges[i].high) {
            return true;
        }
    }
    return false;
}

void card_mask_text(char *text)
{
    while (*text != '\0') {
        int len = 0;

        while (isdigit((unsigned char)text[len])) {
            len++;
        }
        if (len >= 13 && len <= 19 && check_digit_is_right(text, len) && begins_as_a_brand(text)) {
            memset(text + 6, '*', (size_t)(len - 10));
        }
        text += len > 0 ? len : 1;
    }
}
