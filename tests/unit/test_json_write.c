/* Commas across nesting, escapes, numbers. */
#include "core/base/buf.h"
#include "core/base/json_write.h"
#include "tests/unit/unit.h"

#include <locale.h>
#include <math.h>

static void check_written(struct buf *b, const char *expected)
{
    CHECK_STR(b->data, expected);
    buf_done(b);
}

static void puts_commas(void)
{
    struct buf b = {0};
    struct json_writer j;

    json_begin(&j, &b);
    json_object(&j);
    json_kv_int(&j, "a", 1);
    json_key(&j, "b");
    json_array(&j);
    json_int(&j, 1);
    json_object(&j);
    json_end_object(&j);
    json_array(&j);
    json_end_array(&j);
    json_object(&j);
    json_kv_bool(&j, "t", true);
    json_kv_bool(&j, "f", false);
    json_end_object(&j);
    json_null(&j);
    json_end_array(&j);
    json_kv_string(&j, "c", "x");
    json_kv_string(&j, "d", NULL);
    json_key(&j, "e");
    json_raw(&j, "{\"r\":[1,2]}");
    json_key(&j, "f");
    json_raw(&j, NULL);
    json_key(&j, "g");
    json_raw(&j, "");
    json_end_object(&j);
    check_written(&b, "{\"a\":1,\"b\":[1,{},[],{\"t\":true,\"f\":false},null],\"c\":\"x\","
                      "\"d\":null,\"e\":{\"r\":[1,2]},\"f\":null,\"g\":null}");
}

static void begins_anew(void)
{
    struct buf b = {0};
    struct json_writer j;

    for (int line = 0; line < 2; line++) {
        json_begin(&j, &b);
        json_array(&j);
        json_string(&j, "a");
        json_string(&j, "b");
        json_end_array(&j);
        buf_addc(&b, '\n');
    }
    check_written(&b, "[\"a\",\"b\"]\n[\"a\",\"b\"]\n");
}

static void escapes(void)
{
    static const struct {
        const char *said, *written;
    } rows[] = {
        {"", "\"\""},
        {"a\"b\\c/", "\"a\\\"b\\\\c/\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1b[0m\x1f", "\"\\u0001\\u001b[0m\\u001f\""},
        {"\x7f", "\"\\u007f\""},
        {"\xc2\x9b", "\"\\u009b\""},
        {"\xc2\xa0", "\"\xc2\xa0\""},
        {"caf\xc3\xa9 \xf0\x9f\x98\x80", "\"caf\xc3\xa9 \xf0\x9f\x98\x80\""},
        {"bad\xff", "\"bad\xef\xbf\xbd\""},
        {"\xe2\x82\"", "\"\xef\xbf\xbd\xef\xbf\xbd\\\"\""},
        {"\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        struct json_writer j;
        json_begin(&j, &b);
        json_string(&j, rows[i].said);
        check_written(&b, rows[i].written);
        json_begin(&j, &b);
        json_key(&j, rows[i].said);
        buf_adds(&b, "1");
        CHECK(strncmp(b.data, rows[i].written, strlen(rows[i].written)) == 0);
        CHECK_STR(b.data + strlen(rows[i].written), ":1");
        buf_done(&b);
    }
}

static void writes_whole_numbers(void)
{
    struct buf b = {0};
    struct json_writer j;

    json_begin(&j, &b);
    json_array(&j);
    json_int(&j, 0);
    json_int(&j, INT64_MIN);
    json_int(&j, INT64_MAX);
    json_end_array(&j);
    check_written(&b, "[0,-9223372036854775808,9223372036854775807]");
}

static void check_decimals(void)
{
    static const struct {
        double d;
        int decimals;
        const char *written;
    } rows[] = {
        {0, 0, "0"},
        {1.5, 2, "1.50"},
        {-3.14159, 3, "-3.142"},
        {2.5, 0, "2"},
        {1234567, 1, "1234567.0"},
        {-0.25, 2, "-0.25"},
        {7, -1, "7"},
        {0.5, 99, "0.50000000000000000"},
        {INFINITY, 2, "null"},
        {-INFINITY, 2, "null"},
        {NAN, 2, "null"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        struct json_writer j;
        json_begin(&j, &b);
        json_decimal(&j, rows[i].d, rows[i].decimals);
        check_written(&b, rows[i].written);
    }
}

static void writes_decimals(void)
{
    struct buf b = {0};
    struct json_writer j;

    check_decimals();
    json_begin(&j, &b);
    json_decimal(&j, 1.7976931348623157e308, 17);
    CHECK_INT(b.len, 309 + 1 + 17);
    buf_done(&b);
}

/* Few machines have such a locale installed; where none is, this checks nothing. */
static void writes_decimals_where_the_point_is_a_comma(void)
{
    if (setlocale(LC_NUMERIC, "de_DE.UTF-8") != NULL)
        check_decimals();
    setlocale(LC_NUMERIC, "C");
}

static const struct unit_case cases[] = {
    {"puts_commas", puts_commas},
    {"begins_anew", begins_anew},
    {"escapes", escapes},
    {"writes_whole_numbers", writes_whole_numbers},
    {"writes_decimals", writes_decimals},
    {"writes_decimals_where_the_point_is_a_comma", writes_decimals_where_the_point_is_a_comma},
};
UNIT_MAIN(cases)
