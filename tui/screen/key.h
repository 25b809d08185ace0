/* Keys as the dashboard knows them, whatever a terminal sends: a Unicode character, or one of the
 * names below. Pure, any thread. */
#ifndef TUI_SCREEN_KEY_H
#define TUI_SCREEN_KEY_H

#include <stdbool.h>
#include <stdint.h>

/* A character is its code point; controls 1..26 are ctrl-a..ctrl-z, but for those named here. */
enum key_code {
    KEY_CODE_TAB = 9,
    KEY_CODE_ENTER = 13, /* also ctrl-j */
    KEY_CODE_ESC = 27,
    KEY_CODE_SPACE = 32,
    KEY_CODE_BACKSPACE = 127, /* also ctrl-h */
    KEY_CODE_FIRST = 0x110000,
    KEY_CODE_UP = KEY_CODE_FIRST,
    KEY_CODE_DOWN,
    KEY_CODE_LEFT,
    KEY_CODE_RIGHT,
    KEY_CODE_HOME,
    KEY_CODE_END,
    KEY_CODE_PAGE_UP,
    KEY_CODE_PAGE_DOWN,
    KEY_CODE_DELETE,
    KEY_CODE_SHIFT_TAB,
    KEY_CODE_CLICK,      /* mouse: left button at row, col */
    KEY_CODE_WHEEL_UP,   /* mouse */
    KEY_CODE_WHEEL_DOWN, /* mouse */
    KEY_CODE_PASTE,      /* a pasted text begins; its characters follow as KEY_CODE_PASTED */
    KEY_CODE_PASTED,     /* one pasted character, in `pasted`: never a command */
};

#define KEY_CTRL(letter) ((letter)-96)

struct key {
    uint32_t code;
    uint32_t pasted;
    int row, col; /* of a click, from 0 */
};

/* "a", "R", "space", "enter", "esc", "tab", "shift-tab", "up", "pgdn", "ctrl-l", "f" … → out, in
 * the words of help, manual and configuration. */
void key_name(uint32_t code, char out[16]);
/* The reverse; false when there is no such key. */
bool key_parse(const char *name, uint32_t *code);

#endif
