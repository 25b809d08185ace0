/* The walks there are, ready to be opened. The caller owns them (walk_free). Engine thread. */
#ifndef CORE_WALK_MAKE_H
#define CORE_WALK_MAKE_H

#include "core/resource.h"
#include "db/merchant_store.h"

struct walk *walk_of_merchants(void);
struct walk *walk_of_merchant(const char *mid);
struct walk *walk_of_transactions(const struct merchant_span *span, const char *from,
                                  const char *to);
/* RESOURCE_REPORTS or RESOURCE_LINE_ITEMS of a civil_month_index(). */
struct walk *walk_of_month(enum resource_id id, int month_index);
/* `merchants` is how many rows the report says it has, -1 = it does not say. */
struct walk *walk_of_rows(int year, int month, int64_t processor, int64_t merchants);

#endif
