/* The grid as text: what fits, what is cut, what is repaired, and nothing a terminal would obey. */
#include "core/base/buf.h"
#include "tests/unit/unit.h"
#include "tui/screen/glyph.h"
#include "tui/screen/grid.h"

#include <locale.h>
#include <math.h>

#define E_ACUTE "\xc3\xa9"
#define ONE "\xe4\xb8\x80" /* CJK, two columns */
#define TWO "\xe4\xba\x8c" /* CJK, two columns */
#define ALEF "\xd7\x90"    /* Hebrew */
#define BET "\xd7\x91"
#define ACUTE "\xcc\x81"     /* combining */
#define DIAERESIS "\xcc\x88" /* combining */
#define DOT_BELOW "\xcc\xa3" /* combining */
#define ZWJ "\xe2\x80\x8d"
#define VS16 "\xef\xb8\x8f"
#define MAN "\xf0\x9f\x91\xa8"
#define WOMAN "\xf0\x9f\x91\xa9"
#define SKIN "\xf0\x9f\x8f\xbd"
#define HEART "\xe2\x9d\xa4"
#define ELLIPSIS "\xe2\x80\xa6"
#define RLO "\xe2\x80\xae" /* right-to-left override */

static const struct style plain = {INK_TEXT, 0};
static const struct style bad = {INK_BAD, MARK_BOLD};

static struct grid new_grid(int rows, int cols, bool ascii)
{
    struct grid g;

    setlocale(LC_CTYPE, "C.UTF-8");
    grid_init(&g, rows, cols, ascii);
    return g;
}

static const char *row_text(const struct grid *g, int row)
{
    static struct buf b;

    buf_clear(&b);
    buf_adds(&b, "");
    grid_add_row(g, row, &b);
    return b.data;
}

/* The text drawn at the left edge of a row of `cols` columns. */
static const char *drawn(int cols, bool ascii, const char *text)
{
    static char out[1024];
    struct grid g = new_grid(1, cols, ascii);

    area_text(area_all(&g), 0, 0, -1, plain, text);
    snprintf(out, sizeof out, "%s", row_text(&g, 0));
    grid_done(&g);
    return out;
}

static void draws_text(void)
{
    struct grid g = new_grid(2, 10, false);
    struct area a = area_all(&g);

    CHECK_INT(area_text(a, 0, 2, -1, bad, "abc"), 5);
    CHECK_STR(row_text(&g, 0), "  abc");
    CHECK_STR(row_text(&g, 1), "");
    CHECK_INT(grid_at(&g, 0, 2)->ink, INK_BAD);
    CHECK_INT(grid_at(&g, 0, 2)->marks, MARK_BOLD);
    CHECK_INT(grid_at(&g, 0, 1)->ink, INK_TEXT);
    CHECK_INT(area_textf(a, 1, 0, -1, plain, "%d of %s", 3, E_ACUTE), 6);
    CHECK_STR(row_text(&g, 1), "3 of " E_ACUTE);
    CHECK_INT(area_text(a, 0, 0, 0, plain, "nothing"), 0);
    CHECK_INT(area_text(a, 0, 0, -1, plain, ""), 0);
    CHECK_STR(row_text(&g, 0), "  abc");
    grid_blank(&g);
    CHECK_STR(row_text(&g, 0), "");
    CHECK_INT(grid_at(&g, 0, 2)->ink, INK_TEXT);
    grid_done(&g);
}

static void cuts_what_does_not_fit(void)
{
    CHECK_STR(drawn(5, false, "abcde"), "abcde");
    CHECK_STR(drawn(5, false, "abcdef"), "abcd" ELLIPSIS);
    CHECK_STR(drawn(5, true, "abcdef"), "abcd~");
    CHECK_STR(drawn(1, false, "ab"), ELLIPSIS);
    CHECK_STR(drawn(5, false, "ab" ONE TWO), "ab" ONE ELLIPSIS);
    CHECK_STR(drawn(4, false, "ab" ONE TWO), "ab" ELLIPSIS);
    CHECK_STR(drawn(4, false, ONE TWO), ONE TWO);
    CHECK_STR(drawn(2, false, ONE TWO), ELLIPSIS);
    CHECK_STR(drawn(1, false, ONE), ELLIPSIS);
    /* an escape is whole or not there */
    CHECK_STR(drawn(5, false, "a\x1b"), "a\\x1b");
    CHECK_STR(drawn(4, false, "a\x1b"), "a" ELLIPSIS);
    /* a mark on the last character that fits */
    CHECK_STR(drawn(2, false, "ae" ACUTE), "ae" ACUTE);
    CHECK_STR(drawn(2, false, "ae" ACUTE "i"), "a" ELLIPSIS);
}

static void pads_the_hole_of_a_cut(void)
{
    struct grid g = new_grid(1, 8, false);

    area_text(area_all(&g), 0, 0, -1, plain, "xxxxxxxx");
    CHECK_INT(area_text(area_all(&g), 0, 0, 4, bad, "ab" ONE TWO), 4);
    CHECK_STR(row_text(&g, 0), "ab" ELLIPSIS " xxxx");
    CHECK_INT(grid_at(&g, 0, 3)->ink, INK_BAD);
    grid_done(&g);
}

static void makes_controls_visible(void)
{
    CHECK_STR(drawn(40, false,
                    "a\x01\t\n\r\x7f"
                    "b"),
              "a\\x01\\x09\\x0a\\x0d\\x7f"
              "b");
    CHECK_STR(drawn(40, false, "\x1b[31mred"), "\\x1b[31mred");
    CHECK_STR(drawn(40, false,
                    "\xc2\x9b"
                    "2J"),
              "\\u009b2J");
    CHECK_STR(drawn(40, false, RLO "abc"), "\\u202eabc");
    CHECK_STR(drawn(40, false, "\xe2\x81\xa6x\xe2\x80\xa8\xef\xbb\xbf"), "\\u2066x\\u2028\\ufeff");
    CHECK_STR(drawn(40, false,
                    "\xff"
                    "a\xe4\xb8"),
              "\\xffa\\xe4\\xb8");
    CHECK_STR(drawn(40, true, RLO "\x1b\xff"), "\\u202e\\x1b\\xff");
    /* no width is known: unassigned */
    CHECK_STR(drawn(40, false, "\xcd\xb8"), "\\u0378");
    CHECK_STR(drawn(40, true, "\xcd\xb8"), "?");
}

static void keeps_marks_with_their_base(void)
{
    struct grid g = new_grid(1, 8, false);

    CHECK_INT(area_text(area_all(&g), 0, 0, -1, plain, "e" ACUTE "x"), 2);
    CHECK_INT(grid_at(&g, 0, 0)->codes[1], 0x301);
    CHECK_INT(grid_at(&g, 0, 1)->codes[0], 'x');
    grid_done(&g);
    CHECK_STR(drawn(8, false, "e" ACUTE DIAERESIS DOT_BELOW), "e" ACUTE DIAERESIS);
    CHECK_STR(drawn(8, false, ACUTE "e"), "e"); /* of nothing */
    CHECK_STR(drawn(8, false, "\x1b" ACUTE), "\\x1b");
    CHECK_STR(drawn(8, true, "e" ACUTE "x"), "ex");
}

static void joins_nothing(void)
{
    CHECK_STR(drawn(8, false, MAN ZWJ WOMAN "x"), MAN WOMAN "x");
    CHECK_STR(drawn(8, false, MAN SKIN "x"), MAN "x");
    CHECK_STR(drawn(8, false, HEART VS16 "x"), HEART "x");
    CHECK_STR(drawn(8, false, "a" ZWJ "b"), "ab");
    CHECK_STR(drawn(8, false, ZWJ "b"), "b");
    struct grid g = new_grid(1, 8, false);
    CHECK_INT(grid_text_width(&g, MAN ZWJ WOMAN "x"), 5);
    CHECK_INT(grid_text_width(&g, MAN SKIN HEART VS16), 3);
    CHECK_INT(grid_text_width(&g, "e" ACUTE "\x1b"), 5);
    CHECK_INT(grid_text_width(&g, ""), 0);
    grid_done(&g);
}

static void leaves_right_to_left_in_order(void)
{
    CHECK_STR(drawn(8, false, ALEF BET " a"), ALEF BET " a");
    CHECK_STR(drawn(8, true, ALEF BET " a"), "?? a");
}

static void is_ascii_when_asked(void)
{
    CHECK_STR(drawn(8, true, "a" E_ACUTE ONE "b"), "a???b");
    CHECK_STR(drawn(4, true, "a" E_ACUTE ONE "b"), "a?~");
    CHECK_STR(drawn(8, true, MAN ZWJ WOMAN), "????");
    setlocale(LC_CTYPE, "C");
    struct grid g;
    grid_init(&g, 1, 8, true);
    area_text(area_all(&g), 0, 0, -1, plain, "a" E_ACUTE ONE RLO);
    CHECK_STR(row_text(&g, 0), "a??~");
    grid_done(&g);
}

static void repairs_halves(void)
{
    struct grid g = new_grid(1, 6, false);
    struct area a = area_all(&g);

    area_text(a, 0, 0, -1, plain, ONE TWO ONE);
    area_text(a, 0, 1, -1, plain, "x"); /* over a right half */
    CHECK_STR(row_text(&g, 0), " x" TWO ONE);
    area_text(a, 0, 2, -1, plain, "y"); /* over a left half */
    CHECK_STR(row_text(&g, 0), " xy " ONE);
    area_text(a, 0, 3, -1, plain, TWO); /* half over the next */
    CHECK_STR(row_text(&g, 0), " xy" TWO);
    CHECK_INT(grid_at(&g, 0, 5)->width, 1);
    area_text(a, 0, 2, 2, plain, ONE); /* half over the one before it and itself */
    CHECK_STR(row_text(&g, 0), " x" ONE);
    area_text(a, 0, 2, 2, plain, TWO);
    CHECK_STR(row_text(&g, 0), " x" TWO);
    area_fill(a, 0, 3, 1, plain);
    CHECK_STR(row_text(&g, 0), " x");
    grid_done(&g);
}

/* Every row and column is a cell of width 1, or 2 with its half. */
static void check_whole(const struct grid *g)
{
    for (int row = 0; row < g->rows; row++) {
        for (int col = 0; col < g->cols; col++) {
            int width = grid_at(g, row, col)->width;
            CHECK(width == 1 || width == 2);
            CHECK(grid_at(g, row, col)->codes[0] != 0);
            if (width == 2) {
                CHECK(++col < g->cols);
                CHECK_INT(grid_at(g, row, col)->width, 0);
            }
        }
    }
}

static void stays_whole_whatever_is_drawn(void)
{
    static const char *const texts[] = {ONE TWO, "a" ONE, "ab", MAN ZWJ WOMAN SKIN,
                                        "\x1b" ONE ACUTE};
    struct grid g = new_grid(3, 9, false);
    unsigned seed = 1;

    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245u + 12345u;
        unsigned r = seed >> 8;
        struct area a = area_part(area_all(&g), (int)(r % 5) - 1, (int)(r / 5 % 9) - 1,
                                  (int)(r / 45 % 4) - 1, (int)(r / 180 % 12) - 1);
        area_text(a, (int)(r / 7 % 5) - 1, (int)(r / 11 % 13) - 3, (int)(r / 13 % 8) - 1, plain,
                  texts[r / 17 % 5]);
        check_whole(&g);
    }
    grid_done(&g);
}

static void clips_at_every_edge(void)
{
    struct grid g = new_grid(4, 8, false);
    struct area a = area_part(area_all(&g), 1, 2, 2, 4);

    for (int row = -2; row < 5; row++)
        CHECK_INT(area_text(a, row, -3, 99, plain, "0123456789"), 4);
    CHECK_STR(row_text(&g, 0), "");
    CHECK_STR(row_text(&g, 1), "  345" ELLIPSIS);
    CHECK_STR(row_text(&g, 2), "  345" ELLIPSIS);
    CHECK_STR(row_text(&g, 3), "");
    area_text(a, 0, -1, -1, plain, ONE TWO ONE); /* a left half outside: padded */
    CHECK_STR(row_text(&g, 1), "   " TWO ELLIPSIS);
    CHECK_INT(area_text(a, 0, 4, -1, plain, "x"), 4);
    CHECK_INT(area_text(a, 0, 7, 3, plain, "x"), 7);
    area_fill(a, 1, -5, 100, bad);
    CHECK_INT(grid_at(&g, 2, 1)->ink, INK_TEXT);
    CHECK_INT(grid_at(&g, 2, 2)->ink, INK_BAD);
    CHECK_INT(grid_at(&g, 2, 5)->ink, INK_BAD);
    CHECK_INT(grid_at(&g, 2, 6)->ink, INK_TEXT);
    grid_done(&g);
}

static void parts_never_grow(void)
{
    struct grid g = new_grid(10, 20, false);
    struct area all = area_all(&g);
    struct area a = area_part(all, -2, -3, 5, 8);

    CHECK_INT(a.row, 0);
    CHECK_INT(a.col, 0);
    CHECK_INT(a.rows, 3);
    CHECK_INT(a.cols, 5);
    a = area_part(a, 2, 3, 100, 100);
    CHECK_INT(a.row, 2);
    CHECK_INT(a.rows, 1);
    CHECK_INT(a.cols, 2);
    a = area_part(all, 3, 3, -4, -4);
    CHECK_INT(a.rows, 0);
    CHECK_INT(a.cols, 0);
    a = area_part(all, 2147483647, 2147483647, 2147483647, 2147483647);
    CHECK_INT(a.rows, 0);
    CHECK_INT(a.row, 10);
    grid_done(&g);
}

/* Every function on an area of nothing, and on one of a grid that has become smaller. */
static void draw_all(struct area a)
{
    static const double values[] = {1, 2, 3};

    for (int row = -1; row < 3; row++) {
        area_text(a, row, -1, -1, plain, ONE "a");
        area_right(a, row, -1, 3, plain, ONE "a");
        area_fill(a, row, -1, -1, plain);
        area_mark(a, row, -1, -1, MARK_REVERSE);
        area_bar(a, row, -1, -1, plain, 0.5);
        area_spark(a, row, -1, -1, plain, values, 3);
        area_cursor(a, row, 1);
    }
    area_box(a, plain, plain, "title");
    area_clear(a);
}

static void draws_on_nothing(void)
{
    struct grid g = new_grid(0, 0, false);

    draw_all(area_all(&g));
    draw_all((struct area){&g, -1, -1, -2, -2});
    CHECK_STR(row_text(&g, 0), "");
    CHECK_INT(g.cursor_row, -1);
    grid_resize(&g, -4, 5);
    CHECK_INT(g.rows, 0);
    draw_all(area_all(&g));
    grid_resize(&g, 10, 10);
    struct area large = area_all(&g);
    grid_resize(&g, 2, 3);
    draw_all(large);
    draw_all((struct area){&g, -1, -1, 9, 9});
    for (int n = 0; n < 6; n++)
        draw_all(area_part(area_all(&g), 0, 0, n / 2, n % 3));
    check_whole(&g);
    grid_done(&g);
    grid_done(&g);
}

static void aligns_right(void)
{
    struct grid g = new_grid(3, 8, false);
    struct area a = area_all(&g);

    area_right(a, 0, 1, 5, plain, "12");
    area_right(a, 1, 1, 5, plain, "1234567");
    area_right(a, 2, 1, -1, plain, ONE);
    CHECK_STR(row_text(&g, 0), "    12");
    CHECK_STR(row_text(&g, 1), " 1234" ELLIPSIS);
    CHECK_STR(row_text(&g, 2), "      " ONE);
    grid_done(&g);
}

static void marks_what_is_drawn(void)
{
    struct grid g = new_grid(1, 8, false);
    struct area a = area_all(&g);

    area_text(a, 0, 0, -1, bad, "abcd");
    area_mark(a, 0, 1, 2, MARK_REVERSE);
    CHECK_STR(row_text(&g, 0), "abcd");
    CHECK_INT(grid_at(&g, 0, 0)->marks, MARK_BOLD);
    CHECK_INT(grid_at(&g, 0, 1)->marks, MARK_BOLD | MARK_REVERSE);
    CHECK_INT(grid_at(&g, 0, 2)->ink, INK_BAD);
    CHECK_INT(grid_at(&g, 0, 3)->marks, MARK_BOLD);
    area_cursor(a, 0, 3);
    CHECK_INT(g.cursor_col, 3);
    area_cursor(a, 0, 8);
    CHECK_INT(g.cursor_col, -1);
    grid_done(&g);
}

static void draws_a_box(void)
{
    struct grid g = new_grid(3, 12, false);
    struct area inside;

    area_text(area_all(&g), 1, 0, -1, plain, "xxxxxxxxxxxx");
    inside = area_box(area_all(&g), plain, bad, "H" E_ACUTE);
    CHECK_STR(row_text(&g, 0), "┌ H" E_ACUTE " ──────┐");
    CHECK_STR(row_text(&g, 1), "│          │");
    CHECK_STR(row_text(&g, 2), "└──────────┘");
    CHECK_INT(inside.row, 1);
    CHECK_INT(inside.cols, 10);
    CHECK_INT(grid_at(&g, 0, 2)->ink, INK_BAD);
    area_box(area_all(&g), plain, bad, "a long title");
    CHECK_STR(row_text(&g, 0), "┌ a long " ELLIPSIS " ┐");
    grid_done(&g);

    g = new_grid(2, 6, true);
    inside = area_box(area_all(&g), plain, plain, "Hi");
    CHECK_STR(row_text(&g, 0), "+ Hi +");
    CHECK_STR(row_text(&g, 1), "+----+");
    CHECK_INT(inside.rows, 0);
    inside = area_box(area_part(area_all(&g), 0, 0, 1, 6), plain, plain, "Hi");
    CHECK_INT(inside.cols, 0);
    area_box(area_all(&g), plain, plain, NULL);
    CHECK_STR(row_text(&g, 0), "+----+");
    grid_done(&g);
}

static const char *bar(bool ascii, int width, double share)
{
    static char out[256];
    struct grid g = new_grid(1, 12, ascii);

    area_text(area_all(&g), 0, 0, -1, plain, "xxxxxxxxxxxx");
    area_bar(area_all(&g), 0, 1, width, plain, share);
    snprintf(out, sizeof out, "%s", row_text(&g, 0));
    grid_done(&g);
    return out;
}

static void draws_bars(void)
{
    CHECK_STR(bar(false, 4, 0), "x    xxxxxxx");
    CHECK_STR(bar(false, 4, 1), "x████xxxxxxx");
    CHECK_STR(bar(false, 4, 0.5), "x██  xxxxxxx");
    CHECK_STR(bar(false, 4, 0.4), "x█▋  xxxxxxx");
    CHECK_STR(bar(false, 4, 0.0001), "x▏   xxxxxxx");
    CHECK_STR(bar(false, 4, 0.9999), "x███▉xxxxxxx");
    CHECK_STR(bar(false, 4, 7), "x████xxxxxxx");
    CHECK_STR(bar(false, 4, -7), "x    xxxxxxx");
    CHECK_STR(bar(false, 4, NAN), "x    xxxxxxx");
    CHECK_STR(bar(false, 0, 1), "xxxxxxxxxxxx");
    CHECK_STR(bar(true, 4, 0.5), "x##..xxxxxxx");
    CHECK_STR(bar(true, 4, 0.99), "x###.xxxxxxx");
    CHECK_STR(bar(true, -1, 1), "x###########");
    CHECK_STR(bar(true, 99, 0), "x...........");
}

static const char *spark(bool ascii, int width, const double *values, int count)
{
    static char out[256];
    struct grid g = new_grid(1, 12, ascii);

    area_spark(area_all(&g), 0, 0, width, plain, values, count);
    area_text(area_all(&g), 0, 11, 1, plain, "|");
    snprintf(out, sizeof out, "%s", row_text(&g, 0));
    grid_done(&g);
    return out;
}

static void draws_sparks(void)
{
    static const double steps[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9};
    static const double gaps[] = {5, NAN, 0, INFINITY, 10, -1, 0.001};
    static const double zeros[] = {0, 0, 0};
    static const double one[] = {0.25};
    static const double none[] = {NAN, NAN};

    CHECK_STR(spark(false, -1, steps, 10), "▁▂▃▄▅▅▆▇██ |");
    CHECK_STR(spark(true, -1, steps, 10), ".:-=+*#%@@ |");
    CHECK_STR(spark(false, 3, steps, 10), "▇██        |");
    CHECK_STR(spark(false, -1, gaps, 7), "▅ ▁ █▁▂    |");
    CHECK_STR(spark(true, -1, gaps, 7), "+ . @.:    |");
    CHECK_STR(spark(false, -1, zeros, 3), "▁▁▁        |");
    CHECK_STR(spark(false, -1, one, 1), "█          |");
    CHECK_STR(spark(false, -1, none, 2), "           |");
    CHECK_STR(spark(false, -1, none, 0), "           |");
}

static void encodes_what_it_decodes(void)
{
    static const struct {
        uint32_t code;
        const char *utf8;
    } rows[] = {{'A', "A"}, {0xe9, E_ACUTE}, {0x4e00, ONE},  {0x1f468, MAN},
                {0, ""},    {0xd800, ""},    {0x110000, ""}, {0x10ffff, "\xf4\x8f\xbf\xbf"}};
    char out[5];

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        CHECK_INT(glyph_encode(rows[i].code, out), strlen(rows[i].utf8));
        CHECK_STR(out, rows[i].utf8);
    }
}

static const struct unit_case cases[] = {
    {"draws_text", draws_text},
    {"cuts_what_does_not_fit", cuts_what_does_not_fit},
    {"pads_the_hole_of_a_cut", pads_the_hole_of_a_cut},
    {"makes_controls_visible", makes_controls_visible},
    {"keeps_marks_with_their_base", keeps_marks_with_their_base},
    {"joins_nothing", joins_nothing},
    {"leaves_right_to_left_in_order", leaves_right_to_left_in_order},
    {"is_ascii_when_asked", is_ascii_when_asked},
    {"repairs_halves", repairs_halves},
    {"stays_whole_whatever_is_drawn", stays_whole_whatever_is_drawn},
    {"clips_at_every_edge", clips_at_every_edge},
    {"parts_never_grow", parts_never_grow},
    {"draws_on_nothing", draws_on_nothing},
    {"aligns_right", aligns_right},
    {"marks_what_is_drawn", marks_what_is_drawn},
    {"draws_a_box", draws_a_box},
    {"draws_bars", draws_bars},
    {"draws_sparks", draws_sparks},
    {"encodes_what_it_decodes", encodes_what_it_decodes},
};

UNIT_MAIN(cases)
