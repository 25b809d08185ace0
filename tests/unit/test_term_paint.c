/* What ncurses makes of two grids, in bytes. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "tests/unit/unit.h"
#include "tui/screen/grid.h"
#include "tui/screen/term.h"
#include "tui/screen/term_paint.h"
#include "tui/screen/term_theme.h"

#include <locale.h>

static const struct style plain = {INK_TEXT, 0};

static struct paint *open_paint(const char *term_name, const char *theme, bool ascii)
{
    struct err e = {0};
    setlocale(LC_CTYPE, "C.UTF-8");
    struct paint *p = paint_new(term_name, term_theme_find(theme), true, ascii, &e);
    CHECK_STR(e.message, "");
    paint_resize(p, 24, 80);
    return p;
}

static void draw(struct grid *g, int number)
{
    grid_blank(g);
    struct area a = area_box(area_all(g), plain, plain, "box");
    for (int i = 0; i < 12; i++) {
        area_text(a, i, 2, -1, (struct style){(uint8_t)i, 0}, "an ink with blanks");
    }
    area_textf(a, 14, 40, -1, (struct style){INK_GOOD, 0}, "%6d rows", number);
}

static size_t cost(struct paint *p, const struct grid *g, struct buf *b)
{
    buf_clear(b);
    paint_grid(p, g, b);
    return b->len;
}

static void a_change_is_cheap(void)
{
    struct paint *p = open_paint("xterm-256color", "default", false);
    struct buf b = {0};
    struct grid g;
    grid_init(&g, 24, 80, false);
    draw(&g, 1000);
    CHECK(cost(p, &g, &b) < 4000);
    CHECK(strstr(b.data, "\033[2J") != NULL);
    CHECK_INT(cost(p, &g, &b), 0);
    draw(&g, 1001);
    CHECK(cost(p, &g, &b) < 40);
    CHECK(strstr(b.data, "\033[2J") == NULL);
    paint_forget(p);
    CHECK(cost(p, &g, &b) > 1000);
    CHECK(strstr(b.data, "\033[2J") != NULL);
    g.cursor_row = 5;
    g.cursor_col = 5;
    CHECK(cost(p, &g, &b) < 30);
    CHECK_INT(cost(p, &g, &b), 0);
    draw(&g, 1002);
    g.cursor_row = 5;
    g.cursor_col = 5;
    CHECK(cost(p, &g, &b) < 40);
    grid_done(&g);
    buf_done(&b);
    paint_free(p);
}

/* Every size that a window can be drawn to, also smaller than what is drawn. */
static void any_size(void)
{
    struct paint *p = open_paint("xterm-256color", "light", false);
    struct buf b = {0};
    for (int i = 1; i < 60; i++) {
        int rows = i * 7 % 50 + 1, cols = i * 13 % 200 + 1;
        struct grid g;
        grid_init(&g, i % 5 ? rows : 10, i % 7 ? cols : 30, false);
        draw(&g, i);
        area_text(area_all(&g), g.rows - 1, g.cols - 2, -1, plain, "\xe4\xb8\xad");
        paint_resize(p, rows, cols);
        CHECK(cost(p, &g, &b) > 0);
        CHECK_INT(cost(p, &g, &b), 0);
        grid_done(&g);
    }
    buf_done(&b);
    paint_free(p);
}

static bool has_colour_code(const struct buf *b)
{
    for (const char *s = b->data; (s = strstr(s, "\033[")) != NULL; s++) {
        size_t len = strspn(s + 2, "0123456789;");
        for (const char *at = s + 2; s[2 + len] == 'm' && at < s + 2 + len; at++) {
            if ((at[-1] == '[' || at[-1] == ';') && strchr("349", *at) && at[1] >= '0' &&
                at[1] <= '9') {
                return true;
            }
        }
    }
    return false;
}

static void colours(void)
{
    static const char *const themes[] = {"default", "light", "colour-blind", "mono"};
    struct buf b = {0};
    struct grid g;
    grid_init(&g, 24, 80, false);
    draw(&g, 1);
    for (size_t i = 0; i < sizeof themes / sizeof *themes; i++) {
        CHECK(term_has_theme(themes[i]));
        struct paint *p = open_paint("linux", themes[i], false);
        cost(p, &g, &b);
        CHECK_INT(has_colour_code(&b), strcmp(themes[i], "mono") != 0);
        paint_free(p);
    }
    struct paint *p = open_paint("vt100", "default", false);
    cost(p, &g, &b);
    CHECK(!has_colour_code(&b) && strstr(b.data, "$<") == NULL);
    paint_free(p);
    CHECK(!term_has_theme("pink") && !term_has_theme(NULL));
    grid_done(&g);
    buf_done(&b);
}

static void another_theme(void)
{
    struct paint *p = open_paint("xterm-256color", "default", false);
    struct buf b = {0};
    struct grid g;
    grid_init(&g, 24, 80, false);
    draw(&g, 1);
    cost(p, &g, &b);
    buf_clear(&b);
    paint_theme(p, term_theme_find("light"), &b);
    CHECK(b.len > 0 && strstr(b.data, "\033[35m") != NULL);
    CHECK_INT(cost(p, &g, &b), 0);
    grid_done(&g);
    buf_done(&b);
    paint_free(p);
}

static void ascii_only(void)
{
    struct paint *p = open_paint("xterm", "default", true);
    struct buf b = {0};
    struct grid g;
    grid_init(&g, 24, 80, false); /* which a caller should not do */
    draw(&g, 1);
    area_text(area_all(&g), 20, 0, -1, plain, "\xe4\xb8\xad\xc3\xa9");
    g.cells[80].codes[0] = 0x1b;
    cost(p, &g, &b);
    for (size_t i = 0; i < b.len; i++) {
        CHECK((b.data[i] & 0x80) == 0);
    }
    grid_done(&g);
    buf_done(&b);
    paint_free(p);
}

static void unfit(void)
{
    CHECK(paint_unfit("xterm-256color") == NULL);
    CHECK(paint_unfit("no-such-terminal") != NULL);
    CHECK(paint_unfit("dumb") != NULL);
}

static const struct unit_case cases[] = {
    {"a_change_is_cheap", a_change_is_cheap}, {"any_size", any_size},     {"colours", colours},
    {"another_theme", another_theme},         {"ascii_only", ascii_only}, {"unfit", unfit},
};
UNIT_MAIN(cases)
