/* For db/ alone: which merchants may have batches in a range, as SQL on `merchants`. */
#ifndef DB_MERCHANT_SQL_H
#define DB_MERCHANT_SQL_H

/* ?1 from, ?2 to: the days of the range in which the merchant may have batches. */
#define MERCHANT_DAYS                                                                              \
    "1 + max(0, CAST(julianday(min(ifnull(last_batch, ?2), ?2)) - "                                \
    "julianday(max(ifnull(first_batch, ?1), ?1)) AS INTEGER))"
#define MERCHANT_VERSION "ifnull(last_batch, '') || ' ' || ifnull(modified, '')"
#define MERCHANT_MAY_HAVE_BATCHES                                                                  \
    "merchants.removed_at IS NULL AND ((last_batch >= ?1 AND ifnull(first_batch, ?1) <= ?2) OR "   \
    "EXISTS "                                                                                      \
    "(SELECT 1 FROM transaction_batches b WHERE b.mid = merchants.mid AND b.batch_date BETWEEN "   \
    "?1 AND ?2 AND b.removed_at IS NULL) OR EXISTS (SELECT 1 FROM adjustments a WHERE a.mid = "    \
    "merchants.mid AND a.adjustment_date BETWEEN ?1 AND ?2 AND a.removed_at IS NULL) OR EXISTS "   \
    "(SELECT 1 FROM sync_failed_items f WHERE f.resolved_at IS NULL AND f.item_type = "            \
    "'transaction' AND f.item_id >= merchants.mid AND f.item_id < merchants.mid || '0' AND "       \
    "(f.item_id = merchants.mid OR f.item_id >= merchants.mid || '/')))"

#endif
