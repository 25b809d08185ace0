/* Moving: within a list, between the panes. */
#include "tui/dash/actions.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"

struct list_state *dash_list(struct dash *d)
{
    return d->focus == PANE_HISTORY  ? &d->lists[LIST_HISTORY]
           : d->focus == PANE_ERRORS ? &d->lists[LIST_ERRORS]
                                     : NULL;
}

const struct row *dash_selected_row(const struct dash *d)
{
    if (d->focus != PANE_HISTORY && d->focus != PANE_ERRORS) {
        return NULL;
    }
    const struct feed *f = d->lists[d->focus == PANE_ERRORS ? LIST_ERRORS : LIST_HISTORY].feed;
    return f ? feed_selected(f) : NULL;
}

const char *row_why_not(const struct dash *d)
{
    return dash_selected_row(d) ? NULL : "there is no row";
}

int dash_selected_run(const struct dash *d)
{
    for (int i = 0; i < d->run_count; i++) {
        if (d->schedules[d->runs[i].schedule].id == d->run_selected) {
            return i;
        }
    }
    return d->run_count ? 0 : -1;
}

static void select_run(struct dash *d, int at)
{
    at = at >= d->run_count ? d->run_count - 1 : at;
    at = at < 0 ? 0 : at;
    if (at < d->run_count) {
        d->run_selected = d->schedules[d->runs[at].schedule].id;
    }
}

static void move(struct dash *d, int rows)
{
    struct list_state *list = dash_list(d);
    if (list) {
        feed_move(list->feed, rows);
    } else {
        select_run(d, dash_selected_run(d) + rows);
    }
}

void do_up(struct dash *d)
{
    move(d, -1);
}

void do_down(struct dash *d)
{
    move(d, 1);
}

static void page(struct dash *d, int pages)
{
    struct list_state *list = dash_list(d);
    if (list) {
        feed_page(list->feed, pages);
    } else {
        select_run(d, pages < 0 ? 0 : d->run_count);
    }
}

void do_page_up(struct dash *d)
{
    page(d, -1);
}

void do_page_down(struct dash *d)
{
    page(d, 1);
}

void do_first(struct dash *d)
{
    struct list_state *list = dash_list(d);
    if (list) {
        feed_home(list->feed);
    } else {
        select_run(d, 0);
    }
}

void do_last(struct dash *d)
{
    struct list_state *list = dash_list(d);
    if (list) {
        feed_end(list->feed);
    } else {
        select_run(d, d->run_count);
    }
}

bool dash_has_pane(const struct dash *d, int pane)
{
    for (int i = 0; i < d->pane_count; i++) {
        if ((int)d->panes[i] == pane) {
            return true;
        }
    }
    return d->pane_count == 0; /* none is named: all */
}

static void focus(struct dash *d, enum pane_id pane)
{
    if (!dash_has_pane(d, pane)) {
        dash_complain(d, "[dashboard] panes leaves %s out", pane_title(pane));
        return;
    }
    d->focus = pane;
    dash_layout(d, d->screen.rows, d->screen.cols);
}

static void focus_beside(struct dash *d, int step)
{
    int at = 0;
    while (at < d->pane_count - 1 && d->panes[at] != d->focus) {
        at++;
    }
    focus(d, d->panes[(at + d->pane_count + step) % d->pane_count]);
}

void do_next_pane(struct dash *d)
{
    focus_beside(d, 1);
}

void do_previous_pane(struct dash *d)
{
    focus_beside(d, -1);
}

void do_pane_1(struct dash *d)
{
    focus(d, PANE_ACTIVE);
}

void do_pane_2(struct dash *d)
{
    focus(d, PANE_HISTORY);
}

void do_pane_3(struct dash *d)
{
    focus(d, PANE_ERRORS);
}

void do_pane_4(struct dash *d)
{
    focus(d, PANE_ANALYTICS);
}

void do_pane_5(struct dash *d)
{
    focus(d, PANE_SCHEDULE);
}

void do_zoom(struct dash *d)
{
    d->zoomed = !d->zoomed;
    dash_layout(d, d->screen.rows, d->screen.cols);
}

void do_filter(struct dash *d)
{
    dash_list(d)->is_typing = true;
}

void do_sort(struct dash *d)
{
    struct feed *f = dash_list(d)->feed;
    feed_set_order(f, feed_order(f) + 1);
    dash_say(d, "sorted by %s", feed_order_name(f));
}

void do_open(struct dash *d)
{
    const struct row *row = dash_selected_row(d);
    if (row && d->focus == PANE_HISTORY) {
        open_job(d, row->id);
    } else if (row) {
        open_error(d, row->number);
    }
}
