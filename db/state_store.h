/* sync_state: small facts that outlive the process, by name. */
#ifndef DB_STATE_STORE_H
#define DB_STATE_STORE_H

#include <stdbool.h>
#include <stddef.h>

struct db_reader;
struct db_writer;
struct err;

/* Copies the value into `out`, cut between characters where it does not fit; "" when there is none
 * (found = false), also in a file of an older schema. The reader's thread. */
bool state_get(struct db_reader *r, const char *name, char *out, size_t size, bool *found,
               struct err *e);
/* Sets it; NULL removes it. In a write transaction. */
bool state_set(struct db_writer *w, const char *name, const char *value, struct err *e);

#endif
