/* Who may run a sync: one at a time on one database, decided by an OFD lock on FILE-sync, which
 * dies with its holder. A job row that says `running` without a holder was interrupted. */
#ifndef DB_RUN_LOCK_H
#define DB_RUN_LOCK_H

#include <stdbool.h>

struct db_reader;
struct err;

/* The lock's descriptor (close it to let go); -1 with ERR_BUSY when another sync runs. */
int run_lock_take(const char *database, struct err *e);
/* Whether `fd`, inherited from a process that handed its sync over, is this lock, held. ERR_USAGE
 * when it is another file or none, ERR_BUSY when somebody else holds the lock. */
bool run_lock_adopt(const char *database, int fd, struct err *e);
bool run_lock_is_held(const char *database);

#endif
