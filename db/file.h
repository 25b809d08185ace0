/* The database's files: folders and modes, and the locks beside them.
 *
 * Locks are OFD locks (fcntl F_OFD_SETLK): they belong to the open file, die with their holder, and
 * anyone who may open the file can ask who holds one. Any thread. */
#ifndef DB_FILE_H
#define DB_FILE_H

#include <stdbool.h>

struct err;

/* Makes missing folders (0700) and the file (0600); refuses a file or folder that others can write.
 */
bool file_prepare(const char *path, struct err *e);

/* Opens PATH+suffix (made 0600). -1 on failure. */
int file_lock_open(const char *path, const char *suffix, struct err *e);
/* Waits up to wait_ms (0: asks once). ERR_BUSY when someone else holds it. */
bool file_lock(int fd, int wait_ms, struct err *e);
void file_unlock(int fd);
/* True while someone else's open file holds the lock. Asks, never takes. */
bool file_is_locked(const char *path, const char *suffix);

#endif
