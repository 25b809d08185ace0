/* Amounts: what is taken is the very value that was written, and is written the same way again;
 * nothing is ever rounded. A line is one amount. */
#include "core/money.h"
#include "tests/fuzz/decimal.h"
#include "tests/fuzz/fuzz.h"

/* The amount without blanks, brackets and currency, as its value. */
static bool read_value(const char *text, struct decimal_value *out)
{
    size_t from = strspn(text, " \t\r\n"), to = strlen(text);
    while (to > from && strchr(" \t\r\n", text[to - 1])) {
        to--;
    }
    bool bracket = from < to && text[from] == '(' && text[to - 1] == ')';
    from += bracket;
    to -= bracket;
    char *plain = malloc(to - from + 1);
    HOLDS(plain);
    size_t len = 0;
    for (size_t i = from; i < to; i++) {
        if (text[i] != '$') {
            plain[len++] = text[i];
        }
    }
    bool ok = decimal_read(plain, len, out);
    out->minus = ok && out->count > 0 && (out->minus || bracket);
    free(plain);
    return ok;
}

/* The same amount with a blank before it, which keeps it from the short way. */
static void check_both_ways(const char *text, int decimals, bool taken, int64_t value)
{
    size_t size = strlen(text) + 2;
    char *longer = malloc(size);
    int64_t other = 0;
    HOLDS(longer);
    snprintf(longer, size, " %s", text);
    HOLDS_FOR(money_parse(longer, decimals, &other, NULL) == taken, text);
    HOLDS_FOR(!taken || other == value, text);
    free(longer);
}

static void check_amount(const char *text, int decimals)
{
    const char *why = NULL;
    struct decimal_value asked, got;
    char formatted[32];
    int64_t value = 0, again = 0;
    bool taken = money_parse(text, decimals, &value, &why);
    check_both_ways(text, decimals, taken, value);
    if (!taken) {
        HOLDS_FOR(why && *why, text);
        return;
    }
    money_format(value, decimals, formatted);
    HOLDS_FOR(money_parse(formatted, decimals, &again, NULL) && again == value, text);
    HOLDS_FOR(money_decimals(formatted) == decimals, text);
    HOLDS_FOR(decimal_read(formatted, strlen(formatted), &got), text);
    /* Longer ones than the measure holds are zeros for the most part: they are not looked at. */
    HOLDS_FOR(!read_value(text, &asked) || decimal_same(&asked, &got), text);
    HOLDS_FOR(strlen(text) > 500 || read_value(text, &asked), text);
}

static void check_rounding(const char *text)
{
    int64_t micros = 0;
    if (!money_parse(text, 6, &micros, NULL)) {
        return;
    }
    for (int decimals = 0; decimals <= 6; decimals++) {
        int64_t step = 1, off = 0;
        for (int i = decimals; i < 6; i++) {
            step *= 10;
        }
        int64_t rounded = money_round_micros(micros, decimals);
        HOLDS_FOR(rounded % step == 0, text);
        bool far_out = micros > INT64_MAX - step || micros < INT64_MIN + step;
        HOLDS_FOR(!__builtin_sub_overflow(rounded, micros, &off), text);
        HOLDS_FOR(far_out || (off <= step / 2 && off >= -(step / 2)), text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size), *rest = text;
    while (rest) {
        const char *line = fuzz_part(&rest, "\n");
        check_amount(line, 0);
        check_amount(line, 2);
        check_amount(line, 6);
        check_rounding(line);
    }
    free(text);
    return 0;
}
