/* Whether the files of a database are what they should be: before they are opened, once they are,
 * and while they are in use. SQLite itself would take an empty file, or one whose end is missing,
 * for what it is, would overwrite a log that it does not understand, and would go on writing to a
 * file that has no name any more. */
#ifndef DB_INTACT_H
#define DB_INTACT_H

#include <stdbool.h>

struct conn;
struct err;

/* Before SQLite sees them: a regular file; its log (FILE-wal) a log, and not without the file that
 * it belongs to. Reads the log alone: nobody may open the file beside SQLite (db/file.c). */
bool intact_before(const char *path, struct err *e);
/* Once they are open: the file is as long as it says. */
bool intact_whole(struct conn *c, struct err *e);

/* Which files stand at the names now. */
void intact_remember(struct conn *c);
/* Whether the same ones still do; `lock_fd`: FILE-write too (-1 = none). */
bool intact_still(const struct conn *c, int lock_fd, struct err *e);
/* After a commit: whether it went to a log. One that was cut or overwritten while in use is none,
 * and must not be copied back into the file. */
bool intact_log(struct conn *c, struct err *e);

#endif
