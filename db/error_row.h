/* For db/ alone: a struct error_row from the database. */
#ifndef DB_ERROR_ROW_H
#define DB_ERROR_ROW_H

#include "db/conn.h"
#include "db/error_list.h"

/* The statement that stands on the row, to be reset by the caller; NULL when there is none. */
bool error_row_find(struct conn *c, int64_t id, sqlite3_stmt **s, struct err *e);
/* Borrowed from the statement until it is reset; `whole`: with what only error_list_get gives. */
void error_row_read(sqlite3_stmt *s, bool whole, struct error_row *out);

#endif
