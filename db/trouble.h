/* What SQLite reports, in words for the operator: which file, what is the matter with it, what to
 * do about it; and the kind that decides the exit code. Any thread. */
#ifndef DB_TROUBLE_H
#define DB_TROUBLE_H

#include "core/base/err.h"

struct conn;

/* Describes the connection's last error. While the file is being opened, what makes it unusable is
 * a fault of the configuration or of permissions, later of the database. Returns false. */
bool trouble_tell(const struct conn *c, struct err *e);
/* The file is damaged: `what` says how. With the way back. Returns false. */
bool trouble_damaged(struct err *e, enum err_kind kind, const char *path, const char *what);

/* The same for a failed system call: what errno says about the file. Returns false. */
bool trouble_errno(struct err *e, const char *path, const char *doing);

#endif
