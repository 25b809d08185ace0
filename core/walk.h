/* One list of the CRM, read page by page to its proven end. The decisions alone: no I/O, no clock.
 *
 * Pages may be asked for ahead of each other, but are applied strictly in order, so that "applied =
 * n" always means that pages 1..n are in the database. A page that shifted under the walk (the
 * total moved, a key came twice) sends it back to page 1, a few times; after that it is read to the
 * end as well as it goes and reported as not proven. Engine thread. */
#ifndef CORE_WALK_H
#define CORE_WALK_H

#include "core/base/keyset.h"
#include "db/merchant_store.h"

#include <stdbool.h>
#include <stdint.h>

struct resource;

enum {
    WALK_REWALKS_MAX = 3,
    WALK_TABLES_MAX = 8,
    WALK_PAGES_MAX = 10000,          /* a list that has more does not end, */
    WALK_KEYS_MAX = 6 * 1024 * 1024, /* and one that shows more records */
};

/* What a walk did to the rows of one table, so that rows read again are not counted again. */
struct walk_count {
    int64_t changed, unchanged; /* by the reading in hand */
    int64_t changed_before;     /* by readings that were begun anew */
};

struct walk {
    const struct resource *resource;
    char name[112];   /* unique, e.g. "transactions/0123": key of its checkpoint */
    char version[64]; /* of the merchant, see struct merchant_span */
    char mid[MID_SIZE];
    int year, month;
    int64_t processor; /* rows; summary: read only this processor's rows afterwards, 0 = all */
    char from[11], to[11];
    int per_page;                    /* rows a page; the resource's largest, or smaller */
    double weight;                   /* its share of its phase, in any unit */
    int64_t least_pages, most_pages; /* what the plan still counts for it */
    int rows_rewalks;   /* summary: begins this processor's rows anew for the n-th time */
    bool mismatch;      /* its control totals are not met: it covers nothing */
    bool recalled;      /* pages of it were read by an earlier sync */
    bool superseded;    /* another walk takes its place: it proves and covers nothing */
    int64_t started_at; /* wall ms */

    int applied;   /* pages 1..applied are in the database */
    int requested; /* pages 1..requested were asked for */
    int pages;     /* how many there are; 0 = not known yet */
    int64_t total; /* meta.total, -1 = not named or not known yet */
    int64_t rows_seen;
    bool whole;        /* every record had a readable key */
    bool repeated;     /* a key came twice */
    bool fresh;        /* nothing of it was stored before */
    bool has_failures; /* a record of it is a failed item */
    bool heals;        /* reads what failed items need */
    int failed_records;
    int rewalks;
    bool gave_up;        /* shifted once too often: read to the end, not proven */
    unsigned generation; /* answers of earlier generations are void */

    struct walk_count counts[WALK_TABLES_MAX];
    struct keyset seen;
    uint64_t *page_keys; /* keys first seen on the page in hand */
    size_t page_key_count, page_key_size;
    struct walk *next;
};

/* What a page says of the whole list; -1 = not named. */
struct page_meta {
    int64_t total, last_page, per_page, current_page;
    bool has_next; /* links.next is not null */
    int rows;      /* in this page */
};

struct walk *walk_new(const struct resource *resource);
void walk_free(struct walk *w);

/* The next page to ask for, at most `ahead` beyond what is applied; 0 = none now. */
int walk_next_page(const struct walk *w, int ahead);
/* Notes a key; a second time makes `repeated` true. True when it is new. */
bool walk_saw(struct walk *w, uint64_t key);

/* Before page applied+1 is applied: does it fit the reading so far? False: it shifted. */
bool walk_fits(const struct walk *w, const struct page_meta *meta);
/* After it was applied (rows_seen already counts its rows): takes its meta in. */
void walk_applied(struct walk *w, const struct page_meta *meta);
bool walk_is_complete(const struct walk *w);
/* Complete, every row seen exactly once, and as many as the CRM says: rows may be removed by it. */
bool walk_is_proven(const struct walk *w);
/* More pages or records than any list has, and still not the end. */
bool walk_is_endless(const struct walk *w);
/* A page is too large to be read: back to page 1 with the next smaller pages, `least_pages` and
 * `most_pages` told anew. False when there are none. */
bool walk_shrink(struct walk *w);
/* It shifted: back to page 1. False when it has begun anew often enough: it goes on as it is. */
bool walk_restart(struct walk *w);

#endif
