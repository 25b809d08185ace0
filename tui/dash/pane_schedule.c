/* The runs to come. */
#include "core/config.h"
#include "tui/dash/pane_list.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"

#include <stdio.h>
#include <string.h>

enum { NEXT, UNTIL, TYPE, STATE, LAST, LAST_AT, ZONE, COLUMNS };

enum { WIDE = 11 }; /* columns that "23 h 59 min" needs */

static const struct table_column columns[COLUMNS] = {
    [NEXT] = {"next run", 11, 0, 0, false, 0}, [UNTIL] = {"in", 6, 11, 10, false, 0},
    [TYPE] = {"type", 7, 0, 0, false, 0},      [STATE] = {"", 3, 0, 0, false, 3},
    [LAST] = {"last", 11, 0, 0, false, 1},     [LAST_AT] = {"at", 11, 0, 0, false, 4},
    [ZONE] = {"zone", 12, 24, 1, false, 5},
};

static const struct style text = {INK_TEXT, 0};
static const struct style dim = {INK_DIM, 0};

static bool is_selected(const struct dash *d, int place)
{
    const struct schedule_shown *s = &d->schedules[d->runs[place].schedule];
    return d->run_selected ? s->id == d->run_selected : place == 0;
}

static void say_until(const struct dash *d, const struct run_to_come *run, bool is_wide,
                      char out[WORD_SIZE])
{
    int64_t left = run->at - d->now;
    if (left <= 0) {
        snprintf(out, WORD_SIZE, "due");
    } else if (is_wide) {
        word_until(left, out);
        memmove(out, out + 3, strlen(out + 3) + 1); /* the column's title says "in" */
    } else if (left < 60000) {
        snprintf(out, WORD_SIZE, "1m");
    } else {
        word_duration((left + 59999) / 60000 * 60000, out);
        if (left < 3600000 - 60000) {
            out[strlen(out) - 3] = '\0'; /* "12m00s" */
        }
    }
}

static void draw_run(const struct dash *d, struct area a, int row, const int *widths, int place)
{
    const struct run_to_come *run = &d->runs[place];
    const struct schedule_shown *s = &d->schedules[run->schedule];
    bool is_on = s->is_active && run->at != 0;
    struct style style = is_on ? text : dim;
    char next[WORD_SIZE];
    char until[WORD_SIZE];
    char last[WORD_SIZE];
    word_time(is_on ? run->at : 0, s->zone, d->now, next);
    say_until(d, run, widths[UNTIL] >= WIDE, until);
    word_time_of(s->last_run, s->zone, d->now, last);
    const struct table_cell cells[COLUMNS] = {
        [NEXT] = {next, style},
        [UNTIL] = {is_on          ? until
                   : s->is_active ? "never"
                                  : "off",
                   style},
        [TYPE] = {s->type, style},
        [STATE] = {s->is_active ? "on" : "off", {s->is_active ? INK_GOOD : INK_WARN, 0}},
        [LAST] = {s->last_status[0] ? s->last_status : "not yet",
                  {(uint8_t)(s->last_status[0] ? ink_of_status(s->last_status) : INK_DIM), 0}},
        [LAST_AT] = {last, dim},
        [ZONE] = {s->zone, dim}};
    table_draw_row(a, row, columns, widths, COLUMNS, cells);
    if (is_selected(d, place)) {
        bool has_focus = d->focus == PANE_SCHEDULE;
        area_mark(a, row, 0, -1, has_focus ? MARK_REVERSE : 0);
        if (has_focus) {
            area_cursor(a, row, 0);
        }
    }
}

/* Below the rows, as far as there is room. */
static void draw_remarks(const struct dash *d, struct area a, int row, bool zone_is_shown)
{
    row += row + 3 < a.rows;
    if (!zone_is_shown && d->run_count > 0) {
        area_textf(a, row++, 0, -1, dim, "times of %s", d->schedules[d->runs[0].schedule].zone);
    }
    if (a.cols >= 50) {
        draw_hint(a, row++, "No daemon keeps it yet: nothing starts by itself.");
    } else {
        draw_hint(a, row++, "No daemon keeps it yet:");
        draw_hint(a, row++, "nothing starts by itself.");
    }
    if (!d->schedules_stored) {
        draw_hint(a, row, "Defaults, kept from the first start on.");
    }
}

/* The first row shown, so that the selected one is. */
static int find_top(const struct dash *d, int height)
{
    for (int i = height; height > 0 && i < d->run_count; i++) {
        if (is_selected(d, i)) {
            return i - height + 1;
        }
    }
    return 0;
}

void draw_schedule(const struct dash *d, struct area inside)
{
    int widths[COLUMNS];
    int height = inside.rows - 1;
    int top = find_top(d, height);
    if (d->run_count == 0) {
        if (!draw_why_empty(d, inside, d->health_known)) {
            area_text(inside, 0, 0, -1, text, "No run is scheduled.");
        }
        return;
    }
    table_fit(columns, COLUMNS, inside.cols, widths);
    table_draw_head(inside, 0, columns, widths, COLUMNS, dim);
    for (int i = 0; top + i < d->run_count && i < height; i++) {
        draw_run(d, inside, i + 1, widths, top + i);
    }
    draw_remarks(d, inside, d->run_count + 1, widths[ZONE] > 0);
}
