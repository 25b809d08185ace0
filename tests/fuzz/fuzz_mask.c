/* Card masking: whatever the text, no card number is left in it, and nothing else is changed. */
#include "core/mask.h"
#include "tests/fuzz/card_scan.h"
#include "tests/fuzz/fuzz.h"

static int count_digits(const char *s)
{
    int count = 0;
    for (; *s; s++) {
        count += *s >= '0' && *s <= '9';
    }
    return count;
}

/* Of the same length, and different only where a digit became a star. */
static void check_only_stars(const char *before, const char *after)
{
    HOLDS_FOR(strlen(before) == strlen(after), before);
    for (size_t i = 0; before[i]; i++) {
        bool was_digit = before[i] >= '0' && before[i] <= '9';
        HOLDS_FOR(after[i] == before[i] || (after[i] == '*' && was_digit), before);
    }
}

static void check_text(const char *text)
{
    char *masked = strdup(text);
    char *twice = NULL;
    HOLDS(masked);
    bool was_masked = mask_text(masked);
    check_only_stars(text, masked);
    HOLDS_FOR(was_masked == (strcmp(masked, text) != 0), text);
    HOLDS_FOR(!card_scan(masked), text);
    HOLDS_FOR(was_masked || !card_scan(text), text);
    twice = strdup(masked);
    HOLDS(twice);
    HOLDS_FOR(!mask_text(twice), text);
    free(twice);
    free(masked);
}

static void check_cardholder(const char *text)
{
    char *masked = strdup(text);
    HOLDS(masked);
    mask_cardholder(masked);
    check_only_stars(text, masked);
    HOLDS_FOR(count_digits(masked) <= 10, text);
    HOLDS_FOR(count_digits(text) > 10 || strcmp(masked, text) == 0, text);
    free(masked);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    check_text(text);
    check_cardholder(text);
    free(text);
    return 0;
}
