/* How a table shares a width out, and what a row of it looks like. */
#include "core/base/buf.h"
#include "tests/unit/unit.h"
#include "tui/screen/table.h"

#include <locale.h>

#define E_ACUTE "\xc3\xa9"
#define ELLIPSIS "\xe2\x80\xa6"

enum { COLUMNS = 4 };

static const struct table_column columns[COLUMNS] = {
    {"When", 5, 5, 0, false, 0},
    {"Name", 6, 12, 1, false, 1},
    {"Items", 5, 0, 0, true, 2},
    {"What", 8, 0, 3, false, 1},
};

/* "5 6 5 8", the widths for a total. */
static const char *fitted(const struct table_column *c, int count, int total)
{
    static struct buf b;
    int widths[16];

    table_fit(c, count, total, widths);
    buf_clear(&b);
    buf_adds(&b, "");
    for (int i = 0; i < count; i++)
        buf_addf(&b, "%s%d", i > 0 ? " " : "", widths[i]);
    return b.data;
}

static void gives_the_minima(void)
{
    CHECK_STR(fitted(columns, COLUMNS, 27), "5 6 5 8");
}

static void shares_what_is_left_by_weight(void)
{
    CHECK_STR(fitted(columns, COLUMNS, 31), "5 7 5 11");
    CHECK_STR(fitted(columns, COLUMNS, 28), "5 7 5 8"); /* the last few go to the left */
    CHECK_STR(fitted(columns, COLUMNS, 127), "5 12 5 102");
}

static void stops_at_the_maxima(void)
{
    static const struct table_column capped[] = {{"a", 2, 4, 1, false, 0},
                                                 {"b", 2, 6, 1, false, 0}};
    static const struct table_column odd[] = {{"a", 4, 2, 1, false, 0}, {"b", 0, 0, 0, false, 0}};

    CHECK_STR(fitted(capped, 2, 11), "4 6");
    CHECK_STR(fitted(capped, 2, 50), "4 6");
    CHECK_STR(fitted(odd, 2, 50), "4 1");
}

static void drops_the_least_important(void)
{
    CHECK_STR(fitted(columns, COLUMNS, 26), "5 8 0 11"); /* the highest number */
    CHECK_STR(fitted(columns, COLUMNS, 21), "5 6 0 8");
    CHECK_STR(fitted(columns, COLUMNS, 20), "5 12 0 0"); /* of equals the last */
    CHECK_STR(fitted(columns, COLUMNS, 11), "5 0 0 0");
    CHECK_STR(fitted(columns, COLUMNS, 3), "3 0 0 0"); /* one is always there */
    CHECK_STR(fitted(columns, COLUMNS, 0), "0 0 0 0");
    CHECK_STR(fitted(columns, COLUMNS, -7), "0 0 0 0");
    CHECK_STR(fitted(columns, 0, 10), "");
}

static void never_exceeds_the_total(void)
{
    for (int total = 0; total < 300; total++) {
        int widths[COLUMNS], sum = 0, last_what = 0;
        table_fit(columns, COLUMNS, total, widths);
        for (int i = 0; i < COLUMNS; i++)
            sum += widths[i] > 0 ? widths[i] + (sum > 0) : 0;
        CHECK(sum <= total);
        if (total >= 27) {
            CHECK_INT(sum, total);
            CHECK(widths[3] >= last_what); /* grows with the width */
            last_what = widths[3];
        }
    }
}

static const char *row_text(const struct grid *g, int row)
{
    static struct buf b;

    buf_clear(&b);
    grid_add_row(g, row, &b);
    return b.data;
}

static void draws_rows(void)
{
    static const struct table_cell cells[COLUMNS] = {{"12:03", {INK_DIM, 0}},
                                                     {"Caf" E_ACUTE " Roma", {INK_TEXT, 0}},
                                                     {"1204", {INK_GOOD, 0}},
                                                     {NULL, {INK_TEXT, 0}}};
    int widths[COLUMNS];
    struct grid g;

    setlocale(LC_CTYPE, "C.UTF-8");
    grid_init(&g, 2, 27, false);
    table_fit(columns, COLUMNS, 27, widths);
    table_draw_head(area_all(&g), 0, columns, widths, COLUMNS, (struct style){INK_TITLE, 0});
    table_draw_row(area_all(&g), 1, columns, widths, COLUMNS, cells);
    CHECK_STR(row_text(&g, 0), "When  Name   Items What");
    CHECK_STR(row_text(&g, 1), "12:03 Caf" E_ACUTE " " ELLIPSIS "  1204");
    CHECK_INT(grid_at(&g, 1, 15)->ink, INK_GOOD);
    CHECK_INT(grid_at(&g, 0, 0)->ink, INK_TITLE);

    grid_resize(&g, 2, 21);
    table_fit(columns, COLUMNS, 21, widths);
    table_draw_head(area_all(&g), 0, columns, widths, COLUMNS, (struct style){INK_TITLE, 0});
    table_draw_row(area_all(&g), 1, columns, widths, COLUMNS, cells);
    CHECK_STR(row_text(&g, 0), "When  Name   What");
    CHECK_STR(row_text(&g, 1), "12:03 Caf" E_ACUTE " " ELLIPSIS);
    grid_done(&g);
}

static const struct unit_case cases[] = {
    {"gives_the_minima", gives_the_minima},
    {"shares_what_is_left_by_weight", shares_what_is_left_by_weight},
    {"stops_at_the_maxima", stops_at_the_maxima},
    {"drops_the_least_important", drops_the_least_important},
    {"never_exceeds_the_total", never_exceeds_the_total},
    {"draws_rows", draws_rows},
};

UNIT_MAIN(cases)
