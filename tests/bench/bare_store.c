#include "tests/bench/bare_store.h"

#include <cjson/cJSON.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- values ---- */
static int64_t cents(const cJSON *v)
{
    if (cJSON_IsNumber(v)) {
        return (int64_t)(v->valuedouble * 100 + (v->valuedouble < 0 ? -0.5 : 0.5));
    }
    const char *s = v->valuestring;
    bool negative = *s == '-';
    s += negative;
    int64_t n = 0;
    for (; *s >= '0' && *s <= '9'; s++) {
        n = n * 10 + (*s - '0');
    }
    s += *s == '.';
    for (int digit = 0; digit < 2; digit++) {
        n = n * 10 + (*s >= '0' && *s <= '9' ? *s++ - '0' : 0);
    }
    return negative ? -n : n;
}

/* MM/DD/YYYY to YYYY-MM-DD. */
static const char *plain_date(const char *s, char out[static 11])
{
    if (strlen(s) != 10) {
        return s;
    }
    memcpy(out, s + 6, 4);
    out[4] = out[7] = '-';
    memcpy(out + 5, s, 2);
    memcpy(out + 8, s + 3, 2);
    out[10] = '\0';
    return out;
}

/* ---- database ---- */
static sqlite3 *db;
static sqlite3_stmt *put_batch, *find_batch, *put_transaction, *put_cursor, *begin, *commit;

static void run(const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        die("SQL", sqlite3_errmsg(db));
    }
}

static sqlite3_stmt *prepare(const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &stmt, NULL) != SQLITE_OK) {
        die("SQL", sqlite3_errmsg(db));
    }
    return stmt;
}

static void step(sqlite3_stmt *stmt)
{
    int rc = sqlite3_step(stmt);
    if ((rc != SQLITE_DONE && rc != SQLITE_ROW) || sqlite3_reset(stmt) != SQLITE_OK) {
        die("SQL", sqlite3_errmsg(db));
    }
}

static void text(sqlite3_stmt *stmt, int at, const char *value)
{
    sqlite3_bind_text(stmt, at, value, -1, SQLITE_STATIC);
}

static void run_file(const char *path)
{
    static char sql[1 << 18];
    FILE *f = fopen(path, "r");
    size_t len = f != NULL ? fread(sql, 1, sizeof sql - 1, f) : 0;
    if (f == NULL || fclose(f) != 0 || len == 0) {
        die(path, "cannot be read");
    }
    sql[len] = '\0';
    run(sql);
}

void store_open(const char *path, char **schema)
{
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        die(path, "cannot be opened");
    }
    run("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;");
    sqlite3_stmt *known = prepare("SELECT 1 FROM sqlite_schema WHERE name = 'bare_cursor'");
    bool is_new = sqlite3_step(known) != SQLITE_ROW;
    sqlite3_finalize(known);
    if (is_new) {
        while (*schema != NULL) {
            run_file(*schema++);
        }
        run("CREATE TABLE bare_cursor (mid TEXT PRIMARY KEY, page INTEGER) STRICT");
    }
    begin = prepare("BEGIN IMMEDIATE");
    commit = prepare("COMMIT");
    put_cursor = prepare("INSERT INTO bare_cursor VALUES (?, ?) "
                         "ON CONFLICT DO UPDATE SET page = excluded.page");
    put_batch = prepare(
        "INSERT INTO transaction_batches (mid, batch_date, reference_number, terminal_number, "
        "amount_cents, transaction_count) VALUES (?, ?, ?, ?, ?, ?) "
        "ON CONFLICT (mid, batch_date, reference_number, terminal_number, ordinal) DO UPDATE SET "
        "amount_cents = excluded.amount_cents, transaction_count = excluded.transaction_count "
        "WHERE amount_cents IS NOT excluded.amount_cents "
        "OR transaction_count IS NOT excluded.transaction_count");
    find_batch = prepare("SELECT id FROM transaction_batches WHERE mid = ? AND batch_date = ? "
                         "AND reference_number = ? AND terminal_number = ? AND ordinal = 0");
    put_transaction = prepare(
        "INSERT INTO transactions (mid, transaction_id, batch_id, transaction_date, type, "
        "amount_cents, cardholder, auth_code, pos_entry_mode, invoice_number, "
        "void_reject_chargeback, reject_description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
        "ON CONFLICT DO UPDATE SET batch_id = excluded.batch_id, transaction_date = "
        "excluded.transaction_date, type = excluded.type, amount_cents = excluded.amount_cents, "
        "cardholder = excluded.cardholder, auth_code = excluded.auth_code, pos_entry_mode = "
        "excluded.pos_entry_mode, invoice_number = excluded.invoice_number, "
        "void_reject_chargeback = excluded.void_reject_chargeback, reject_description = "
        "excluded.reject_description WHERE batch_id IS NOT excluded.batch_id OR transaction_date "
        "IS NOT excluded.transaction_date OR type IS NOT excluded.type OR amount_cents IS NOT "
        "excluded.amount_cents OR cardholder IS NOT excluded.cardholder OR auth_code IS NOT "
        "excluded.auth_code OR pos_entry_mode IS NOT excluded.pos_entry_mode OR invoice_number IS "
        "NOT excluded.invoice_number OR void_reject_chargeback IS NOT "
        "excluded.void_reject_chargeback OR reject_description IS NOT "
        "excluded.reject_description");
}

/* ---- one pass over a page ---- */
int64_t stored_pages, stored_transactions;

static int64_t store_batch(const char *mid, const cJSON *batch, const cJSON **rows)
{
    const char *date = "", *reference = "", *terminal = "";
    char day[11];
    sqlite3_bind_null(put_batch, 5);
    for (const cJSON *v = batch->child; v != NULL; v = v->next) {
        const char *s = v->valuestring;
        if (strcmp(v->string, "transactions") == 0) {
            *rows = v->child;
        } else if (strcmp(v->string, "date") == 0) {
            date = s != NULL ? plain_date(s, day) : "";
        } else if (strcmp(v->string, "reference_number") == 0) {
            reference = s != NULL ? s : "";
        } else if (strcmp(v->string, "terminal_number") == 0) {
            terminal = s != NULL ? s : "";
        } else if (strcmp(v->string, "amount") == 0 && !cJSON_IsNull(v)) {
            sqlite3_bind_int64(put_batch, 5, cents(v));
        } else if (strcmp(v->string, "count") == 0) {
            sqlite3_bind_int64(put_batch, 6,
                               s != NULL ? strtoll(s, NULL, 10) : (int64_t)v->valuedouble);
        }
    }
    sqlite3_stmt *both[] = {put_batch, find_batch};
    for (int i = 0; i < 2; i++) {
        text(both[i], 1, mid);
        text(both[i], 2, date);
        text(both[i], 3, reference);
        text(both[i], 4, terminal);
    }
    sqlite3_set_last_insert_rowid(db, 0);
    step(put_batch);
    int64_t id = sqlite3_last_insert_rowid(db);
    if (id == 0) { /* it was there: an upsert does not say which row it met */
        if (sqlite3_step(find_batch) != SQLITE_ROW) {
            die("SQL", sqlite3_errmsg(db));
        }
        id = sqlite3_column_int64(find_batch, 0);
        sqlite3_reset(find_batch);
    }
    return id;
}

static void store_transaction(const char *mid, int64_t batch, const cJSON *row)
{
    static const struct {
        const char *name;
        int at;
    } columns[] = {{"type", 5},           {"cardholder", 7},      {"auth_code", 8},
                   {"pos_entry_mode", 9}, {"invoice_number", 10}, {"reject_description", 12}};
    char day[11];
    sqlite3_clear_bindings(put_transaction);
    text(put_transaction, 1, mid);
    sqlite3_bind_int64(put_transaction, 3, batch);
    for (const cJSON *v = row->child; v != NULL; v = v->next) {
        if (strcmp(v->string, "id") == 0) {
            sqlite3_bind_int64(put_transaction, 2, (int64_t)v->valuedouble);
        } else if (strcmp(v->string, "amount") == 0) {
            sqlite3_bind_int64(put_transaction, 6, cents(v));
        } else if (strcmp(v->string, "void_reject_chargeback") == 0) {
            sqlite3_bind_int64(put_transaction, 11, cJSON_IsTrue(v));
        } else if (v->valuestring != NULL && strcmp(v->string, "date") == 0) {
            text(put_transaction, 4, plain_date(v->valuestring, day));
        } else if (v->valuestring != NULL) {
            for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++) {
                if (strcmp(v->string, columns[i].name) == 0) {
                    text(put_transaction, columns[i].at, v->valuestring);
                    break;
                }
            }
        }
    }
    step(put_transaction);
    stored_transactions++;
}

void store_page(const char *mid, long page, const cJSON *data)
{
    step(begin);
    for (const cJSON *batch = data->child; batch != NULL; batch = batch->next) {
        const cJSON *row = NULL;
        int64_t id = store_batch(mid, batch, &row);
        for (; row != NULL; row = row->next) {
            store_transaction(mid, id, row);
        }
    }
    text(put_cursor, 1, mid);
    sqlite3_bind_int64(put_cursor, 2, page);
    step(put_cursor);
    step(commit);
    stored_pages++;
}

void store_close(void)
{
    sqlite3_stmt *all[] = {put_batch, find_batch, put_transaction, put_cursor, begin, commit};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        sqlite3_finalize(all[i]);
    }
    sqlite3_close(db);
}
