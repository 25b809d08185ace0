/* Records to rows: each conversion with what the CRM sends and what it might, and what is said of
 * the rest. */
#include "core/map.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/mask.h"
#include "core/money.h"
#include "tests/unit/unit.h"

static struct arena *arena;

static cJSON *parse(const char *text)
{
    struct err e = {0};

    if (!arena) {
        json_setup();
        arena = arena_new();
    }
    arena_reset(arena);
    size_t len = strlen(text);
    char *body = mem_strndup(text, len);
    cJSON *tree = json_parse(arena, body, len, &e);
    free(body);
    if (!tree) {
        fprintf(stderr, "%s: %s\n", text, e.message);
        exit(1);
    }
    return tree;
}

/* One value through one conversion. */
static bool convert(const char *json, enum conversion as, struct value *cell,
                    struct map_problem *problem)
{
    struct map_field field = {"the_field", 0, as};
    struct buf object = {0};

    buf_addf(&object, "{\"other\":1,\"the_field\":%s}", json);
    bool is_good = map_object(arena, parse(object.data), &field, 1, cell, problem);
    buf_done(&object);
    return is_good;
}

static struct value good(const char *json, enum conversion as)
{
    struct value cell = value_int(-4711);
    struct map_problem problem;

    if (!convert(json, as, &cell, &problem)) {
        fprintf(stderr, "refused: %s\n", problem.message);
        exit(1);
    }
    CHECK_STR(problem.field, NULL);
    CHECK_STR(problem.message, "");
    return cell;
}

static void gives_int(const char *json, enum conversion as, int64_t expected)
{
    struct value cell = good(json, as);

    CHECK_INT(cell.kind, VALUE_INT);
    CHECK_INT(cell.number, expected);
}

static void gives_text(const char *json, enum conversion as, const char *expected)
{
    struct value cell = good(json, as);

    CHECK_INT(cell.kind, VALUE_TEXT);
    CHECK_STR(cell.text, expected);
}

static void gives_null(const char *json, enum conversion as)
{
    CHECK_INT(good(json, as).kind, VALUE_NULL);
}

static void refused(const char *json, enum conversion as, const char *message)
{
    struct value cell = value_int(-4711);
    struct map_problem problem;

    if (convert(json, as, &cell, &problem)) {
        fprintf(stderr, "taken: %s\n", json);
        exit(1);
    }
    CHECK_INT(cell.kind, VALUE_NULL);
    CHECK_STR(problem.field, "the_field");
    CHECK_STR(problem.message, message);
}

static void nothing_is_null_everywhere(void)
{
    for (int as = MAP_TEXT; as <= MAP_INTS; as++) {
        gives_null("null", (enum conversion)as);
        gives_null("\"\"", (enum conversion)as);
    }
}

static void text(void)
{
    gives_text("\"Café\"", MAP_TEXT, "Café");
    gives_text("\"0012\"", MAP_TEXT, "0012");
    gives_text("12", MAP_TEXT, "12");
    gives_text("0.50", MAP_TEXT, "0.5");
    gives_text("true", MAP_TEXT, "true");
    gives_text("false", MAP_TEXT, "false");
    gives_text("\"4111111111111111\"", MAP_TEXT, "411111******1111");
    gives_text("4111111111111111", MAP_TEXT, "411111******1111");
    gives_text("4222222222222", MAP_TEXT, "422222***2222");
    gives_text("\"Café 4222222222222\"", MAP_TEXT, "Café 422222***2222");
    gives_text("\"\xff 4222222222222\"", MAP_TEXT, "\xef\xbf\xbd 422222***2222");
    gives_text("\"a\xff\xc3\"", MAP_TEXT, "a\xef\xbf\xbd\xef\xbf\xbd");
    gives_text("\"abc\xed\xa0\x80\"", MAP_TEXT, "abc\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    gives_text("\" \"", MAP_TEXT, " ");
    refused("[1]", MAP_TEXT, "the_field [1]: is not text");
    refused("{\"a\":\"b\"}", MAP_TEXT, "the_field {\"a\":\"b\"}: is not text");
}

/* An invalid byte is found wherever it stands in the word. */
static void text_with_a_bad_byte_anywhere(void)
{
    for (size_t len = 1; len < 30; len++)
        for (size_t at = 0; at < len; at++) {
            char json[64], expected[64];
            snprintf(json, sizeof json, "\"%.*s\"", (int)len, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa");
            json[1 + at] = '\xff';
            snprintf(expected, sizeof expected, "%.*s\xef\xbf\xbd%.*s", (int)at, json + 1,
                     (int)(len - at - 1), json + 2 + at);
            gives_text(json, MAP_TEXT, expected);
        }
}

static void identifiers(void)
{
    gives_text("\"4111111111111111\"", MAP_IDENT, "4111111111111111");
    gives_text("\"0012\"", MAP_IDENT, "0012");
    gives_text("8739000012345678", MAP_IDENT, "8739000012345678");
    gives_text("12345678901234567890", MAP_IDENT, "12345678901234567890");
    gives_text("9007199254740993", MAP_IDENT, "9007199254740993");
    gives_text("873900001234567", MAP_IDENT, "873900001234567");
    gives_text("\"a\xff\"", MAP_IDENT, "a\xef\xbf\xbd");
    refused("[]", MAP_IDENT, "the_field []: is not text");
}

static void cardholder(void)
{
    gives_text("\"3712*******1234\"", MAP_CARD, "3712*******1234");
    gives_text("\"1234567890123456\"", MAP_CARD, "123456******3456");
    gives_text("12345678901", MAP_CARD, "123456*8901");
    gives_text("\"1234567890\"", MAP_CARD, "1234567890");
}

static void whole_numbers(void)
{
    gives_int("12", MAP_INT, 12);
    gives_int("-12", MAP_INT, -12);
    gives_int("12.0", MAP_INT, 12);
    gives_int("-0.0", MAP_INT, 0);
    gives_int("\"12\"", MAP_INT, 12);
    gives_int("\"12.00\"", MAP_INT, 12);
    gives_int("\"1,234\"", MAP_INT, 1234);
    gives_int("1e3", MAP_INT, 1000);
    gives_int("999999999999999", MAP_INT, 999999999999999);
    gives_int("1000000000000000", MAP_INT, 1000000000000000);
    gives_int("9007199254740993", MAP_INT, 9007199254740993);
    gives_int("9223372036854775807", MAP_INT, INT64_MAX);
    gives_int("-9223372036854775808", MAP_INT, INT64_MIN);
    gives_int("\"9223372036854775807\"", MAP_INT, INT64_MAX);
    gives_int("1e18", MAP_INT, 1000000000000000000);
    refused("9223372036854775808", MAP_INT, "the_field 9223372036854775808: is too large");
    refused("1e400", MAP_INT, "the_field 1e400: is too large");
    refused("12.5", MAP_INT, "the_field 12.5: has a fraction");
    refused("0.1", MAP_INT, "the_field 0.1: has a fraction");
    refused("1e-300", MAP_INT, "the_field 1e-300: has a fraction");
    refused("\"12x\"", MAP_INT, "the_field \"12x\": is not a number");
    refused("\"$12\"", MAP_INT, "the_field \"$12\": is not a whole number");
    refused("\"(12)\"", MAP_INT, "the_field \"(12)\": is not a whole number");
    refused("true", MAP_INT, "the_field true: is not a number");
    refused("[1]", MAP_INT, "the_field [1]: is not a number");
}

static void amounts(void)
{
    gives_int("\"91.57\"", MAP_CENTS, 9157);
    gives_int("91.57", MAP_CENTS, 9157);
    gives_int("-570.00", MAP_CENTS, -57000);
    gives_int("\"$1,234.50\"", MAP_CENTS, 123450);
    gives_int("0.29", MAP_CENTS, 29);
    gives_int("1.005e2", MAP_CENTS, 10050);
    gives_int("9999999999999.99", MAP_CENTS, 999999999999999);
    gives_int("-9999999999999.99", MAP_CENTS, -999999999999999);
    gives_int("99999999999999.9", MAP_CENTS, 9999999999999990);
    gives_int("999999999999999", MAP_CENTS, 99999999999999900);
    gives_int("-999999999999997", MAP_CENTS, -99999999999999700);
    gives_int("999999999999.999", MAP_MICROS, 999999999999999000);
    gives_int("92233720368547758.07", MAP_CENTS, INT64_MAX);
    gives_int("0.29", MAP_MICROS, 290000);
    gives_int("\"0.29\"", MAP_MICROS, 290000);
    gives_int("-1234.567891", MAP_MICROS, -1234567891);
    gives_int("123456789.012345", MAP_MICROS, 123456789012345);
    gives_int("1.1000000000000000", MAP_MICROS, 1100000);
    refused("\"12.345\"", MAP_CENTS, "the_field \"12.345\": has fractions of a cent");
    refused("12.345", MAP_CENTS, "the_field 12.345: has fractions of a cent");
    refused("0.30000000000000004", MAP_CENTS,
            "the_field 0.30000000000000004: has fractions of a cent");
    refused("99999999999.9999", MAP_CENTS, "the_field 99999999999.9999: has fractions of a cent");
    refused("0.0000001", MAP_MICROS, "the_field 0.0000001: has more than six decimals");
    refused("1e17", MAP_CENTS, "the_field 100000000000000000: is too large");
    refused("1e30", MAP_CENTS, "the_field 1e30: is too large");
    refused("false", MAP_CENTS, "the_field false: is not a number");
    refused("{}", MAP_CENTS, "the_field {}: is not a number");
}

static void dates(void)
{
    gives_text("\"04\\/01\\/2024\"", MAP_DAY, "2024-04-01");
    gives_text("\"2024-04-01T23:00:00-08:00\"", MAP_DAY, "2024-04-01");
    gives_null("\"0000-00-00\"", MAP_DAY);
    gives_text("\"2019-01-01T12:04:40+05:00\"", MAP_INSTANT, "2019-01-01T07:04:40.000Z");
    gives_null("\"0000-00-00 00:00:00\"", MAP_INSTANT);
    refused("\"02/30/2024\"", MAP_DAY, "the_field \"02/30/2024\": is not a date");
    refused("20240401", MAP_DAY, "the_field 20240401: is not a date");
    refused("20240401123456789", MAP_DAY, "the_field 20240401123456789: is not a date");
    refused("\"soon\"", MAP_INSTANT, "the_field \"soon\": is not a date and time");
    refused("0", MAP_INSTANT, "the_field 0: is not a date and time");
}

static void flags(void)
{
    static const char *const yes[] = {"true",  "1",     "\"1\"",  "\"true\"", "\"YES\"",
                                      "\"y\"", "\"T\"", "\"on\"", "1.0"};
    static const char *const no[] = {"false", "0",     "\"0\"",   "\"False\"", "\"no\"",
                                     "\"N\"", "\"f\"", "\"OFF\"", "-0"};

    for (size_t i = 0; i < sizeof yes / sizeof yes[0]; i++)
        gives_int(yes[i], MAP_FLAG, 1);
    for (size_t i = 0; i < sizeof no / sizeof no[0]; i++)
        gives_int(no[i], MAP_FLAG, 0);
    refused("2", MAP_FLAG, "the_field 2: is neither yes nor no");
    refused("0.5", MAP_FLAG, "the_field 0.5: is neither yes nor no");
    refused("\"maybe\"", MAP_FLAG, "the_field \"maybe\": is neither yes nor no");
    refused("[]", MAP_FLAG, "the_field []: is neither yes nor no");
}

static void loose(void)
{
    gives_int("true", MAP_LOOSE, 1);
    gives_int("false", MAP_LOOSE, 0);
    gives_text("\"Yes\"", MAP_LOOSE, "Yes");
    gives_text("\"4111111111111111\"", MAP_LOOSE, "411111******1111");
    gives_text("2", MAP_LOOSE, "2");
    refused("{}", MAP_LOOSE, "the_field {}: is not text");
}

static void lists_of_numbers(void)
{
    gives_text("[]", MAP_INTS, "[]");
    gives_text("[1, 2]", MAP_INTS, "[1,2]");
    gives_text("[\"007\", -3, 12345678901234567]", MAP_INTS, "[7,-3,12345678901234567]");
    refused("[1,\"x\"]", MAP_INTS, "the_field [1,\"x\"]: has an element that is no whole number");
    refused("[1,null]", MAP_INTS, "the_field [1,null]: has an element that is no whole number");
    refused("[1.5]", MAP_INTS, "the_field [1.5]: has an element that is no whole number");
    refused("{\"a\":1}", MAP_INTS, "the_field {\"a\":1}: is not a list");
    refused("5", MAP_INTS, "the_field 5: is not a list");
    refused("\"[1]\"", MAP_INTS, "the_field \"[1]\": is not a list");
}

static void problems_show_no_card_and_no_control(void)
{
    refused("\"4111111111111111\"", MAP_DAY, "the_field \"411111******1111\": is not a date");
    refused("4111111111111111", MAP_DAY, "the_field 411111******1111: is not a date");
    refused("[\"4111111111111111\"]", MAP_CARD, "the_field [\"411111******1111\"]: is not text");
    refused("{\"id\":12345678901}", MAP_CARD, "the_field {\"id\":123456*8901}: is not text");
    refused("\"a\\u001b[31m\\n\"", MAP_INT, "the_field \"a\\x1b[31m\\x0a\": is not a number");
}

static void problems_are_short(void)
{
    struct value cell;
    struct map_problem problem;
    char json[3000] = "\"", expected[200];

    memset(json + 1, 'x', 2000);
    json[2001] = '"';
    snprintf(expected, sizeof expected, "the_field \"%.60s…\": is not a number", json + 1);
    refused(json, MAP_INT, expected);
    for (int i = 0; i < 1000; i++)
        memcpy(json + 1 + 2 * i, "é", 2);
    CHECK(!convert(json, MAP_INT, &cell, &problem));
    CHECK(strstr(problem.message, "…\": is not a number"));
    memset(json + 1, '\x02', 2000);
    CHECK(!convert(json, MAP_INT, &cell, &problem));
    CHECK(strstr(problem.message, "…\": is not a number"));
    struct map_field field = {"a_name_that_goes_on_and_on_and_on_and_on_and_on_and_on", 0,
                              MAP_INTS};
    struct buf object = {0};
    buf_addf(&object, "{\"%s\":%s}", field.json, json);
    CHECK(!map_object(arena, parse(object.data), &field, 1, &cell, &problem));
    CHECK(strstr(problem.message, "…\": is not a list"));
    buf_done(&object);
}

static const struct map_field table[] = {
    {"id", 2, MAP_INT},
    {"name", 0, MAP_TEXT},
    {"amount", 3, MAP_CENTS},
    {"day", 5, MAP_DAY},
};
enum { TABLE_LEN = sizeof table / sizeof table[0], ROW_LEN = 7 };

static bool map(const char *json, struct value row[ROW_LEN], struct map_problem *problem)
{
    for (int i = 0; i < ROW_LEN; i++)
        row[i] = value_int(100 + i);
    return map_object(arena, parse(json), table, TABLE_LEN, row, problem);
}

static void check_row(const struct value row[ROW_LEN])
{
    CHECK_STR(row[0].text, "n");
    CHECK_INT(row[2].number, 7);
    CHECK_INT(row[3].number, 150);
    CHECK_STR(row[5].text, "2024-04-01");
    for (int i = 1; i < ROW_LEN; i += i == 1 ? 3 : 2) /* 1, 4, 6 are not in the table */
        CHECK_INT(row[i].number, 100 + i);
}

static void any_order_and_more_keys(void)
{
    static const char *const texts[] = {
        "{\"id\":7,\"name\":\"n\",\"amount\":1.5,\"day\":\"04/01/2024\"}",
        "{\"day\":\"04/01/2024\",\"amount\":1.5,\"name\":\"n\",\"id\":7}",
        "{\"x\":1,\"id\":7,\"y\":[2],\"name\":\"n\",\"z\":{\"id\":9},\"amount\":1.5,"
        "\"day\":\"04/01/2024\",\"w\":0}",
        "{\"name\":\"n\",\"ID\":9,\"day\":\"04/01/"
        "2024\",\"Name\":0,\"id\":7,\"amount\":1.5,\"i\":3,"
        "\"\":1}",
    };
    struct value row[ROW_LEN];
    struct map_problem problem;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK(map(texts[i], row, &problem));
        check_row(row);
    }
}

static void last_duplicate_wins(void)
{
    struct value row[ROW_LEN];
    struct map_problem problem;

    CHECK(map(
        "{\"id\":\"x\",\"id\":3,\"name\":\"m\",\"amount\":\"x\",\"day\":\"04/01/2024\",\"id\":7,"
        "\"name\":\"n\",\"amount\":1.5}",
        row, &problem));
    check_row(row);
    CHECK(map("{\"id\":7,\"id\":null}", row, &problem));
    CHECK_INT(row[2].kind, VALUE_NULL);
}

static void absent_fields_are_null(void)
{
    struct value row[ROW_LEN];
    struct map_problem problem;

    CHECK(map("{}", row, &problem));
    for (int i = 0; i < TABLE_LEN; i++)
        CHECK_INT(row[table[i].column].kind, VALUE_NULL);
    CHECK_INT(row[1].number, 101);
}

static void first_problem_is_told_and_the_rest_filled(void)
{
    struct value row[ROW_LEN];
    struct map_problem problem;

    CHECK(
        !map("{\"day\":\"04/01/2024\",\"amount\":\"1.555\",\"name\":[],\"id\":7}", row, &problem));
    CHECK_STR(problem.field, "name");
    CHECK_STR(problem.message, "name []: is not text");
    CHECK_INT(row[0].kind, VALUE_NULL);
    CHECK_INT(row[2].number, 7);
    CHECK_INT(row[3].kind, VALUE_NULL);
    CHECK_STR(row[5].text, "2024-04-01");
}

static void what_is_no_object(void)
{
    static const char *const texts[] = {"[]", "[{\"id\":7}]", "null", "7", "\"id\"", "true"};
    struct value row[ROW_LEN];
    struct map_problem problem;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        CHECK(!map(texts[i], row, &problem));
        CHECK_STR(problem.field, NULL);
        CHECK_STR(problem.message, "the record is not an object");
        CHECK_INT(row[2].kind, VALUE_NULL);
        CHECK_INT(row[1].number, 101);
    }
    CHECK(!map_object(arena, NULL, table, TABLE_LEN, row, &problem));
}

static void the_tree_stays_as_it_was(void)
{
    static const struct map_field fields[] = {{"n", 0, MAP_TEXT}};
    struct value row[1];
    struct map_problem problem;
    cJSON *tree = parse("{\"n\":\"4111111111111111\"}");

    CHECK(map_object(arena, tree, fields, 1, row, &problem));
    CHECK_STR(row[0].text, "411111******1111");
    CHECK_STR(tree->child->valuestring, "4111111111111111");
}

static uint64_t random_state = 88172645463325252;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

static bool is_like_a_card(const char *text)
{
    char copy[32];

    snprintf(copy, sizeof copy, "%s", text);
    return mask_text(copy);
}

/* Every way to write an amount gives the same one: string or number, of any size. */
static void exact_at(int decimals, enum conversion as)
{
    for (int i = 0; i < 30000; i++) {
        int64_t units = (int64_t)(next_random() >> (next_random() % 64));
        char text[32], json[64];
        if (next_random() & 1)
            units = (int64_t)(0 - (uint64_t)units);
        money_format(units, decimals, text);
        if (decimals > 0 && is_like_a_card(text))
            continue;
        gives_int(text, as, units);
        snprintf(json, sizeof json, "\"%s\"", text);
        gives_int(json, as, units);
    }
}

/* In the place of an amount it would reach the disk with two zeros behind it. */
static void a_card_number_is_no_amount(void)
{
    refused("4111111111111111", MAP_CENTS, "the_field 411111******1111: looks like a card number");
    refused("\"4111111111111111.00\"", MAP_CENTS,
            "the_field \"411111******1111.00\": looks like a card number");
    refused("\"-4222222222222\"", MAP_CENTS,
            "the_field \"-422222***2222\": looks like a card number");
    gives_int("4111111111111112", MAP_CENTS, 411111111111111200);
    gives_int("4111111111111111", MAP_INT, 4111111111111111);
}

static void amounts_are_exact_however_they_come(void)
{
    exact_at(2, MAP_CENTS);
    exact_at(6, MAP_MICROS);
    exact_at(0, MAP_INT);
}

/* One digit finer than the unit is refused, at every size that a double can tell apart. */
static void finer_numbers_are_refused(void)
{
    struct value cell;
    struct map_problem problem;

    for (int i = 0; i < 30000; i++) {
        int64_t tenths = (int64_t)(next_random() % (1000000000000000u >> (next_random() % 50))) | 1;
        char text[32];
        money_format(tenths % 10 == 0 ? tenths + 1 : tenths, 3, text);
        if (tenths % 10 != 0)
            CHECK(!convert(text, MAP_CENTS, &cell, &problem));
        money_format(tenths, 7, text);
        if (tenths % 10 != 0)
            CHECK(!convert(text, MAP_MICROS, &cell, &problem));
    }
}

static void ten_thousand_amounts_keep_their_sum(void)
{
    static const struct map_field fields[] = {{"a", 0, MAP_CENTS}, {"m", 1, MAP_MICROS}};
    struct buf page = {0};
    int64_t cents = 0, micros = 0;

    for (int i = 0; i < 10000; i++) {
        int64_t c = (int64_t)(next_random() % 100000000) - 30000000;
        int64_t m = (int64_t)(next_random() % 100000000000) - 50000000000;
        char a[32], b[32];
        money_format(c, 2, a);
        money_format(m, 6, b);
        const char *quote = i % 2 ? "\"" : "";
        buf_addf(&page, "%s{\"a\":%s%s%s,\"m\":%s%s%s}", i ? "," : "[", quote, a, quote, quote, b,
                 quote);
        cents += c;
        micros += m;
    }
    buf_addc(&page, ']');
    for (const cJSON *item = parse(page.data)->child; item; item = item->next) {
        struct value row[2];
        struct map_problem problem;
        CHECK(map_object(arena, item, fields, 2, row, &problem));
        cents -= row[0].number;
        micros -= row[1].number;
    }
    CHECK_INT(cents, 0);
    CHECK_INT(micros, 0);
    buf_done(&page);
    arena_free(arena);
    arena = NULL;
}

static const struct unit_case cases[] = {
    {"nothing_is_null_everywhere", nothing_is_null_everywhere},
    {"text", text},
    {"text_with_a_bad_byte_anywhere", text_with_a_bad_byte_anywhere},
    {"identifiers", identifiers},
    {"cardholder", cardholder},
    {"whole_numbers", whole_numbers},
    {"amounts", amounts},
    {"dates", dates},
    {"flags", flags},
    {"loose", loose},
    {"lists_of_numbers", lists_of_numbers},
    {"problems_show_no_card_and_no_control", problems_show_no_card_and_no_control},
    {"problems_are_short", problems_are_short},
    {"any_order_and_more_keys", any_order_and_more_keys},
    {"last_duplicate_wins", last_duplicate_wins},
    {"absent_fields_are_null", absent_fields_are_null},
    {"first_problem_is_told_and_the_rest_filled", first_problem_is_told_and_the_rest_filled},
    {"what_is_no_object", what_is_no_object},
    {"the_tree_stays_as_it_was", the_tree_stays_as_it_was},
    {"a_card_number_is_no_amount", a_card_number_is_no_amount},
    {"amounts_are_exact_however_they_come", amounts_are_exact_however_they_come},
    {"finer_numbers_are_refused", finer_numbers_are_refused},
    {"ten_thousand_amounts_keep_their_sum", ten_thousand_amounts_keep_their_sum},
};
UNIT_MAIN(cases)
