#include "tui/dash/feed_parts.h"

#include "core/base/mem.h"
#include "core/base/text.h"

#include <stdlib.h>
#include <string.h>

enum { RECOUNT_ROWS = 20000 }; /* a longer list is not counted anew at each change */

enum rebuild { REBUILD_NONE, REBUILD_START, REBUILD_TOP, REBUILD_END };

struct feed {
    struct feed_view view;
    int height;
    struct window now;
    int top, selected; /* in now.rows */
    bool is_loaded;
    struct window next; /* being read while `now` is shown */
    enum rebuild rebuild;
    bool is_stale; /* once more, after this one */
    int64_t total;
    bool total_known, total_stale;
    struct scan counting, collecting;
};

struct feed *feed_new(struct feed_source source)
{
    struct feed *f = mem_alloc(sizeof *f);
    f->view.source = source;
    f->height = 1;
    f->total_stale = true;
    f->rebuild = REBUILD_START;
    return f;
}

void feed_free(struct feed *f)
{
    if (f) {
        window_free(&f->now);
        window_free(&f->next);
        free(f->collecting.numbers);
        free(f);
    }
}

/* One slice more at an end of a window. */
static bool extend(struct feed *f, struct window *w, struct db_reader *db, bool backward,
                   bool inclusive, int *added, struct err *e)
{
    int count = f->view.filter[0] ? FEED_SLICE_ROWS : 2 * f->height;
    return window_extend(w, &f->view, db, backward, inclusive, count, added, e);
}

/* ---- rebuilding in the background, and swapping ---- */

static void clamp(struct feed *f)
{
    int last = f->now.count - 1;
    f->selected = f->selected > last ? last : f->selected;
    f->selected = f->selected < 0 ? 0 : f->selected;
    int top =
        f->now.at_end && f->top > f->now.count - f->height ? f->now.count - f->height : f->top;
    top = f->selected < top ? f->selected : top;
    top = f->selected >= top + f->height ? f->selected - f->height + 1 : top;
    f->top = top < 0 ? 0 : top;
}

static int64_t identity_at(const struct feed *f, int index)
{
    return index >= 0 && index < f->now.count ? f->now.rows[index].key.row : 0;
}

static void begin_rebuild(struct feed *f, enum rebuild how)
{
    window_clear(&f->next);
    f->rebuild = how;
    if (how == REBUILD_TOP) {
        f->next.back = f->now.rows[f->top].key;
    }
}

/* The new rows take the old ones' place; what was selected stays so, where it was. */
static void swap(struct feed *f)
{
    int64_t selected = identity_at(f, f->selected);
    int64_t top = identity_at(f, f->top);
    int place = f->selected - f->top;
    bool was_at_start = f->top == 0 && f->now.at_start;
    struct window old = f->now;
    enum rebuild how = f->rebuild;
    f->now = f->next;
    f->next = old;
    f->rebuild = REBUILD_NONE;
    if (how == REBUILD_END) {
        f->selected = f->now.count - 1;
        f->top = f->now.count - f->height;
    } else {
        int found_top =
            top && !(how == REBUILD_START && was_at_start) ? window_find(&f->now, top) : 0;
        int found = selected ? window_find(&f->now, selected) : 0;
        f->top = found_top < 0 ? 0 : found_top;
        f->selected = found < 0 ? f->top + place : found;
    }
    f->is_loaded = true;
    clamp(f);
}

/* At the top of the list new rows are to be seen; but not at the price of the selected one. */
static bool selection_is_lost(const struct feed *f)
{
    int64_t selected = identity_at(f, f->selected);
    return f->rebuild == REBUILD_START && f->is_loaded && selected &&
           window_find(&f->next, selected) < 0 && f->top < f->now.count;
}

static bool rebuild_some(struct feed *f, struct db_reader *db, struct err *e)
{
    bool backward = f->rebuild == REBUILD_END;
    bool inclusive = f->rebuild == REBUILD_TOP && f->next.count == 0 && !f->next.front.set;
    int added = 0;
    bool ok = extend(f, &f->next, db, backward, inclusive, &added, e);
    if (!(backward ? f->next.at_start : f->next.at_end) && f->next.count < f->height) {
        return ok;
    }
    if (selection_is_lost(f)) {
        begin_rebuild(f, REBUILD_TOP);
    } else {
        swap(f);
    }
    return ok;
}

/* ---- keeping a screen's worth of rows before and after what is shown ---- */

static bool wants_more_after(const struct feed *f)
{
    return !f->now.at_end && f->now.count < f->top + 2 * f->height;
}

static bool wants_more_before(const struct feed *f)
{
    return !f->now.at_start && f->top < f->height;
}

/* Far away rows are let go, so that a list of a million takes no more memory than one of ten. */
static void trim(struct feed *f)
{
    int gone = window_trim(&f->now, f->top, 4 * f->height);
    f->top -= gone;
    f->selected -= gone;
}

static bool extend_some(struct feed *f, struct db_reader *db, struct err *e)
{
    bool backward = !wants_more_after(f);
    int added = 0;
    bool ok = extend(f, &f->now, db, backward, false, &added, e);
    if (backward) {
        f->top += added;
        f->selected += added;
    }
    clamp(f);
    trim(f);
    return ok;
}

static bool read_total(struct feed *f, struct db_reader *db, struct err *e)
{
    f->total_stale = false;
    f->total_known = f->view.source.total(f->view.source.self, db, &f->total, e);
    return f->total_known;
}

/* ---- outside ---- */

bool feed_has_work(const struct feed *f)
{
    return f->rebuild || f->is_stale || f->total_stale || f->counting.is_on ||
           f->collecting.is_on || (f->is_loaded && (wants_more_after(f) || wants_more_before(f)));
}

bool feed_work(struct feed *f, struct db_reader *db, struct err *e)
{
    if (f->is_stale && !f->rebuild) {
        f->is_stale = false;
        begin_rebuild(f, f->now.count == 0 || (f->top == 0 && f->now.at_start) ? REBUILD_START
                                                                               : REBUILD_TOP);
    }
    if (f->total_stale) {
        read_total(f, db, e);
    } else if (f->rebuild) {
        rebuild_some(f, db, e);
    } else if (wants_more_after(f) || wants_more_before(f)) {
        extend_some(f, db, e);
    } else if (f->collecting.is_on) {
        scan_some(&f->collecting, &f->view, db, e);
    } else if (f->counting.is_on) {
        scan_some(&f->counting, &f->view, db, e);
    }
    return feed_has_work(f);
}

void feed_set_height(struct feed *f, int rows)
{
    f->height = rows < 1 ? 1 : rows;
    clamp(f);
}

static void start_over(struct feed *f, enum rebuild how)
{
    begin_rebuild(f, how);
    f->top = f->selected = 0;
}

void feed_set_filter(struct feed *f, const char *filter)
{
    if (!strcmp(f->view.filter, filter)) {
        return;
    }
    text_copy(f->view.filter, sizeof f->view.filter, filter);
    f->collecting.is_on = f->counting.is_on = f->counting.is_done = false;
    if (*filter && strcmp(filter, "!") != 0) {
        scan_begin(&f->counting, 0, false);
    }
    /* The row under the cursor stays if it matches, and what surrounds it is read from there. */
    if (f->is_loaded && f->selected < f->now.count &&
        view_takes(&f->view, &f->now.rows[f->selected])) {
        f->top = f->selected;
        begin_rebuild(f, REBUILD_TOP);
    } else {
        start_over(f, REBUILD_START);
    }
}

void feed_set_order(struct feed *f, int order)
{
    f->view.order = order % f->view.source.order_count;
    start_over(f, REBUILD_START);
    if (f->counting.is_on) {
        scan_begin(&f->counting, 0, false); /* its place was one of the other order */
    }
}

void feed_refresh(struct feed *f)
{
    f->is_stale = true;
    f->total_stale = true;
    if (f->counting.is_done && f->total <= RECOUNT_ROWS) {
        scan_begin(&f->counting, 0, false);
    }
}

void feed_move(struct feed *f, int rows)
{
    f->selected += rows;
    clamp(f);
}

void feed_page(struct feed *f, int pages)
{
    f->top += pages * f->height;
    feed_move(f, pages * f->height);
}

void feed_home(struct feed *f)
{
    if (f->now.at_start) {
        f->top = f->selected = 0;
        clamp(f);
    } else {
        start_over(f, REBUILD_START);
        f->now.count = 0;
    }
}

void feed_end(struct feed *f)
{
    if (f->now.at_end) {
        f->selected = f->now.count - 1;
        clamp(f);
    } else {
        begin_rebuild(f, REBUILD_END);
    }
}

void feed_select(struct feed *f, int place)
{
    if (place >= 0 && place < f->height && f->top + place < f->now.count) {
        f->selected = f->top + place;
    }
}

const struct row *feed_row(const struct feed *f, int place)
{
    int index = f->top + place;
    return place >= 0 && place < f->height && index < f->now.count ? &f->now.rows[index] : NULL;
}

int feed_selected_place(const struct feed *f)
{
    return f->now.count > 0 ? f->selected - f->top : -1;
}

const struct row *feed_selected(const struct feed *f)
{
    return f->now.count > 0 ? &f->now.rows[f->selected] : NULL;
}

int feed_order(const struct feed *f)
{
    return f->view.order;
}

const char *feed_order_name(const struct feed *f)
{
    return f->view.source.orders[f->view.order];
}

const char *feed_filter(const struct feed *f)
{
    return f->view.filter;
}

bool feed_is_loading(const struct feed *f)
{
    return !f->is_loaded;
}

int64_t feed_total(const struct feed *f)
{
    return f->total_known ? f->total : -1;
}

int64_t feed_matches(const struct feed *f, bool *done)
{
    if (!f->view.filter[0] || !strcmp(f->view.filter, "!")) {
        *done = f->total_known;
        return feed_total(f);
    }
    *done = f->counting.is_done;
    return f->counting.matches;
}

void feed_collect(struct feed *f, unsigned flags)
{
    scan_begin(&f->collecting, flags, true);
}

bool feed_collected(const struct feed *f, const int64_t **numbers, size_t *count)
{
    *numbers = f->collecting.numbers;
    *count = f->collecting.count;
    return f->collecting.is_done;
}
