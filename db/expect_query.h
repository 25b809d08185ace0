/* What a sync would cost, from the database alone, before anything is fetched.
 *
 * Counting goes in slices, so that the screen can ask between two keys: begin, then _some() until
 * is_done. The figures are good at any moment, for what was counted so far. Least is what the
 * database as it stands would have asked; most allows for merchants that come back and pages that
 * fill up. The reader's thread; false with ERR_DB. */
#ifndef DB_EXPECT_QUERY_H
#define DB_EXPECT_QUERY_H

#include "db/merchant_store.h"

struct expect_ask {
    const char *sync_type;                   /* for `last` */
    char from[11], to[11];                   /* YYYY-MM-DD */
    bool merchants, transactions, residuals; /* streams */
    const char *const *mids;                 /* these merchants alone; borrowed until done */
    size_t mid_count;                        /* 0 = all */
    /* rows of a page, each at least 1 */
    int merchants_page, transactions_page, reports_page, rows_page, line_items_page;
    int batches_a_day; /* that a merchant has at most */
};

enum expect_stream { EXPECT_MERCHANTS, EXPECT_TRANSACTIONS, EXPECT_RESIDUALS, EXPECT_STREAMS };

struct expect {
    struct expect_ask ask;
    int64_t least[EXPECT_STREAMS], most[EXPECT_STREAMS]; /* requests */
    bool is_done;             /* all was counted; before that, so much is certain */
    bool is_known;            /* false: no merchants are known yet, the figures mean nothing */
    int64_t merchants;        /* known and live, as far as counted */
    bool has_last;            /* the last job of this type that completed (retries left out): */
    int64_t last_requests;    /* -1 = not known */
    int64_t last_duration_ms; /* -1 = not known */
    char last_completed_at[32];
    /* Where the counting stands; only db/ reads it. */
    struct {
        char after[MID_SIZE];
        size_t mid;
        int month, last_month;
        int64_t rows_pages; /* of the newest month known so far */
        bool merchants_done;
    } at;
};

/* Starts over for `ask` (copied; its days must be days). Well under a millisecond. */
bool expect_begin(struct db_reader *r, const struct expect_ask *ask, struct expect *x,
                  struct err *e);
/* Counts on: at most so many merchants, or one month of residuals. 500 merchants take about a
 * millisecond. */
bool expect_some(struct db_reader *r, struct expect *x, int merchants, struct err *e);

#endif
