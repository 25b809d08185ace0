/* Bodies as JSON: every number that is taken is the one that was sent, digit by digit, and what is
 * shown of it to people is JSON again, without a card number. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/json.h"
#include "tests/fuzz/card_scan.h"
#include "tests/fuzz/decimal.h"
#include "tests/fuzz/fuzz.h"

static struct arena *arena;

static bool in_number(char c)
{
    return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || (c | 0x20) == 'e';
}

/* The next number of the body that is not in a string; NULL = none. */
static const char *next_number(const char **at, const char *end, size_t *len)
{
    const char *p = *at;
    bool in_string = false;
    for (; p < end; p++) {
        if (in_string && *p == '\\') {
            p++;
        } else if (*p == '"') {
            in_string = !in_string;
        } else if (!in_string && (*p == '-' || (*p >= '0' && *p <= '9'))) {
            break;
        }
    }
    const char *start = p;
    while (p < end && in_number(*p)) {
        p++;
    }
    *at = p;
    *len = (size_t)(p - start);
    return start < end ? start : NULL;
}

/* Goes through the tree in the body's order. */
static void check_numbers(const cJSON *item, const char **at, const char *end)
{
    for (; item; item = item->next) {
        bool is_number = false;
        const char *text = json_scalar(arena, item, &is_number);
        struct decimal_value sent, got;
        size_t len = 0;
        if (is_number) {
            const char *token = next_number(at, end, &len);
            HOLDS_FOR(token, text);
            HOLDS_FOR(decimal_read(text, strlen(text), &got), text);
            HOLDS_FOR(!decimal_read(token, len, &sent) || decimal_same(&sent, &got), text);
        }
        check_numbers(item->child, at, end);
    }
}

static cJSON *parse(const char *text, size_t len)
{
    struct err e = {0};
    char *body = malloc(len ? len : 1); /* no NUL behind it */
    HOLDS(body);
    memcpy(body, text, len);
    cJSON *tree = json_parse(arena, body, len, &e);
    HOLDS(tree || (e.kind == ERR_DATA && e.message[0]));
    HOLDS(text_is_utf8(e.message, strlen(e.message)));
    free(body);
    return tree;
}

/* No key there is has digits for a value that are no card: those must all be masked. */
static bool has_plain_key(const char *json)
{
    return strstr(json, "id\":") || strstr(json, "amount\":") || strstr(json, "net\":") ||
           strstr(json, "number\":") || strstr(json, "income\":") || strstr(json, "expense\":") ||
           strstr(json, "transactions\":") || strstr(json, "count\":") || strstr(json, "leads\":");
}

static void check_shown(const cJSON *tree, size_t cap)
{
    struct buf shown = {0}, again = {0};
    json_add_masked(&shown, tree, cap);
    HOLDS(shown.len <= cap + 3);
    HOLDS_FOR(text_is_utf8(shown.data, shown.len), shown.data);
    for (size_t i = 0; i < shown.len; i++) {
        HOLDS_FOR((unsigned char)shown.data[i] >= ' ' && shown.data[i] != 0x7f, shown.data);
    }
    if (shown.len < cap) { /* whole: a longer number that is cut may read as a card's */
        HOLDS_FOR(has_plain_key(shown.data) || !card_scan(shown.data), shown.data);
        const cJSON *same = parse(shown.data, shown.len);
        HOLDS_FOR(same, shown.data);
        json_add_masked(&again, same, cap * 2);
        HOLDS_FOR(strcmp(again.data, shown.data) == 0, shown.data);
    }
    buf_done(&again);
    buf_done(&shown);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *body = (const char *)data, *at = body;
    if (!arena) {
        json_setup();
        arena = arena_new();
    }
    arena_reset(arena);
    const cJSON *tree = parse(body, size);
    if (tree) {
        /* A string that begins as long numbers are marked may be taken for one. */
        char *text = fuzz_text(data, size);
        if (!memchr(text, JSON_EXACT, size) && !strstr(text, "\\u0001")) {
            check_numbers(tree, &at, body + size);
        }
        free(text);
        check_shown(tree, 1 << 20);
        check_shown(tree, 64);
    }
    return 0;
}
