#include "tui/dash/feed_parts.h"

#include "core/base/mem.h"
#include "core/base/text.h"

#include <stdlib.h>
#include <string.h>

/* ---- rows ---- */

void row_cell(struct row *row, int cell, int ink, const char *text)
{
    size_t room = sizeof row->text - row->len;
    row->cells[cell] = row->len;
    row->inks[cell] = (uint8_t)ink;
    if (room <= 1) {
        row->cells[cell] = (uint16_t)(sizeof row->text - 1);
        return;
    }
    text_copy(row->text + row->len, room, text);
    row->len = (uint16_t)(row->len + strlen(row->text + row->len) + 1);
}

const char *row_text(const struct row *row, int cell)
{
    return row->text + row->cells[cell];
}

static bool holds(const struct row *row, const char *word)
{
    for (int i = 0; i < ROW_CELLS; i++) {
        if (strcasestr(row_text(row, i), word)) {
            return true;
        }
    }
    return false;
}

bool view_takes(const struct feed_view *v, const struct row *row)
{
    const char *word = v->filter;
    bool inverted = *word == '!';
    word += inverted;
    return !*word || holds(row, word) != inverted;
}

/* ---- windows ---- */

void window_clear(struct window *w)
{
    w->count = 0;
    w->at_start = w->at_end = false;
    w->front = w->back = (struct list_key){0};
}

void window_free(struct window *w)
{
    free(w->rows);
    *w = (struct window){0};
}

static void window_insert(struct window *w, int at, const struct row *row)
{
    if (w->count == w->size) {
        w->size = w->size ? w->size * 2 : 64;
        w->rows = mem_realloc(w->rows, (size_t)w->size * sizeof *w->rows);
    }
    memmove(w->rows + at + 1, w->rows + at, (size_t)(w->count - at) * sizeof *w->rows);
    w->rows[at] = *row;
    w->count++;
}

int window_find(const struct window *w, int64_t identity)
{
    for (int i = 0; i < w->count; i++) {
        if (w->rows[i].key.row == identity) {
            return i;
        }
    }
    return -1;
}

struct taker {
    const struct feed_view *view;
    struct window *w;
    bool backward;
    int added;
};

static bool take(void *data, const struct row *row)
{
    struct taker *t = data;
    *(t->backward ? &t->w->front : &t->w->back) = row->key;
    if (!t->backward && !t->w->front.set) {
        t->w->front = row->key;
    } else if (t->backward && !t->w->back.set) {
        t->w->back = row->key;
    }
    if (view_takes(t->view, row)) {
        window_insert(t->w, t->backward ? 0 : t->w->count, row);
        t->added++;
    }
    return true;
}

bool window_extend(struct window *w, const struct feed_view *v, struct db_reader *db, bool backward,
                   bool inclusive, int count, int *added, struct err *e)
{
    struct taker t = {.view = v, .w = w, .backward = backward};
    struct list_key from = backward ? w->front : w->back;
    struct list_slice slice = {.order = v->order,
                               .from = &from,
                               .inclusive = inclusive,
                               .backward = backward,
                               .count = count};
    int got = 0;
    bool ok = v->source.read(v->source.self, db, &slice, take, &t, &got, e);
    if (!ok || got < slice.count) { /* what cannot be read ends there */
        *(backward ? &w->at_start : &w->at_end) = true;
    }
    if (!from.set) {
        *(backward ? &w->at_end : &w->at_start) = true;
    }
    *added = t.added;
    return ok;
}

int window_trim(struct window *w, int top, int keep)
{
    int after = w->count - (top + keep);
    int before = top - keep;
    if (after > keep) {
        w->count -= after;
        w->back = w->rows[w->count - 1].key;
        w->at_end = false;
    }
    if (before <= keep) {
        return 0;
    }
    memmove(w->rows, w->rows + before, (size_t)(w->count - before) * sizeof *w->rows);
    w->count -= before;
    w->front = w->rows[0].key;
    w->at_start = false;
    return before;
}

/* ---- scans ---- */

struct scanner {
    const struct feed_view *view;
    struct scan *scan;
};

static void collect(struct scan *s, int64_t number)
{
    if (s->count == s->size) {
        s->size = s->size ? s->size * 2 : 256;
        s->numbers = mem_realloc(s->numbers, s->size * sizeof *s->numbers);
    }
    s->numbers[s->count++] = number;
}

static bool scan_row(void *data, const struct row *row)
{
    struct scanner *c = data;
    struct scan *s = c->scan;
    s->at = row->key;
    if ((row->flags & s->flags) == s->flags && view_takes(c->view, row)) {
        s->matches++;
        if (s->collects) {
            collect(s, row->number);
        }
    }
    return true;
}

bool scan_some(struct scan *s, const struct feed_view *v, struct db_reader *db, struct err *e)
{
    struct scanner c = {v, s};
    struct list_key from = s->at;
    struct list_slice slice = {.order = v->order, .from = &from, .count = FEED_SLICE_ROWS};
    int got = 0;
    bool ok = v->source.read(v->source.self, db, &slice, scan_row, &c, &got, e);
    if (!ok || got < slice.count) {
        s->is_on = false;
        s->is_done = true;
    }
    return ok;
}

void scan_begin(struct scan *s, unsigned flags, bool collects)
{
    int64_t *numbers = s->numbers;
    size_t size = s->size;
    *s = (struct scan){
        .is_on = true, .flags = flags, .collects = collects, .numbers = numbers, .size = size};
}
