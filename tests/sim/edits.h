/* edits: what control calls have changed in the portfolio, kept beside it. A short list: looking it
 * up is a walk, which only those merchants pay that are marked as edited. */
#ifndef SIM_EDITS_H
#define SIM_EDITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum edit_kind {
    EDIT_RENAME,           /* merchant, text */
    EDIT_TRANSACTION,      /* merchant, id, has, amount, rejected, text: the reason */
    EDIT_DROP_TRANSACTION, /* merchant, id */
    EDIT_DROP_BATCH,       /* merchant, day, slot */
    EDIT_ADD_BATCH,        /* merchant, day, slot, count, reference, terminal */
    EDIT_RESIDUAL,         /* merchant, month, has, the amounts in micros */
    EDIT_DROP_RESIDUAL,    /* merchant, month */
    EDIT_LINE_ITEM,        /* month, id, has, the amounts, text: the description */
    EDIT_DROP_LINE_ITEM,   /* month, id */
    EDIT_ADD_LINE_ITEM     /* month; a merchant if has EDIT_HAS_MERCHANT */
};

enum edit_has {
    EDIT_HAS_AMOUNT = 1,
    EDIT_HAS_REJECTED = 2,
    EDIT_HAS_TEXT = 4,
    EDIT_HAS_INCOME = 8,
    EDIT_HAS_EXPENSE = 16,
    EDIT_HAS_AGENT_NET = 32,
    EDIT_HAS_SALES = 64,
    EDIT_HAS_COUNT = 128,
    EDIT_HAS_MERCHANT = 256
};

struct edit {
    enum edit_kind kind;
    unsigned has;
    uint32_t merchant;
    uint32_t slot;
    int32_t day;
    int month;
    uint64_t id;
    int64_t stamp; /* the instant of the change */
    int64_t amount, count, income, expense, agent_net, sales;
    bool rejected;
    char *text;      /* owned; NULL for null */
    char *reference; /* owned */
    char *terminal;  /* owned */
};

#define EDIT_NO_MERCHANT UINT32_MAX

struct edits {
    struct edit *items;
    size_t n;
    uint8_t *marks; /* one byte a merchant */
    uint32_t merchants;
    uint32_t vanished; /* how many */
};

void edits_init(struct edits *e, uint32_t merchants);
void edits_done(struct edits *e);

/* Forgets all edits, and brings all merchants back. */
void edits_clear(struct edits *e);

/* Takes over the texts in `edit`. */
void edits_add(struct edits *e, const struct edit *edit);

void edits_vanish(struct edits *e, uint32_t merchant, bool away);
bool edits_is_vanished(const struct edits *e, uint32_t merchant);
bool edits_has_merchant(const struct edits *e, uint32_t merchant);

/* The next edit of a kind after `last` (NULL: the first); of one merchant, or of any with
 * EDIT_NO_MERCHANT. */
const struct edit *edits_next(const struct edits *e, const struct edit *last, enum edit_kind kind,
                              uint32_t merchant);

#endif
