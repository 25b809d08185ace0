/* The keys under which rows go into a walk's keyset. Checkpoints store them: never change one. */
#ifndef DB_SEEN_H
#define DB_SEEN_H

#include "core/base/keyset.h"

static inline uint64_t seen_mid(const char *mid)
{
    return keyset_text('m', mid);
}

static inline uint64_t seen_batch(int64_t batch_row_id)
{
    return keyset_int('b', batch_row_id);
}

static inline uint64_t seen_transaction(int64_t transaction_id)
{
    return keyset_int('t', transaction_id);
}

static inline uint64_t seen_adjustment(const char *date, const char *type, int64_t amount_cents,
                                       int64_t ordinal)
{
    return keyset_text('a', date) ^ keyset_text('y', type) ^ keyset_int('c', amount_cents) ^
           keyset_int('o', ordinal);
}

static inline uint64_t seen_id(int64_t id)
{
    return keyset_int('i', id);
}

#endif
