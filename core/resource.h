/* The lists of the CRM that ipsync reads: one row of a table each. Engine thread. */
#ifndef CORE_RESOURCE_H
#define CORE_RESOURCE_H

#include "core/messages.h"
#include "core/walk.h"

#include <cjson/cJSON.h>
#include <stdbool.h>

struct buf;
struct err;
struct sync;

enum resource_id {
    RESOURCE_MERCHANTS,    /* GET /merchants */
    RESOURCE_MERCHANT,     /* GET /merchants/{mid}: one object, no pages */
    RESOURCE_TRANSACTIONS, /* GET /merchants/{mid}/transactions */
    RESOURCE_REPORTS,      /* GET /residuals/reports/summary/{year}/{month} */
    RESOURCE_ROWS,         /* GET /residuals/reports/summary/rows/{processor}/{year}/{month} */
    RESOURCE_LINE_ITEMS,   /* GET /residuals/lineitems/{year}/{month} */
    RESOURCE_COUNT
};

struct resource {
    const char *name;
    enum sync_phase phase;
    const char *item_type; /* in sync_failed_items */
    int per_page;          /* the largest the API allows */
    bool is_list;          /* {data, links, meta}; else one object */
    const int *smaller;    /* what per_page may be besides, falling, 0 at the end */
    /* Appends path and query without the page's number ("…?a=b" or "…"). */
    void (*add_path)(const struct sync *s, const struct walk *w, struct buf *b);
    /* Appends its item_id for sync_failed_items. */
    void (*add_item_id)(const struct walk *w, struct buf *b);
    /* Puts one page's rows: `root` is the whole answer, `data` its list (or the object). Counts
     * rows into w->rows_seen. False only when the database fails. In a write transaction. */
    bool (*apply)(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                  struct err *e);
    /* After the last page of a proven walk, in the same transaction: what has gone, control totals.
     * May send the walk back (walk_restart) or report it. NULL = nothing to do. */
    bool (*finish)(struct sync *s, struct walk *w, struct err *e);
};

/* A merchant number as part of an item_id: '/' parts the id, so it is written %2F there (and a %
 * that would be misread %25). */
void resource_add_item_mid(struct buf *b, const char *mid);
/* The merchant number at the start of an item_id, as it is. */
void resource_read_item_mid(const char *item_id, char out[MID_SIZE]);

/* The next smaller per_page; 0 = there is none. */
int resource_smaller_page(const struct resource *r, int per_page);

extern const struct resource resources[RESOURCE_COUNT];

#endif
