#include "tui/screen/key.h"

#include "core/base/text.h"
#include "tui/screen/glyph.h"

#include <stdio.h>
#include <string.h>

/* In the words of help and configuration; a name that comes later is only understood. */
static const struct {
    uint32_t code;
    const char *name;
} names[] = {
    {KEY_CODE_TAB, "tab"},
    {KEY_CODE_ENTER, "enter"},
    {KEY_CODE_ESC, "esc"},
    {KEY_CODE_SPACE, "space"},
    {KEY_CODE_BACKSPACE, "backspace"},
    {KEY_CODE_UP, "up"},
    {KEY_CODE_DOWN, "down"},
    {KEY_CODE_LEFT, "left"},
    {KEY_CODE_RIGHT, "right"},
    {KEY_CODE_HOME, "home"},
    {KEY_CODE_END, "end"},
    {KEY_CODE_PAGE_UP, "pgup"},
    {KEY_CODE_PAGE_DOWN, "pgdn"},
    {KEY_CODE_DELETE, "delete"},
    {KEY_CODE_SHIFT_TAB, "shift-tab"},
    {KEY_CODE_CLICK, "click"},
    {KEY_CODE_WHEEL_UP, "wheel-up"},
    {KEY_CODE_WHEEL_DOWN, "wheel-down"},
    {KEY_CODE_PASTE, "paste"},
    {KEY_CODE_ENTER, "return"},
    {KEY_CODE_ESC, "escape"},
    {KEY_CODE_DELETE, "del"},
    {KEY_CODE_PAGE_UP, "pageup"},
    {KEY_CODE_PAGE_DOWN, "pagedown"},
};
enum { NAMES = sizeof names / sizeof *names };

/* What can be typed and seen. */
static bool is_character(uint32_t code)
{
    return code > KEY_CODE_SPACE && code < KEY_CODE_FIRST && !(code >= 0x7f && code < 0xa0);
}

void key_name(uint32_t code, char out[16])
{
    for (size_t i = 0; i < NAMES; i++) {
        if (names[i].code == code) {
            snprintf(out, 16, "%s", names[i].name);
            return;
        }
    }
    char character[5] = "";
    if (code >= 1 && code <= 26) {
        snprintf(out, 16, "ctrl-%c", (char)('a' + code - 1));
    } else if (is_character(code) && glyph_encode(code, character) > 0) {
        snprintf(out, 16, "%s", character);
    } else {
        snprintf(out, 16, "?");
    }
}

static bool parse_ctrl(const char *name, uint32_t *code)
{
    if (strncmp(name, "ctrl-", 5) != 0 || name[5] < 'a' || name[5] > 'z' || name[6] != '\0') {
        return false;
    }
    *code = (uint32_t)KEY_CTRL(name[5]);
    if (*code == KEY_CTRL('j')) {
        *code = KEY_CODE_ENTER; /* as a terminal's input is read */
    } else if (*code == KEY_CTRL('h')) {
        *code = KEY_CODE_BACKSPACE;
    }
    return true;
}

bool key_parse(const char *name, uint32_t *code)
{
    for (size_t i = 0; i < NAMES; i++) {
        if (strcmp(names[i].name, name) == 0) {
            *code = names[i].code;
            return true;
        }
    }
    if (parse_ctrl(name, code)) {
        return true;
    }
    size_t used = text_decode(name, 4, code);
    return used > 0 && is_character(*code) && name[used] == '\0';
}
