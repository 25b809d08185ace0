/* Drawing on areas; area_chart.c has bars and sparklines. */
#include "core/base/mem.h"
#include "tui/screen/glyph.h"
#include "tui/screen/grid.h"

#include <stdlib.h>
#include <string.h>

struct area area_all(struct grid *g)
{
    return (struct area){.grid = g, .rows = g->rows, .cols = g->cols};
}

/* Clips [*at, *at + *len) to [0, limit). */
static void clip(int *at, int *len, int limit)
{
    int64_t end = (int64_t)*at + (*len > 0 ? *len : 0);

    if (end > limit)
        end = limit;
    if (*at < 0)
        *at = 0;
    if (*at > limit)
        *at = limit;
    *len = end > *at ? (int)(end - *at) : 0;
}

struct area area_part(struct area a, int row, int col, int rows, int cols)
{
    clip(&row, &rows, a.rows > 0 ? a.rows : 0);
    clip(&col, &cols, a.cols > 0 ? a.cols : 0);
    return (struct area){a.grid, a.row + row, a.col + col, rows, cols};
}

/* How many columns there are from `col` to the area's right edge, at most `width` (-1 = all). */
static int columns_from(const struct area *a, int col, int width)
{
    int64_t left = (int64_t)a->cols - col;

    if (width >= 0 && width < left)
        left = width;
    return left > 0 ? (int)left : 0;
}

static bool has_row(const struct area *a, int row)
{
    return row >= 0 && row < a->rows;
}

static bool has_col(const struct area *a, int col)
{
    return col >= 0 && col < a->cols;
}

static void put_char(const struct area *a, int row, int col, struct style style, uint32_t code)
{
    struct cell c = {.codes = {code}, .width = 1, .ink = style.ink, .marks = style.marks};

    if (has_row(a, row) && has_col(a, col))
        grid_put(a->grid, a->row + row, a->col + col, &c);
}

/* Of a wide character with one half outside, the other is padded. */
static void put_glyph(const struct area *a, int row, int col, struct style style,
                      const struct glyph *g)
{
    struct cell c = {.width = (uint8_t)g->columns, .ink = style.ink, .marks = style.marks};

    if (g->codes[0] == 0) {
        for (int i = 0; i < g->columns; i++)
            put_char(a, row, col + i, style, (unsigned char)g->spelled[i]);
    } else if (g->columns == 2 && !(has_col(a, col) && has_col(a, col + 1))) {
        put_char(a, row, col, style, ' ');
        put_char(a, row, col + 1, style, ' ');
    } else if (has_row(a, row) && has_col(a, col)) {
        memcpy(c.codes, g->codes, sizeof c.codes);
        grid_put(a->grid, a->row + row, a->col + col, &c);
    }
}

/* Draws what fits whole before `stop`. */
static int draw_whole(const struct area *a, int row, int col, int stop, struct style style,
                      const char *text)
{
    while (*text != '\0' && col < stop) {
        if (glyph_is_plain(text)) {
            put_char(a, row, col++, style, (unsigned char)*text++);
            continue;
        }
        struct glyph g = glyph_next(&text, a->grid->ascii);
        if (g.columns > stop - col)
            break;
        put_glyph(a, row, col, style, &g);
        col += g.columns;
    }
    return col;
}

int area_text(struct area a, int row, int col, int width, struct style style, const char *text)
{
    width = columns_from(&a, col, width);
    if (width == 0)
        return col;
    int end = col + width;
    if (glyph_count_columns(text, a.grid->ascii, width) <= width)
        return draw_whole(&a, row, col, end, style, text);
    col = draw_whole(&a, row, col, end - 1, style, text);
    put_char(&a, row, col++, style, a.grid->ascii ? '~' : 0x2026);
    while (col < end)
        put_char(&a, row, col++, style, ' ');
    return end;
}

int area_textf(struct area a, int row, int col, int width, struct style style, const char *format,
               ...)
{
    va_list args;

    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    int after = area_text(a, row, col, width, style, text);
    free(text);
    return after;
}

void area_right(struct area a, int row, int col, int width, struct style style, const char *text)
{
    width = columns_from(&a, col, width);
    int used = glyph_count_columns(text, a.grid->ascii, width);
    int lead = used < width ? width - used : 0;

    area_text(a, row, col + lead, width - lead, style, text);
}

void area_fill(struct area a, int row, int col, int width, struct style style)
{
    int end = col + columns_from(&a, col, width);

    for (col = col < 0 ? 0 : col; col < end; col++)
        put_char(&a, row, col, style, ' ');
}

void area_clear(struct area a)
{
    for (int row = 0; row < a.rows; row++)
        area_fill(a, row, 0, -1, (struct style){.ink = INK_TEXT});
}

void area_mark(struct area a, int row, int col, int width, unsigned marks)
{
    const struct grid *g = a.grid;
    int end = col + columns_from(&a, col, width);

    if (!has_row(&a, row) || a.row + row < 0 || a.row + row >= g->rows)
        return;
    for (col = col < 0 ? 0 : col; col < end; col++) {
        if (a.col + col >= 0 && a.col + col < g->cols)
            g->cells[(size_t)(a.row + row) * (size_t)g->cols + (size_t)(a.col + col)].marks |=
                (uint8_t)marks;
    }
}

void area_cursor(struct area a, int row, int col)
{
    bool inside = has_row(&a, row) && has_col(&a, col) && a.row + row < a.grid->rows &&
                  a.col + col < a.grid->cols;

    a.grid->cursor_row = inside ? a.row + row : -1;
    a.grid->cursor_col = inside ? a.col + col : -1;
}

struct lines {
    uint32_t across, down, corners[4]; /* top left, top right, bottom left, bottom right */
};

static const struct lines unicode_lines = {0x2500, 0x2502, {0x250c, 0x2510, 0x2514, 0x2518}};
static const struct lines ascii_lines = {'-', '|', {'+', '+', '+', '+'}};

static void draw_edge(const struct area *a, int row, struct style style, uint32_t across,
                      const uint32_t corners[2])
{
    put_char(a, row, 0, style, corners[0]);
    for (int col = 1; col < a->cols - 1; col++)
        put_char(a, row, col, style, across);
    put_char(a, row, a->cols - 1, style, corners[1]);
}

/* "┌ Title ───┐" */
static void draw_title(struct area a, struct style style, const char *text)
{
    if (text == NULL || *text == '\0' || a.cols < 5)
        return;
    put_char(&a, 0, 1, style, ' ');
    int after = area_text(a, 0, 2, a.cols - 4, style, text);
    put_char(&a, 0, after, style, ' ');
}

struct area area_box(struct area a, struct style border, struct style title, const char *text)
{
    const struct lines *lines = a.grid->ascii ? &ascii_lines : &unicode_lines;

    if (a.rows < 2 || a.cols < 2)
        return area_part(a, 0, 0, 0, 0);
    draw_edge(&a, 0, border, lines->across, lines->corners);
    for (int row = 1; row < a.rows - 1; row++) {
        put_char(&a, row, 0, border, lines->down);
        put_char(&a, row, a.cols - 1, border, lines->down);
    }
    draw_edge(&a, a.rows - 1, border, lines->across, lines->corners + 2);
    draw_title(a, title, text);
    struct area inside = area_part(a, 1, 1, a.rows - 2, a.cols - 2);
    area_clear(inside);
    return inside;
}
