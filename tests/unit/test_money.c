/* Amounts: what is taken, what is refused and why, and that nothing is lost on the way. */
#include "core/money.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

/* A small generator of our own: the same numbers everywhere. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void reads(const char *text, int decimals, int64_t units)
{
    int64_t got = 4711;
    const char *why = "untouched";

    if (!money_parse(text, decimals, &got, &why)) {
        fprintf(stderr, "\"%s\" refused: %s\n", text, why);
        exit(1);
    }
    CHECK_INT(got, units);
    CHECK_STR(why, "untouched");
}

static void refuses(const char *text, int decimals, const char *reason)
{
    int64_t got = 0;
    const char *why = NULL;

    if (money_parse(text, decimals, &got, &why)) {
        fprintf(stderr, "\"%s\" taken as %lld\n", text, (long long)got);
        exit(1);
    }
    CHECK_STR(why, reason);
    CHECK(!money_parse(text, decimals, &got, NULL));
}

static void takes_what_the_crm_sends(void)
{
    reads("91.57", 2, 9157);
    reads("-570.00", 2, -57000);
    reads("1,234.50", 2, 123450);
    reads("1,234,567", 2, 123456700);
    reads("12,345.6", 2, 1234560);
    reads("$12", 2, 1200);
    reads("-$12.5", 2, -1250);
    reads("+$0.01", 2, 1);
    reads("+7", 2, 700);
    reads("(12.00)", 2, -1200);
    reads("(570.00)", 2, -57000);
    reads("($1,000.01)", 2, -100001);
    reads(" \t3.25 \r\n", 2, 325);
    reads("12", 0, 12);
    reads("12.00", 0, 12);
    reads("1,234", 0, 1234);
    reads("00012", 0, 12);
}

static void takes_odd_points_and_zeros(void)
{
    reads(".5", 2, 50);
    reads("5.", 2, 500);
    reads("-.05", 2, -5);
    reads("0", 2, 0);
    reads("-0.00", 2, 0);
    reads("-0", 0, 0);
    reads("(0.00)", 2, 0);
    reads("0.000000000000000000000000000000", 2, 0);
    reads("0e999999999999", 2, 0);
    reads("000000000000000000000000000001.25", 2, 125);
    reads("1.2500000000000000000000000000000", 2, 125);
}

static void takes_exponents(void)
{
    reads("1e3", 2, 100000);
    reads("1E3", 0, 1000);
    reads("1e+3", 0, 1000);
    reads("1e-2", 2, 1);
    reads("12.5e-1", 2, 125);
    reads("120e-3", 2, 12);
    reads("1.5e2", 0, 150);
    reads("100000000000000000000000000e-24", 2, 10000);
    reads("0.000000000000000000000000000001e30", 2, 100);
}

static void takes_millionths(void)
{
    reads("0.1000000", 6, 100000);
    reads("0.29", 6, 290000);
    reads("-1234.567891", 6, -1234567891);
    reads("0.000001", 6, 1);
    refuses("0.0000001", 6, "has more than six decimals");
    refuses("1e-7", 6, "has more than six decimals");
}

static void refuses_what_does_not_fit_the_unit(void)
{
    refuses("12.345", 2, "has fractions of a cent");
    refuses("0.001", 2, "has fractions of a cent");
    refuses("1e-3", 2, "has fractions of a cent");
    refuses("1e-999999999999999999999", 2, "has fractions of a cent");
    refuses("12345678901234567890123.001", 2, "has fractions of a cent");
    refuses("0.12345678901234567890123", 2, "has fractions of a cent");
    refuses("0.5", 0, "has a fraction");
    refuses("0.12345", 4, "has too many decimals");
}

static void knows_the_limits(void)
{
    reads("9223372036854775807", 0, INT64_MAX);
    reads("-9223372036854775808", 0, INT64_MIN);
    reads("92233720368547758.07", 2, INT64_MAX);
    reads("-92233720368547758.08", 2, INT64_MIN);
    reads("(92233720368547758.08)", 2, INT64_MIN);
    reads("9223372036854.775807", 6, INT64_MAX);
    reads("999999999999999999", 0, 999999999999999999);
    reads("9223372036854775800", 0, 9223372036854775800);
    refuses("9223372036854775808", 0, "is too large");
    refuses("-9223372036854775809", 0, "is too large");
    refuses("92233720368547758.08", 2, "is too large");
    refuses("9999999999999999999", 0, "is too large");
    refuses("18446744073709551616", 0, "is too large");
    refuses("18446744073709551617", 0, "is too large");
    refuses("184467440737095516160", 0, "is too large");
    refuses("1e300", 2, "is too large");
    refuses("1e99999999999999999999", 0, "is too large");
    refuses("100000000000000000000000000000000000000000000", 0, "is too large");
    refuses("1000000000000000000000000000000000000000000001", 0, "is too large");
}

static void refuses_what_is_no_amount(void)
{
    static const char *const texts[] = {
        "",       " ",      "-",        "+",        "$",      ".",        "-.",      "()",
        "(",      "$-5",    "--5",      "+-5",      "- 5",    "$ 5",      "5-",      "(5",
        "5)",     "(-5)",   "((5))",    "(5))",     "NaN",    "inf",      "0x10",    "1e",
        "1e+",    "e3",     "1e3.5",    "1.2.3",    "1..2",   "12 3",     "1 234",   "12abc",
        "USD 5",  "5 USD",  "5%",       "€5",       "1,23",   "1,2345",   ",123",    "1234,567",
        "1,,234", "1,234,", "1,23,456", "1,234,56", "1,23.4", "1.234,56", "1.5,000", "1'234",
        "٣",      "１２",   "\0015",    "null",     "true",
    };

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        refuses(texts[i], 2, "is not a number");
}

static void counts_decimals(void)
{
    CHECK_INT(money_decimals("100.12"), 2);
    CHECK_INT(money_decimals("100.1200"), 4);
    CHECK_INT(money_decimals("100."), 0);
    CHECK_INT(money_decimals("100"), 0);
    CHECK_INT(money_decimals(""), 0);
    CHECK_INT(money_decimals("(1,000.5)"), 1);
}

static void formats(void)
{
    char out[32];

    money_format(-57000, 2, out);
    CHECK_STR(out, "-570.00");
    money_format(5, 2, out);
    CHECK_STR(out, "0.05");
    money_format(-5, 2, out);
    CHECK_STR(out, "-0.05");
    money_format(0, 6, out);
    CHECK_STR(out, "0.000000");
    money_format(1234, 0, out);
    CHECK_STR(out, "1234");
    money_format(INT64_MIN, 2, out);
    CHECK_STR(out, "-92233720368547758.08");
    money_format(INT64_MIN, 18, out);
    CHECK_STR(out, "-9.223372036854775808");
    money_format(INT64_MAX, 0, out);
    CHECK_STR(out, "9223372036854775807");
}

static void rounds_half_away_from_zero(void)
{
    CHECK_INT(money_round_micros(1234999, 2), 1230000);
    CHECK_INT(money_round_micros(1235000, 2), 1240000);
    CHECK_INT(money_round_micros(-1234999, 2), -1230000);
    CHECK_INT(money_round_micros(-1235000, 2), -1240000);
    CHECK_INT(money_round_micros(4999, 2), 0);
    CHECK_INT(money_round_micros(-5000, 2), -10000);
    CHECK_INT(money_round_micros(1234567, 6), 1234567);
    CHECK_INT(money_round_micros(1234567, 9), 1234567);
    CHECK_INT(money_round_micros(1234567, 5), 1234570);
    CHECK_INT(money_round_micros(500000, 0), 1000000);
    CHECK_INT(money_round_micros(499999, 0), 0);
    CHECK_INT(money_round_micros(0, 0), 0);
    CHECK_INT(money_round_micros(INT64_MAX, 0), 9223372036854000000);
    CHECK_INT(money_round_micros(INT64_MIN, 0), -9223372036854000000);
}

static void text_and_back_is_the_same(void)
{
    uint64_t state = 88172645463325252;

    for (int i = 0; i < 200000; i++) {
        int decimals = (int)(next_random(&state) % 10);
        int64_t units = (int64_t)(next_random(&state) >> (next_random(&state) % 64)), back = 0;
        char text[32], padded[64];
        if (next_random(&state) & 1)
            units = (int64_t)(0 - (uint64_t)units);
        money_format(units, decimals, text);
        CHECK(money_parse(text, decimals, &back, NULL));
        CHECK_INT(back, units);
        CHECK_INT(money_decimals(text), decimals);
        /* The same value, written so that the short way cannot take it. */
        snprintf(padded, sizeof padded, " %se0", text);
        CHECK(money_parse(padded, decimals, &back, NULL));
        CHECK_INT(back, units);
        snprintf(padded, sizeof padded, "%s%s00", text, decimals ? "" : ".");
        CHECK(money_parse(padded, decimals, &back, NULL));
        CHECK_INT(back, units);
        /* One digit finer never fits. */
        snprintf(padded, sizeof padded, "%s%s1", text, decimals ? "" : ".");
        CHECK(!money_parse(padded, decimals, &back, NULL));
    }
}

static const struct unit_case cases[] = {
    {"takes_what_the_crm_sends", takes_what_the_crm_sends},
    {"takes_odd_points_and_zeros", takes_odd_points_and_zeros},
    {"takes_exponents", takes_exponents},
    {"takes_millionths", takes_millionths},
    {"refuses_what_does_not_fit_the_unit", refuses_what_does_not_fit_the_unit},
    {"knows_the_limits", knows_the_limits},
    {"refuses_what_is_no_amount", refuses_what_is_no_amount},
    {"counts_decimals", counts_decimals},
    {"formats", formats},
    {"rounds_half_away_from_zero", rounds_half_away_from_zero},
    {"text_and_back_is_the_same", text_and_back_is_the_same},
};
UNIT_MAIN(cases)
