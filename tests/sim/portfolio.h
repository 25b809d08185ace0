/* portfolio: the simulated CRM's merchants, each made on the fly from (seed, index), and the frame
 * that batches and residuals hang on. Readers hold `lock` for reading, mutations for writing. */
#ifndef SIM_PORTFOLIO_H
#define SIM_PORTFOLIO_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "edits.h"
#include "options.h"

struct portfolio {
    const struct options *opt;
    struct edits edits;
    int32_t today;    /* moves only by a mutation */
    uint32_t n;       /* merchants */
    uint32_t *by_mid; /* their indices in byte order of their mid */
    pthread_rwlock_t lock;
    int64_t stamps; /* changes so far: each gets a later instant than the last */
};

enum merchant_kind {
    MERCHANT_BUSY,
    MERCHANT_MODERATE,
    MERCHANT_SELDOM,
    MERCHANT_CLOSED,
    MERCHANT_EARLY,
    MERCHANT_NEVER
};

struct merchant {
    uint32_t index;
    enum merchant_kind kind;
    uint64_t h; /* its own stream of chance */
    char mid[20];
    uint32_t processor;  /* 0 .. processors - 1 */
    uint32_t mean_q20;   /* batches a day, times 2^20 */
    int32_t active_from; /* batches lie within; from > to: none */
    int32_t active_to;
    int32_t since;                       /* it has residual rows from that day's month on */
    int32_t opened, closed, deactivated; /* NO_DAY where absent */
    int64_t created, modified;           /* NO_INSTANT where absent */
};

void portfolio_init(struct portfolio *p, const struct options *opt);
void portfolio_done(struct portfolio *p);

/* Now, for a mutation: later than any `modified` given before. */
int64_t portfolio_stamp(struct portfolio *p);

/* What a merchant is, batches aside. `index` < p->n. */
void merchant_make(const struct portfolio *p, uint32_t index, struct merchant *m);

/* Its name (NULL or "" for some), into `buf` of MERCHANT_NAME_MAX where it must be built. */
enum { MERCHANT_NAME_MAX = 1200 };
const char *merchant_name(const struct portfolio *p, const struct merchant *m, char *buf);

/* The name before it was changed, which is what reports that are out go on showing. */
const char *merchant_first_name(const struct portfolio *p, const struct merchant *m, char *buf);

/* The rest of its texts; NULL for null. */
const char *merchant_group(const struct portfolio *p, const struct merchant *m);
const char *merchant_source(const struct portfolio *p, const struct merchant *m);
const char *merchant_sic(const struct portfolio *p, const struct merchant *m);
const char *merchant_vim(const struct portfolio *p, const struct merchant *m);
bool merchant_is_active(const struct merchant *m);

/* Its leads' ids; gives how many (at most 3). */
int merchant_leads(const struct merchant *m, int64_t leads[3]);

/* The merchant with exactly this mid; false if there is none, or it has vanished. */
bool portfolio_find(const struct portfolio *p, const char *mid, struct merchant *m);

#endif
