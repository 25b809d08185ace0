/* Reading `changes`: what turned out different upstream after it had been read. The schema's
 * triggers write it (assets/schema/005-changes.sql). The reader's thread. */
#ifndef DB_CHANGE_QUERY_H
#define DB_CHANGE_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct err;

/* How many values one sync found changed. */
bool change_query_of_sync(struct db_reader *r, const char *sync_id, int64_t *count, struct err *e);

#endif
