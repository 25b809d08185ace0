/* page: one page of a listing: which rows it shows, and the links and meta around them. */
#ifndef SIM_PAGE_H
#define SIM_PAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "out.h"
#include "query.h"

/* What a fault rule may do to a listing. */
struct page_twist {
    bool duplicate;  /* show the rows of the page before */
    uint64_t rotate; /* begin the listing that many rows later, and wrap around */
};

struct page {
    uint64_t number;
    uint64_t per_page;
    uint64_t most; /* rows on any page, whatever is asked for; 0: no bound */
    uint64_t total;
    uint64_t first; /* place of the first row shown */
    uint64_t n;     /* rows shown */
    struct page_twist twist;
};

/* Reads page and per_page (one of `sizes`, which ends with 0); false and a reason for a 422. Set
 * `most` before. */
bool page_parse(struct page *pg, const struct query *q, const long *sizes, const char **reason);

/* Decides which rows are shown, once it is known how many there are. */
void page_set_total(struct page *pg, uint64_t total);

/* The place in the listing of the i-th row shown. */
uint64_t page_place(const struct page *pg, uint64_t i);

/* Writes `,"links":{…},"meta":{…}`. `base` is the URL without path. */
void page_render(struct out *o, const struct page *pg, const struct query *q, const char *base);

#endif
