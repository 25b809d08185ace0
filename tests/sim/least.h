/* least: how many requests the API makes necessary for a range, by the contract's formula. */
#ifndef SIM_LEAST_H
#define SIM_LEAST_H

#include <stdint.h>

#include "portfolio.h"

struct least {
    uint64_t merchants;
    uint64_t transactions; /* only merchants with a batch in the range */
    uint64_t empty;        /* besides: those whose first..last batch meets the range, without one */
    uint64_t residuals;
};

/* Takes the portfolio's lock. */
struct least least_count(struct portfolio *p, int32_t from, int32_t to, bool hide_null);

#endif
