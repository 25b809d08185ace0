#include "db/trouble.h"

#include "db/conn.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define GOES_ON "the next sync goes on from here"

struct trouble {
    int code;            /* the whole code, or its lowest byte, which stands for the rest */
    enum err_kind first; /* while the file is being opened; afterwards it is ERR_DB */
    const char *what;    /* NULL = SQLite's words */
    const char *advice;
};

static const char way_back[] =
    "it was left as it is; move it away with its -wal and -shm, put a copy made by `ipsync backup` "
    "in its c->path, or what `sqlite3 OLD .recover | sqlite3 NEW` saves; then `ipsync sync "
    "initial`";

static const struct trouble troubles[] = {
    {SQLITE_FULL, ERR_DB, "the disk is full", "make room there; " GOES_ON},
    {SQLITE_READONLY_DIRECTORY, ERR_DENIED,
     "its -wal and -shm are missing, and you may not make them",
     "whoever may write the folder runs `ipsync status` once"},
    {SQLITE_READONLY_CANTINIT, ERR_DENIED, "its -shm cannot be used, and you may not make it anew",
     "whoever may write the folder runs `ipsync status` once"},
    {SQLITE_READONLY_DBMOVED, ERR_DB, "the file was moved or replaced while in use",
     "put it back or start again; the next sync goes on from what stands there"},
    {SQLITE_READONLY, ERR_CONFIG, "it cannot be written",
     "see who may write it and whether its disk is read-only; " GOES_ON},
    {SQLITE_IOERR, ERR_DB, "reading or writing it failed",
     "look at the disk and at what the kernel says of it (dmesg); " GOES_ON},
    {SQLITE_CANTOPEN, ERR_CONFIG, "it or its -wal cannot be opened", "see who may open them"},
    {SQLITE_CORRUPT, ERR_CONFIG, NULL, way_back},
    {SQLITE_NOTADB, ERR_CONFIG, NULL, way_back},
    {SQLITE_BUSY, ERR_DB, "another program holds it and does not let go",
     "end that program (`fuser -v` with the file names it); " GOES_ON},
    {SQLITE_PROTOCOL, ERR_DB, "other programs hold its locks",
     "end them (`fuser -v` with the file names them); " GOES_ON},
    {SQLITE_NOMEM, ERR_DB, "there is not enough memory",
     "give the program more (`ulimit -v`, the unit's MemoryMax); " GOES_ON},
    {SQLITE_PERM, ERR_DENIED, "you may not use it", "see who may"},
};

static const struct trouble *find(int code)
{
    const struct trouble *family = NULL;
    for (size_t i = 0; i < sizeof troubles / sizeof troubles[0]; i++) {
        if (troubles[i].code == code) {
            return &troubles[i];
        }
        if (troubles[i].code == (code & 0xff)) {
            family = &troubles[i];
        }
    }
    return family;
}

/* What keeps one process from a file now need not be the file's or the configuration's fault. */
static enum err_kind kind_of_errno(int number, enum err_kind otherwise)
{
    switch (number) {
    case EACCES:
    case EPERM:
        return ERR_DENIED;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case EIO:
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_IO;
    default:
        return otherwise;
    }
}

static const char *advice_on_errno(int number)
{
    switch (number) {
    case EMFILE:
        return "; let this process open more (`ulimit -n`)";
    case ENFILE:
        return "; too many files are open on this machine";
    case ENOSPC:
    case EDQUOT:
        return "; make room there";
    case EFBIG:
        return "; let this process write larger files (`ulimit -f`)";
    default:
        return "";
    }
}

bool trouble_errno(struct err *e, const char *path, const char *doing)
{
    int number = errno;
    return err_set(e, kind_of_errno(number, ERR_CONFIG), "%s: %s%s%s%s", path, doing,
                   *doing ? ": " : "", strerror(number), advice_on_errno(number));
}

bool trouble_damaged(struct err *e, enum err_kind kind, const char *path, const char *what)
{
    return err_set(e, kind, "%s: not a usable SQLite database, %s; %s", path, what, way_back);
}

/* SQLite keeps it where the call failed: with the statement, the file or the log; 0 = unknown. */
static int errno_of(const struct conn *c)
{
    sqlite3_file *log = NULL;
    int number = sqlite3_system_errno(c->handle);
    if (!number) {
        sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_LAST_ERRNO, &number);
    }
    sqlite3_file_control(c->handle, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
    if (!number && log && log->pMethods) {
        log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &number);
    }
    return number;
}

bool trouble_tell(const struct conn *c, struct err *e)
{
    int code = c->handle ? sqlite3_extended_errcode(c->handle) : SQLITE_NOMEM;
    int number = c->handle ? errno_of(c) : 0;
    const char *words = c->handle ? sqlite3_errmsg(c->handle) : "out of memory";
    const struct trouble *t = find(code);
    bool names_errno = (code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN;
    if (!t) {
        return err_set(e, ERR_DB, "%s: database: %s (SQLite code %d)", c->path, words, code);
    }
    enum err_kind kind = c->is_opening ? t->first : ERR_DB;
    if (!t->what) {
        char what[120];
        snprintf(what, sizeof what, "%s (SQLite code %d)", words, code);
        return trouble_damaged(e, kind, c->path, what);
    }
    if (names_errno && number) {
        enum err_kind refined = kind_of_errno(number, kind);
        kind = refined == ERR_IO || !c->is_opening ? ERR_DB : refined;
        const char *advice = advice_on_errno(number);
        return err_set(e, kind, "%s: %s: %s (SQLite code %d); %s", c->path, t->what,
                       strerror(number), code, *advice ? advice + 2 : t->advice);
    }
    return err_set(e, kind, "%s: %s (SQLite code %d); %s", c->path, t->what, code, t->advice);
}
