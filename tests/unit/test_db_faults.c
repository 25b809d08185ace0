/* The database under a disk that fails: at every read, write, sync, lock … in turn. What was
 * committed is there, what was not is not there at all, the error says which file and what to do,
 * and once the fault is gone everything goes on. */
#include "tests/unit/faulty_vfs.h"

#include "db/checkpoint_store.h"
#include "db/conn.h"
#include "db/job_query.h"
#include "db/merchant_store.h"
#include "db/tables.h"
#include "tests/unit/scratch_db.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>

enum { ROWS = 60, TRANSACTIONS = 3, FAULTS_MOST = 4000 };

struct fault_kind {
    const char *name;
    enum fault_at at;
    int code;
};

static const struct fault_kind kinds[] = {
    {"open", FAULT_OPEN, SQLITE_CANTOPEN},
    {"read", FAULT_READ, SQLITE_IOERR_READ},
    {"short read", FAULT_READ, SQLITE_IOERR_SHORT_READ},
    {"write", FAULT_WRITE, SQLITE_IOERR_WRITE},
    {"full", FAULT_WRITE, SQLITE_FULL},
    {"sync", FAULT_SYNC, SQLITE_IOERR_FSYNC},
    {"truncate", FAULT_TRUNCATE, SQLITE_IOERR_TRUNCATE},
    {"size", FAULT_SIZE, SQLITE_IOERR_FSTAT},
    {"lock", FAULT_LOCK, SQLITE_IOERR_LOCK},
    {"busy", FAULT_LOCK, SQLITE_BUSY},
    {"shm map", FAULT_SHM_MAP, SQLITE_IOERR_SHMMAP},
    {"shm lock", FAULT_SHM_LOCK, SQLITE_IOERR_SHMLOCK},
    {"shm busy", FAULT_SHM_LOCK, SQLITE_BUSY},
};

/* What the transactions are told to be, by the program. */
static bool committed[TRANSACTIONS];

static void check_words(const struct err *e, const struct fault_kind *kind)
{
    bool names_it = strstr(e->message, scratch_path) != NULL;
    bool advises = strstr(e->message, "; ") != NULL;
    bool fits = e->kind == ERR_DB || e->kind == ERR_IO || e->kind == ERR_CONFIG ||
                e->kind == ERR_BUSY || e->kind == ERR_DENIED;
    if (!names_it || !advises || !fits) {
        fprintf(stderr, "%s at %d: kind %d: %s\n", kind->name, fault.after, e->kind, e->message);
    }
    CHECK(names_it && advises && fits);
}

/* Rows and checkpoint of one page. */
static bool put_page(struct db_writer *w, int page, struct err *e)
{
    struct checkpoint p = {.sync_type = "initial",
                           .walk = "w",
                           .scope = "s",
                           .version = "1",
                           .pages = page + 1,
                           .total = ROWS,
                           .started_at = "2024-01-01T00:00:00.000Z"};
    struct value row[MERCHANT_COLUMNS] = {{VALUE_NULL, 0, NULL}};
    char mid[MID_SIZE];
    char name[200];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    for (int i = 0; i < ROWS; i++) {
        enum table_put put = TABLE_NEW;
        snprintf(mid, sizeof mid, "%d-%d", page, i);
        row[MERCHANT_MID] = value_text(mid);
        row[MERCHANT_NAME] = value_text(name);
        if (!table_put(w, &table_merchants, row, true, &put, e)) {
            return false;
        }
    }
    return checkpoint_save(w, &p, "2024-01-02", e);
}

static bool transaction(struct db_writer *w, int page, struct err *e)
{
    bool ok = db_begin(w, e) && put_page(w, page, e) && db_commit(w, e);
    if (!ok) {
        db_rollback(w);
    }
    return ok;
}

static void read_something(const struct fault_kind *kind)
{
    struct err e = {0};
    bool ready = false;
    struct db_reader *r = db_reader_open(scratch_path, &e);
    if (r) {
        db_reader_set_patience(r, 5);
    }
    if (!r || !job_query_ready(r, &ready, &e)) {
        check_words(&e, kind);
    }
    db_reader_close(r);
}

/* As a sync does it: after the first failure the last words, and then no more. */
static void sync_once(const struct fault_kind *kind)
{
    struct err e = {0};
    memset(committed, 0, sizeof committed);
    struct db_writer *w = db_writer_open_within(scratch_path, 1, 5, &e);
    bool ok = w != NULL;
    for (int page = 0; ok && page < TRANSACTIONS; page++) {
        ok = committed[page] = transaction(w, page, &e);
    }
    if (!ok) {
        check_words(&e, kind);
        CHECK(e.kind != ERR_NONE);
    }
    if (w && !ok) {
        struct err last = {0};
        db_release_reserve(w);
        if (!transaction(w, TRANSACTIONS, &last)) {
            check_words(&last, kind);
        }
    }
    if (w && ok) {
        db_checkpoint(w);
    }
    db_writer_close(w);
}

static void check_whole(const struct fault_kind *kind)
{
    char sql[200];
    sqlite3 *db = scratch_handle();
    sqlite3_stmt *s = NULL;
    CHECK(!sqlite3_prepare_v2(db, "PRAGMA integrity_check", -1, &s, NULL));
    CHECK(sqlite3_step(s) == SQLITE_ROW);
    CHECK_STR((const char *)sqlite3_column_text(s, 0), "ok");
    sqlite3_finalize(s);
    sqlite3_close(db);
    if (!scratch_number("SELECT count(*) FROM sqlite_schema WHERE name = 'merchants'")) {
        return; /* not even made */
    }
    for (int page = 0; page < TRANSACTIONS; page++) {
        snprintf(sql, sizeof sql, "SELECT count(*) FROM merchants WHERE mid LIKE '%d-%%'", page);
        int64_t rows = scratch_number(sql);
        if ((rows != 0 && rows != ROWS) || (committed[page] && rows != ROWS)) {
            fprintf(stderr, "%s at %d: page %d has %d rows\n", kind->name, fault.after, page,
                    (int)rows);
        }
        CHECK(rows == 0 || rows == ROWS);
        CHECK(!committed[page] || rows == ROWS);
    }
}

static void copy_file(const char *from, const char *to)
{
    char bytes[65536];
    int in = open(from, O_RDONLY);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ssize_t n = 0;
    while ((n = read(in, bytes, sizeof bytes)) > 0) {
        CHECK(write(out, bytes, (size_t)n) == n);
    }
    CHECK(in >= 0 && out >= 0 && n == 0);
    close(in);
    close(out);
}

/* The fault strikes at the n-th; returns whether it came to that. */
static bool strike(const struct fault_kind *kind, const char *template, int n, bool for_good)
{
    scratch_new();
    if (template) {
        copy_file(template, scratch_path);
    }
    fault.at = kind->at;
    fault.code = kind->code;
    fault.after = n;
    fault.for_good = for_good;
    fault.seen = 0;
    sync_once(kind);
    if (kind->code != SQLITE_BUSY) { /* for which readers have half a minute's patience */
        read_something(kind);
    }
    bool came = fault.seen > n;
    fault.at = FAULT_NOWHERE;
    check_whole(kind);
    sync_once(kind); /* the fault is gone */
    for (int page = 0; page < TRANSACTIONS; page++) {
        CHECK(committed[page]);
    }
    check_whole(kind);
    return came;
}

static void sweep(const char *template, bool for_good, int step)
{
    const char *is_short = getenv("IPSYNC_TEST_SHORT");
    step *= is_short && *is_short && strcmp(is_short, "0") != 0 ? 5 : 1;
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        int n = 0;
        if (for_good && kinds[k].at == FAULT_SHM_LOCK && kinds[k].code == SQLITE_BUSY) {
            continue; /* SQLite itself tries for ten seconds */
        }
        while (n < FAULTS_MOST && strike(&kinds[k], template, n, for_good)) {
            n += step;
        }
        CHECK(n > 0 && n < FAULTS_MOST);
    }
}

static char template_path[64];

static void remove_template(void)
{
    unlink(template_path);
}

/* Thousands of files come and go: in memory, where that is to be had. */
static void begin(void)
{
    faulty_vfs_install();
    if (!access("/dev/shm", W_OK)) {
        scratch_root = "/dev/shm";
    }
}

/* A database with its schema, all of it in the file. */
static const char *make_template(void)
{
    struct err e = {0};
    begin();
    scratch_new();
    struct db_writer *w = scratch_writer();
    db_checkpoint(w);
    db_writer_close(w);
    snprintf(template_path, sizeof template_path, "%s/ipsync-template-%d", scratch_root,
             (int)getpid());
    copy_file(scratch_path, template_path);
    atexit(remove_template);
    (void)e;
    return template_path;
}

static void test_a_fault_at_every_place(void)
{
    sweep(make_template(), false, 1);
}

static void test_a_fault_that_stays(void)
{
    sweep(make_template(), true, 1);
}

static void test_a_fault_while_the_database_is_made(void)
{
    begin();
    sweep(NULL, true, 3);
}

static const struct unit_case cases[] = {
    {"a_fault_at_every_place", test_a_fault_at_every_place},
    {"a_fault_that_stays", test_a_fault_that_stays},
    {"a_fault_while_the_database_is_made", test_a_fault_while_the_database_is_made},
};

UNIT_MAIN(cases)
