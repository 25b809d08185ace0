/* How failed items recover: how many, how soon, and which do not.
 *
 * Costs the same whatever the table holds: totals are kept by triggers, times are those of the
 * newest RECOVERY_MEASURED resolved items, and codes are counted over RECOVERY_LOOKED_AT items of a
 * kind at most. The reader's thread. */
#ifndef DB_RECOVERY_QUERY_H
#define DB_RECOVERY_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct err;

enum { RECOVERY_MEASURED = 1000, RECOVERY_LOOKED_AT = 10000 };

struct recovery {
    int64_t healed;   /* a retry read it */
    int64_t covered;  /* a later sync read it */
    int64_t measured; /* recovered ones among the newest resolved: of these is what follows */
    int64_t median_ms, longest_ms; /* from its record to its recovery; -1 = none measured */
    double average_tries;
};
bool recovery_query(struct db_reader *r, struct recovery *out, struct err *e);

/* What does not heal, by what is wrong with it ("HTTP 404", else the code), most first. */
struct recovery_never {
    const char *code;   /* borrowed for the call of `visit` */
    int64_t permanent;  /* open, will not be tried again by itself */
    const char *oldest; /* of these: when it was recorded; NULL = there are none */
    int64_t given_up;
};
bool recovery_query_never(struct db_reader *r,
                          void (*visit)(void *data, const struct recovery_never *never), void *data,
                          struct err *e);

#endif
