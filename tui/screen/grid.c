#include "tui/screen/grid.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tui/screen/glyph.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const struct cell blank = {.codes = {' '}, .width = 1, .ink = INK_TEXT};

void grid_init(struct grid *g, int rows, int cols, bool ascii)
{
    *g = (struct grid){.ascii = ascii};
    grid_resize(g, rows, cols);
}

void grid_done(struct grid *g)
{
    free(g->cells);
    *g = (struct grid){.ascii = g->ascii, .cursor_row = -1, .cursor_col = -1};
}

void grid_resize(struct grid *g, int rows, int cols)
{
    g->rows = rows > 0 ? rows : 0;
    g->cols = cols > 0 ? cols : 0;
    size_t count = (size_t)g->rows * (size_t)g->cols;
    g->cells = mem_realloc(g->cells, (count > 0 ? count : 1) * sizeof *g->cells);
    grid_blank(g);
}

void grid_blank(struct grid *g)
{
    size_t count = (size_t)g->rows * (size_t)g->cols;

    for (size_t i = 0; i < count; i++)
        g->cells[i] = blank;
    g->cursor_row = -1;
    g->cursor_col = -1;
}

const struct cell *grid_at(const struct grid *g, int row, int col)
{
    if (row < 0 || row >= g->rows || col < 0 || col >= g->cols)
        return &blank;
    return &g->cells[(size_t)row * (size_t)g->cols + (size_t)col];
}

static void clear_half(struct cell *c)
{
    memcpy(c->codes, blank.codes, sizeof c->codes);
    c->width = 1;
}

void grid_put(struct grid *g, int row, int col, const struct cell *cell)
{
    int last = col + (cell->width > 1);

    if (row < 0 || row >= g->rows || col < 0 || last >= g->cols)
        return;
    struct cell *line = g->cells + (size_t)row * (size_t)g->cols;
    if (line[col].width == 0 && col > 0)
        clear_half(&line[col - 1]);
    if (line[last].width == 2 && last + 1 < g->cols)
        clear_half(&line[last + 1]);
    line[col] = *cell;
    if (last > col)
        line[last] = (struct cell){.ink = cell->ink, .marks = cell->marks};
}

static bool is_blank(const struct cell *c)
{
    return memcmp(c->codes, blank.codes, sizeof c->codes) == 0;
}

void grid_add_row(const struct grid *g, int row, struct buf *b)
{
    int end = g->cols;
    char utf8[5];

    while (end > 0 && is_blank(grid_at(g, row, end - 1)))
        end--;
    for (int col = 0; col < end; col++) {
        const struct cell *c = grid_at(g, row, col);
        for (int i = 0; i < CELL_CODES && c->codes[i] != 0; i++)
            buf_add(b, utf8, glyph_encode(c->codes[i], utf8));
    }
}

int grid_text_width(const struct grid *g, const char *text)
{
    return glyph_count_columns(text, g->ascii, INT_MAX - 16);
}
