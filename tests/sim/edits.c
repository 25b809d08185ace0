#include "edits.h"

#include <stdlib.h>
#include <string.h>

enum { MARK_VANISHED = 1, MARK_EDITED = 2 };

void edits_init(struct edits *e, uint32_t merchants)
{
    *e = (struct edits){.merchants = merchants};
    e->marks = calloc(merchants + 1u, 1);
    if (e->marks == NULL) {
        abort();
    }
}

static void free_items(struct edits *e)
{
    for (size_t i = 0; i < e->n; i++) {
        free(e->items[i].text);
        free(e->items[i].reference);
        free(e->items[i].terminal);
    }
    free(e->items);
    e->items = NULL;
    e->n = 0;
}

void edits_done(struct edits *e)
{
    free_items(e);
    free(e->marks);
}

void edits_clear(struct edits *e)
{
    free_items(e);
    memset(e->marks, 0, e->merchants + 1u);
    e->vanished = 0;
}

void edits_add(struct edits *e, const struct edit *edit)
{
    struct edit *grown = realloc(e->items, (e->n + 1) * sizeof(*grown));

    if (grown == NULL) {
        abort();
    }
    e->items = grown;
    e->items[e->n++] = *edit;
    if (edit->merchant < e->merchants) {
        e->marks[edit->merchant] |= MARK_EDITED;
    }
}

void edits_vanish(struct edits *e, uint32_t merchant, bool away)
{
    bool was = edits_is_vanished(e, merchant);

    if (away && !was) {
        e->marks[merchant] |= MARK_VANISHED;
        e->vanished++;
    } else if (!away && was) {
        e->marks[merchant] &= (uint8_t)~MARK_VANISHED;
        e->vanished--;
    }
}

bool edits_is_vanished(const struct edits *e, uint32_t merchant)
{
    return (e->marks[merchant] & MARK_VANISHED) != 0;
}

bool edits_has_merchant(const struct edits *e, uint32_t merchant)
{
    return (e->marks[merchant] & MARK_EDITED) != 0;
}

const struct edit *edits_next(const struct edits *e, const struct edit *last, enum edit_kind kind,
                              uint32_t merchant)
{
    for (size_t i = last == NULL ? 0 : (size_t)(last - e->items) + 1; i < e->n; i++) {
        const struct edit *item = &e->items[i];

        if (item->kind == kind && (merchant == EDIT_NO_MERCHANT || item->merchant == merchant)) {
            return item;
        }
    }
    return NULL;
}
