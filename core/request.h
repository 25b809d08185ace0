/* What a sync is asked to do. Built by a command, immutable while the sync runs. */
#ifndef CORE_REQUEST_H
#define CORE_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stream {
    STREAM_MERCHANTS = 1,
    STREAM_TRANSACTIONS = 2,
    STREAM_RESIDUALS = 4,
    STREAM_ALL = 7,
};

struct sync_request {
    const char *sync_type;    /* initial, daily, manual */
    const char *triggered_by; /* manual, schedule, api */
    char user[64];
    char from[11], to[11];   /* days, both included */
    unsigned streams;        /* enum stream, or'ed */
    const char *const *mids; /* only these merchants; count 0 = all */
    size_t mid_count;
    bool fresh;    /* ignore checkpoints */
    bool is_retry; /* read failed items again: retry_ids, or all, or those that are due */
    bool retry_all;
    const int64_t *retry_ids;
    size_t retry_count;
};

#endif
