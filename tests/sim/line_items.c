#include "residuals.h"

#include "day.h"
#include "names.h"
#include "rng.h"

static uint32_t planned_places(const struct portfolio *p, int month)
{
    uint64_t h = rng_hash((uint64_t)p->opt->seed, RNG_LINE_ITEM, (uint64_t)month, 0);
    uint64_t l = (uint64_t)p->opt->line_items;

    if (!month_is_published(p, month)) {
        return 0;
    }
    return (uint32_t)(p->opt->plain ? l : h % (2 * l + 1));
}

static const struct edit *added_item(const struct portfolio *p, int month, uint32_t place)
{
    const struct edit *e = NULL;

    while ((e = edits_next(&p->edits, e, EDIT_ADD_LINE_ITEM, EDIT_NO_MERCHANT)) != NULL) {
        if (e->month == month && place-- == 0) {
            return e;
        }
    }
    return NULL;
}

uint32_t line_items_places(const struct portfolio *p, int month)
{
    uint32_t n = 0;

    while (added_item(p, month, n) != NULL) {
        n++;
    }
    return planned_places(p, month) + n;
}

static void set_times(const struct portfolio *p, struct line_item *item, int month, uint64_t h)
{
    int64_t out = ((int64_t)month_first_day(month + 1) + 14) * 86400;

    item->created = out - (int64_t)(h % 1200000);
    item->modified = item->created + (int64_t)(h >> 40) % 90000;
    if (item->modified > out) {
        item->modified = out;
    }
    if (!p->opt->plain && (h >> 32) % 23 == 0) {
        item->modified = NO_INSTANT;
    }
}

static void set_texts(const struct portfolio *p, struct line_item *item, uint64_t h)
{
    item->user_id = !p->opt->plain && h % 29 == 0 ? 0 : (int64_t)(11 + h % 40);
    item->full_name = item->user_id == 0 ? NULL : names_pick(NAMES_PERSON, (uint64_t)item->user_id);
    item->description = names_pick(NAMES_ITEM, h >> 16);
    if (!p->opt->plain && (h >> 24) % 19 == 0) {
        item->description = (h >> 30 & 1) != 0 ? NULL : "";
    }
}

static void set_amounts(struct line_item *item, uint64_t h)
{
    uint64_t g = rng_mix(h);

    item->income = (int64_t)(h % 90000000) - 30000000;
    item->expense = (h >> 32) % 3 == 0 ? (int64_t)((h >> 40) % 5000000) : 0;
    if (g % 2 == 0) {
        item->income -= item->income % 10000;
        item->expense -= item->expense % 10000;
    }
    item->percentage = (int64_t)(g >> 8) % 401 * 250000;
    item->agent_net = (item->income - item->expense) / 2;
    item->is_recurring = (g >> 20) % 4 == 0;
}

/* Whom it concerns. */
static void set_merchant(const struct portfolio *p, struct line_item *item, int month, uint64_t h)
{
    struct merchant m;
    struct residual r;

    item->is_agent = p->n == 0 || h % 5 == 0;
    item->has_merchant = !item->is_agent;
    if (item->has_merchant) {
        item->merchant = (uint32_t)((h >> 8) % p->n);
        merchant_make(p, item->merchant, &m);
        item->is_null_merchant = residual_make(p, &m, month, &r) && r.is_null_merchant;
    }
}

static void apply_edits(const struct portfolio *p, int month, struct line_item *item, bool *drop)
{
    const struct edit *e = NULL;

    while ((e = edits_next(&p->edits, e, EDIT_LINE_ITEM, EDIT_NO_MERCHANT)) != NULL) {
        if (e->month == month && e->id == item->id) {
            item->income = e->has & EDIT_HAS_INCOME ? e->income : item->income;
            item->expense = e->has & EDIT_HAS_EXPENSE ? e->expense : item->expense;
            item->agent_net = e->has & EDIT_HAS_AGENT_NET ? e->agent_net : item->agent_net;
            item->description = e->has & EDIT_HAS_TEXT ? e->text : item->description;
            item->modified = e->stamp;
        }
    }
    e = NULL;
    while ((e = edits_next(&p->edits, e, EDIT_DROP_LINE_ITEM, EDIT_NO_MERCHANT)) != NULL) {
        *drop = *drop || (e->month == month && e->id == item->id);
    }
}

bool line_item_make(const struct portfolio *p, int month, uint32_t place, struct line_item *item)
{
    uint64_t h = rng_hash((uint64_t)p->opt->seed, RNG_LINE_ITEM, (uint64_t)month, 1 + place);
    uint32_t planned = planned_places(p, month);
    const struct edit *added = place < planned ? NULL : added_item(p, month, place - planned);
    bool is_dropped = false;

    *item = (struct line_item){.style = p->opt->plain ? 0 : rng_mix(h + 3)};
    /* Added ones number from the middle of the month's range of ids, so that a report that comes
     * out between does not move them. */
    item->id = (uint64_t)(month - 24000 + 400) * 1000000 +
               (added == NULL ? place : 500000 + (place - planned));
    set_texts(p, item, rng_step(h, 1));
    set_amounts(item, rng_step(h, 2));
    set_times(p, item, month, rng_step(h, 3));
    set_merchant(p, item, month, rng_step(h, 4));
    if (added != NULL) {
        item->created = item->modified = added->stamp;
        if (added->has & EDIT_HAS_MERCHANT) {
            item->is_agent = item->is_null_merchant = false;
            item->has_merchant = true;
            item->merchant = added->merchant;
        }
    }
    if (p->edits.n > 0) {
        apply_edits(p, month, item, &is_dropped);
    }
    return !is_dropped;
}
