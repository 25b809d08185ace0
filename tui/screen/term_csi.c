#include "tui/screen/term_csi.h"

#include <string.h>

enum { MOST = 100000 }; /* of a parameter */

struct row {
    int from;
    uint32_t code;
};

/* By final byte. Small letters: rxvt with shift or ctrl. */
static const struct row letters[] = {
    {'A', KEY_CODE_UP},
    {'B', KEY_CODE_DOWN},
    {'C', KEY_CODE_RIGHT},
    {'D', KEY_CODE_LEFT},
    {'H', KEY_CODE_HOME},
    {'F', KEY_CODE_END},
    {'a', KEY_CODE_UP},
    {'b', KEY_CODE_DOWN},
    {'c', KEY_CODE_RIGHT},
    {'d', KEY_CODE_LEFT},
    {0, 0},
};

/* By the number before '~'. */
static const struct row numbers[] = {
    {1, KEY_CODE_HOME},      {7, KEY_CODE_HOME},    {4, KEY_CODE_END},
    {8, KEY_CODE_END},       {3, KEY_CODE_DELETE},  {5, KEY_CODE_PAGE_UP},
    {6, KEY_CODE_PAGE_DOWN}, {200, KEY_CODE_PASTE}, {0, 0},
};

static uint32_t look_up(const struct row *rows, int from)
{
    for (; rows->code != 0; rows++) {
        if (rows->from == from) {
            return rows->code;
        }
    }
    return 0;
}

static void add_digit(struct term_csi *csi, size_t at, unsigned char c)
{
    if (at < TERM_CSI_PARAMS && csi->params[at] < MOST) {
        csi->params[at] = csi->params[at] * 10 + (c - '0');
    }
}

/* The old mouse report: button, column and row as bytes from 32 on, from 1. */
static size_t read_old_mouse(struct term_csi *csi, const unsigned char *s, size_t len)
{
    if (len < 6) {
        return 0;
    }
    csi->private = '<';
    for (size_t i = 0; i < TERM_CSI_PARAMS; i++) {
        csi->params[i] = s[3 + i] - 32;
    }
    return 6;
}

/* What is special about it: function keys of the Linux console (Esc [ [ A), the old mouse, and
 * rxvt's shift-delete (Esc [ 3 $), which looks as if more came. */
static size_t read_final(struct term_csi *csi, const unsigned char *s, size_t at, size_t len,
                         bool old_mouse)
{
    csi->final = s[at];
    if (at == 2 && s[at] == '[') {
        csi->final = 0;
        return len > 3 ? 4 : 0;
    }
    if (at == 2 && s[at] == 'M' && old_mouse) {
        return read_old_mouse(csi, s, len);
    }
    return at + 1;
}

size_t term_csi_read(struct term_csi *csi, const unsigned char *s, size_t len, bool old_mouse)
{
    size_t param = 0;
    *csi = (struct term_csi){0};
    for (size_t i = 2; i < len; i++) {
        unsigned char c = s[i];
        if (c >= '0' && c <= '9') {
            add_digit(csi, param, c);
        } else if (c == ';' || c == ':') {
            param++;
        } else if (c >= '<' && c <= '?') {
            csi->private = c;
        } else if (c == '$' && csi->private == 0) {
            csi->final = c;
            return i + 1;
        } else if (c >= ' ' && c < '0') {
            csi->middle = c;
        } else if (c >= '@' && c < 0x7f) {
            return read_final(csi, s, i, len, old_mouse);
        } else {
            return i; /* broken: what broke it is read on its own */
        }
    }
    return 0;
}

bool term_csi_is_answer(const struct term_csi *csi)
{
    return csi->final == 'n' && csi->private == 0 && csi->params[0] == 0;
}

static bool mouse_key(const struct term_csi *csi, struct key *key)
{
    int button = csi->params[0] & ~(4 | 8 | 16); /* shift, alt, ctrl */
    key->code = csi->final != 'M' ? 0
                : button == 0     ? KEY_CODE_CLICK
                : button == 64    ? KEY_CODE_WHEEL_UP
                : button == 65    ? KEY_CODE_WHEEL_DOWN
                                  : 0;
    key->col = csi->params[1] > 0 ? csi->params[1] - 1 : 0;
    key->row = csi->params[2] > 0 ? csi->params[2] - 1 : 0;
    return key->code != 0;
}

bool term_csi_key(const struct term_csi *csi, struct key *key)
{
    key->code = 0;
    if (csi->private == '<' && csi->middle == 0) {
        return mouse_key(csi, key);
    }
    if (csi->private != 0 || csi->middle != 0 || csi->final == 0) {
        return false;
    }
    if (csi->final == 'Z') {
        key->code = KEY_CODE_SHIFT_TAB;
    } else if (strchr("~^@$", csi->final)) { /* rxvt: shift, ctrl or both instead of ~ */
        key->code = look_up(numbers, csi->params[0]);
    } else {
        key->code = look_up(letters, csi->final);
    }
    return key->code != 0;
}

size_t term_ss3_read(const unsigned char *s, size_t len, struct key *key)
{
    size_t i = 2;
    while (i < len && ((s[i] >= '0' && s[i] <= '9') || s[i] == ';')) {
        i++; /* old xterm: modifiers */
    }
    if (i == len) {
        return 0;
    }
    key->code = look_up(letters, s[i]);
    if (s[i] == 'M' || (s[i] >= 'j' && s[i] <= 'y')) {
        key->code = s[i] - 0x40u; /* the keypad: Enter * + , - . / 0…9 */
    }
    return s[i] < ' ' || s[i] >= 0x7f ? i : i + 1;
}
