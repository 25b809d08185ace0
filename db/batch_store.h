/* Batches, transactions and adjustments of one merchant. All in a write transaction. */
#ifndef DB_BATCH_STORE_H
#define DB_BATCH_STORE_H

#include "core/base/keyset.h"
#include "db/tables.h"

struct err;

/* A stored batch that is alike in merchant, date, reference and terminal. */
struct batch_twin {
    int64_t id;
    int ordinal;
    bool live;
    bool same_content; /* amount and count as in the row asked about */
};

/* A list that is used again and again; begin with {0}, free(items) at the end. */
struct batch_twins {
    struct batch_twin *items;
    int count, size;
};

/* The stored batches alike to `row` (BATCH_COLUMNS values), by ordinal, into `out`. */
bool batch_find_twins(struct db_writer *w, const struct value *row, struct batch_twins *out,
                      struct err *e);
/* A batch that is new or back changes places with the first removed twin before it, if any, so that
 * the ordinals of the live ones stay 0, 1, 2 … */
bool batch_move_up(struct db_writer *w, int64_t id, struct err *e);
bool batch_insert(struct db_writer *w, const struct value *row, int ordinal, int64_t *id,
                  struct err *e);
bool batch_update(struct db_writer *w, const struct value *row, int64_t id, struct err *e);

/* The batch to which a stored transaction belongs; 0 = there is no such transaction. */
bool batch_of_transaction(struct db_writer *w, const char *mid, int64_t transaction_id,
                          int64_t *batch_id, struct err *e);
bool batch_date_of(struct db_writer *w, int64_t batch_id, char out[11], struct err *e);
/* Whether anything of this merchant is stored. */
bool batch_any_of_merchant(struct db_writer *w, const char *mid, bool *any, struct err *e);

struct batch_removed {
    int64_t batches, transactions, adjustments;
};

/* After a complete reading of from..to (`whole_history`: and of batches without a date): marks what
 * is not in `seen` as removed, closes gaps among the ordinals of twins, and touches the months it
 * changed. */
struct batch_reading {
    const char *mid, *from, *to;
    bool whole_history;
    const struct keyset *seen;
    const char *now;
};
bool batch_remove_unseen(struct db_writer *w, const struct batch_reading *reading,
                         struct batch_removed *out, struct err *e);

#endif
