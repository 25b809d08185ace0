/* Where panes stand: never over each other, never off the screen, at any size. */
#include "tests/unit/unit.h"
#include "tui/screen/layout.h"

#include <stdbool.h>

enum { ACTIVE, HISTORY, ERRORS, ANALYTICS, SCHEDULE };
enum { MOST_ROWS = 80, MOST_COLS = 220 };

static bool is_at(struct rect r, int row, int col, int rows, int cols)
{
    return r.row == row && r.col == col && r.rows == rows && r.cols == cols;
}

static int shown(const struct layout *l)
{
    int bits = 0;

    for (int i = 0; i < LAYOUT_PANES; i++)
        bits |= l->panes[i].shown << i;
    return bits;
}

/* Fills a map with the rectangle; false when something is there already, or off the screen. */
static bool cover(bool *map, int rows, int cols, struct rect r)
{
    if (r.row < 0 || r.col < 0 || r.rows < 1 || r.cols < 1 || r.row + r.rows > rows ||
        r.col + r.cols > cols)
        return false;
    for (int row = r.row; row < r.row + r.rows; row++) {
        for (int col = r.col; col < r.col + r.cols; col++) {
            if (map[row * cols + col])
                return false;
            map[row * cols + col] = true;
        }
    }
    return true;
}

static void check_covers_the_screen(const struct layout *l, int rows, int cols)
{
    static bool map[MOST_ROWS * MOST_COLS];

    memset(map, 0, sizeof map);
    CHECK(cover(map, rows, cols, l->header));
    CHECK(cover(map, rows, cols, l->footer));
    if (l->tabs.rows > 0)
        CHECK(cover(map, rows, cols, l->tabs));
    for (int i = 0; i < LAYOUT_PANES; i++) {
        if (l->panes[i].shown)
            CHECK(cover(map, rows, cols, l->panes[i].rect));
        else
            CHECK(is_at(l->panes[i].rect, 0, 0, 0, 0));
    }
    for (int i = 0; i < rows * cols; i++)
        CHECK(map[i]);
}

/* Enough to be of use: a border, a head and some rows. */
static void check_panes_are_usable(const struct layout *l)
{
    for (int i = 0; i < LAYOUT_PANES; i++) {
        if (l->panes[i].shown) {
            CHECK(l->panes[i].rect.rows >= 7);
            CHECK(l->panes[i].rect.cols >= 40);
        }
    }
}

static void covers_every_size(void)
{
    for (int rows = 1; rows <= MOST_ROWS; rows++) {
        for (int cols = 1; cols <= MOST_COLS; cols++) {
            for (int i = 0; i < LAYOUT_PANES * 2; i++) {
                struct layout l = layout_make(rows, cols, LAYOUT_ALL, i / 2, i % 2);
                CHECK_INT(l.too_small, rows < 16 || cols < 60);
                if (l.too_small) {
                    CHECK_INT(shown(&l), 0);
                    CHECK_INT(l.header.rows + l.tabs.rows + l.footer.rows, 0);
                    continue;
                }
                CHECK(l.panes[i / 2].shown);
                check_panes_are_usable(&l);
                check_covers_the_screen(&l, rows, cols);
            }
        }
    }
}

static void survives_any_number(void)
{
    CHECK(layout_make(0, 0, LAYOUT_ALL, 0, false).too_small);
    CHECK(layout_make(-5, -5, LAYOUT_ALL, 4, true).too_small);
    CHECK(!layout_make(10000, 10000, LAYOUT_ALL, 4, false).too_small);
}

static void tiles_when_wide(void)
{
    struct layout l = layout_make(30, 110, LAYOUT_ALL, HISTORY, false);

    CHECK_INT(shown(&l), 31);
    CHECK(is_at(l.header, 0, 0, 2, 110));
    CHECK(is_at(l.footer, 29, 0, 1, 110));
    CHECK_INT(l.tabs.rows, 0);
    CHECK(is_at(l.panes[ACTIVE].rect, 2, 0, 9, 66));
    CHECK(is_at(l.panes[SCHEDULE].rect, 2, 66, 9, 44));
    CHECK(is_at(l.panes[HISTORY].rect, 11, 0, 9, 55));
    CHECK(is_at(l.panes[ERRORS].rect, 11, 55, 9, 55));
    CHECK(is_at(l.panes[ANALYTICS].rect, 20, 0, 9, 110));
    l = layout_make(40, 120, LAYOUT_ALL, ERRORS, false);
    CHECK(is_at(l.panes[ACTIVE].rect, 2, 0, 12, 72));
    CHECK(is_at(l.panes[ANALYTICS].rect, 30, 0, 9, 120));
}

static void puts_three_on_top_when_very_wide(void)
{
    struct layout l = layout_make(50, 200, LAYOUT_ALL, HISTORY, false);

    CHECK_INT(shown(&l), 31);
    CHECK(is_at(l.panes[ACTIVE].rect, 2, 0, 15, 80));
    CHECK(is_at(l.panes[ANALYTICS].rect, 2, 80, 15, 72));
    CHECK(is_at(l.panes[SCHEDULE].rect, 2, 152, 15, 48));
    CHECK(is_at(l.panes[HISTORY].rect, 17, 0, 32, 100));
    CHECK(is_at(l.panes[ERRORS].rect, 17, 100, 32, 100));
    CHECK_INT(layout_make(39, 200, LAYOUT_ALL, HISTORY, false).panes[ANALYTICS].rect.cols, 200);
    CHECK_INT(layout_make(50, 179, LAYOUT_ALL, HISTORY, false).panes[ANALYTICS].rect.cols, 179);
}

static void keeps_active_in_sight_when_medium(void)
{
    struct layout l = layout_make(24, 80, LAYOUT_ALL, ERRORS, false);

    CHECK_INT(shown(&l), 1 << ACTIVE | 1 << ERRORS);
    CHECK(is_at(l.header, 0, 0, 1, 80));
    CHECK(is_at(l.tabs, 1, 0, 1, 80));
    CHECK(!l.short_titles);
    CHECK(is_at(l.panes[ACTIVE].rect, 2, 0, 8, 80));
    CHECK(is_at(l.panes[ERRORS].rect, 10, 0, 13, 80));
    l = layout_make(24, 80, LAYOUT_ALL, ACTIVE, false);
    CHECK_INT(shown(&l), 1 << ACTIVE | 1 << HISTORY);
    CHECK(is_at(l.panes[ACTIVE].rect, 2, 0, 14, 80));
    CHECK(is_at(l.panes[HISTORY].rect, 16, 0, 7, 80));
    l = layout_make(29, 200, LAYOUT_ALL, SCHEDULE, false); /* wide, but not high */
    CHECK_INT(shown(&l), 1 << ACTIVE | 1 << SCHEDULE);
    l = layout_make(60, 109, LAYOUT_ALL, SCHEDULE, false); /* high, but not wide */
    CHECK_INT(shown(&l), 1 << ACTIVE | 1 << SCHEDULE);
    CHECK_INT(l.header.rows, 2);
}

static void shows_one_when_small(void)
{
    struct layout l = layout_make(16, 60, LAYOUT_ALL, ANALYTICS, false);

    CHECK_INT(shown(&l), 1 << ANALYTICS);
    CHECK(is_at(l.tabs, 1, 0, 1, 60));
    CHECK(is_at(l.panes[ANALYTICS].rect, 2, 0, 13, 60));
    CHECK(l.short_titles);
    CHECK(!layout_make(16, 76, LAYOUT_ALL, ANALYTICS, false).short_titles);
    l = layout_make(23, 80, LAYOUT_ALL, ANALYTICS, false);
    CHECK_INT(shown(&l), 1 << ANALYTICS);
    CHECK(!l.short_titles);
}

static void shows_one_when_zoomed(void)
{
    static const int sizes[][2] = {{16, 60}, {24, 80}, {30, 110}, {60, 220}};

    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct layout l = layout_make(sizes[i][0], sizes[i][1], LAYOUT_ALL, SCHEDULE, true);
        CHECK_INT(shown(&l), 1 << SCHEDULE);
        CHECK_INT(l.tabs.rows, 1);
    }
}

/* Fewer panes are stacked, or tabs where there is less room. */
static void panes_that_are_not_wanted(void)
{
    unsigned two = 1U << ERRORS | 1U << ANALYTICS;
    struct layout l = layout_make(50, 200, two, ERRORS, false);
    CHECK_INT(l.tabs.rows, 0);
    CHECK(l.panes[ERRORS].shown && l.panes[ANALYTICS].shown);
    CHECK(!l.panes[ACTIVE].shown && !l.panes[HISTORY].shown && !l.panes[SCHEDULE].shown);
    CHECK_INT(l.panes[ERRORS].rect.rows + l.panes[ANALYTICS].rect.rows + l.header.rows + 1, 50);
    l = layout_make(24, 80, 1U << ACTIVE | two, ACTIVE, false);
    CHECK(l.panes[ACTIVE].shown && l.panes[ERRORS].shown && !l.panes[HISTORY].shown);
    l = layout_make(24, 80, two, ERRORS, false);
    CHECK(l.tabs.rows == 1 && l.panes[ERRORS].shown && !l.panes[ANALYTICS].shown);
    l = layout_make(24, 80, 1U << ACTIVE, ACTIVE, false);
    CHECK(l.panes[ACTIVE].shown && l.panes[ACTIVE].rect.rows > 15);
}

static const struct unit_case cases[] = {
    {"panes_that_are_not_wanted", panes_that_are_not_wanted},
    {"covers_every_size", covers_every_size},
    {"survives_any_number", survives_any_number},
    {"tiles_when_wide", tiles_when_wide},
    {"puts_three_on_top_when_very_wide", puts_three_on_top_when_very_wide},
    {"keeps_active_in_sight_when_medium", keeps_active_in_sight_when_medium},
    {"shows_one_when_small", shows_one_when_small},
    {"shows_one_when_zoomed", shows_one_when_zoomed},
};

UNIT_MAIN(cases)
