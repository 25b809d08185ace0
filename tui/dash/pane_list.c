#include "tui/dash/pane_list.h"

#include "core/base/buf.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"
#include "tui/print.h"

#include <assert.h>
#include <string.h>

static const struct style text = {INK_TEXT, 0};
static const struct style dim = {INK_DIM, 0};
static const struct style bad = {INK_BAD, 0};

void draw_hint(struct area a, int row, const char *words)
{
    area_text(a, row, 0, -1, dim, words);
}

bool draw_why_empty(const struct dash *d, struct area a, bool is_read)
{
    if (d->trouble[0]) {
        area_text(a, 0, 0, -1, bad, "The database cannot be read.");
    } else if (d->database_missing) {
        area_text(a, 0, 0, -1, text, "There is no database yet.");
    } else if (!is_read) {
        draw_hint(a, 0, a.grid->ascii ? "reading ..." : "reading …");
    } else {
        return false;
    }
    return true;
}

/* ---- the table ---- */

static const struct list_state *list_of(const struct dash *d, enum pane_id pane)
{
    return &d->lists[pane == PANE_HISTORY ? 0 : 1];
}

static void draw_row(const struct dash *d, struct area a, const struct list_view *view,
                     const int *widths, int row_no, const struct row *row)
{
    struct table_cell cells[ROW_CELLS];
    assert(view->count <= ROW_CELLS);
    for (int i = 0; i < view->count; i++) {
        cells[i] = (struct table_cell){row_text(row, i), {row->inks[i], 0}};
    }
    if (view->dress) {
        view->dress(d, row, cells);
    }
    table_draw_row(a, row_no, view->columns, widths, view->count, cells);
}

static void draw_rows(const struct dash *d, struct area a, const struct list_view *view,
                      const struct feed *feed)
{
    int widths[ROW_CELLS];
    const struct row *row;
    int selected = feed_selected_place(feed);
    bool has_focus = d->focus == view->pane;
    table_fit(view->columns, view->count, a.cols, widths);
    table_draw_head(a, 0, view->columns, widths, view->count, dim);
    for (int place = 0; place + 1 < a.rows && (row = feed_row(feed, place)); place++) {
        draw_row(d, a, view, widths, place + 1, row);
    }
    if (selected >= 0 && selected + 1 < a.rows) {
        area_mark(a, selected + 1, 0, -1, has_focus ? MARK_REVERSE : MARK_BOLD);
        if (has_focus) {
            area_cursor(a, selected + 1, 0);
        }
    }
}

static void draw_no_match(struct area a, const struct feed *feed)
{
    bool done = false;
    const char *filter = feed_filter(feed);
    bool inverted = filter[0] == '!';
    feed_matches(feed, &done);
    if (!done) {
        draw_hint(a, 0, a.grid->ascii ? "looking ..." : "looking …");
        return;
    }
    area_textf(a, 0, 0, -1, text, inverted ? "Every row has \"%s\"." : "No row has \"%s\".",
               filter + inverted);
    draw_hint(a, 1, "Esc clears the filter, / changes it.");
}

void list_draw(const struct dash *d, struct area a, const struct list_view *view)
{
    const struct feed *feed = list_of(d, view->pane)->feed;
    bool has_rows = feed && feed_row(feed, 0);
    if (has_rows) {
        draw_rows(d, a, view, feed);
    } else if (draw_why_empty(d, a, feed && !feed_is_loading(feed))) {
        return;
    } else if (feed_filter(feed)[0]) {
        draw_no_match(a, feed);
    } else {
        area_text(a, 0, 0, -1, (struct style){(uint8_t)view->empty_ink, 0}, view->empty);
        draw_hint(a, 1, view->empty_more);
    }
}

/* ---- titles ---- */

static void add_word(struct buf *out, const char *word)
{
    buf_addf(out, "%s%s", out->len ? "  " : "", word);
}

/* "3/1204 match "502"", "3/… match" while they are counted. */
static void add_filter(const struct dash *d, const struct feed *feed, struct buf *out)
{
    bool done = false;
    int64_t matches = feed_matches(feed, &done);
    int64_t total = feed_total(feed);
    const char *more = d->screen.ascii ? "..." : "…";
    const char *filter = feed_filter(feed);
    bool inverted = filter[0] == '!';
    if (total < 0) {
        buf_addf(out, "%s%lld/%s", out->len ? "  " : "", (long long)matches, more);
    } else {
        buf_addf(out, "%s%lld%s/%lld", out->len ? "  " : "", (long long)matches, done ? "" : more,
                 (long long)total);
    }
    buf_addf(out, " %s \"%s\"", inverted ? "without" : "match", filter + inverted);
}

static void title_of_feed(const struct dash *d, enum pane_id pane, struct buf *out)
{
    const struct feed *feed = list_of(d, pane)->feed;
    char count[WORD_SIZE];
    if (!feed) {
        return;
    }
    if (feed_filter(feed)[0]) {
        add_filter(d, feed, out);
    }
    if (feed_order(feed) != 0) {
        buf_addf(out, "%sby %s", out->len ? "  " : "", feed_order_name(feed));
    }
    if (pane == PANE_ERRORS && d->with_resolved) {
        add_word(out, "with resolved");
    }
    if (pane == PANE_ERRORS && d->mark_count > 0) {
        print_count((int64_t)d->mark_count, count);
        buf_addf(out, "%s%s marked", out->len ? "  " : "", count);
    }
}

void title_of_list(const struct dash *d, int pane, struct buf *out)
{
    struct buf words = {0};
    if (pane == PANE_HISTORY || pane == PANE_ERRORS) {
        title_of_feed(d, pane, &words);
    } else if (pane == PANE_ANALYTICS) {
        buf_addf(&words, "%d days", d->days);
    }
    buf_adds(out, words.len ? words.data : "");
    buf_done(&words);
}
