/* What a sync would cost, in words: counted from the database in short slices while a menu or form
 * is open. Nothing is fetched. Main thread. */
#ifndef TUI_DASH_EXPECTATION_H
#define TUI_DASH_EXPECTATION_H

#include "db/expect_query.h"

#include <stdbool.h>
#include <stddef.h>

struct dash;
struct sync_request;

enum { EXPECTATION_SIZE = 160 };

/* Rows of a page, as core/resource.c asks for them, and core/plan.c's batches a day; a test holds
 * them together. */
enum {
    EXPECT_MERCHANTS_PAGE = 1000,
    EXPECT_TRANSACTIONS_PAGE = 100,
    EXPECT_REPORTS_PAGE = 100,
    EXPECT_ROWS_PAGE = 1000,
    EXPECT_LINE_ITEMS_PAGE = 100,
    EXPECT_BATCHES_A_DAY = 4,
};

struct expectation {
    struct expect figures;
    bool is_asked; /* false: `why` there are no figures */
    char why[EXPECTATION_SIZE];
};

/* Begins to count for this request, whose `mids` it borrows until the next begin. */
void expectation_begin(struct expectation *x, const struct dash *d,
                       const struct sync_request *request);
/* None, for a reason. */
void expectation_none(struct expectation *x, const char *why);
/* There is more to count. */
bool expectation_is_counting(const struct expectation *x);
/* Counts on until `until` (monotonic ms) at the latest. True: there is more to count. */
bool expectation_work(struct expectation *x, const struct dash *d, int64_t until);

/* "1,400 to 1,520 requests, 3 min at 500 a minute", or why that is not known. `rate`: requests a
 * minute, 0 = no limit. */
void expectation_words(const struct expectation *x, int64_t rate, char out[EXPECTATION_SIZE]);
/* "last: completed, 9 min 12 s, 4,311 requests", "last: none completed yet"; "" when not known. */
void expectation_last(const struct expectation *x, char out[EXPECTATION_SIZE]);

#endif
