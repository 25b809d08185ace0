/* Brings a database from the version it has to the one this program knows. */
#ifndef DB_MIGRATE_H
#define DB_MIGRATE_H

#include <stdbool.h>

struct conn;
struct err;

/* Refuses, with ERR_CONFIG, a file of a newer ipsync or of another program. Changes nothing. */
bool migrate_check(struct conn *c, const char *path, struct err *e);
/* Runs the missing steps, each in a transaction of its own. The write lock must be held. */
bool migrate(struct conn *c, struct err *e);

#endif
