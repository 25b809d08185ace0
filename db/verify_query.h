/* Rows and money by stream and month, for holding two databases against each other: the one that is
 * kept and one that was just read from the CRM. Rows marked as removed do not count, nor what lies
 * below a merchant so marked: the CRM no longer tells of it. The reader's thread. */
#ifndef DB_VERIFY_QUERY_H
#define DB_VERIFY_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct db_reader;
struct err;

enum verify_stream {
    VERIFY_MERCHANTS,
    VERIFY_BATCHES,
    VERIFY_TRANSACTIONS,
    VERIFY_REJECTS, /* those of the transactions that are voided, rejected or charged back */
    VERIFY_ADJUSTMENTS,
    VERIFY_REPORTS,
    VERIFY_RESIDUALS,
    VERIFY_LINE_ITEMS,
    VERIFY_STREAMS
};

enum { VERIFY_MONEY_MOST = 4 };

/* A stream's name and what money it has: 2 decimals = cents, 6 = millionths; NULL ends the list. */
struct verify_shape {
    const char *name;
    int decimals;
    const char *money[VERIFY_MONEY_MOST + 1];
};
extern const struct verify_shape verify_shapes[VERIFY_STREAMS];

/* What is counted: days of batches and adjustments, and the months they touch; not what could not
 * be read (verify_query_unread). */
struct verify_scope {
    const char *from, *to;
    bool whole_history;                       /* also what has no date */
    const char *unread_mids, *unread_reports; /* JSON arrays */
};

struct verify_figures {
    char month[8]; /* "" = of no month */
    int64_t rows;
    int64_t money[VERIFY_MONEY_MOST];
};

/* Calls `visit` for each month that has rows, in order. */
bool verify_query(struct db_reader *r, enum verify_stream stream, const struct verify_scope *scope,
                  void (*visit)(void *data, const struct verify_figures *figures), void *data,
                  struct err *e);

/* Which lists the reading of this database could not read whole, from its open failed items: the
 * merchants, and the residual lists by item id. */
bool verify_query_unread(struct db_reader *r, struct buf *mids, struct buf *reports, struct err *e);

/* Where the CRM contradicts itself: reports whose totals their rows do not meet, and batches whose
 * amount or count their transactions do not meet. By month, of those that do not add up. */
struct verify_control {
    const char *stream; /* reports, batches */
    char month[8];
    int64_t count; /* so many reports or batches */
    int64_t rows_said, rows_held;
    int64_t money_said, money_held;
    int decimals;
};
bool verify_query_controls(struct db_reader *r, const struct verify_scope *scope,
                           void (*visit)(void *data, const struct verify_control *control),
                           void *data, struct err *e);

#endif
