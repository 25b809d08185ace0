/* For the lists of db/ alone: a few index scans (arms) read as one list in one order.
 *
 * An arm gives its rows in the list's order from a place on: column 0 is the row number, column 1
 * the text the order goes by (column 2 more of it in a `grouped` arm, where the first is a word
 * without blanks). Parameters: ?1, ?2 the texts and ?3 the row number of the place, ?4 how many,
 * and ?5 an error_scope's `since` where it `has_since`.
 *
 * It takes two statements: the rows equal in text but beyond the number, then those beyond the
 * text. In one, SQLite 3.40 seeks by the text alone (a row number in a row value is no part of the
 * seek), and a million rows of one moment would be stepped over for every piece. The arms are
 * merged here and not in SQL, since SQLite sorts what it cannot prove to be in order. */
#ifndef DB_LIST_SCAN_H
#define DB_LIST_SCAN_H

#include "core/base/buf.h"
#include "db/conn.h"
#include "db/list.h"

enum { LIST_ARMS_MAX = 3 };

struct list_way {
    const char *equal; /* NULL: `beyond` gives these too */
    const char *beyond;
};

struct list_arm {
    struct list_way up, down; /* SQL: ascending, descending */
    const char *prefix;       /* stands before its texts in keys: where arms follow one another */
    bool is_of_jobs;          /* its rows are jobs: their number is negated in keys */
    bool grouped, has_since;
};

/* Appends the whole text a row stands at, for keys that did not hold it. */
typedef bool list_sort_of(struct conn *c, int order, int64_t row, struct buf *out, bool *found,
                          struct err *e);

struct list_scan {
    struct conn *c;
    struct {
        const struct list_arm *arm;
        sqlite3_stmt *statement; /* NULL = at its end */
        sqlite3_stmt *next;      /* what comes after it */
        struct buf sort;         /* of the row it stands at */
        int64_t row;
    } at[LIST_ARMS_MAX];
    int count, current;
    bool descending, in_savepoint;
};

/* Begins at the slice's key in one read transaction; `arms` end with NULL. On failure there is
 * nothing to close. `scan` is zeroed by it. */
bool list_scan_begin(struct list_scan *scan, struct conn *c, const struct list_arm *const *arms,
                     bool descending, const struct list_slice *slice, list_sort_of *sort_of,
                     const char *since, struct err *e);
/* The next row: 1 = `key` is it, 0 = no more, -1 = failure. */
int list_scan_next(struct list_scan *scan, struct list_key *key, struct err *e);
void list_scan_end(struct list_scan *scan);

/* Fills a key from the whole text. */
void list_key_fill(struct list_key *key, const struct buf *sort, int64_t row);

#endif
