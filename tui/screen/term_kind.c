#include "tui/screen/term_kind.h"

#include "core/base/text.h"
#include "tui/screen/term.h"
#include "tui/screen/term_paint.h"

#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char old_ctype[128];

/* The character set that LC_ALL, LC_CTYPE or LANG names, "" = none: what terminal and user agree on
 * is true even when this machine does not have the locale (SSH passes the names on). */
static const char *named_charset(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = getenv(names[i]);
        if (value && *value) {
            const char *dot = strchr(value, '.');
            return dot ? dot + 1 : value; /* macOS: LC_CTYPE=UTF-8 */
        }
    }
    return "";
}

static bool is_utf8_name(const char *s)
{
    return strncasecmp(s, "utf-8", 5) == 0 || strncasecmp(s, "utf8", 4) == 0;
}

bool term_is_utf8(void)
{
    bool is_changed = old_ctype[0] != '\0'; /* by us: it was not UTF-8 */
    return is_utf8_name(named_charset()) ||
           (!is_changed && strcmp(nl_langinfo(CODESET), "UTF-8") == 0);
}

void term_kind_use_utf8(void)
{
    static const char *const names[] = {"C.UTF-8", "C.utf8", "en_US.UTF-8"};
    bool was_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    const char *now = setlocale(LC_CTYPE, NULL);
    if (was_utf8 || now == NULL || strlen(now) >= sizeof old_ctype) {
        return; /* the user's own knows the same widths */
    }
    text_copy(old_ctype, sizeof old_ctype, now);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (setlocale(LC_CTYPE, names[i])) {
            return;
        }
    }
}

void term_kind_undo_utf8(void)
{
    if (old_ctype[0] != '\0') {
        setlocale(LC_CTYPE, old_ctype);
        old_ctype[0] = '\0';
    }
}

bool term_kind_is_window(const char *term_name)
{
    static const char *const names[] = {
        "xterm", "tmux",   "screen", "rxvt",  "alacritty", "kitty", "foot",    "wezterm", "st",
        "putty", "mintty", "vte",    "gnome", "konsole",   "iterm", "ghostty", "contour"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        size_t len = strlen(names[i]);
        if (strncmp(term_name, names[i], len) == 0 && strchr("-.+2", term_name[len])) {
            return true; /* also at the name's end; iterm2 */
        }
    }
    return false;
}

bool term_kind_refuses_colour(void)
{
    const char *value = getenv("NO_COLOR");
    return value && *value;
}

const char *term_unfit(void)
{
    const char *name = getenv("TERM");
    if (!isatty(STDIN_FILENO)) {
        return "standard input is no terminal";
    }
    if (!isatty(STDOUT_FILENO)) {
        return "standard output is no terminal";
    }
    if (!name || !*name) {
        return "TERM is not set";
    }
    return strcmp(name, "dumb") == 0 ? "this terminal cannot move its cursor" : paint_unfit(name);
}
