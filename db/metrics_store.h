/* merchant_metrics: which merchant months a sync has touched, and their calculation. */
#ifndef DB_METRICS_STORE_H
#define DB_METRICS_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

/* Notes that something of this merchant's month changed; part of the write that changed it. */
bool metrics_touch(struct db_writer *w, const char *mid, int year, int month, struct err *e);
/* The same by a batch date, "" (no date) is no month. */
bool metrics_touch_date(struct db_writer *w, const char *mid, const char *date, struct err *e);

bool metrics_touched_count(struct db_reader *r, int64_t *merchants, struct err *e);
/* Calculates the touched months of the next `merchants` merchants and forgets them; `left` tells
 * whether there are more. In a write transaction. */
bool metrics_calculate_some(struct db_writer *w, int merchants, bool *left, struct err *e);

#endif
