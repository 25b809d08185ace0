/* The words that the panes share, and JSON told in lines. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "tests/unit/unit.h"
#include "tui/dash/json_lines.h"
#include "tui/dash/words.h"

#include <locale.h>
#include <math.h>
#include <string.h>

#define NOW "2026-11-23T22:12:30.000Z"

static int64_t at(const char *utc)
{
    int64_t ms = 0;
    CHECK(civil_parse_utc(utc, &ms));
    return ms;
}

/* ---- words ---- */

static const char *counted(int64_t n)
{
    static char out[WORD_SIZE];
    word_count(n, out);
    return out;
}

static const char *lasted(int64_t ms)
{
    static char out[WORD_SIZE];
    word_duration(ms, out);
    return out;
}

static const char *until(int64_t ms)
{
    static char out[WORD_SIZE];
    word_until(ms, out);
    return out;
}

static const char *trend(double now, double before)
{
    static char out[WORD_SIZE];
    word_trend(now, before, out);
    return out;
}

static void words(void)
{
    CHECK_STR(counted(0), "0");
    CHECK_STR(counted(9999), "9,999");
    CHECK_STR(counted(10000), "10.0k");
    CHECK_STR(counted(99999), "99.9k");
    CHECK_STR(counted(123456), "123k");
    CHECK_STR(counted(999999), "999k");
    CHECK_STR(counted(1000000), "1.0M");
    CHECK_STR(counted(-12345), "-12.3k");
    CHECK(strlen(counted(INT64_MAX)) < WORD_SIZE && strlen(counted(INT64_MIN)) < WORD_SIZE);
    CHECK_STR(lasted(-1), "-");
    CHECK_STR(lasted(400), "0.4s");
    CHECK_STR(lasted(42900), "42s");
    CHECK_STR(lasted(552000), "9m12s");
    CHECK_STR(lasted(3900000), "1h05m");
    CHECK_STR(lasted(273600000), "3d04h");
    CHECK_STR(until(0), "due");
    CHECK_STR(until(1), "in 1 min");
    CHECK_STR(until(11520000), "in 3 h 12 min");
    CHECK_STR(until(3600000 * 24 * 9), "in 9 d 0 h");
    CHECK_STR(trend(112, 100), "+12 %");
    CHECK_STR(trend(60, 100), "-40 %");
    CHECK_STR(trend(100, 100), "same");
    CHECK_STR(trend(5, 0), "");
    CHECK_STR(trend(NAN, 3), "");
    CHECK_STR(trend(1e300, 1e-9), "x 9999");
}

static void times(void)
{
    char out[WORD_SIZE];
    int64_t now = at(NOW);
    word_time(now, "America/New_York", now, out);
    CHECK_STR(out, "11-23 17:12");
    word_time_of("2025-12-31T23:00:00.000Z", "America/New_York", now, out);
    CHECK_STR(out, "2025-12-31");
    word_time_of("", "America/New_York", now, out);
    CHECK_STR(out, "-");
    word_clock(now, "UTC", now, out);
    CHECK_STR(out, "22:12:30");
    word_clock(now - 86400000, "UTC", now, out);
    CHECK_STR(out, "11-22 22:12");
    word_age(59000, out);
    CHECK_STR(out, "under 1 min");
    word_age(3600000 * 47, out);
    CHECK_STR(out, "47 h");
}

/* ---- JSON ---- */

static void add_line(void *data, int depth, const char *key, const char *value)
{
    buf_addf(data, "%*s%s=%s\n", depth, "", key, value);
}

static void check_lines(const char *json, const char *expected)
{
    struct buf b = {0};
    buf_adds(&b, "");
    json_lines(json, add_line, &b);
    CHECK_STR(b.data, expected);
    buf_done(&b);
}

static void json_is_told_in_lines(void)
{
    check_lines("{}", "");
    check_lines("{\"a\": 1, \"b\":\"two\" ,\"c\":null}", "a=1\nb=two\nc=null\n");
    check_lines("{\"m\":{\"new\":12,\"updated\":0},\"w\":[],\"l\":[\"x\",2]}",
                "m=new 12, updated 0\nw=none\nl=x, 2\n");
    check_lines("{\"o\":{\"p\":{\"q\":1},\"r\":[{\"s\":2},3]}}", "o=\n p=q 1\n r=\n  =s 2\n  =3\n");
    check_lines("[1,[2,3],{\"a\":\"b\"}]", "=1\n=2, 3\n=a b\n");
    check_lines("{\"e\":\"a\\\"\\\\\\n\\u00e9\\ud83d\\ude00\\u0000\\udc00\"}",
                "e=a\"\\\n\xc3\xa9\xf0\x9f\x98\x80\\u0000\\udc00\n");
}

static void what_is_no_json_comes_out_as_it_is(void)
{
    check_lines("", "=\n");
    check_lines("<html>no</html>", "=<html>no</html>\n");
    check_lines("\"text\"", "=\"text\"\n");
    check_lines("{\"a\":1} rest", "a=1\n=rest\n");
    check_lines("{\"a\":\"cut", "a=cut\n");
    check_lines("{\"a\":[1,{\"b\":2", "a=\n =1\n =b 2\n");
    check_lines("{\"a\"", "");
    check_lines("{a:1,::}", "=a:1\n=::\n");
    check_lines("{\"a\":\\u12}", "a=\\u12\n");
    check_lines("{\"a\":\"\\u12\"}", "a=u12\n");
    check_lines("{\"a\":\"\\", "a=\n");
}

/* Deep, long and random: it ends, and reads nothing that is not there. */
static void any_bytes_will_do(void)
{
    static const char letters[] = "{}[]\",:\\u0dn1 ax";
    unsigned seed = 7;
    char text[4096];
    for (int i = 0; i < 3000; i++) {
        size_t len = (size_t)i % 200;
        for (size_t n = 0; n < len; n++) {
            seed = seed * 1103515245 + 12345;
            text[n] = letters[seed / 65536 % (sizeof letters - 1)];
        }
        text[len] = '\0';
        struct buf b = {0};
        json_lines(text, add_line, &b);
        buf_done(&b);
    }
    memset(text, '[', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct buf b = {0};
    json_lines(text, add_line, &b);
    CHECK(b.len > 0);
    buf_done(&b);
}

static void a_member_is_found(void)
{
    struct buf b = {0};
    const char *json = "{\"x\":{\"raw\":1,\"y\":{}},\"raw\":\"{\\\"a\\\":1}\",\"n\":null}";
    CHECK(json_member(json, "raw", &b));
    CHECK_STR(b.data, "{\"a\":1}");
    CHECK(!json_member(json, "n", &b));
    CHECK(!json_member(json, "y", &b));
    buf_done(&b);
}

static const struct unit_case cases[] = {
    {"words", words},
    {"times", times},
    {"json_is_told_in_lines", json_is_told_in_lines},
    {"what_is_no_json_comes_out_as_it_is", what_is_no_json_comes_out_as_it_is},
    {"any_bytes_will_do", any_bytes_will_do},
    {"a_member_is_found", a_member_is_found},
};

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    return unit_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
