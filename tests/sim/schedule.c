#include "batches.h"

#include "day.h"
#include "names.h"
#include "rng.h"

/* On which days: one value of chance a day, so that counting a thousand days takes microseconds. */
static uint32_t planned_on(const struct portfolio *p, const struct merchant *m, int32_t day)
{
    uint64_t h = rng_step(m->h ^ UINT64_C(0x5ced), (uint64_t)day);
    uint32_t n = m->mean_q20 >> 20;

    n += (h & 0xfffff) < (m->mean_q20 & 0xfffff);
    if (n > 0 && !p->opt->plain && (h >> 20) % 40 == 0) {
        n++;
    }
    return n < BATCHES_PER_DAY_MAX / 2 ? n : BATCHES_PER_DAY_MAX / 2;
}

static bool slot_is_dropped(const struct portfolio *p, const struct merchant *m, int32_t day,
                            uint32_t slot)
{
    const struct edit *e = NULL;

    while ((e = edits_next(&p->edits, e, EDIT_DROP_BATCH, m->index)) != NULL) {
        if (e->day == day && e->slot == slot) {
            return true;
        }
    }
    return false;
}

/* Added batches come first, the newest of them at the top: they shift every page below. */
static uint32_t edited_on(const struct portfolio *p, const struct merchant *m, int32_t day,
                          uint32_t planned, uint32_t *slots)
{
    uint32_t added[BATCHES_PER_DAY_MAX / 2];
    uint32_t n_added = 0, n = 0;
    const struct edit *e = NULL;

    while ((e = edits_next(&p->edits, e, EDIT_ADD_BATCH, m->index)) != NULL) {
        if (e->day == day && n_added < BATCHES_PER_DAY_MAX / 2) {
            added[n_added++] = e->slot;
        }
    }
    for (uint32_t i = 0; i < n_added + planned; i++) {
        uint32_t slot = i < n_added ? added[n_added - 1 - i] : i - n_added;

        if (!slot_is_dropped(p, m, day, slot)) {
            if (slots != NULL) {
                slots[n] = slot;
            }
            n++;
        }
    }
    return n;
}

uint32_t batches_on(const struct portfolio *p, const struct merchant *m, int32_t day,
                    uint32_t slots[BATCHES_PER_DAY_MAX])
{
    bool is_open = day >= m->active_from && day <= m->active_to;
    uint32_t planned = is_open ? planned_on(p, m, day) : 0;

    if (edits_has_merchant(&p->edits, m->index)) {
        return edited_on(p, m, day, planned, slots);
    }
    for (uint32_t i = 0; slots != NULL && i < planned; i++) {
        slots[i] = i;
    }
    return planned;
}

/* The days that can have batches at all: the plan's, widened by what was added. */
static void bounds_of(const struct portfolio *p, const struct merchant *m, int32_t *low,
                      int32_t *high)
{
    const struct edit *e = NULL;

    *low = m->active_from;
    *high = m->active_to;
    if (!edits_has_merchant(&p->edits, m->index)) {
        return;
    }
    while ((e = edits_next(&p->edits, e, EDIT_ADD_BATCH, m->index)) != NULL) {
        bool is_none = *low > *high;

        *low = is_none || e->day < *low ? e->day : *low;
        *high = is_none || e->day > *high ? e->day : *high;
    }
}

bool batches_span(const struct portfolio *p, const struct merchant *m, int32_t *first,
                  int32_t *last)
{
    int32_t low, high;

    bounds_of(p, m, &low, &high);
    while (low <= high && batches_on(p, m, low, NULL) == 0) {
        low++;
    }
    while (high >= low && batches_on(p, m, high, NULL) == 0) {
        high--;
    }
    *first = low;
    *last = high;
    return low <= high;
}

static void clip(const struct portfolio *p, const struct merchant *m, int32_t *from, int32_t *to)
{
    int32_t low, high;

    bounds_of(p, m, &low, &high);
    *from = *from < low ? low : *from;
    *to = *to > high ? high : *to;
}

uint64_t batches_count(const struct portfolio *p, const struct merchant *m, int32_t from,
                       int32_t to)
{
    uint64_t n = 0;

    clip(p, m, &from, &to);
    for (int32_t day = from; day <= to; day++) {
        n += batches_on(p, m, day, NULL);
    }
    return n;
}

uint32_t batches_pick(const struct portfolio *p, const struct merchant *m, int32_t from, int32_t to,
                      uint64_t first, uint32_t n, struct batch_name *names)
{
    uint32_t slots[BATCHES_PER_DAY_MAX];
    uint64_t place = 0;
    uint32_t found = 0;

    clip(p, m, &from, &to);
    for (int32_t day = to; day >= from && found < n; day--) {
        uint32_t here = batches_on(p, m, day, NULL);

        if (here == 0 || place + here <= first) {
            place += here;
            continue;
        }
        batches_on(p, m, day, slots);
        for (uint32_t i = 0; i < here && found < n; i++, place++) {
            if (place >= first) {
                names[found++] = (struct batch_name){day, slots[i]};
            }
        }
    }
    return found;
}

int adjustments_of_month(const struct portfolio *p, const struct merchant *m, int month,
                         struct adjustment a[ADJUSTMENTS_A_MONTH_MAX])
{
    uint64_t h = rng_hash((uint64_t)p->opt->seed, RNG_ADJUSTMENT, m->index, (uint64_t)month);
    int32_t first, last, start = month_first_day(month);
    int wanted = p->opt->plain ? (h % 4 == 0) : (int)(h % 6) - 2;
    int n = 0;

    if (wanted <= 0 || !batches_span(p, m, &first, &last)) {
        return 0;
    }
    for (int i = 0; i < wanted; i++) {
        uint64_t g = rng_step(h, (uint64_t)i);

        if (i > 0 && (h >> 16) % 3 == 0) {
            a[n] = a[n - 1]; /* exactly alike, and both real */
            n++;
            continue;
        }
        a[n].day = start + (int32_t)(g % (uint64_t)(month_last_day(month) - start + 1));
        a[n].amount_cents = ((g >> 60) % 5 == 0 ? 1 : -1) * (int64_t)(500 + (g >> 8) % 90000);
        a[n].type =
            !p->opt->plain && (g >> 40) % 30 == 0 ? NULL : names_pick(NAMES_ADJUSTMENT, g >> 32);
        if (a[n].day < first || a[n].day > last) {
            return n; /* outside the span that the merchants' list shows nobody would ask */
        }
        n++;
    }
    return n;
}
