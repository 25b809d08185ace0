#include "tests/fuzz/store_check.h"

#include "core/base/civil.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "tests/fuzz/card_scan.h"
#include "tests/fuzz/fuzz.h"

#include <unistd.h>

enum check { FREE, IDENT, CARD, DAY, INSTANT, FLAG, COUNT, LIST, JSON };

/* Columns by name, whatever table they are in; the rest of TEXT is as FREE, of INTEGER is any. */
static const struct {
    const char *column;
    enum check check;
} columns[] = {
    {"mid", IDENT},
    {"sic_code", IDENT},
    {"reference_number", IDENT},
    {"terminal_number", IDENT},
    {"item_id", IDENT},
    {"walk", IDENT},
    {"cardholder", CARD},
    {"opened", DAY},
    {"closed", DAY},
    {"deactivated", DAY},
    {"first_batch", DAY},
    {"last_batch", DAY},
    {"batch_date", DAY},
    {"transaction_date", DAY},
    {"adjustment_date", DAY},
    {"range_from", DAY},
    {"range_to", DAY},
    {"created", INSTANT},
    {"modified", INSTANT},
    {"removed_at", INSTANT},
    {"created_at", INSTANT},
    {"updated_at", INSTANT},
    {"started_at", INSTANT},
    {"next_retry_at", INSTANT},
    {"void_reject_chargeback", FLAG},
    {"is_recurring", FLAG},
    {"ordinal", COUNT},
    {"batches", COUNT},
    {"rejects", COUNT},
    {"refunds_cents", COUNT},
    {"leads", LIST},
    {"error_details", JSON},
    {"results", JSON},
    {"progress", JSON},
    {"details", JSON},
};

static const char *const tables[] = {
    "merchants",         "transaction_batches", "transactions",        "adjustments",
    "residual_reports",  "residuals",           "residual_line_items", "merchant_metrics",
    "sync_failed_items", "sync_checkpoints",    "sync_walk_pages",     "sync_touched",
    "sync_progress",     "sync_jobs",           "sync_job_figures",    "sync_days",
    "sync_job_totals",   "sync_failed_totals",  "sync_error_days",     "sync_streams",
    "sync_state",
};

static sqlite3_stmt *prepare(struct db_writer *w, const char *sql, const char *table)
{
    sqlite3_stmt *s = NULL;
    char *all = sqlite3_mprintf("%s%s", sql, table);
    HOLDS_FOR(!sqlite3_prepare_v2(writer_conn(w)->handle, all, -1, &s, NULL), all);
    sqlite3_free(all);
    return s;
}

static void run(struct db_writer *w, const char *sql)
{
    HOLDS_FOR(!sqlite3_exec(writer_conn(w)->handle, sql, NULL, NULL, NULL),
              sqlite3_errmsg(writer_conn(w)->handle));
}

void store_forget(const char *path)
{
    static const char *const tails[] = {"", "-wal", "-shm", "-write", "-change", "-sync"};
    char name[128];
    for (size_t i = 0; i < sizeof tails / sizeof tails[0]; i++) {
        snprintf(name, sizeof name, "%s%s", path, tails[i]);
        unlink(name);
    }
}

void store_fill(struct db_writer *w)
{
    struct err e = {0};
    HOLDS(db_begin(w, &e));
    run(w, "INSERT INTO merchants (mid, name, last_batch) VALUES ('0017', 'A', '2026-02-01'), "
           "('00017', 'B', NULL), ('0000000042', 'C', '2026-01-31')");
    HOLDS(db_commit(w, &e));
}

void store_empty(struct db_writer *w)
{
    struct err e = {0};
    HOLDS(db_begin(w, &e));
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        sqlite3_stmt *s = prepare(w, "DELETE FROM ", tables[i]);
        HOLDS(sqlite3_step(s) == SQLITE_DONE);
        sqlite3_finalize(s);
    }
    HOLDS(db_commit(w, &e));
}

static bool is_day(const char *text)
{
    struct civil day;
    return civil_parse_iso(text, &day);
}

static bool is_instant(const char *text)
{
    int64_t ms = 0;
    return strlen(text) == 24 && civil_parse_utc(text, &ms);
}

static void check_text(enum check check, const char *text, const char *column)
{
    size_t len = strlen(text);
    HOLDS_FOR(text_is_utf8(text, len), column);
    HOLDS_FOR(check != DAY || !*text || is_day(text), text);
    HOLDS_FOR(check != INSTANT || is_instant(text), text);
    HOLDS_FOR(check != LIST || (*text == '[' && !text[strspn(text, "[]0123456789,-")]), text);
    HOLDS_FOR(check != FREE || !card_scan(text), text);
    int digits = 0;
    for (const char *p = text; *p; p++) {
        digits += *p >= '0' && *p <= '9';
        HOLDS_FOR(check != JSON || (unsigned char)*p >= ' ', text);
    }
    HOLDS_FOR(check != CARD || (digits <= 10 && !card_scan(text)), text);
}

static void check_number(enum check check, int64_t n, const char *column)
{
    HOLDS_FOR(check != FLAG || n == 0 || n == 1, column);
    HOLDS_FOR(check != COUNT || n >= 0, column);
}

static enum check check_of(const char *column)
{
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
        if (strcmp(columns[i].column, column) == 0) {
            return columns[i].check;
        }
    }
    return FREE;
}

static void check_cell(sqlite3_stmt *s, int i)
{
    const char *column = sqlite3_column_name(s, i);
    int type = sqlite3_column_type(s, i);
    if (type == SQLITE_TEXT) {
        const char *text = (const char *)sqlite3_column_text(s, i);
        HOLDS_FOR(strlen(text) == (size_t)sqlite3_column_bytes(s, i), column);
        check_text(check_of(column), text, column);
    } else if (type == SQLITE_INTEGER) {
        check_number(check_of(column), sqlite3_column_int64(s, i), column);
    } else {
        HOLDS_FOR(type != SQLITE_FLOAT, column);
    }
}

/* No row where there may be none. */
static void check_none(struct db_writer *w, const char *sql)
{
    sqlite3_stmt *s = prepare(w, sql, "");
    HOLDS_FOR(sqlite3_step(s) == SQLITE_DONE, sql);
    sqlite3_finalize(s);
}

void store_check(struct db_writer *w)
{
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        sqlite3_stmt *s = prepare(w, "SELECT * FROM ", tables[i]);
        int got = 0;
        while ((got = sqlite3_step(s)) == SQLITE_ROW) {
            for (int c = 0; c < sqlite3_column_count(s); c++) {
                check_cell(s, c);
            }
        }
        HOLDS(got == SQLITE_DONE);
        sqlite3_finalize(s);
    }
    check_none(w, "SELECT 1 FROM transactions WHERE batch_id NOT IN "
                  "(SELECT id FROM transaction_batches)");
    check_none(w, "SELECT 1 FROM sync_failed_items WHERE NOT json_valid(error_details)");
    check_none(w, "SELECT 1 FROM sync_jobs WHERE NOT json_valid(results)");
    check_none(w, "SELECT mid FROM transaction_batches WHERE removed_at IS NULL GROUP BY mid, "
                  "batch_date, reference_number, terminal_number "
                  "HAVING max(ordinal) <> count(*) - 1");
}
