#include "tui/screen/edit.h"

#include "core/base/text.h"
#include "tui/screen/glyph.h"

#include <string.h>

void edit_set(struct edit *e, const char *text)
{
    text_copy(e->text, sizeof e->text, text);
    e->cursor = strlen(e->text);
}

const char *edit_text(const struct edit *e)
{
    return e->text;
}

/* A character is what takes a place on the screen: a base with its marks. */
static size_t next_character(const struct edit *e, size_t at)
{
    const char *p = e->text + at;

    if (*p != '\0')
        glyph_next(&p, false);
    return (size_t)(p - e->text);
}

static size_t previous_character(const struct edit *e, size_t at)
{
    size_t before = 0;

    for (size_t next = 0; next < at; next = next_character(e, next))
        before = next;
    return before;
}

static void erase(struct edit *e, size_t from, size_t to)
{
    memmove(e->text + from, e->text + to, strlen(e->text + to) + 1);
    e->cursor = from;
}

static void insert(struct edit *e, uint32_t code)
{
    char utf8[5];
    size_t n = glyph_encode(code, utf8), len = strlen(e->text);

    if (n == 0 || len + n >= sizeof e->text)
        return;
    memmove(e->text + e->cursor + n, e->text + e->cursor, len - e->cursor + 1);
    memcpy(e->text + e->cursor, utf8, n);
    e->cursor += n;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

/* The end of a line, or a tab, separates words. */
static void paste(struct edit *e, uint32_t code)
{
    if (!is_control(code))
        insert(e, code);
    else if ((code == '\n' || code == '\r' || code == '\t') && e->cursor > 0 &&
             e->text[e->cursor - 1] != ' ')
        insert(e, ' ');
}

static void go_left(struct edit *e)
{
    e->cursor = previous_character(e, e->cursor);
}

static void go_right(struct edit *e)
{
    e->cursor = next_character(e, e->cursor);
}

static void go_home(struct edit *e)
{
    e->cursor = 0;
}

static void go_end(struct edit *e)
{
    e->cursor = strlen(e->text);
}

static void erase_before(struct edit *e)
{
    erase(e, previous_character(e, e->cursor), e->cursor);
}

static void erase_after(struct edit *e)
{
    erase(e, e->cursor, next_character(e, e->cursor));
}

static void erase_to_home(struct edit *e)
{
    erase(e, 0, e->cursor);
}

static void erase_to_end(struct edit *e)
{
    e->text[e->cursor] = '\0';
}

static void erase_word(struct edit *e)
{
    size_t from = e->cursor;

    while (from > 0 && e->text[from - 1] == ' ')
        from--;
    while (from > 0 && e->text[from - 1] != ' ')
        from--;
    erase(e, from, e->cursor);
}

static const struct {
    uint32_t code;
    void (*run)(struct edit *e);
} keys[] = {
    {KEY_CODE_LEFT, go_left},           {KEY_CODE_RIGHT, go_right},
    {KEY_CODE_HOME, go_home},           {KEY_CODE_END, go_end},
    {KEY_CTRL('a'), go_home},           {KEY_CTRL('e'), go_end},
    {KEY_CODE_BACKSPACE, erase_before}, {KEY_CODE_DELETE, erase_after},
    {KEY_CTRL('u'), erase_to_home},     {KEY_CTRL('k'), erase_to_end},
    {KEY_CTRL('w'), erase_word},
};

bool edit_key(struct edit *e, const struct key *key)
{
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].code == key->code) {
            keys[i].run(e);
            return true;
        }
    }
    if (key->code == KEY_CODE_PASTE)
        return true;
    if (key->code == KEY_CODE_PASTED) {
        paste(e, key->pasted);
        return true;
    }
    if (key->code >= KEY_CODE_FIRST || is_control(key->code))
        return false;
    insert(e, key->code);
    return true;
}

static int columns_of(const struct edit *e, size_t at, bool ascii)
{
    const char *p = e->text + at;

    return *p == '\0' ? 0 : glyph_next(&p, ascii).columns;
}

/* Where drawing begins so that the cursor's character is seen, and with it the marks that there is
 * more on the left and on the right. `*before`: columns from there to the cursor. */
static size_t first_shown(const struct edit *e, bool ascii, int width, int *before)
{
    size_t first = 0;
    int under = columns_of(e, e->cursor, ascii);

    *before = 0;
    for (size_t at = 0; at < e->cursor; at = next_character(e, at))
        *before += columns_of(e, at, ascii);
    if (under == 0)
        under = 1;
    if (e->text[next_character(e, e->cursor)] != '\0')
        under++;
    while (first < e->cursor && (first > 0) + *before + under > width) {
        *before -= columns_of(e, first, ascii);
        first = next_character(e, first);
    }
    return first;
}

void edit_draw(const struct edit *e, struct area a, int row, int col, int width, struct style style)
{
    int before, left = a.cols - col;

    if (width < 0 || width > left)
        width = left;
    if (width <= 0)
        return;
    area_fill(a, row, col, width, style);
    size_t first = first_shown(e, a.grid->ascii, width, &before);
    int mark = first > 0 && width > 1;
    if (mark)
        area_text(a, row, col, 1, style, a.grid->ascii ? "~" : "\xe2\x80\xa6");
    area_text(a, row, col + mark, width - mark, style, e->text + first);
    int at = mark + before;
    area_cursor(a, row, col + (at < width ? at : width - 1));
}
