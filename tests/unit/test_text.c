/* UTF-8 as the standard has it, and nothing that reaches the terminal as a control. */
#include "core/base/buf.h"
#include "core/base/text.h"
#include "tests/unit/unit.h"

#include <locale.h>

#define FFFD "\xef\xbf\xbd"
#define E_ACUTE "\xc3\xa9"
#define CJK "\xe4\xb8\x80"
#define COMBINING_ACUTE "\xcc\x81"
#define EMOJI "\xf0\x9f\x98\x80"
#define ELLIPSIS "\xe2\x80\xa6"

/* `code` 0: not a character. */
static const struct {
    const char *bytes;
    size_t len;
    uint32_t code;
} characters[] = {
    {"A", 1, 'A'},
    {"\x7f", 1, 0x7f},
    {"\xc2\x80", 2, 0x80},
    {"\xdf\xbf", 2, 0x7ff},
    {"\xe0\xa0\x80", 3, 0x800},
    {"\xed\x9f\xbf", 3, 0xd7ff},
    {"\xee\x80\x80", 3, 0xe000},
    {"\xef\xbf\xbf", 3, 0xffff},
    {"\xf0\x90\x80\x80", 4, 0x10000},
    {"\xf4\x8f\xbf\xbf", 4, 0x10ffff},
    {"\x80", 1, 0}, /* continuation alone */
    {"\xbf", 1, 0},
    {"\xc0\x80", 2, 0},         /* overlong NUL */
    {"\xc1\xbf", 2, 0},         /* overlong */
    {"\xe0\x80\x80", 3, 0},     /* overlong */
    {"\xe0\x9f\xbf", 3, 0},     /* overlong */
    {"\xf0\x80\x80\x80", 4, 0}, /* overlong */
    {"\xf0\x8f\xbf\xbf", 4, 0}, /* overlong */
    {"\xed\xa0\x80", 3, 0},     /* first surrogate */
    {"\xed\xbf\xbf", 3, 0},     /* last surrogate */
    {"\xf4\x90\x80\x80", 4, 0}, /* past U+10FFFF */
    {"\xf5\x80\x80\x80", 4, 0},
    {"\xf9\x80\x80\x80", 4, 0},
    {"\xff\x80\x80\x80", 4, 0},
    {"\xfe", 1, 0},
    {"\xc3", 1, 0}, /* cut short */
    {"\xe4\xb8", 2, 0},
    {"\xf0\x9f\x98", 3, 0},
    {"\xc3"
     "A",
     2, 0}, /* interrupted */
    {"\xe4"
     "A\x80",
     3, 0},
    {"\xe4\xb8"
     "A",
     3, 0},
    {"\xf0\x9f\x98"
     "A",
     4, 0},
};

static void decodes(void)
{
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        uint32_t code = 0;
        size_t n = text_decode(characters[i].bytes, characters[i].len, &code);
        CHECK_INT(n, characters[i].code > 0 ? characters[i].len : 0);
        CHECK_INT(code, characters[i].code);
        CHECK(text_is_utf8(characters[i].bytes, characters[i].len) == (characters[i].code > 0));
    }
    uint32_t code = 1;
    CHECK_INT(text_decode("", 1, &code), 1);
    CHECK_INT(code, 0);
    CHECK_INT(text_decode("", 0, &code), 0);
}

/* In an array of exactly that size, so that a sanitizer sees a read too far. */
static void decodes_no_further_than_told(void)
{
    for (size_t i = 0; i < sizeof characters / sizeof characters[0]; i++) {
        char *copy = malloc(characters[i].len + 1);
        memcpy(copy, characters[i].bytes, characters[i].len + 1);
        uint32_t code = 0;
        for (size_t len = 0; len < characters[i].len; len++)
            CHECK_INT(text_decode(copy, len, &code), 0);
        struct buf b = {0};
        text_add_visible(&b, copy);
        buf_done(&b);
        free(copy);
    }
}

static void is_utf8(void)
{
    CHECK(text_is_utf8("", 0));
    CHECK(text_is_utf8("a\0b", 3));
    CHECK(text_is_utf8("a" E_ACUTE CJK EMOJI, 10));
    CHECK(!text_is_utf8("a" E_ACUTE CJK EMOJI, 9));
    CHECK(!text_is_utf8("abc\xff", 4));
}

static void makes_utf8(void)
{
    static const struct {
        const char *said, *made;
    } rows[] = {
        {"", ""},
        {"abc", "abc"},
        {E_ACUTE CJK EMOJI, E_ACUTE CJK EMOJI},
        {"\xff", FFFD},
        {"a\xff\xfe"
         "b",
         "a" FFFD FFFD "b"},
        {"\xe4\xb8", FFFD FFFD},
        {"\xed\xa0\x80!", FFFD FFFD FFFD "!"},
        {"\xc3" E_ACUTE, FFFD E_ACUTE},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        text_add_utf8(&b, rows[i].said, strlen(rows[i].said));
        CHECK_STR(b.data, rows[i].made);
        buf_done(&b);
    }
    struct buf b = {0};
    text_add_utf8(&b, "a\0\xff", 3);
    CHECK_INT(b.len, 5);
    CHECK(memcmp(b.data, "a\0" FFFD, 5) == 0);
    buf_done(&b);
}

struct visible {
    const char *said, *shown;
    int width;
};

static void check_visible(const struct visible *rows, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        struct buf b = {0};
        buf_adds(&b, "");
        text_add_visible(&b, rows[i].said);
        CHECK_STR(b.data, rows[i].shown);
        CHECK_INT(text_width(b.data), rows[i].width);
        CHECK_INT(text_width(rows[i].said), rows[i].width);
        buf_done(&b);
    }
}

static void in_utf8(void)
{
    CHECK(setlocale(LC_CTYPE, "C.UTF-8") != NULL);
}

static void shows_controls(void)
{
    static const struct visible rows[] = {
        {"", "", 0},
        {"plain ~", "plain ~", 7},
        {"\x1b[31m", "\\x1b[31m", 8},
        {"\x01\t\r\n\x1f", "\\x01\\x09\\x0d\\x0a\\x1f", 20},
        {"\x7f", "\\x7f", 4},
        {"\xff"
         "a",
         "\\xffa", 5},
        {"\x9b"
         "31m",
         "\\x9b31m", 7},
        {"\xe4\xb8", "\\xe4\\xb8", 8},
        {"\xed\xa0\x80", "\\xed\\xa0\\x80", 12},
        {"\xc2\x80\xc2\x9b\xc2\x9f", "\\u0080\\u009b\\u009f", 18}, /* C1 */
        {"\xd8\x9c", "\\u061c", 6},                                /* bidi from here on */
        {"\xe2\x80\x8e\xe2\x80\x8f", "\\u200e\\u200f", 12},
        {"\xe2\x80\xaa\xe2\x80\xae", "\\u202a\\u202e", 12},
        {"\xe2\x81\xa6\xe2\x81\xa9", "\\u2066\\u2069", 12},
        {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029", 12},
        {"\xef\xbb\xbf"
         "a",
         "\\ufeffa", 7},
    };

    setlocale(LC_CTYPE, "C");
    check_visible(rows, sizeof rows / sizeof rows[0]);
    in_utf8();
    check_visible(rows, sizeof rows / sizeof rows[0]);
}

static void shows_the_rest_in_utf8(void)
{
    static const struct visible rows[] = {
        {E_ACUTE, E_ACUTE, 1},
        {"\xc2\xa0", "\xc2\xa0", 1},
        {CJK CJK, CJK CJK, 4},
        {"e" COMBINING_ACUTE, "e" COMBINING_ACUTE, 1},
        {EMOJI, EMOJI, 2},
        {"\xea\xb0\x80", "\xea\xb0\x80", 2},                         /* hangul */
        {"\xe2\x80\xa7\xe2\x80\xaf", "\xe2\x80\xa7\xe2\x80\xaf", 2}, /* about U+2028..202E */
        {"\xcd\xb8", "\\u0378", 6}, /* unassigned: wcwidth says -1 */
        {"\xf3\xbf\xbf\xbf", "\\U000fffff", 10},
    };

    in_utf8();
    check_visible(rows, sizeof rows / sizeof rows[0]);
}

static void escapes_all_but_ascii_elsewhere(void)
{
    static const struct visible rows[] = {
        {"caf" E_ACUTE, "caf\\u00e9", 9},
        {CJK, "\\u4e00", 6},
        {EMOJI, "\\U0001f600", 10},
        {"\x1b\xff", "\\x1b\\xff", 8},
    };

    setlocale(LC_CTYPE, "C");
    check_visible(rows, sizeof rows / sizeof rows[0]);
    struct buf b = {0};
    text_add_fit(&b, "abcdef", 4, false);
    CHECK_STR(b.data, "abc~");
    buf_clear(&b);
    text_add_fit(&b, "ab" E_ACUTE "def", 8, true);
    CHECK_STR(b.data, "ab~     ");
    buf_done(&b);
}

static void fits(void)
{
    static const struct {
        const char *said;
        int columns;
        const char *cut, *padded;
    } rows[] = {
        {"abc", 5, "abc", "abc  "},
        {"abc", 3, "abc", "abc"},
        {"abcd", 3, "ab" ELLIPSIS, "ab" ELLIPSIS},
        {"abc", 1, ELLIPSIS, ELLIPSIS},
        {"a", 1, "a", "a"},
        {"abc", 0, "", ""},
        {"abc", -3, "", ""},
        {"", 2, "", "  "},
        {CJK CJK, 4, CJK CJK, CJK CJK},
        {CJK CJK, 3, CJK ELLIPSIS, CJK ELLIPSIS},
        {CJK CJK CJK, 4, CJK ELLIPSIS, CJK ELLIPSIS " "},
        {CJK, 1, ELLIPSIS, ELLIPSIS},
        {"a" CJK, 2, "a" ELLIPSIS, "a" ELLIPSIS},
        {"abe" COMBINING_ACUTE, 3, "abe" COMBINING_ACUTE, "abe" COMBINING_ACUTE},
        {"abe" COMBINING_ACUTE "d", 3, "ab" ELLIPSIS, "ab" ELLIPSIS},
        {"e" COMBINING_ACUTE "bc", 2, "e" COMBINING_ACUTE ELLIPSIS, "e" COMBINING_ACUTE ELLIPSIS},
        {"a\x1b[0m", 20, "a\\x1b[0m", "a\\x1b[0m            "},
        {"a\x1b[0m", 4, "a" ELLIPSIS, "a" ELLIPSIS "  "},
    };

    in_utf8();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct buf b = {0};
        buf_adds(&b, "");
        text_add_fit(&b, rows[i].said, rows[i].columns, false);
        CHECK_STR(b.data, rows[i].cut);
        buf_clear(&b);
        text_add_fit(&b, rows[i].said, rows[i].columns, true);
        CHECK_STR(b.data, rows[i].padded);
        CHECK(rows[i].columns < 0 || text_width(b.data) == rows[i].columns);
        buf_done(&b);
    }
}

static void copies_whole_characters(void)
{
    static const struct {
        const char *said;
        size_t size;
        const char *copied;
    } rows[] = {
        {"abc", 4, "abc"},       {"abc", 3, "ab"},
        {"abc", 1, ""},          {"", 1, ""},
        {NULL, 5, ""},           {"a" E_ACUTE, 4, "a" E_ACUTE},
        {"a" E_ACUTE, 3, "a"},   {EMOJI EMOJI, 9, EMOJI EMOJI},
        {EMOJI EMOJI, 8, EMOJI}, {EMOJI EMOJI, 5, EMOJI},
        {EMOJI EMOJI, 4, ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *out = malloc(rows[i].size); /* exact, for the sanitizer */
        text_copy(out, rows[i].size, rows[i].said);
        CHECK_STR(out, rows[i].copied);
        free(out);
    }
}

/* Every character there is: never a control byte, and as wide as it says. */
static void never_emits_a_control(void)
{
    in_utf8();
    for (uint32_t code = 1; code < 0x110000; code++) {
        char s[5] = {(char)(0xf0 | code >> 18), (char)(0x80 | (code >> 12 & 0x3f)),
                     (char)(0x80 | (code >> 6 & 0x3f)), (char)(0x80 | (code & 0x3f)), 0};
        if (code < 0x80)
            memcpy(s, (char[5]){(char)code}, 5);
        else if (code < 0x800)
            memcpy(s, (char[5]){(char)(0xc0 | code >> 6), s[3]}, 5);
        else if (code < 0x10000)
            memcpy(s, (char[5]){(char)(0xe0 | code >> 12), s[2], s[3]}, 5);
        struct buf b = {0};
        text_add_visible(&b, s);
        for (size_t i = 0; i < b.len; i++)
            CHECK((unsigned char)b.data[i] >= 0x20 && b.data[i] != 0x7f);
        CHECK(text_is_utf8(b.data, b.len));
        CHECK(strcmp(b.data, s) == 0 || b.data[0] == '\\');
        CHECK(text_width(b.data) == text_width(s));
        buf_done(&b);
    }
}

static const struct unit_case cases[] = {
    {"decodes", decodes},
    {"decodes_no_further_than_told", decodes_no_further_than_told},
    {"is_utf8", is_utf8},
    {"makes_utf8", makes_utf8},
    {"shows_controls", shows_controls},
    {"escapes_all_but_ascii_elsewhere", escapes_all_but_ascii_elsewhere},
    {"shows_the_rest_in_utf8", shows_the_rest_in_utf8},
    {"fits", fits},
    {"copies_whole_characters", copies_whole_characters},
    {"never_emits_a_control", never_emits_a_control},
};
UNIT_MAIN(cases)
