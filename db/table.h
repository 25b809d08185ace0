/* Rows into tables, told apart as new, updated or unchanged by their content.
 *
 * A table is described by its columns; the SQL follows from that. An unchanged row is not written.
 * A row that had been marked as removed and is put again is live again (updated). */
#ifndef DB_TABLE_H
#define DB_TABLE_H

#include "db/value.h"

struct conn;
struct db_writer;
struct err;

enum { TABLE_COLUMNS_MAX = 20 };

struct table {
    const char *name;
    const char *const
        *columns; /* the key's first; removed_at, which each table has, is not listed */
    int key_count;
    int column_count;
    const char *key_kinds; /* a letter a key column: t = TEXT (NULL becomes ''), i = INTEGER (0) */
};

enum table_put { TABLE_NEW, TABLE_UPDATED, TABLE_UNCHANGED };

/* Puts one row (column_count values in the columns' order). `probably_new` only chooses the faster
 * way. In a write transaction. */
bool table_put(struct db_writer *w, const struct table *t, const struct value *row,
               bool probably_new, enum table_put *out, struct err *e);

/* The two halves of it: what a put would do, and doing it (TABLE_UNCHANGED: nothing). For callers
 * that must look at the old row in between. */
bool table_compare(struct db_writer *w, const struct table *t, const struct value *row,
                   enum table_put *out, struct err *e);
bool table_write(struct db_writer *w, const struct table *t, const struct value *row,
                 enum table_put what, struct err *e);

/* Frees the generated statements' text; the connection is going. */
void table_forget(struct conn *c);

#endif
