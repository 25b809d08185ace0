#include "tui/screen/viewer.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/screen/wrap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { INDENT = 2, WHEEL_ROWS = 3, TAB_BLANKS = 4, TEXT_CAP = 1 << 20 };

/* A line of the text as it was added. */
struct line {
    size_t at;        /* in `text`, ends with a NUL */
    size_t label_len; /* its first bytes have another style */
    int indent;       /* of the rows it goes on in */
    struct style label_style, style;
};

/* A row on the screen: a part of a line. */
struct row {
    size_t line, from, len; /* bytes of the line */
    int col;
};

struct viewer {
    bool wrap, is_cut;
    struct buf text;
    struct line *lines;
    size_t line_count, lines_size;
    struct row *rows; /* of the first `wrapped_count` lines, at `cols` columns */
    size_t row_count, rows_size, wrapped_count;
    int cols;
    bool ascii;
    size_t top;    /* row that is shown first */
    size_t height; /* rows shown when it was drawn last */
};

struct viewer *viewer_new(bool wrap)
{
    struct viewer *v = mem_alloc(sizeof *v);

    v->wrap = wrap;
    v->text.cap = TEXT_CAP;
    v->height = 1;
    return v;
}

void viewer_free(struct viewer *v)
{
    if (v == NULL)
        return;
    buf_done(&v->text);
    free(v->lines);
    free(v->rows);
    free(v);
}

/* ---- adding ---- */

/* One more element for an array that grows by doubling. */
static void *grown(void *items, size_t count, size_t *size, size_t each)
{
    if (count < *size)
        return items;
    *size = *size > 0 ? *size * 2 : 32;
    return mem_realloc(items, *size * each);
}

static void push_line(struct viewer *v, struct line line)
{
    v->lines = grown(v->lines, v->line_count, &v->lines_size, sizeof *v->lines);
    v->lines[v->line_count++] = line;
}

static bool add_bytes(struct viewer *v, const char *s, size_t len)
{
    bool fits = true;

    for (size_t i = 0; i < len && fits; i++) {
        if (s[i] == '\t')
            fits = buf_add(&v->text, "        ", TAB_BLANKS);
        else if (s[i] != '\r' || i + 1 < len)
            fits = buf_addc(&v->text, s[i]);
    }
    return fits;
}

/* A line's text; `line` has everything but `at`. What does not fit the cap ends the whole text. */
static void add_line(struct viewer *v, struct line line, const char *label, const char *s,
                     size_t len)
{
    static const char rest[] = "(the rest is left out)";

    if (v->is_cut)
        return;
    line.at = v->text.len;
    if (buf_adds(&v->text, label) && add_bytes(v, s, len) && buf_addc(&v->text, '\0')) {
        push_line(v, line);
        return;
    }
    v->is_cut = true;
    v->text.len = line.at;
    v->text.cap = TEXT_CAP + sizeof rest;
    buf_add(&v->text, rest, sizeof rest);
    push_line(v, (struct line){.at = line.at, .style = {INK_DIM, 0}});
}

/* The first line has the label, those after it stand below its text. */
static void add_lines(struct viewer *v, struct line line, const char *label, const char *s)
{
    struct buf blanks = {0};

    buf_adds(&blanks, "");
    for (int i = text_width(label); i > 0; i--)
        buf_addc(&blanks, ' ');
    for (;;) {
        size_t len = strcspn(s, "\n");
        line.label_len = strlen(label);
        add_line(v, line, label, s, len);
        if (s[len] == '\0' || s[len + 1] == '\0')
            break;
        s += len + 1;
        label = blanks.data;
    }
    buf_done(&blanks);
}

void viewer_add(struct viewer *v, struct style style, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    add_lines(v, (struct line){.indent = INDENT, .style = style}, "", text);
    free(text);
}

void viewer_add_pair(struct viewer *v, struct style label_style, int columns, const char *label,
                     struct style style, const char *format, ...)
{
    struct buf padded = {0};
    va_list args;

    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    text_add_visible(&padded, label);
    int used = text_width(label);
    do {
        buf_addc(&padded, ' ');
    } while (++used < columns);
    struct line line = {.label_style = label_style, .style = style};
    line.indent = text_width(padded.data);
    add_lines(v, line, padded.data, text);
    buf_done(&padded);
    free(text);
}

void viewer_add_text(const struct viewer *v, struct buf *b)
{
    for (size_t i = 0; i < v->line_count; i++) {
        text_add_visible(b, v->text.data + v->lines[i].at);
        buf_addc(b, '\n');
    }
}

/* ---- rows ---- */

static void push_row(struct viewer *v, struct row row)
{
    v->rows = grown(v->rows, v->row_count, &v->rows_size, sizeof *v->rows);
    v->rows[v->row_count++] = row;
}

static void wrap_line(struct viewer *v, size_t number)
{
    const struct line *line = &v->lines[number];
    const char *text = v->text.data + line->at;
    int indent = line->indent * 2 <= v->cols ? line->indent : 0; /* no room for one */
    size_t head = line->label_len, next;
    int col = 0;

    if (!v->wrap || *text == '\0') {
        push_row(v, (struct row){.line = number, .len = strlen(text)});
        return;
    }
    for (size_t from = 0; text[from] != '\0'; from += next) {
        size_t len = wrap_row(text + from, head, v->cols - col, v->ascii, &next);
        push_row(v, (struct row){.line = number, .from = from, .len = len, .col = col});
        col = indent;
        head = 0;
    }
}

/* Makes the rows of lines that have none yet, of all if the width is another: then the line on top
 * stays there. */
static void wrap_all(struct viewer *v, int cols, bool ascii)
{
    bool other_width = v->cols != cols || v->ascii != ascii;
    size_t line = v->top < v->row_count ? v->rows[v->top].line : 0;

    if (other_width) {
        v->cols = cols;
        v->ascii = ascii;
        v->row_count = v->wrapped_count = 0;
    }
    while (v->wrapped_count < v->line_count)
        wrap_line(v, v->wrapped_count++);
    if (!other_width)
        return;
    for (v->top = 0; v->top < v->row_count && v->rows[v->top].line < line;)
        v->top++;
}

int viewer_count_rows(struct viewer *v, int cols)
{
    wrap_all(v, cols, v->ascii);
    return (int)v->row_count;
}

/* ---- keys ---- */

/* The farthest that can be scrolled to. */
static size_t last_top(const struct viewer *v)
{
    return v->row_count > v->height ? v->row_count - v->height : 0;
}

static void scroll(struct viewer *v, int64_t rows)
{
    int64_t top = (int64_t)v->top + rows, most = (int64_t)last_top(v);

    v->top = (size_t)(top < 0 ? 0 : top > most ? most : top);
}

/* A page leaves one row of the last one in sight. */
static int64_t page(const struct viewer *v)
{
    return v->height > 1 ? (int64_t)v->height - 1 : 1;
}

bool viewer_key(struct viewer *v, const struct key *key)
{
    const int64_t all = (int64_t)v->row_count;
    const struct {
        uint32_t code;
        int64_t rows;
    } keys[] = {
        {KEY_CODE_UP, -1},
        {'k', -1},
        {KEY_CODE_DOWN, 1},
        {'j', 1},
        {KEY_CODE_PAGE_UP, -page(v)},
        {KEY_CODE_PAGE_DOWN, page(v)},
        {KEY_CODE_WHEEL_UP, -WHEEL_ROWS},
        {KEY_CODE_WHEEL_DOWN, WHEEL_ROWS},
        {KEY_CODE_HOME, -all},
        {'g', -all},
        {KEY_CODE_END, all},
        {'G', all},
    };

    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (keys[i].code == key->code) {
            scroll(v, keys[i].rows);
            return true;
        }
    }
    return false;
}

/* ---- drawing ---- */

static void draw_row(const struct viewer *v, struct area a, int row, const struct row *r)
{
    const struct line *line = &v->lines[r->line];
    const char *from = v->text.data + line->at + r->from;
    size_t label = r->from < line->label_len ? line->label_len - r->from : 0;
    struct buf part = {0};
    int col = r->col;

    if (label > r->len)
        label = r->len;
    buf_add(&part, from, label);
    col = area_text(a, row, col, -1, line->label_style, part.data);
    buf_clear(&part);
    buf_add(&part, from + label, r->len - label);
    area_text(a, row, col, -1, line->style, part.data);
    buf_done(&part);
}

static void draw_position(const struct viewer *v, struct area a)
{
    char text[64];

    snprintf(text, sizeof text, "%zu%s%zu of %zu", v->top + 1, v->ascii ? "-" : "\xe2\x80\x93",
             v->top + v->height, v->row_count);
    area_right(a, a.rows - 1, 0, -1, (struct style){INK_DIM, 0}, text);
}

void viewer_draw(struct viewer *v, struct area a)
{
    if (a.rows <= 0 || a.cols <= 0)
        return;
    wrap_all(v, a.cols, a.grid->ascii);
    bool has_more = v->row_count > (size_t)a.rows && a.rows > 1;
    v->height = (size_t)(has_more ? a.rows - 1 : a.rows);
    scroll(v, 0);
    for (size_t i = 0; i < v->height && v->top + i < v->row_count; i++)
        draw_row(v, a, (int)i, &v->rows[v->top + i]);
    if (has_more)
        draw_position(v, a);
}
