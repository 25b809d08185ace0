/* The names of keys: what help and configuration say is what key_parse() takes. */
#include "tests/unit/unit.h"
#include "tui/screen/key.h"

static void check_name(uint32_t code, const char *name)
{
    char out[16];
    uint32_t back = 0;
    key_name(code, out);
    CHECK_STR(out, name);
    CHECK(key_parse(out, &back));
    CHECK_INT(back, code);
}

static void named(void)
{
    check_name('a', "a");
    check_name('R', "R");
    check_name('/', "/");
    check_name(' ', "space");
    check_name(KEY_CODE_ENTER, "enter");
    check_name(KEY_CODE_ESC, "esc");
    check_name(KEY_CODE_TAB, "tab");
    check_name(KEY_CODE_SHIFT_TAB, "shift-tab");
    check_name(KEY_CODE_BACKSPACE, "backspace");
    check_name(KEY_CODE_UP, "up");
    check_name(KEY_CODE_PAGE_DOWN, "pgdn");
    check_name(KEY_CODE_WHEEL_UP, "wheel-up");
    check_name(KEY_CTRL('l'), "ctrl-l");
    check_name(KEY_CTRL('c'), "ctrl-c");
    check_name(0xe9, "\xc3\xa9");
    check_name(0x20ac, "\xe2\x82\xac");
    check_name(0x1f600, "\xf0\x9f\x98\x80");
}

/* Every code up to the last named one has a name that is one and the same key again, or none. */
static void there_and_back(void)
{
    for (uint32_t code = 0; code < KEY_CODE_PASTED + 10; code++) {
        char name[16];
        uint32_t back = 0;
        key_name(code, name);
        CHECK(strlen(name) > 0);
        if (strcmp(name, "?") != 0 && code != 8 && code != 10) {
            CHECK(key_parse(name, &back));
            CHECK_INT(back, code);
        }
    }
}

static void as_input_is_read(void)
{
    uint32_t code = 0;
    CHECK(key_parse("ctrl-j", &code));
    CHECK_INT(code, KEY_CODE_ENTER);
    CHECK(key_parse("ctrl-h", &code));
    CHECK_INT(code, KEY_CODE_BACKSPACE);
    CHECK(key_parse("ctrl-i", &code));
    CHECK_INT(code, KEY_CODE_TAB);
    CHECK(key_parse("return", &code));
    CHECK_INT(code, KEY_CODE_ENTER);
    CHECK(key_parse("?", &code));
    CHECK_INT(code, '?');
}

static void no_key(void)
{
    static const char *const names[] = {"",      " ",  "ab",       "ctrl-",  "ctrl-A",   "ctrl-aa",
                                        "Enter", "f1", "\x01",     "\x7f",   "\xff",     "\xc3",
                                        "alt-x", "UP", "\xc2\x9b", "enter ", "\xc3\xa9x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        uint32_t code = 0;
        if (key_parse(names[i], &code)) {
            unit_fail(__FILE__, __LINE__, names[i]);
        }
    }
}

static const struct unit_case cases[] = {
    {"named", named},
    {"there_and_back", there_and_back},
    {"as_input_is_read", as_input_is_read},
    {"no_key", no_key},
};
UNIT_MAIN(cases)
