/* Bars and sparklines on areas. */
#include "core/base/buf.h"
#include "tui/screen/glyph.h"
#include "tui/screen/grid.h"

#include <math.h>

/* The columns of a chart that are inside the area on its right; -1 = all. */
static int visible_width(const struct area *a, int col, int width)
{
    int left = a->cols - col;

    if (left < 0)
        left = 0;
    return width < 0 || width > left ? left : width;
}

/* How many of `units` are filled. Only nothing is empty and only everything is full. */
static int filled_units(double share, int units)
{
    if (!(share > 0)) /* also NAN */
        return 0;
    if (share >= 1)
        return units;
    int filled = (int)lround(share * units);
    if (filled < 1)
        filled = 1;
    return filled < units ? filled : units - 1;
}

static void add_code(struct buf *b, uint32_t code)
{
    char utf8[5];

    buf_add(b, utf8, glyph_encode(code, utf8));
}

void area_bar(struct area a, int row, int col, int width, struct style style, double share)
{
    const int parts = a.grid->ascii ? 1 : 8; /* of a column */
    struct buf b = {0};

    width = visible_width(&a, col, width);
    if (width == 0)
        return;
    int filled = filled_units(share, width * parts);
    for (int i = 0; i < width; i++, filled -= parts) {
        if (filled >= parts)
            add_code(&b, parts == 1 ? '#' : 0x2588);
        else if (filled > 0)
            add_code(&b, 0x2590 - (uint32_t)filled); /* U+258F one eighth … U+2589 seven */
        else
            add_code(&b, parts == 1 ? '.' : ' ');
    }
    area_text(a, row, col, width, style, b.data);
    buf_done(&b);
}

static double largest(const double *values, int count)
{
    double most = 0;

    for (int i = 0; i < count; i++) {
        if (isfinite(values[i]) && values[i] > most)
            most = values[i];
    }
    return most;
}

/* 0 = a gap, 1 = zero, `levels` = the largest. What is more than zero is seen to be more. */
static int spark_level(double value, double most, int levels)
{
    if (!isfinite(value))
        return 0;
    return value > 0 ? 1 + (int)ceil(value / most * (levels - 1)) : 1;
}

void area_spark(struct area a, int row, int col, int width, struct style style,
                const double *values, int count)
{
    static const char ascii[] = " .:-=+*#%@";
    struct buf b = {0};

    width = visible_width(&a, col, width);
    if (count > width) {
        values += count - width;
        count = width;
    }
    if (count <= 0)
        return;
    double most = largest(values, count);
    for (int i = 0; i < count; i++) {
        int level = spark_level(values[i], most, a.grid->ascii ? 9 : 8);
        if (a.grid->ascii)
            buf_addc(&b, ascii[level]);
        else
            add_code(&b, level == 0 ? ' ' : 0x2580 + (uint32_t)level);
    }
    area_text(a, row, col, count, style, b.data);
    buf_done(&b);
}
