#include "db/residual_store.h"

#include "core/base/mem.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "db/failed_store.h"
#include "db/merchant_store.h"
#include "db/metrics_store.h"
#include "db/seen.h"

#include <stdio.h>
#include <stdlib.h>

bool residual_reports_of(struct db_reader *r, int year, int month, int64_t after_processor,
                         struct residual_report *out, int cap, int *count, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(
        c, e,
        "SELECT processor_id, ifnull(merchants_count, -1) FROM residual_reports WHERE year = ?1 "
        "AND month = ?2 AND processor_id > ?3 AND removed_at IS NULL ORDER BY processor_id LIMIT "
        "?4",
        "iiii", (int64_t)year, (int64_t)month, after_processor, (int64_t)cap);
    int got = s ? 1 : -1;
    for (*count = 0; got == 1;) {
        got = conn_step(c, s, e);
        if (got == 1) {
            out[(*count)++] =
                (struct residual_report){sqlite3_column_int64(s, 0), sqlite3_column_int64(s, 1)};
        }
    }
    return got == 0;
}

bool residual_totals_of(struct db_reader *r, int year, int month, int64_t processor_id,
                        struct residual_totals *out, struct err *e)
{
    struct conn *c = reader_conn(r);
    *out = (struct residual_totals){0};
    static const char stated[] =
        "SELECT merchants_count, transactions, sales_amount_micros, income_micros, expense_micros, "
        "net_micros, agent_net_micros FROM residual_reports WHERE year = ?1 AND month = ?2 AND "
        "processor_id = ?3";
    /* clang-format off */
    static const char stored[] =
        "SELECT 0, count(*), " CONN_SUM("transactions") ", " CONN_SUM("sales_amount_micros") ", "
        CONN_SUM("income_micros") ", " CONN_SUM("expense_micros") ", " CONN_SUM("net_micros") ", "
        CONN_SUM("agent_net_micros") " FROM residuals WHERE year = ?1 AND month = ?2 AND "
        "processor_id = ?3 AND removed_at IS NULL";
    /* clang-format on */
    sqlite3_stmt *s = conn_bind(c, e, stated, "iii", (int64_t)year, (int64_t)month, processor_id);
    int got = s ? conn_step(c, s, e) : -1;
    for (int i = 0; i < TOTAL_COUNT && got >= 0; i++) {
        out->stated_is_null[i] = got == 0 || sqlite3_column_type(s, i) == SQLITE_NULL;
        out->stated[i] = got == 1 ? sqlite3_column_int64(s, i) : 0;
    }
    if (got < 0) {
        return false;
    }
    sqlite3_reset(s);
    s = conn_bind(c, e, stored, "iii", (int64_t)year, (int64_t)month, processor_id);
    if (!s || conn_step(c, s, e) != 1) {
        return false;
    }
    for (int i = 0; i < TOTAL_COUNT; i++) {
        out->stored[i] = conn_sum(s, 2 * i);
    }
    sqlite3_reset(s);
    return true;
}

/* A stored key: a number or a merchant number. */
struct key {
    int64_t number;
    char mid[MID_SIZE];
};

struct key_list {
    struct key *keys;
    size_t count, size;
};

static void list_add(struct key_list *l, int64_t number, const char *mid)
{
    if (l->count == l->size) {
        l->size = l->size ? l->size * 2 : 16;
        l->keys = mem_realloc(l->keys, l->size * sizeof *l->keys);
    }
    l->keys[l->count].number = number;
    text_copy(l->keys[l->count++].mid, MID_SIZE, mid);
}

/* Steps `s` to its end; `seen` NULL = keep all. Column 0 is the key, a number or a text. */
static bool collect_unseen(struct conn *c, sqlite3_stmt *s, const struct keyset *seen,
                           struct key_list *out, struct err *e)
{
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        bool is_mid = sqlite3_column_type(s, 0) == SQLITE_TEXT;
        int64_t number = is_mid ? 0 : sqlite3_column_int64(s, 0);
        const char *mid = is_mid ? conn_text(s, 0) : "";
        if (!seen || !keyset_has(seen, is_mid ? seen_mid(mid) : seen_id(number))) {
            list_add(out, number, mid);
        }
    }
    return got == 0;
}

bool residual_remove_unseen_rows(struct db_writer *w, int year, int month, int64_t processor_id,
                                 const struct keyset *seen, const char *now, int64_t *removed,
                                 struct err *e)
{
    struct conn *c = writer_conn(w);
    struct key_list gone = {0};
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT mid FROM residuals WHERE year = ?1 AND month = ?2 AND "
                                "processor_id = ?3 AND removed_at IS NULL",
                                "iii", (int64_t)year, (int64_t)month, processor_id);
    bool ok = collect_unseen(c, s, seen, &gone, e);
    for (size_t i = 0; ok && i < gone.count; i++) {
        ok = metrics_touch(w, gone.keys[i].mid, year, month, e) &&
             conn_run(c, e,
                      "UPDATE residuals SET removed_at = ?1 WHERE year = ?2 AND month = ?3 AND "
                      "processor_id = ?4 AND mid = ?5",
                      "siiis", now, (int64_t)year, (int64_t)month, processor_id, gone.keys[i].mid);
    }
    *removed += (int64_t)gone.count;
    free(gone.keys);
    return ok;
}

/* The report's id in sync_failed_items. */
static const char *report_item(int year, int month, int64_t processor_id, char out[40])
{
    snprintf(out, 40, "%04d-%02d/%lld", year, month, (long long)processor_id);
    return out;
}

/* A report whose record could never be read is not stored, and yet an item of it may be open. */
static bool close_unseen_items(struct db_writer *w, int year, int month, const struct keyset *seen,
                               const char *now, struct err *e)
{
    struct conn *c = writer_conn(w);
    struct key_list gone = {0};
    char item[40];
    sqlite3_stmt *s = conn_bind(
        c, e,
        "SELECT DISTINCT CAST(substr(item_id, 9) AS INTEGER) FROM sync_failed_items WHERE "
        "resolved_at IS NULL AND item_type = 'residual' AND item_id BETWEEN "
        "printf('%04d-%02d/0', ?1, ?2) AND printf('%04d-%02d/:', ?1, ?2)",
        "ii", (int64_t)year, (int64_t)month);
    bool ok = collect_unseen(c, s, seen, &gone, e);
    for (size_t i = 0; ok && i < gone.count; i++) {
        ok = failed_resolve_gone(w, "residual", report_item(year, month, gone.keys[i].number, item),
                                 now, e);
    }
    free(gone.keys);
    return ok;
}

bool residual_remove_unseen_reports(struct db_writer *w, int year, int month,
                                    const struct keyset *seen, const char *now, int64_t *removed,
                                    int64_t *reports, struct err *e)
{
    struct conn *c = writer_conn(w);
    struct key_list gone = {0};
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT processor_id FROM residual_reports WHERE year = ?1 AND "
                                "month = ?2 AND removed_at IS NULL",
                                "ii", (int64_t)year, (int64_t)month);
    bool ok = collect_unseen(c, s, seen, &gone, e);
    for (size_t i = 0; ok && i < gone.count; i++) {
        int64_t id = gone.keys[i].number;
        ok = residual_remove_unseen_rows(w, year, month, id, NULL, now, removed, e) &&
             conn_run(c, e,
                      "UPDATE residual_reports SET removed_at = ?1 WHERE year = ?2 AND month = ?3 "
                      "AND processor_id = ?4",
                      "siii", now, (int64_t)year, (int64_t)month, id);
    }
    *reports += (int64_t)gone.count;
    free(gone.keys);
    return ok && close_unseen_items(w, year, month, seen, now, e);
}

bool residual_remove_unseen_line_items(struct db_writer *w, int year, int month,
                                       const struct keyset *seen, const char *now, int64_t *removed,
                                       struct err *e)
{
    struct conn *c = writer_conn(w);
    struct key_list gone = {0};
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT id FROM residual_line_items WHERE year = ?1 AND month = ?2 "
                                "AND removed_at IS NULL",
                                "ii", (int64_t)year, (int64_t)month);
    bool ok = collect_unseen(c, s, seen, &gone, e);
    for (size_t i = 0; ok && i < gone.count; i++) {
        ok = conn_run(c, e,
                      "UPDATE residual_line_items SET removed_at = ?1 WHERE year = ?2 AND "
                      "month = ?3 AND id = ?4",
                      "siii", now, (int64_t)year, (int64_t)month, gone.keys[i].number);
    }
    *removed += (int64_t)gone.count;
    free(gone.keys);
    return ok;
}
