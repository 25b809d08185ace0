#include "core/walk.h"

#include "core/base/mem.h"
#include "core/plan.h"
#include "core/resource.h"

#include <stdlib.h>

struct walk *walk_new(const struct resource *resource)
{
    struct walk *w = mem_alloc(sizeof *w);
    w->resource = resource;
    w->total = -1;
    w->whole = true;
    w->weight = 1;
    w->least_pages = w->most_pages = 1;
    return w;
}

void walk_free(struct walk *w)
{
    if (w) {
        keyset_done(&w->seen);
        free(w->page_keys);
        free(w);
    }
}

int walk_next_page(const struct walk *w, int ahead)
{
    int next = w->requested + 1;
    if (!w->pages) {
        return next == w->applied + 1 ? next : 0; /* the first page tells how many there are */
    }
    return next <= w->pages && next <= w->applied + ahead ? next : 0;
}

bool walk_saw(struct walk *w, uint64_t key)
{
    if (!keyset_add(&w->seen, key)) {
        w->repeated = true;
        return false;
    }
    if (w->page_key_count == w->page_key_size) {
        w->page_key_size = w->page_key_size ? w->page_key_size * 2 : 256;
        w->page_keys = mem_realloc(w->page_keys, w->page_key_size * sizeof *w->page_keys);
    }
    w->page_keys[w->page_key_count++] = key;
    return true;
}

bool walk_fits(const struct walk *w, const struct page_meta *meta)
{
    if (w->applied == 0 || w->gave_up) {
        return true;
    }
    return meta->total == w->total;
}

/* What the pages must be by the total; a server may have clamped per_page. */
static int64_t pages_by_total(const struct walk *w, const struct page_meta *meta)
{
    int64_t per_page =
        meta->per_page > 0 && meta->per_page <= w->per_page ? meta->per_page : w->per_page;
    return meta->total / per_page + (meta->total % per_page != 0);
}

void walk_applied(struct walk *w, const struct page_meta *meta)
{
    w->applied++;
    if (w->requested < w->applied) {
        w->requested = w->applied;
    }
    w->total = meta->total;
    int64_t pages = w->applied;
    if (meta->total >= 0) {
        pages = pages_by_total(w, meta);
        if (w->rows_seen < meta->total && pages <= w->applied) {
            pages = w->applied + 1; /* short pages: read on until the rows are there */
        } else if (w->rows_seen >= meta->total) {
            pages = w->applied; /* larger pages than were asked for */
        }
    } else if (meta->last_page >= 0) {
        pages = meta->last_page;
    } else if (meta->has_next) {
        pages = w->applied + 1;
    }
    bool is_more = meta->total >= 0 && w->rows_seen > meta->total && !w->gave_up;
    if (meta->has_next && pages <= w->applied && !is_more) {
        pages = w->applied + 1; /* it says itself that there is another, whatever the total says */
    }
    /* An empty page ends every list, and so does one without news once we no longer hope. */
    bool no_news = w->gave_up && w->page_key_count == 0;
    if (meta->rows == 0 || no_news || pages < w->applied) {
        pages = w->applied;
    }
    w->pages = (int)(pages > WALK_PAGES_MAX ? WALK_PAGES_MAX + 1 : pages);
}

bool walk_is_complete(const struct walk *w)
{
    return w->pages && w->applied >= w->pages;
}

bool walk_is_proven(const struct walk *w)
{
    return walk_is_complete(w) && !w->gave_up && !w->repeated &&
           (w->total < 0 || w->rows_seen == w->total);
}

static void begin_anew(struct walk *w)
{
    w->generation++;
    w->applied = w->requested = w->pages = 0;
    w->total = -1;
    w->rows_seen = 0;
    w->whole = true;
    w->repeated = false;
    w->recalled = false;
    w->has_failures = false;
    w->failed_records = 0;
    w->page_key_count = 0;
    keyset_clear(&w->seen);
}

bool walk_restart(struct walk *w)
{
    if (w->rewalks >= WALK_REWALKS_MAX) {
        w->gave_up = true;
        return false;
    }
    w->rewalks++;
    begin_anew(w);
    return true;
}

bool walk_shrink(struct walk *w)
{
    int smaller = resource_smaller_page(w->resource, w->per_page);
    if (!smaller) {
        return false;
    }
    int64_t most_rows = w->total >= 0 ? w->total : w->most_pages * w->per_page;
    w->least_pages = w->total >= 0 ? plan_pages(w->total, smaller, 1) : 1;
    w->most_pages = plan_pages(most_rows, smaller, w->least_pages);
    w->per_page = smaller;
    begin_anew(w);
    return true;
}

bool walk_is_endless(const struct walk *w)
{
    return !walk_is_complete(w) && (w->applied >= WALK_PAGES_MAX || w->seen.count > WALK_KEYS_MAX);
}
