/* Typing into a field: every key, characters of any width, and what is seen of a long text. */
#include "core/base/buf.h"
#include "tests/unit/unit.h"
#include "tui/screen/edit.h"

#include <locale.h>

#define E_ACUTE "\xc3\xa9"
#define ONE "\xe4\xb8\x80" /* CJK, two columns */
#define TWO "\xe4\xba\x8c"
#define ACUTE "\xcc\x81" /* combining */
#define ELLIPSIS "\xe2\x80\xa6"

static const struct style plain = {INK_TEXT, 0};

static bool press(struct edit *e, uint32_t code)
{
    return edit_key(e, &(struct key){.code = code});
}

static void paste(struct edit *e, const char *ascii)
{
    CHECK(press(e, KEY_CODE_PASTE));
    for (; *ascii != '\0'; ascii++)
        CHECK(edit_key(e, &(struct key){.code = KEY_CODE_PASTED, .pasted = (unsigned char)*ascii}));
}

static struct edit filled(const char *text)
{
    struct edit e;

    setlocale(LC_CTYPE, "C.UTF-8");
    edit_set(&e, text);
    return e;
}

static void takes_characters(void)
{
    struct edit e = {0};

    CHECK_STR(edit_text(&e), "");
    CHECK(press(&e, 'a'));
    CHECK(press(&e, ' '));
    CHECK(press(&e, 0xe9));
    CHECK(press(&e, 0x4e00));
    CHECK(press(&e, KEY_CODE_HOME));
    CHECK(press(&e, 'x'));
    CHECK_STR(edit_text(&e), "xa " E_ACUTE ONE);
    CHECK_INT(e.cursor, 1);
}

static void leaves_other_keys_alone(void)
{
    static const uint32_t codes[] = {KEY_CODE_TAB,       KEY_CODE_ENTER, KEY_CODE_ESC,
                                     KEY_CODE_UP,        KEY_CODE_DOWN,  KEY_CODE_PAGE_UP,
                                     KEY_CODE_SHIFT_TAB, KEY_CODE_CLICK, KEY_CTRL('c'),
                                     KEY_CTRL('l'),      0x9b,           0};
    struct edit e = filled("ab");

    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        CHECK(!press(&e, codes[i]));
    CHECK_STR(edit_text(&e), "ab");
    CHECK_INT(e.cursor, 2);
}

static void moves_by_characters(void)
{
    struct edit e = filled("a" E_ACUTE ONE "e" ACUTE);
    static const size_t left[] = {6, 3, 1, 0, 0};
    static const size_t right[] = {1, 3, 6, 9, 9};

    CHECK_INT(e.cursor, 9);
    for (int i = 0; i < 5; i++) {
        CHECK(press(&e, KEY_CODE_LEFT));
        CHECK_INT(e.cursor, left[i]);
    }
    for (int i = 0; i < 5; i++) {
        CHECK(press(&e, KEY_CODE_RIGHT));
        CHECK_INT(e.cursor, right[i]);
    }
    press(&e, KEY_CTRL('a'));
    CHECK_INT(e.cursor, 0);
    press(&e, KEY_CTRL('e'));
    CHECK_INT(e.cursor, 9);
}

/* What a key makes of "one two  three" with the cursor at `cursor`. */
static void erases(void)
{
    static const struct {
        uint32_t code;
        size_t cursor;
        const char *left;
        size_t cursor_after;
    } rows[] = {
        {KEY_CODE_BACKSPACE, 3, "on two  three", 2}, {KEY_CODE_BACKSPACE, 0, "one two  three", 0},
        {KEY_CODE_DELETE, 0, "ne two  three", 0},    {KEY_CODE_DELETE, 14, "one two  three", 14},
        {KEY_CTRL('u'), 4, "two  three", 0},         {KEY_CTRL('k'), 3, "one", 3},
        {KEY_CTRL('k'), 14, "one two  three", 14},   {KEY_CTRL('w'), 14, "one two  ", 9},
        {KEY_CTRL('w'), 9, "one three", 4},          {KEY_CTRL('w'), 6, "one o  three", 4},
        {KEY_CTRL('w'), 0, "one two  three", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct edit e = filled("one two  three");
        e.cursor = rows[i].cursor;
        CHECK(press(&e, rows[i].code));
        CHECK_STR(edit_text(&e), rows[i].left);
        CHECK_INT(e.cursor, rows[i].cursor_after);
    }
    struct edit e = filled("a" ONE "e" ACUTE);
    press(&e, KEY_CODE_BACKSPACE); /* with its mark */
    CHECK_STR(edit_text(&e), "a" ONE);
    press(&e, KEY_CODE_BACKSPACE);
    CHECK_STR(edit_text(&e), "a");
}

static void pastes_lines_as_one(void)
{
    struct edit e = {0};

    paste(&e, "\n12\r\n34\t\x1b"
              "5 \n6");
    CHECK_STR(edit_text(&e), "12 34 5 6");
}

static void stops_when_full(void)
{
    struct edit e = {0};

    for (int i = 0; i < 300; i++)
        CHECK(press(&e, 'a'));
    CHECK_INT(strlen(edit_text(&e)), EDIT_SIZE - 1);
    press(&e, KEY_CODE_BACKSPACE);
    press(&e, 0xe9); /* two bytes: no room */
    CHECK_INT(strlen(edit_text(&e)), EDIT_SIZE - 2);
    edit_set(&e, NULL);
    CHECK_STR(edit_text(&e), "");
    for (int i = 0; i < 90; i++)
        press(&e, 0x4e00);
    CHECK_INT(strlen(edit_text(&e)), EDIT_SIZE - 1);
}

/* What is drawn, with the cursor's cell in brackets: "ab[c]". */
static const char *drawn(const struct edit *e, int width, bool ascii)
{
    static struct buf b;
    struct grid g;

    buf_clear(&b);
    buf_adds(&b, "");
    grid_init(&g, 1, 12, ascii);
    area_text(area_all(&g), 0, 0, -1, plain, "############");
    edit_draw(e, area_all(&g), 0, 1, width, plain);
    grid_add_row(&g, 0, &b);
    buf_addf(&b, "@%d", g.cursor_col);
    grid_done(&g);
    return b.data;
}

static void draws_around_the_cursor(void)
{
    struct edit e = filled("abc");

    CHECK_STR(drawn(&e, 6, false), "#abc   #####@4");
    e = filled("abcdefghij");
    CHECK_STR(drawn(&e, 6, false), "#" ELLIPSIS "ghij #####@6");
    CHECK_STR(drawn(&e, 6, true), "#~ghij #####@6");
    CHECK_STR(drawn(&e, -1, false), "#abcdefghij@11");
    e.cursor = 0;
    CHECK_STR(drawn(&e, 6, false), "#abcde" ELLIPSIS "#####@1");
    e.cursor = 5;
    CHECK_STR(drawn(&e, 6, false), "#" ELLIPSIS "cdef" ELLIPSIS "#####@5");
    e.cursor = 9;
    CHECK_STR(drawn(&e, 6, false), "#" ELLIPSIS "fghij#####@6");
    CHECK_STR(drawn(&e, 0, false), "############@-1");
}

static void draws_wide_characters(void)
{
    struct edit e = filled(ONE TWO ONE TWO);

    CHECK_STR(drawn(&e, 6, false), "#" ELLIPSIS ONE TWO " #####@6");
    e.cursor = 3;
    CHECK_STR(drawn(&e, 6, false), "#" ONE TWO ELLIPSIS " #####@3");
    e.cursor = 6;
    CHECK_STR(drawn(&e, 6, false), "#" ELLIPSIS TWO ONE ELLIPSIS "#####@4");
}

/* Whatever is typed, the cursor stays in the field and on a character. */
static void stays_in_its_field(void)
{
    static const uint32_t codes[] = {'a',
                                     ' ',
                                     0x4e00,
                                     0x301,
                                     0x202e,
                                     KEY_CODE_LEFT,
                                     KEY_CODE_LEFT,
                                     KEY_CODE_RIGHT,
                                     KEY_CODE_BACKSPACE,
                                     KEY_CTRL('w'),
                                     0x1f468};
    struct edit e = filled("");
    unsigned seed = 7;

    for (int i = 0; i < 20000; i++) {
        seed = seed * 1103515245u + 12345u;
        press(&e, codes[(seed >> 16) % (sizeof codes / sizeof *codes)]);
        CHECK(e.cursor <= strlen(e.text));
        CHECK(((unsigned char)e.text[e.cursor] & 0xc0) != 0x80);
        struct grid g;
        grid_init(&g, 1, 12, i % 2);
        int width = i % 9;
        edit_draw(&e, area_all(&g), 0, 1, width, plain);
        CHECK(width == 0 ? g.cursor_col == -1 : g.cursor_col >= 1 && g.cursor_col <= width);
        grid_done(&g);
    }
}

static const struct unit_case cases[] = {
    {"takes_characters", takes_characters},
    {"leaves_other_keys_alone", leaves_other_keys_alone},
    {"moves_by_characters", moves_by_characters},
    {"erases", erases},
    {"pastes_lines_as_one", pastes_lines_as_one},
    {"stops_when_full", stops_when_full},
    {"draws_around_the_cursor", draws_around_the_cursor},
    {"draws_wide_characters", draws_wide_characters},
    {"stays_in_its_field", stays_in_its_field},
};

UNIT_MAIN(cases)
