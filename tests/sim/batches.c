#include "batches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "card.h"
#include "day.h"
#include "names.h"
#include "rng.h"

/* Ids are (day, slot, place) packed into a number, which keeps them unique in their merchant. */
enum { ID_DAYS_BEFORE_START = 4000 };

static uint64_t stride_of(const struct portfolio *p)
{
    uint64_t stride = 64;

    while (stride < (uint64_t)p->opt->per_batch * 2 + 2) {
        stride *= 2;
    }
    return stride;
}

static uint64_t first_id(const struct portfolio *p, const struct merchant *m,
                         struct batch_name name, uint64_t h)
{
    uint64_t base =
        m->index % 7 == 2 ? UINT64_C(2147483648) + 5 : 100000 + rng_step(m->h, 11) % 9999;
    uint64_t day = (uint64_t)(name.day - p->opt->start + ID_DAYS_BEFORE_START);

    if (p->opt->big_ids && h % 64 == 5) {
        base += (UINT64_C(1) << 53) + 1;
    }
    return base + (day * BATCHES_PER_DAY_MAX + name.slot) * stride_of(p);
}

static void put_digits(char *to, int n, uint64_t value)
{
    to[n] = '\0';
    while (n-- > 0) {
        to[n] = (char)('0' + value % 10);
        value /= 10;
    }
}

static void set_invoice(const struct portfolio *p, struct transaction *t, uint64_t h)
{
    unsigned kind = p->opt->plain ? 500 : (unsigned)(h % 1000);

    t->has_invoice = kind >= 120;
    put_digits(t->invoice, 9, h >> 20);
    if (kind < 180) {
        t->invoice[0] = '\0';
    } else if (kind < 183) {
        card_make(h >> 12, t->invoice);
    } else if (kind < 185) {
        memcpy(t->invoice, "INV ", 5);
        card_make(h >> 12, t->invoice + 4);
        strcat(t->invoice, "/a");
    } else if (kind < 188) { /* as long as a card number, but none by its check digit */
        card_make(h >> 12, t->invoice);
        t->invoice[7] = (char)(t->invoice[7] == '9' ? '0' : t->invoice[7] + 1);
    } else if (kind < 190) { /* the check digit fits, the beginning is no brand's */
        memcpy(t->invoice, "9999999999999995", 17);
    } else if (kind < 200) {
        memcpy(t->invoice, "№ Ω-12/é", sizeof("№ Ω-12/é"));
    }
}

static void set_type(const struct portfolio *p, struct transaction *t, uint64_t h)
{
    unsigned kind = (unsigned)(h & 0xff);

    t->amount_cents = (int64_t)(100 + (h >> 8) % 30000);
    t->type = "SALE";
    if (p->opt->plain) {
        return;
    }
    if (kind < 10) {
        t->type = "REFUND";
        t->amount_cents = kind == 0 ? -57000 : -t->amount_cents;
    } else if (kind < 12) {
        t->type = "VOID";
    } else if (kind < 14) {
        t->amount_cents += (int64_t)((h >> 24) % 20000000);
    } else if (kind == 14) {
        t->amount_cents = 0;
    }
    t->rejected = (h >> 40) % 90 == 0;
    if (t->rejected) {
        t->reason = names_pick(NAMES_REJECT, h >> 48);
    } else if ((h >> 40) % 90 == 1) {
        t->reason = "";
    }
}

static void make_transaction(const struct portfolio *p, struct transaction *t, uint64_t h,
                             int32_t day)
{
    static const char *const entries[] = {"05", "07", "91", "01", "90", "10"};
    uint64_t g = rng_mix(h ^ UINT64_C(0xca4d));
    bool odd = !p->opt->plain;

    t->style = odd ? rng_mix(g + 1) : 0;
    t->rejected = false;
    t->reason = NULL;
    set_type(p, t, h);
    t->day = odd && g % 97 == 0 ? NO_DAY : day - (int32_t)(g % 8 == 0);
    t->entry = odd && (g >> 4) % 40 == 0 ? NULL : entries[(g >> 8) % 6];
    t->has_auth = !odd || (g >> 12) % 25 != 0;
    put_digits(t->auth, 6, g >> 16);
    if (odd && (g >> 12) % 25 == 1) {
        t->auth[0] = '\0';
    }
    t->has_card = !odd || (g >> 10) % 50 != 0;
    if (p->opt->raw_pan && (g >> 24) % 40 == 0) {
        card_make(g >> 5, t->card);
    } else {
        card_make_masked(g >> 28, t->card);
    }
    set_invoice(p, t, rng_mix(g + 2));
}

/* A planned slot may be the twin of the one before it: alike in date, reference and terminal. */
static bool slot_is_twin(const struct portfolio *p, const struct merchant *m,
                         struct batch_name name)
{
    return !p->opt->plain && name.slot > 0 && name.slot < BATCHES_PER_DAY_MAX / 2 &&
           rng_hash(m->h, RNG_BATCH, (uint64_t)name.day, 1000 + name.slot) % 3 == 0;
}

static void set_head(const struct portfolio *p, const struct merchant *m, struct batch_name name,
                     struct batch *b)
{
    uint64_t h;

    while (slot_is_twin(p, m, name)) {
        name.slot--;
    }
    h = rng_step(rng_hash(m->h, RNG_BATCH, (uint64_t)name.day, name.slot), 1);
    b->has_reference = b->has_terminal = true;
    put_digits(b->reference, 12, h >> 8);
    put_digits(b->terminal, 4, 1 + m->index % 3);
    if (p->opt->plain) {
        return;
    }
    if (h % 41 == 0) {
        b->has_reference = (h >> 8 & 1) != 0;
        b->reference[0] = '\0';
    } else if (h % 41 < 3) {
        memcpy(b->reference, "000000000001", 13); /* reused all the time */
    } else if (h % 41 < 8) {
        b->reference[0] = '7'; /* no leading zero: may come as a number */
    }
    if ((h >> 50) % 31 == 0) {
        b->has_terminal = (h >> 9 & 1) != 0;
        b->terminal[0] = '\0';
    } else if ((h >> 50) % 31 < 8) {
        memcpy(b->terminal, "75210034", 9);
    }
}

static const struct edit *added_batch(const struct portfolio *p, const struct merchant *m,
                                      struct batch_name name)
{
    const struct edit *e = NULL;

    while ((e = edits_next(&p->edits, e, EDIT_ADD_BATCH, m->index)) != NULL) {
        if (e->day == name.day && e->slot == name.slot) {
            return e;
        }
    }
    return NULL;
}

static void set_added_head(const struct edit *e, struct batch *b)
{
    b->has_reference = e->reference != NULL;
    b->has_terminal = e->terminal != NULL;
    snprintf(b->reference, sizeof(b->reference), "%s", e->reference ? e->reference : "");
    snprintf(b->terminal, sizeof(b->terminal), "%s", e->terminal ? e->terminal : "");
    b->n = (uint32_t)e->count;
}

static void reserve(struct batch *b, uint32_t n)
{
    if (n > b->cap) {
        free(b->transactions);
        b->cap = n * 2;
        b->transactions = calloc(b->cap, sizeof(*b->transactions));
        if (b->transactions == NULL) {
            abort();
        }
    }
}

/* Applies what mutations did to single transactions; the batch's amount and count follow. */
static void apply_edits(const struct portfolio *p, const struct merchant *m, struct batch *b)
{
    const struct edit *e = NULL;

    while ((e = edits_next(&p->edits, e, EDIT_TRANSACTION, m->index)) != NULL) {
        for (uint32_t i = 0; i < b->n; i++) {
            struct transaction *t = &b->transactions[i];

            if (t->id == e->id) {
                t->amount_cents = e->has & EDIT_HAS_AMOUNT ? e->amount : t->amount_cents;
                t->rejected = e->has & EDIT_HAS_REJECTED ? e->rejected : t->rejected;
                t->reason = e->has & EDIT_HAS_TEXT ? e->text : t->reason;
            }
        }
    }
    e = NULL;
    while ((e = edits_next(&p->edits, e, EDIT_DROP_TRANSACTION, m->index)) != NULL) {
        for (uint32_t i = 0; i < b->n; i++) {
            if (b->transactions[i].id == e->id) {
                memmove(&b->transactions[i], &b->transactions[i + 1],
                        (b->n - i - 1) * sizeof(*b->transactions));
                b->n--;
                break;
            }
        }
    }
}

static uint32_t planned_size(const struct portfolio *p, uint64_t h)
{
    uint64_t n = (uint64_t)p->opt->per_batch;

    return (uint32_t)(p->opt->plain ? n : (h >> 3) % (2 * n + 1));
}

void batch_load(const struct portfolio *p, const struct merchant *m, struct batch_name name,
                struct batch *b)
{
    bool is_edited = edits_has_merchant(&p->edits, m->index);
    const struct edit *added = is_edited ? added_batch(p, m, name) : NULL;
    uint64_t h = rng_hash(m->h, RNG_BATCH, (uint64_t)name.day, name.slot), content = h;
    uint64_t id = first_id(p, m, name, h);

    if (slot_is_twin(p, m, name) && (h >> 7 & 1) != 0) { /* alike in its contents too */
        content = rng_hash(m->h, RNG_BATCH, (uint64_t)name.day, name.slot - 1);
    }
    b->name = name;
    b->style = p->opt->plain ? 0 : rng_step(h, 3);
    b->n = planned_size(p, rng_step(content, 2));
    if (added != NULL) {
        set_added_head(added, b);
    } else {
        set_head(p, m, name, b);
    }
    reserve(b, b->n + 1);
    for (uint32_t i = 0; i < b->n; i++) {
        b->transactions[i].id = id + i;
        make_transaction(p, &b->transactions[i], rng_step(content, 100 + i), name.day);
    }
    if (is_edited) {
        apply_edits(p, m, b);
    }
    b->amount_cents = 0;
    b->count = b->n;
    for (uint32_t i = 0; i < b->n; i++) {
        b->amount_cents += b->transactions[i].amount_cents;
    }
    if (!p->opt->plain && added == NULL && rng_step(content, 4) % 70 == 0) {
        b->n = 0; /* counted and summed, but not delivered */
    }
}

void batch_done(struct batch *b)
{
    free(b->transactions);
    *b = (struct batch){0};
}
