#include "tui/screen/table.h"

static int min_width(const struct table_column *c)
{
    return c->min > 0 ? c->min : 1;
}

/* Columns that the table needs with those that are not dropped, and the blanks between them. */
static int64_t needed(const int *widths, int count)
{
    int64_t sum = 0;

    for (int i = 0; i < count; i++) {
        if (widths[i] > 0)
            sum += widths[i] + (sum > 0);
    }
    return sum;
}

/* The next one to drop; -1 when it would be the last. */
static int least_important(const struct table_column *columns, const int *widths, int count)
{
    int found = -1, left = 0;

    for (int i = 0; i < count; i++) {
        if (widths[i] == 0)
            continue;
        left++;
        if (found < 0 || columns[i].priority >= columns[found].priority)
            found = i;
    }
    return left > 1 ? found : -1;
}

/* How many columns more a column may take. */
static int room(const struct table_column *c, int width, int spare)
{
    if (width == 0 || c->weight <= 0)
        return 0;
    if (c->max == 0)
        return spare;
    return c->max > width ? c->max - width : 0;
}

/* One round of sharing `spare` out by weight; what it gave away. */
static int share(const struct table_column *columns, int count, int spare, int *widths)
{
    int64_t weights = 0;
    int given = 0;

    for (int i = 0; i < count; i++)
        weights += room(&columns[i], widths[i], spare) > 0 ? columns[i].weight : 0;
    for (int i = 0; i < count && weights > 0 && given < spare; i++) {
        int most = room(&columns[i], widths[i], spare);
        int part = (int)((int64_t)spare * columns[i].weight / weights);
        if (part < 1) /* of the last few, one each from the left */
            part = 1;
        if (part > most)
            part = most;
        if (part > spare - given)
            part = spare - given;
        widths[i] += part;
        given += part;
    }
    return given;
}

void table_fit(const struct table_column *columns, int count, int total, int *widths)
{
    int drop;

    if (total < 0)
        total = 0;
    for (int i = 0; i < count; i++)
        widths[i] = min_width(&columns[i]);
    while (needed(widths, count) > total && (drop = least_important(columns, widths, count)) >= 0)
        widths[drop] = 0;
    int spare = (int)(total - needed(widths, count));
    for (int i = 0; i < count && spare < 0; i++) {
        if (widths[i] > 0)
            widths[i] = total; /* the only one left */
    }
    for (int given; spare > 0 && (given = share(columns, count, spare, widths)) > 0;)
        spare -= given;
}

static void draw_cell(struct area a, int row, int col, int width, bool right, struct style style,
                      const char *text)
{
    if (text == NULL)
        return;
    if (right)
        area_right(a, row, col, width, style, text);
    else
        area_text(a, row, col, width, style, text);
}

void table_draw_head(struct area a, int row, const struct table_column *columns, const int *widths,
                     int count, struct style style)
{
    int col = 0;

    for (int i = 0; i < count; i++) {
        if (widths[i] == 0)
            continue;
        draw_cell(a, row, col, widths[i], columns[i].right, style, columns[i].title);
        col += widths[i] + 1;
    }
}

void table_draw_row(struct area a, int row, const struct table_column *columns, const int *widths,
                    int count, const struct table_cell *cells)
{
    int col = 0;

    for (int i = 0; i < count; i++) {
        if (widths[i] == 0)
            continue;
        draw_cell(a, row, col, widths[i], columns[i].right, cells[i].style, cells[i].text);
        col += widths[i] + 1;
    }
}
