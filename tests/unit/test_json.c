/* Bodies as they come: exact numbers, broken escapes, broken bodies; and what people get to see. */
#include "core/json.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "tests/unit/unit.h"

static struct arena *arena;
static char message[512];

/* Parses a copy that ends exactly where the memory does, so that a sanitizer sees any step beyond.
 */
static cJSON *parse_bytes(const char *bytes, size_t len)
{
    struct err e = {0};

    if (!arena) {
        json_setup();
        arena = arena_new();
    }
    arena_reset(arena);
    char *body = malloc(len + 1);
    memcpy(body, bytes, len);
    body[len] = '\0';
    cJSON *tree = json_parse(arena, body, len, &e);
    CHECK(tree || e.kind == ERR_DATA);
    CHECK(!tree || e.kind == ERR_NONE);
    snprintf(message, sizeof message, "%s", e.message);
    free(body);
    return tree;
}

static cJSON *parse(const char *text)
{
    return parse_bytes(text, strlen(text));
}

static void refused(const char *text, const char *why)
{
    if (parse(text)) {
        fprintf(stderr, "taken: %s\n", text);
        exit(1);
    }
    CHECK_STR(message, why);
}

/* What json_scalar makes of a value, which stands in a list between others. */
static const char *scalar(const char *json, bool *is_number)
{
    char text[512];

    snprintf(text, sizeof text, "[\"a\",%s,\"b\"]", json);
    cJSON *tree = parse(text);
    CHECK(tree);
    CHECK_INT(cJSON_GetArraySize(tree), 3);
    CHECK_STR(cJSON_GetArrayItem(tree, 2)->valuestring, "b");
    return json_scalar(arena, cJSON_GetArrayItem(tree, 1), is_number);
}

static void number_is(const char *json, const char *expected)
{
    bool is_number = false;

    CHECK_STR(scalar(json, &is_number), expected);
    CHECK(is_number);
    CHECK_STR(scalar(json, NULL), expected);
}

static void string_is(const char *json, const char *expected)
{
    bool is_number = true;

    CHECK_STR(scalar(json, &is_number), expected);
    CHECK(!is_number);
}

static void parses_whole_bodies(void)
{
    CHECK(parse("{}"));
    CHECK(parse("\xef\xbb\xbf{\"a\":1}"));
    CHECK(parse(" \r\n\t[1,2]\n\n"));
    CHECK(parse("7"));
    CHECK(parse("{\"message\":\"Unauthenticated\"}"));
    refused("{\"a\":1} x", "something follows the JSON at byte 8");
    refused("{\"a\":1}{}", "something follows the JSON at byte 7");
}

static void says_what_came_instead(void)
{
    refused("", "the answer is empty");
    refused(" \n", "the answer is empty");
    refused("\xef\xbb\xbf", "the answer is empty");
    refused("<html><body>502</body></html>", "not JSON but HTML or XML");
    refused("{\"data\":[{\"mid\":\"1", "the answer breaks off after 18 bytes");
    refused("{\"data\":[1,2,]}", "not JSON from byte 13 on");
    refused("nul", "not JSON from byte 0 on");
    CHECK(!parse_bytes("{\"a\":\"x\0y\"}", 11));
    CHECK_STR(message, "not JSON: has NUL bytes");
    CHECK(!parse_bytes("{}\0", 3));
}

static void knows_depth(void)
{
    char text[200];

    for (int depth = 60; depth <= 70; depth++) {
        int len = 0;
        for (int i = 0; i < depth; i++)
            text[len++] = '[';
        for (int i = 0; i < depth; i++)
            text[len++] = ']';
        CHECK((parse_bytes(text, (size_t)len) != NULL) == (depth <= 64));
    }
    CHECK_STR(message, "the JSON is nested more than 64 deep");
    struct buf bomb = {0};
    for (int i = 0; i < 100000; i++)
        buf_adds(&bomb, i % 2 ? "[" : "{\"a\":");
    buf_addc(&bomb, ']');
    CHECK(!parse_bytes(bomb.data, bomb.len));
    buf_done(&bomb);
}

/* What takes more than the arena's limit is too large, whatever it would have become. */
static void bounds_memory(void)
{
    static const char *const rows[] = {"1,", "{},", "[[[]]],", "{\"a\":1},", "\"\","};
    struct err e = {0};

    CHECK(parse("{}"));
    arena_limit(arena, 1 << 20);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        buf_adds(&b, "[");
        for (int n = 0; n < 40000; n++)
            buf_adds(&b, rows[i]);
        buf_adds(&b, "1]");
        arena_reset(arena);
        CHECK(!json_parse(arena, b.data, b.len, &e));
        CHECK_INT(e.kind, ERR_SIZE);
        buf_done(&b);
    }
    arena_limit(arena, 0);
    CHECK(parse("[1]"));
}

static void of_two_members_the_last_counts(void)
{
    cJSON *tree = parse("{\"a\":1,\"b\":2,\"a\":3}");

    CHECK_STR(json_scalar(arena, json_get(tree, "a"), NULL), "3");
    CHECK(!json_get(tree, "A"));
    CHECK(!json_get(parse("[1]"), "a"));
    CHECK(!json_get(NULL, "a"));
}

/* Runs of digits in one long text: each was looked at from its beginning. Takes minutes if so. */
static void long_runs_take_no_square_time(void)
{
    struct buf b = {.cap = 64 * 1024 * 1024};

    buf_adds(&b, "[\"x");
    for (int i = 0; i < 1000000; i++)
        buf_adds(&b, "1111111111111111e");
    buf_adds(&b, "\",9007199254740993]");
    cJSON *tree = parse_bytes(b.data, b.len);
    CHECK_STR(json_scalar(arena, tree->child->next, NULL), "9007199254740993");
    CHECK_INT(strlen(tree->child->valuestring), 17 * 1000000 + 1);
    buf_done(&b);
}

static void keeps_long_numbers(void)
{
    number_is("9007199254740993", "9007199254740993");
    number_is("-9223372036854775808", "-9223372036854775808");
    number_is("1234567890123456789012345678901234567890",
              "1234567890123456789012345678901234567890");
    number_is("123456789012.3456789", "123456789012.3456789");
    number_is("0.30000000000000004", "0.30000000000000004");
    number_is(" 9007199254740993 ", "9007199254740993");
    number_is("1234567890.123456E+2", "1234567890.123456E+2");
    number_is("1e00000000000000000000001", "1e00000000000000000000001");
    CHECK(parse("9007199254740993"));
    CHECK(parse("{\"id\":9007199254740993}"));
    CHECK_STR(json_scalar(arena, parse("{\"id\" :\t9007199254740993}")->child, NULL),
              "9007199254740993");
    /* Just 15 digits: a double holds them. */
    number_is("123456789012345", "123456789012345");
    number_is("999999999999999", "999999999999999");
    number_is("0.123456789012345", "0.123456789012345");
}

static void keeps_far_numbers(void)
{
    number_is("1e400", "1e400");
    number_is("-1E+400", "-1E+400");
    number_is("12345e99999999999999", "12345e99999999999999");
    number_is("1e281", "1e281");
    number_is("1e-300", "1e-300");
    number_is("1e260", "1e260");
    number_is("1e-320", "1e-320"); /* as a double 9.99988867182683e-321 */
    number_is("1e-400", "1e-400");
    number_is("12E-0345", "12E-0345");
    number_is("-.5000000000000000001", "-.5000000000000000001");
}

static void writes_short_numbers_plain(void)
{
    number_is("0", "0");
    number_is("-0", "0");
    number_is("-0.0", "0");
    number_is("12", "12");
    number_is("12.0", "12");
    number_is("-12.50", "-12.5");
    number_is("91.57", "91.57");
    number_is("0.29", "0.29");
    number_is("0.1", "0.1");
    number_is("-0.05", "-0.05");
    number_is("1E3", "1000");
    number_is("1e-6", "0.000001");
    number_is("1.5e-7", "0.00000015");
    number_is("1.5e-8", "1.5e-8");
    number_is("1e15", "1000000000000000");
    number_is("-1e20", "-100000000000000000000");
    number_is("1.25e20", "125000000000000000000");
    number_is("1e21", "1e21");
    number_is("-1.5e100", "-1.5e100");
    number_is("999999999999.999", "999999999999.999");
}

/* Text may look like a number in its place as much as it likes. */
static void leaves_strings_alone(void)
{
    string_is("\"4111111111111111\"", "4111111111111111");
    string_is("\"x: 12345678901234567,\"", "x: 12345678901234567,");
    string_is("\"[12345678901234567]\"", "[12345678901234567]");
    string_is("\"\\\"a\\\": 12345678901234567}\"", "\"a\": 12345678901234567}");
}

static void tells_text_from_numbers_on_one_page(void)
{
    cJSON *tree = parse("{\"t\":\"\\\\\\\": 12345678901234567, \",\"n\":12345678901234567,"
                        "\"u\":\"12345678901234567\",\"v\":[ -12345678901234567 ],\"w\":1.5}");
    CHECK(tree);
    CHECK_STR(cJSON_GetObjectItem(tree, "t")->valuestring, "\\\": 12345678901234567, ");
    CHECK_STR(cJSON_GetObjectItem(tree, "n")->valuestring, "\x01"
                                                           "12345678901234567");
    CHECK_STR(cJSON_GetObjectItem(tree, "u")->valuestring, "12345678901234567");
    CHECK_STR(cJSON_GetObjectItem(tree, "v")->child->valuestring, "\x01"
                                                                  "-12345678901234567");
    CHECK(cJSON_IsNumber(cJSON_GetObjectItem(tree, "w")));
}

static void long_numbers_mend_nothing(void)
{
    CHECK(!parse("{12345678901234567:1}"));
    CHECK(!parse("{12345678901234567 :1}"));
    CHECK(!parse("{\"a\":12345678901234567,12345678901234567 :1}"));
    CHECK(!parse("[1234567890123456-5]"));
    CHECK(!parse("[12345678901234567.5.6]"));
    CHECK(!parse("[12345678901234567e]"));
    CHECK(!parse("[--12345678901234567]"));
    CHECK(!parse("[+12345678901234567]"));
    CHECK(!parse("[.12345678901234567]"));
    CHECK(!parse("[12345678901234567x]"));
    CHECK(!parse("[12345678901234567 12345678901234567]"));
}

static void mends_escapes(void)
{
    string_is("\"a\\u0000b\"", "a\xef\xbf\xbd"
                               "b");
    string_is("\"a\\\\u0000b\"", "a\\u0000b");
    string_is("\"a\\\\\\u0000b\"", "a\\\xef\xbf\xbd"
                                   "b");
    string_is("\"\\ud800\"", "\xef\xbf\xbd");
    string_is("\"\\uDC00x\"", "\xef\xbf\xbdx");
    string_is("\"\\ud83d\\u0041\"", "\xef\xbf\xbd"
                                    "A");
    string_is("\"\\ud83d\\ud83d\\ude00\"", "\xef\xbf\xbd\xf0\x9f\x98\x80");
    string_is("\"\\uD83D\\uDE00\"", "\xf0\x9f\x98\x80");
    string_is("\"04\\/01\\/2024 \\u00e9 \\\"\"", "04/01/2024 \xc3\xa9 \"");
    string_is("\"\\u0001\"", "\x01");
    string_is("\"\\u0001abc\"", "\x01"
                                "abc");
    string_is("\"\\u00015\"", "\x01"
                              "5");
    refused("[\"\\u00zz\"]", "not JSON: has a \\u that is no escape");
    refused("[\"\\u12\"]", "not JSON: has a \\u that is no escape");
    CHECK(!parse("[\"\\x\"]"));
    CHECK(!parse("[\"\\"));
    CHECK(!parse("[\"\\u"));
    CHECK(!parse("[\"\\u0"));
    CHECK(!parse("[\"\\ud83d\\u"));
}

static void scalars_are_numbers_and_strings(void)
{
    CHECK_STR(scalar("null", NULL), NULL);
    CHECK_STR(scalar("true", NULL), NULL);
    CHECK_STR(scalar("[1]", NULL), NULL);
    CHECK_STR(scalar("{}", NULL), NULL);
    string_is("\"\"", "");
}

static const char document[] =
    "\xef\xbb\xbf{\"data\":[{\"id\":12345678901234567,\"t\":\"\\ud83d x: 12345678901234567, \\\\\","
    "\"amount\":-1.50e2,\"f\":[true,false,null,1e400]},{}],\"meta\":{\"last_page\":\"1\"}}";

static void every_cut_is_refused(void)
{
    size_t len = sizeof document - 1;

    CHECK(parse_bytes(document, len));
    for (size_t n = 0; n < len; n++)
        CHECK(!parse_bytes(document, n));
}

/* No byte put anywhere makes it read or write where it must not (for the sanitizers), or hang. */
static void any_byte_anywhere(void)
{
    static const char bytes[] = "\"\\{}[],:u0129.eE+-x \x01\x80\xff";
    size_t len = sizeof document - 1;
    char text[sizeof document];

    for (size_t at = 0; at < len; at++)
        for (size_t i = 0; i < sizeof bytes; i++) {
            memcpy(text, document, len);
            text[at] = bytes[i];
            cJSON *tree = parse_bytes(text, len);
            struct buf b = {0};
            if (tree)
                json_add_masked(&b, tree, 1000);
            buf_done(&b);
        }
}

static unsigned random_state = 7;

static unsigned pick(unsigned n)
{
    random_state = random_state * 1103515245u + 12345u;
    return (random_state >> 16) % n;
}

/* One value as JSON, and what json_scalar must make of it, marked as number or string. */
static void add_random_value(struct buf *json, struct buf *expected)
{
    static const char *const pieces[] = {
        ": ", "12345678901234567", "\\\"", "\\\\",    "[", ",", "0.5", "}", "e", "-",
        " ",  "1234567890",        "x",    "\\u0041", "{"};
    static const char *const meant[] = {
        ": ", "12345678901234567", "\"", "\\", "[", ",", "0.5", "}", "e", "-",
        " ",  "1234567890",        "x",  "A",  "{"};
    bool is_string = pick(2);

    buf_adds(json, is_string ? "\"" : "");
    buf_addc(expected, is_string ? 's' : 'n');
    if (is_string) {
        for (unsigned n = pick(6); n > 0; n--) {
            unsigned i = pick(sizeof pieces / sizeof pieces[0]);
            buf_adds(json, pieces[i]);
            buf_adds(expected, meant[i]);
        }
        buf_addc(json, '"');
    } else {
        char digits[64];
        int len = 0, size = 1 + (int)pick(pick(2) ? 30 : 15);
        if (pick(3) == 0)
            digits[len++] = '-';
        digits[len++] = (char)('1' + pick(9));
        for (int i = 1; i < size; i++)
            digits[len++] = (char)('0' + pick(10));
        if (size > 15 && pick(2)) {
            digits[len++] = '.';
            digits[len++] = (char)('1' + pick(9));
        }
        buf_add(json, digits, (size_t)len);
        buf_add(expected, digits, (size_t)len);
    }
    buf_addc(expected, '\n');
}

static void random_pages_keep_every_digit(void)
{
    for (int round = 0; round < 3000; round++) {
        struct buf json = {0}, expected = {0}, got = {0};
        buf_addc(&json, '[');
        for (unsigned n = 1 + pick(30); n > 0; n--) {
            add_random_value(&json, &expected);
            buf_adds(&json, n == 1 ? "]" : pick(2) ? "," : " ,\n ");
        }
        cJSON *tree = parse_bytes(json.data, json.len);
        CHECK(tree);
        for (const cJSON *item = tree->child; item; item = item->next) {
            bool is_number;
            const char *text = json_scalar(arena, item, &is_number);
            buf_addf(&got, "%c%s\n", is_number ? 'n' : 's', text);
        }
        CHECK_STR(got.data, expected.data);
        buf_done(&json);
        buf_done(&expected);
        buf_done(&got);
    }
}

/* A run of digits at each place of the probe's stride, and of each length. */
static void finds_runs_wherever_they_lie(void)
{
    for (int before = 0; before < 40; before++)
        for (int digits = 14; digits < 40; digits++) {
            char text[128], number[64];
            for (int i = 0; i < digits; i++)
                number[i] = (char)('1' + i % 9);
            number[digits] = '\0';
            snprintf(text, sizeof text, "[%*s%s%*s]", before, "", number, 40 - before, "");
            cJSON *tree = parse(text);
            CHECK(tree);
            CHECK_STR(json_scalar(arena, tree->child, NULL), number);
            CHECK(cJSON_IsString(tree->child) == (digits >= 16));
        }
}

static void large_values_fit(void)
{
    struct buf b = {0};

    buf_adds(&b, "[\"");
    for (int i = 0; i < 1000000; i++)
        buf_addc(&b, 'a');
    buf_adds(&b, "\",12345678901234567890]");
    cJSON *tree = parse_bytes(b.data, b.len);
    CHECK(tree);
    CHECK_INT(strlen(tree->child->valuestring), 1000000);
    CHECK_STR(json_scalar(arena, tree->child->next, NULL), "12345678901234567890");
    buf_done(&b);
}

static void masked_is(const char *json, size_t cap, const char *expected)
{
    struct buf b = {0};
    cJSON *tree = parse(json);

    CHECK(tree);
    json_add_masked(&b, tree, cap);
    CHECK_STR(b.data, expected);
    buf_done(&b);
}

static void shows_records_masked(void)
{
    masked_is("{ \"a\" : [ 1, \"x\", null, true, -0.5 ], \"b\":{} }", 1000,
              "{\"a\":[1,\"x\",null,true,-0.5],\"b\":{}}");
    masked_is("{\"name\":\"pay 4111111111111111 now\"}", 1000,
              "{\"name\":\"pay 411111******1111 now\"}");
    masked_is("{\"x\":4111111111111111,\"y\":4222222222222}", 1000,
              "{\"x\":\"411111******1111\",\"y\":\"422222***2222\"}");
    masked_is("{\"mid\":\"4111111111111111\",\"id\":4111111111111111,"
              "\"reference_number\":\"4111111111111111\",\"amount\":4222222222222}",
              1000,
              "{\"mid\":\"4111111111111111\",\"id\":4111111111111111,"
              "\"reference_number\":\"4111111111111111\",\"amount\":\"422222***2222\"}");
    masked_is("{\"cardholder\":\"1234567890123456\",\"n\":{\"cardholder\":12345678901}}", 1000,
              "{\"cardholder\":\"123456******3456\",\"n\":{\"cardholder\":\"123456*8901\"}}");
    masked_is("{\"cardholder\":{\"id\":[12345678901]},\"leads\":[4222222222222]}", 1000,
              "{\"cardholder\":{\"id\":[\"123456*8901\"]},\"leads\":[4222222222222]}");
    masked_is("{\"mid\":{\"note\":\"4111111111111111\"}}", 1000,
              "{\"mid\":{\"note\":\"411111******1111\"}}");
    masked_is("{\"4111111111111111\":1}", 1000, "{\"411111******1111\":1}");
    masked_is("\"a\\u001b[31m\"", 1000, "\"a\\u001b[31m\"");
    masked_is("[\"\xff\"]", 1000, "[\"\xef\xbf\xbd\"]");
}

static void cuts_what_is_long(void)
{
    masked_is("[1,2,3]", 7, "[1,2,3]");
    masked_is("[1,2,3]", 6, "[1,2,3…");
    masked_is("[\"äää\"]", 5, "[\"ä…");
    masked_is("[\"äää\"]", 4, "[\"ä…");
    masked_is("[\"4111111111111111\"]", 10, "[\"411111**…");
}

static void a_long_page_is_not_written_out(void)
{
    struct buf page = {0}, b = {0};

    buf_adds(&page, "[");
    for (int i = 0; i < 100000; i++)
        buf_adds(&page, "\"some text\",");
    buf_adds(&page, "0]");
    json_add_masked(&b, parse_bytes(page.data, page.len), 4096);
    CHECK_INT(b.len, 4096 + 3);
    buf_done(&page);
    buf_done(&b);
    arena_free(arena);
    arena = NULL;
}

static const struct unit_case cases[] = {
    {"parses_whole_bodies", parses_whole_bodies},
    {"says_what_came_instead", says_what_came_instead},
    {"knows_depth", knows_depth},
    {"keeps_long_numbers", keeps_long_numbers},
    {"keeps_far_numbers", keeps_far_numbers},
    {"writes_short_numbers_plain", writes_short_numbers_plain},
    {"bounds_memory", bounds_memory},
    {"of_two_members_the_last_counts", of_two_members_the_last_counts},
    {"long_runs_take_no_square_time", long_runs_take_no_square_time},
    {"leaves_strings_alone", leaves_strings_alone},
    {"tells_text_from_numbers_on_one_page", tells_text_from_numbers_on_one_page},
    {"long_numbers_mend_nothing", long_numbers_mend_nothing},
    {"mends_escapes", mends_escapes},
    {"scalars_are_numbers_and_strings", scalars_are_numbers_and_strings},
    {"every_cut_is_refused", every_cut_is_refused},
    {"any_byte_anywhere", any_byte_anywhere},
    {"random_pages_keep_every_digit", random_pages_keep_every_digit},
    {"finds_runs_wherever_they_lie", finds_runs_wherever_they_lie},
    {"large_values_fit", large_values_fit},
    {"shows_records_masked", shows_records_masked},
    {"cuts_what_is_long", cuts_what_is_long},
    {"a_long_page_is_not_written_out", a_long_page_is_not_written_out},
};
UNIT_MAIN(cases)
