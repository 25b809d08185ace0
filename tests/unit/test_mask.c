/* Card numbers are masked, and nothing else is. The numbers are the card brands' test numbers. */
#include "core/mask.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

static void text_becomes(const char *text, const char *expected)
{
    char work[256];

    snprintf(work, sizeof work, "%s", text);
    bool masked = mask_text(work);
    CHECK_STR(work, expected);
    CHECK(masked == (strcmp(text, expected) != 0));
    CHECK(!mask_text(work)); /* what is masked stays as it is */
    CHECK_STR(work, expected);
}

static void stays(const char *text)
{
    text_becomes(text, text);
}

static void holder_becomes(const char *text, const char *expected)
{
    char work[256];

    snprintf(work, sizeof work, "%s", text);
    mask_cardholder(work);
    CHECK_STR(work, expected);
    mask_cardholder(work);
    CHECK_STR(work, expected);
}

static void cardholder(void)
{
    holder_becomes("4111111111111111", "411111******1111");
    holder_becomes("1234567890123456", "123456******3456"); /* no card, all the same */
    holder_becomes("3712*******1234", "3712*******1234");
    holder_becomes("1234567890", "1234567890");
    holder_becomes("12345678901", "123456*8901");
    holder_becomes("4111 1111-1111 1111", "4111 11**-**** 1111");
    holder_becomes("411111111111111111111111", "411111**************1111");
    holder_becomes("JOHN 4111111111111111 DOE", "JOHN 411111******1111 DOE");
    holder_becomes("", "");
    holder_becomes("no digits", "no digits");
}

static void masks_every_brand(void)
{
    text_becomes("4111111111111111", "411111******1111");
    text_becomes("4222222222222", "422222***2222");             /* 13 digits */
    text_becomes("4000000000000000006", "400000*********0006"); /* 19 digits */
    text_becomes("5555555555554444", "555555******4444");
    text_becomes("2223003122003222", "222300******3222");
    text_becomes("378282246310005", "378282*****0005");
    text_becomes("341111111111111", "341111*****1111");
    text_becomes("6011111111111117", "601111******1117");
    text_becomes("6500000000000002", "650000******0002");
    text_becomes("6440000000000005", "644000******0005");
    text_becomes("6200000000000005", "620000******0005");
    text_becomes("3530111333300000", "353011******0000");
    text_becomes("30569309025904", "305693****5904");
    text_becomes("36148900647913", "361489****7913");
    text_becomes("38520000023237", "385200****3237");
    text_becomes("30930000000002", "309300****0002");
    text_becomes("6759649826438453", "675964******8453");
    text_becomes("5018000000000009", "501800******0009");
}

static int luhn_sum(const char *digits)
{
    int sum = 0, n = (int)strlen(digits);

    for (int i = 0; i < n; i++) {
        int d = digits[n - 1 - i] - '0';
        sum += i % 2 == 0 ? d : d / 5 + 2 * d % 10;
    }
    return sum;
}

static bool starts_as_card(int prefix)
{
    int two = prefix / 100, three = prefix / 10;

    return prefix / 1000 == 4 || (two >= 50 && two <= 58) || (prefix >= 2221 && prefix <= 2720) ||
           two == 34 || two == 37 || (prefix >= 3528 && prefix <= 3589) || two == 36 || two == 38 ||
           two == 39 || (three >= 300 && three <= 305) || three == 309 || two == 60 || two == 61 ||
           two == 62 || two == 63 || (three >= 644 && three <= 649) || (two >= 65 && two <= 69);
}

/* All 10,000 beginnings, at 16 digits, with the right check digit and with each wrong one. */
static void knows_all_beginnings(void)
{
    for (int prefix = 0; prefix < 10000; prefix++)
        for (int check = 0; check < 10; check++) {
            char text[40], work[40];
            snprintf(text, sizeof text, "%04d7305192684%d%d", prefix, prefix % 7, check);
            snprintf(work, sizeof work, "%s", text);
            bool card = starts_as_card(prefix) && luhn_sum(text) % 10 == 0;
            CHECK(mask_text(work) == card);
            CHECK((strcmp(work, text) != 0) == card);
            CHECK(!card || strncmp(work + 6, "******", 6) == 0);
        }
}

static void masks_within_text(void)
{
    text_becomes("paid with 4111111111111111 today", "paid with 411111******1111 today");
    text_becomes("x4111111111111111y", "x411111******1111y");
    text_becomes("é4111111111111111é", "é411111******1111é");
    text_becomes("4111111111111111,5555555555554444", "411111******1111,555555******4444");
    text_becomes("%B4111111111111111^DOE/J^2512", "%B411111******1111^DOE/J^2512");
    text_becomes("1 4111111111111111", "1 411111******1111");
}

static void masks_groups(void)
{
    text_becomes("4111 1111 1111 1111", "4111 11** **** 1111");
    text_becomes("4111-1111-1111-1111", "4111-11**-****-1111");
    text_becomes("3782 822463 10005", "3782 82**** *0005");
    text_becomes("3056 930902 5904", "3056 93**** 5904");
    text_becomes("4000 0000 0000 0000 006", "4000 00** **** ***0 006");
    text_becomes("ref 1234 4111 1111 1111 1111.", "ref 1234 4111 11** **** 1111.");
    text_becomes("4111 1111 1111 1111 2512", "4111 11** **** 1111 2512");
    /* The end of a masked run and the groups behind it. */
    text_becomes("5555224634111 1111 1111 1111", "555522***4111 11** **** 1111");
}

static void leaves_the_rest(void)
{
    stays("");
    stays("4111111111111112");     /* fails Luhn */
    stays("411111111111");         /* 12 digits */
    stays("41111111111111111111"); /* 20 digits: no card */
    stays("00004111111111111111"); /* nor within 20 digits */
    stays("1111111111111117");     /* no brand begins with 1 */
    stays("0000000000000000");
    stays("6430000000000007"); /* between the ranges, check digit right */
    stays("5900000000000000");
    stays("4111  1111  1111  1111");
    stays("4111 1111 1111 111");
    stays("41111 111 1111 1111");
    stays("4111/1111/1111/1111");
    stays("4111 1111 1111 11112"); /* the last group is longer */
    stays("+1 (555) 010-9999, 12 Main St, 2024-04-01");
    stays("411111******1111");
}

/* What a number has too many digits for must never show all of them, and length never changes. */
static void random_numbers(void)
{
    uint64_t state = 88172645463325252;

    for (int i = 0; i < 100000; i++) {
        char text[40], work[40];
        size_t len = 13 + (size_t)i % 7;
        for (size_t k = 0; k < len; k++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[k] = (char)('0' + (state >> 33) % 10);
        }
        text[0] = '4';
        text[len] = '\0';
        snprintf(work, sizeof work, "%s", text);
        CHECK(mask_text(work) == (luhn_sum(text) % 10 == 0));
        CHECK_INT(strlen(work), len);
        CHECK(strncmp(work, text, 6) == 0 && strcmp(work + len - 4, text + len - 4) == 0);
    }
}

static const struct unit_case cases[] = {
    {"cardholder", cardholder},
    {"masks_every_brand", masks_every_brand},
    {"knows_all_beginnings", knows_all_beginnings},
    {"masks_within_text", masks_within_text},
    {"masks_groups", masks_groups},
    {"leaves_the_rest", leaves_the_rest},
    {"random_numbers", random_numbers},
};
UNIT_MAIN(cases)
