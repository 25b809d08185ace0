#include "tui/screen/term_modes.h"

#include "core/base/buf.h"
#include "tui/screen/term_kind.h"
#include "tui/screen/term_paint.h"

#include <stdint.h>
#include <string.h>

#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define TITLE "\033]2;ipsync\033\\"
#define TITLE_PUSH "\033[22;0t"
#define TITLE_POP "\033[23;0t"
#define ASK_BACKGROUND "\033]11;?\033\\"
/* Ends whatever was cut when an earlier frame was dropped. */
#define STRING_END "\033\\"

enum { COPY_MOST = 74994 }; /* xterm takes 100 kB of base64 */

static bool cap_has(const char *name, const char *part)
{
    struct buf b = {0};
    bool has = paint_add_cap(&b, name) && strstr(b.data, part) != NULL;
    buf_done(&b);
    return has;
}

void term_modes_init(struct term_modes *m, const char *term_name, bool has_colour)
{
    bool is_ansi = cap_has("cup", "\033[");
    *m = (struct term_modes){.is_ansi = is_ansi,
                             .is_window = is_ansi && term_kind_is_window(term_name),
                             .has_colour = has_colour};
}

/* xterm's smcup and rmcup keep the title, too. */
static void add_title(struct buf *out, const char *cap, const char *bytes)
{
    if (!cap_has(cap, ";0;0t")) {
        buf_adds(out, bytes);
    }
}

void term_modes_add_enter(struct term_modes *m, struct buf *out)
{
    buf_adds(out, m->is_ansi ? STRING_END : "");
    paint_add_cap(out, "smcup");
    if (m->is_window) {
        add_title(out, "smcup", TITLE_PUSH);
        buf_adds(out, TITLE);
    }
    if (m->is_ansi) {
        buf_adds(out, PASTE_ON);
        buf_adds(out, m->mouse ? TERM_MOUSE_ON : "");
    }
    if (m->is_window && m->asks_background) {
        buf_adds(out, ASK_BACKGROUND);
        m->asks_background = false;
    }
}

void term_modes_add_leave(const struct term_modes *m, int rows, struct buf *out)
{
    if (m->is_ansi) {
        buf_adds(out, STRING_END);
        buf_adds(out, TERM_MOUSE_OFF PASTE_OFF); /* the mouse may be on by now */
    }
    paint_add_cap(out, "sgr0");
    if (m->has_colour) {
        paint_add_cap(out, "op");
    }
    paint_add_cap(out, "cnorm");
    if (!paint_add_cap(out, "rmcup")) {
        paint_add_move(out, rows - 1, 0);
        buf_adds(out, "\r\n");
    }
    if (m->is_window) {
        add_title(out, "rmcup", TITLE_POP);
    }
}

static void add_base64(struct buf *b, const unsigned char *s, size_t len)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < len; i += 3) {
        uint32_t three = (uint32_t)s[i] << 16 | (i + 1 < len ? (uint32_t)s[i + 1] << 8 : 0) |
                         (i + 2 < len ? s[i + 2] : 0);
        buf_addc(b, digits[three >> 18]);
        buf_addc(b, digits[three >> 12 & 63]);
        buf_addc(b, i + 1 < len ? digits[three >> 6 & 63] : '=');
        buf_addc(b, i + 2 < len ? digits[three & 63] : '=');
    }
}

bool term_modes_add_copy(const struct term_modes *m, const char *text, size_t len, struct buf *out)
{
    if (!m->is_window || len > COPY_MOST) {
        return false;
    }
    buf_adds(out, "\033]52;c;");
    add_base64(out, (const unsigned char *)text, len);
    buf_adds(out, "\a");
    return true;
}
