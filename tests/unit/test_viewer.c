/* A text to scroll in: wrapped or cut, by any key, at any size. */
#include "core/base/buf.h"
#include "tests/unit/unit.h"
#include "tui/screen/viewer.h"
#include "tui/screen/wrap.h"

#include <locale.h>

#define ONE "\xe4\xb8\x80" /* CJK, two columns */
#define TWO "\xe4\xba\x8c"
#define ELLIPSIS "\xe2\x80\xa6"
#define DASH "\xe2\x80\x93"

static const struct style plain = {INK_TEXT, 0};
static const struct style label = {INK_DIM, 0};

/* The picture at this size, a line a row. */
static const char *drawn(struct viewer *v, int rows, int cols, bool ascii)
{
    static struct buf b;
    struct grid g;

    setlocale(LC_CTYPE, "C.UTF-8");
    grid_init(&g, rows, cols, ascii);
    viewer_draw(v, area_all(&g));
    buf_clear(&b);
    buf_adds(&b, "");
    for (int row = 0; row < rows; row++) {
        grid_add_row(&g, row, &b);
        buf_addc(&b, '\n');
    }
    grid_done(&g);
    return b.data;
}

static bool press(struct viewer *v, uint32_t code)
{
    return viewer_key(v, &(struct key){.code = code});
}

static struct viewer *numbers(int count)
{
    struct viewer *v = viewer_new(true);

    for (int i = 1; i <= count; i++)
        viewer_add(v, plain, "%d", i);
    return v;
}

/* Rows of a text, each in brackets. */
static const char *wrapped(const char *text, size_t head, int columns)
{
    static struct buf b;
    size_t next;

    setlocale(LC_CTYPE, "C.UTF-8");
    buf_clear(&b);
    buf_adds(&b, "");
    for (; *text != '\0'; text += next) {
        size_t len = wrap_row(text, head, columns, false, &next);
        buf_addf(&b, "[%.*s]", (int)len, text);
        head = 0;
    }
    return b.data;
}

static void wraps_after_blanks(void)
{
    CHECK_STR(wrapped("one two three", 0, 7), "[one two][three]");
    CHECK_STR(wrapped("one two three", 0, 8), "[one two][three]");
    CHECK_STR(wrapped("one two three", 0, 6), "[one][two][three]");
    CHECK_STR(wrapped("one two three", 0, 13), "[one two three]");
    CHECK_STR(wrapped("one   two   ", 0, 4), "[one][two]");
    CHECK_STR(wrapped("  one two", 0, 5), "[  one][two]");
    CHECK_STR(wrapped("     one", 0, 3), "[   ][one]");
    CHECK_STR(wrapped("abcdefgh ij", 0, 3), "[abc][def][gh][ij]");
    CHECK_STR(wrapped("a bcdefgh", 0, 3), "[a][bcd][efg][h]");
    CHECK_STR(wrapped("", 0, 3), "");
}

static void wraps_between_characters(void)
{
    CHECK_STR(wrapped(ONE TWO ONE, 0, 5), "[" ONE TWO "][" ONE "]");
    CHECK_STR(wrapped(ONE TWO, 0, 1), "[" ONE "][" TWO "]"); /* at least one */
    CHECK_STR(wrapped("e\xcc\x81"
                      "e\xcc\x81",
                      0, 1),
              "[e\xcc\x81][e\xcc\x81]");
    CHECK_STR(wrapped("a\x1b"
                      "b",
                      0, 4),
              "[a][\x1b][b]");
    CHECK_STR(wrapped("ab", 0, 0), "[a][b]");
}

static void keeps_a_label_with_its_text(void)
{
    CHECK_STR(wrapped("label abcdefgh", 6, 10), "[label abcd][efgh]");
    CHECK_STR(wrapped("label ab cdefgh", 6, 10), "[label ab][cdefgh]");
}

static void draws_what_fits(void)
{
    struct viewer *v = viewer_new(true);

    CHECK_STR(drawn(v, 2, 10, false), "\n\n");
    viewer_add(v, plain, "one\ttwo\r\n\nthree%s", "\n");
    CHECK_STR(drawn(v, 4, 12, false), "one    two\n\nthree\n\n");
    viewer_add(v, plain, "\x1b[2J");
    CHECK_STR(drawn(v, 4, 12, false), "one    two\n\nthree\n\\x1b[2J\n");
    viewer_free(v);
    viewer_free(NULL);
}

static void wraps_with_an_indent(void)
{
    struct viewer *v = viewer_new(true);

    viewer_add(v, plain, "one two three");
    viewer_add_pair(v, label, 8, "Status", plain, "failed and more\nthan that");
    viewer_add_pair(v, label, 3, "Message", plain, "x");
    viewer_add_pair(v, label, 8, "Empty", plain, "%s", "");
    CHECK_STR(drawn(v, 9, 16, false), "one two three\n"
                                      "Status  failed\n"
                                      "        and more\n"
                                      "        than\n"
                                      "        that\n"
                                      "Message x\n"
                                      "Empty\n"
                                      "\n"
                                      "\n");
    CHECK_STR(drawn(v, 3, 8, false), "one two\n"
                                     "  three\n"
                                     "1" DASH "2 of " ELLIPSIS "\n");
    CHECK_INT(viewer_count_rows(v, 16), 7);
    viewer_free(v);
}

static void draws_labels_in_their_style(void)
{
    struct viewer *v = viewer_new(true);
    struct grid g;

    viewer_add_pair(v, label, 4, "ab", (struct style){INK_BAD, 0}, "cd");
    grid_init(&g, 1, 10, false);
    viewer_draw(v, area_all(&g));
    CHECK_INT(grid_at(&g, 0, 0)->ink, INK_DIM);
    CHECK_INT(grid_at(&g, 0, 4)->ink, INK_BAD);
    CHECK_INT(grid_at(&g, 0, 4)->codes[0], 'c');
    grid_done(&g);
    viewer_free(v);
}

static void cuts_when_asked(void)
{
    struct viewer *v = viewer_new(false);

    viewer_add(v, plain, "one two three");
    viewer_add_pair(v, label, 4, "ab", plain, "cdefgh");
    CHECK_STR(drawn(v, 2, 7, false), "one tw" ELLIPSIS "\nab  cd" ELLIPSIS "\n");
    CHECK_STR(drawn(v, 2, 7, true), "one tw~\nab  cd~\n");
    viewer_free(v);
}

static void says_where_it_is(void)
{
    struct viewer *v = numbers(10);

    CHECK_STR(drawn(v, 4, 12, false), "1\n2\n3\n   1" DASH "3 of 10\n");
    CHECK_STR(drawn(v, 4, 12, true), "1\n2\n3\n   1-3 of 10\n");
    CHECK_STR(drawn(v, 10, 12, false), "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    CHECK_STR(drawn(v, 1, 12, false), "1\n");
    CHECK_STR(drawn(v, 0, 0, false), "");
    viewer_free(v);
}

static void scrolls(void)
{
    static const struct {
        uint32_t code;
        const char *picture;
    } steps[] = {
        {KEY_CODE_DOWN, "2\n3\n4\n   2" DASH "4 of 10\n"},
        {'j', "3\n4\n5\n   3" DASH "5 of 10\n"},
        {KEY_CODE_PAGE_DOWN, "5\n6\n7\n   5" DASH "7 of 10\n"},
        {'k', "4\n5\n6\n   4" DASH "6 of 10\n"},
        {KEY_CODE_END, "8\n9\n10\n  8" DASH "10 of 10\n"},
        {KEY_CODE_DOWN, "8\n9\n10\n  8" DASH "10 of 10\n"},
        {KEY_CODE_PAGE_UP, "6\n7\n8\n   6" DASH "8 of 10\n"},
        {KEY_CODE_UP, "5\n6\n7\n   5" DASH "7 of 10\n"},
        {KEY_CODE_HOME, "1\n2\n3\n   1" DASH "3 of 10\n"},
        {KEY_CODE_UP, "1\n2\n3\n   1" DASH "3 of 10\n"},
        {KEY_CODE_WHEEL_DOWN, "4\n5\n6\n   4" DASH "6 of 10\n"},
        {KEY_CODE_WHEEL_UP, "1\n2\n3\n   1" DASH "3 of 10\n"},
        {'G', "8\n9\n10\n  8" DASH "10 of 10\n"},
        {'g', "1\n2\n3\n   1" DASH "3 of 10\n"},
    };
    struct viewer *v = numbers(10);

    drawn(v, 4, 12, false);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        CHECK(press(v, steps[i].code));
        CHECK_STR(drawn(v, 4, 12, false), steps[i].picture);
    }
    CHECK(!press(v, 'q'));
    CHECK(!press(v, KEY_CODE_ESC));
    viewer_free(v);
}

static void stays_where_it_was(void)
{
    struct viewer *v = viewer_new(true);

    for (int i = 0; i < 5; i++)
        viewer_add(v, plain, "%d aaaa bbbb cccc", i);
    drawn(v, 4, 20, false);
    press(v, 'j');
    press(v, 'j');
    CHECK_STR(drawn(v, 3, 12, false), "2 aaaa bbbb\n  cccc\n   5" DASH "6 of 10\n");
    viewer_add(v, plain, "more");
    CHECK_STR(drawn(v, 3, 12, false), "2 aaaa bbbb\n  cccc\n   5" DASH "6 of 11\n");
    CHECK_STR(drawn(v, 20, 40, false) + 0, "0 aaaa bbbb cccc\n1 aaaa bbbb cccc\n2 aaaa bbbb cccc\n"
                                           "3 aaaa bbbb cccc\n4 aaaa bbbb cccc\nmore\n"
                                           "\n\n\n\n\n\n\n\n\n\n\n\n\n\n");
    viewer_free(v);
}

static void says_when_it_is_full(void)
{
    struct viewer *v = viewer_new(false);
    struct buf long_line = {0}, text = {0};

    for (int i = 0; i < 1000; i++)
        buf_adds(&long_line, "0123456789");
    for (int i = 0; i < 200; i++)
        viewer_add(v, plain, "%s", long_line.data);
    viewer_add(v, plain, "too late");
    viewer_add_text(v, &text);
    CHECK(text.len > 1000000 && text.len < 1100000);
    CHECK_STR(text.data + text.len - strlen("(the rest is left out)\n"),
              "(the rest is left out)\n");
    buf_done(&long_line);
    buf_done(&text);
    viewer_free(v);
}

static void gives_its_text(void)
{
    struct viewer *v = viewer_new(true);
    struct buf b = {0};

    viewer_add_pair(v, label, 4, "ab", plain, "c\nd");
    viewer_add(v, plain, "\x1bx");
    viewer_add_text(v, &b);
    CHECK_STR(b.data, "ab  c\n    d\n\\x1bx\n");
    buf_done(&b);
    viewer_free(v);
}

static const struct unit_case cases[] = {
    {"wraps_after_blanks", wraps_after_blanks},
    {"wraps_between_characters", wraps_between_characters},
    {"keeps_a_label_with_its_text", keeps_a_label_with_its_text},
    {"draws_what_fits", draws_what_fits},
    {"wraps_with_an_indent", wraps_with_an_indent},
    {"draws_labels_in_their_style", draws_labels_in_their_style},
    {"cuts_when_asked", cuts_when_asked},
    {"says_where_it_is", says_where_it_is},
    {"scrolls", scrolls},
    {"stays_where_it_was", stays_where_it_was},
    {"says_when_it_is_full", says_when_it_is_full},
    {"gives_its_text", gives_its_text},
};

UNIT_MAIN(cases)
