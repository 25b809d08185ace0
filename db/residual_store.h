/* Residual reports, their rows and the line items beside them: what has gone, and control totals.
 */
#ifndef DB_RESIDUAL_STORE_H
#define DB_RESIDUAL_STORE_H

#include "core/base/keyset.h"

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

/* A month's reports that are stored and live, as the plan needs them. */
struct residual_report {
    int64_t processor_id;
    int64_t merchants; /* -1 = not named */
};

enum { REPORTS_MAX = 256 }; /* more processors than any portfolio has; more are read in turns */

bool residual_reports_of(struct db_reader *r, int year, int month, int64_t after_processor,
                         struct residual_report *out, int cap, int *count, struct err *e);

/* Rows and sums of one report as the CRM states them and as they are stored (live rows). */
enum residual_total {
    TOTAL_MERCHANTS,
    TOTAL_TRANSACTIONS,
    TOTAL_SALES,
    TOTAL_INCOME,
    TOTAL_EXPENSE,
    TOTAL_NET,
    TOTAL_AGENT_NET,
    TOTAL_COUNT
};
struct residual_totals {
    bool stated_is_null[TOTAL_COUNT];
    int64_t stated[TOTAL_COUNT], stored[TOTAL_COUNT];
};
bool residual_totals_of(struct db_reader *r, int year, int month, int64_t processor_id,
                        struct residual_totals *out, struct err *e);

/* After complete readings: each marks the live rows that are not in `seen` as removed, touches what
 * metrics depend on it, and counts. A report that has gone takes its rows with it. */
bool residual_remove_unseen_reports(struct db_writer *w, int year, int month,
                                    const struct keyset *seen, const char *now, int64_t *removed,
                                    int64_t *reports, struct err *e);
bool residual_remove_unseen_rows(struct db_writer *w, int year, int month, int64_t processor_id,
                                 const struct keyset *seen, const char *now, int64_t *removed,
                                 struct err *e);
bool residual_remove_unseen_line_items(struct db_writer *w, int year, int month,
                                       const struct keyset *seen, const char *now, int64_t *removed,
                                       struct err *e);

#endif
