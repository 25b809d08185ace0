/* What went wrong, in words for the operator and as a kind for the policy.
 *
 * A function that can fail returns bool (or a pointer) and fills the err where the cause is first
 * known; callers add context with err_wrap(); the top reports it once. Plain data, any thread. */
#ifndef CORE_BASE_ERR_H
#define CORE_BASE_ERR_H

#include <stdbool.h>

enum err_kind {
    ERR_NONE,
    ERR_USAGE,   /* the command line: exit 2 */
    ERR_CONFIG,  /* configuration, key, a database that cannot be used: exit 2 */
    ERR_DENIED,  /* not permitted: exit 5 */
    ERR_BUSY,    /* another sync holds the lock: exit 4 */
    ERR_STOPPED, /* interrupted or cancelled: exit 130 */
    ERR_AUTH,    /* the CRM rejects the key: exit 3 */
    ERR_NET,     /* the CRM cannot be read: exit 3 */
    ERR_DATA,    /* an answer or a record that cannot be understood: exit 3 */
    ERR_SIZE,    /* an answer larger than we take: exit 3 */
    ERR_IO,      /* files, the machine: exit 3 */
    ERR_DB,      /* the database: exit 3 */
};

struct err {
    enum err_kind kind;
    char message[512]; /* one line, no trailing stop, valid UTF-8 */
};

/* Fills `e` (which may be NULL) and returns false, so that callers can `return err_set(...)`. */
bool err_set(struct err *e, enum err_kind kind, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts context before the message: "context: message". Keeps the kind. Returns false. */
bool err_wrap(struct err *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The process exit code that interface and documentation promise for this kind. */
int err_exit_code(enum err_kind kind);

#endif
