/* The connection itself, for the files of db/ alone: cached statements and their binding. */
#ifndef DB_CONN_H
#define DB_CONN_H

#include "core/base/err.h"
#include "db/db.h"

#include <sqlite3.h>
#include <sys/types.h>

enum { CONN_STATEMENTS = 256, CONN_BUSY_MS = 30000 };

/* The steps that queries of older files ask for: 002-sync.sql and 003-dashboard.sql. */
enum { SCHEMA_SYNC = 2, SCHEMA_DASHBOARD = 3 };

/* A file by what it is, not by its name. */
struct conn_file {
    dev_t device;
    ino_t inode; /* 0 = there is none */
};

struct conn {
    sqlite3 *handle;
    char *path;
    struct {
        const char *sql; /* identity of the literal, not its text */
        sqlite3_stmt *statement;
    } cache[CONN_STATEMENTS];
    void *table_sql;    /* table.c's generated statements */
    int64_t schema;     /* the step it stands at, once that is the newest; it never goes back */
    uint64_t serial;    /* no two connections of a process have the same */
    int slice_ms;       /* a query may take so long, 0 = any time */
    int64_t slice_from; /* when the last one began */
    bool is_opening;    /* what makes the file unusable is then not the database's fault */
    struct conn_file file, log; /* as opened, see db/intact.h */
    int stop_fd;                /* readable: every query ends; 0 = none */
};

struct db_reader {
    struct conn conn;
};

struct db_writer {
    struct db_reader reader;
    int lock_fd; /* FILE-write */
    bool in_transaction;
    int patience_ms;             /* for SQLite's locks */
    int lock_wait_ms;            /* for the write lock */
    bool must_not_wait;          /* the caller said how long: then a held lock is no fault */
    int wal_pages, wal_tried_at; /* length of the WAL; and when it was last tried to copy it back */
    bool wal_is_held;            /* the last try to begin it anew met a reader */
    int64_t wal_max_pages;
};

static inline struct conn *reader_conn(struct db_reader *r)
{
    return &r->conn;
}

static inline struct conn *writer_conn(struct db_writer *w)
{
    return &w->reader.conn;
}

/* Describes SQLite's last error as ERR_DB (ERR_STOPPED: its time slice is over, or it
 * was told to stop). Returns false. */
bool conn_fail(struct conn *c, struct err *e);

/* A statement, reset and with its parameters bound: `types` has a letter each: s text (NULL =
 * null), i int64_t, b blob (pointer, size_t). `sql` must be a literal or live as long as the
 * connection: it is prepared once. Text and blobs are borrowed until the statement is done. NULL on
 * failure. */
sqlite3_stmt *conn_bind(struct conn *c, struct err *e, const char *sql, const char *types, ...);
/* Only prepares (or finds) and resets. */
sqlite3_stmt *conn_statement(struct conn *c, struct err *e, const char *sql);

/* Steps once: 1 = a row, 0 = done (statement reset), -1 = failure (err filled, statement reset). */
int conn_step(struct conn *c, sqlite3_stmt *s, struct err *e);
/* Bind, run to the end, no rows. */
bool conn_run(struct conn *c, struct err *e, const char *sql, const char *types, ...);
/* The first column of the first row as a number; `fallback` when there is no row. False on failure.
 */
bool conn_number(struct conn *c, struct err *e, int64_t *out, int64_t fallback, const char *sql,
                 const char *types, ...);

/* A sum as two columns: SQLite's own sum() fails the statement where it overflows, and the CRM may
 * send any amount. */
#define CONN_SUM(x) "ifnull(sum((" x ") / 1000000), 0), ifnull(sum((" x ") % 1000000), 0)"
/* Of such a sum that begins at `column`; the greatest or smallest number there is where it fits
 * none. */
int64_t conn_sum(sqlite3_stmt *s, int column);
/* The same for two numbers. */
int64_t conn_add(int64_t a, int64_t b);

/* Column text, "" for NULL; valid until the next step. */
const char *conn_text(sqlite3_stmt *s, int column);

/* The same, NULL for NULL. */
const char *conn_text_or_null(sqlite3_stmt *s, int column);

/* The schema step the file stands at: 0 = no tables yet, 2 = before the dashboard's. Asked anew
 * until it is the newest: another process may bring it up to date meanwhile. */
bool conn_schema(struct conn *c, int64_t *step, struct err *e);
/* Bounds each query of this connection from now on; 0 = no bound. */
void conn_set_slice(struct conn *c, int slice_ms);
/* Its queries end with ERR_STOPPED as soon as `fd` can be read. */
void conn_set_stop(struct conn *c, int fd);

/* Opens it with what every connection here has. `name`: the path, or what SQLite is to make of it.
 */
bool conn_open(struct conn *c, const char *path, const char *name, int flags, struct err *e);
void conn_close(struct conn *c);

#endif
