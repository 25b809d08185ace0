/* Merchants: which are known, which are to be asked for transactions, which have gone. */
#ifndef DB_MERCHANT_STORE_H
#define DB_MERCHANT_STORE_H

#include "core/base/keyset.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

enum { MID_SIZE = 64 }; /* a merchant number with its NUL; a longer one is refused */

struct merchant_span {
    char mid[MID_SIZE];
    int days;         /* of the asked range in which it may have batches, at least 1 */
    char version[64]; /* last_batch and modified: when it moves, the merchant has changed */
};

/* The next merchants after `after` (by mid; "" from the start) that may have batches in from..to:
 * by their first and last batch, or because live batches or adjustments of that
 * range are stored. */
bool merchant_next_spans(struct db_reader *r, const char *after, const char *from, const char *to,
                         struct merchant_span *out, int cap, int *count, struct err *e);
/* One merchant's span over the range whatever its batches; found = false when it is not known. */
bool merchant_span_of(struct db_reader *r, const char *mid, const char *from, const char *to,
                      struct merchant_span *out, bool *found, struct err *e);

bool merchant_count_live(struct db_reader *r, int64_t *out, struct err *e);

/* The known merchant whose number is `digits` without its leading zeros: found 0 = none, 1 = `out`,
 * 2 = several. An exact match wins. */
bool merchant_by_number(struct db_reader *r, const char *digits, char out[MID_SIZE], int *found,
                        struct err *e);

/* After a complete listing: marks the live merchants that are not in `seen` as removed, unless they
 * are more than three and more than a tenth (rights change; then `held_back` is true and nothing is
 * marked). `gone` is how many are missing; `each_gone` is called for those that are marked, now or
 * before, and of which a failed item is still open. */
bool merchant_remove_unseen(struct db_writer *w, const struct keyset *seen, const char *now,
                            int64_t *gone, bool *held_back,
                            bool (*each_gone)(void *data, const char *mid, struct err *e),
                            void *data, struct err *e);

#endif
