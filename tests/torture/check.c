#include "tests/torture/check.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "db/conn.h"
#include "tests/torture/world.h"

#include <stdlib.h>
#include <string.h>

/* ---- the database's lines, written as crm_lines() writes them ---- */

#define LIVE                                                                                       \
    " AS r JOIN merchants m USING (mid) WHERE r.removed_at IS NULL AND m.removed_at IS NULL"

static const char *const line_queries[] = {
    "SELECT 'M|' || mid || '|' || name || '|' || modified || '|' || ifnull(first_batch, '') || '|' "
    "|| ifnull(last_batch, '') FROM merchants WHERE removed_at IS NULL",

    "SELECT 'T|' || mid || '|' || transaction_id || '|' || transaction_date || '|' || type || '|' "
    "|| amount_cents || '|' || void_reject_chargeback FROM transactions" LIVE,

    "SELECT 'B|' || mid || '|' || batch_date || '|' || reference_number || '|' || terminal_number "
    "|| '|' || amount_cents || '|' || transaction_count || '|' || ifnull((SELECT "
    "group_concat(transaction_id) FROM (SELECT transaction_id FROM transactions t WHERE t.mid = "
    "r.mid AND t.batch_id = r.id AND t.removed_at IS NULL ORDER BY transaction_id)), '') FROM "
    "transaction_batches" LIVE,

    "SELECT 'A|' || mid || '|' || adjustment_date || '|' || type || '|' || amount_cents || '|' || "
    "ordinal FROM adjustments" LIVE,

    "SELECT 'P|' || year || '|' || month || '|' || processor_id || '|' || modified || '|' || "
    "merchants_count || '|' || transactions || '|' || sales_amount_micros || '|' || income_micros "
    "|| '|' || expense_micros || '|' || net_micros || '|' || agent_net_micros FROM "
    "residual_reports WHERE removed_at IS NULL",

    "SELECT 'R|' || year || '|' || month || '|' || processor_id || '|' || ltrim(mid, '0') || '|' "
    "|| "
    "transactions || '|' || sales_amount_micros || '|' || income_micros || '|' || expense_micros "
    "|| '|' || net_micros || '|' || agent_net_micros || '|' || bps_micros || '|' || "
    "percentage_micros FROM residuals WHERE removed_at IS NULL",

    "SELECT 'I|' || year || '|' || month || '|' || id || '|' || ltrim(ifnull(mid, ''), '0') || '|' "
    "|| income_micros || '|' || expense_micros || '|' || agent_net_micros || '|' || description "
    "FROM residual_line_items WHERE removed_at IS NULL",
};

static void database_lines(struct world *w, sqlite3 *db, struct buf *out)
{
    for (size_t i = 0; i < sizeof line_queries / sizeof line_queries[0]; i++) {
        sqlite3_stmt *s = NULL;
        if (sqlite3_prepare_v2(db, line_queries[i], -1, &s, NULL)) {
            world_broken(w, "%s", sqlite3_errmsg(db));
        }
        while (s && sqlite3_step(s) == SQLITE_ROW) {
            const char *line = (const char *)sqlite3_column_text(s, 0);
            buf_addf(out, "%s\n", line ? line : "a row with NULL where there is none");
        }
        sqlite3_finalize(s);
    }
}

struct lines {
    char **at;
    size_t count;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Which transactions a batch has is left open when some of them may be missing. */
static void cut_batch(char *line)
{
    char *last = line[0] == 'B' ? strrchr(line, '|') : NULL;
    if (last) {
        *last = '\0';
    }
}

static struct lines split(struct buf *text, bool all)
{
    struct lines l = {0};
    char *rest = NULL;
    l.at = mem_alloc((text->len / 2 + 1) * sizeof *l.at);
    for (char *line = text->data ? strtok_r(text->data, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        l.at[l.count++] = line;
        if (!all) {
            cut_batch(line);
        }
    }
    qsort(l.at, l.count, sizeof *l.at, by_text);
    return l;
}

/* `all`: the database must hold all of it; else nothing but some of it (a report's row perhaps
 * twice: under a merchant's number before and after its zeros became known). */
static void compare(struct world *w, sqlite3 *db, bool all)
{
    struct buf here = {0};
    struct buf there = {0};
    database_lines(w, db, &here);
    crm_lines(&w->crm, &there);
    struct lines a = split(&here, all);
    struct lines b = split(&there, all);
    size_t i = 0;
    size_t k = 0;
    while (i < a.count || k < b.count) {
        int order = i == a.count ? 1 : k == b.count ? -1 : strcmp(a.at[i], b.at[k]);
        if (order < 0) {
            world_say(w, "  only in the database: %s", a.at[i]);
            world_broken(w, "the database has what the CRM never had: %s", a.at[i]);
        } else if (order > 0 && all) {
            world_say(w, "  only at the CRM:      %s", b.at[k]);
            world_broken(w, "the database lacks: %s", b.at[k]);
        }
        i += order <= 0;
        k += order > 0 || (order == 0 && (all || b.at[k][0] != 'R'));
    }
    free(a.at);
    free(b.at);
    buf_done(&here);
    buf_done(&there);
}

/* ---- counts that must be 0 ---- */

struct nothing {
    const char *sql, *what;
};

static const struct nothing always[] = {
    {"SELECT count(*) FROM transactions t LEFT JOIN transaction_batches b ON b.id = t.batch_id AND "
     "b.mid = t.mid WHERE b.id IS NULL",
     "transactions without a batch"},
    {"SELECT count(*) FROM (SELECT 1 FROM transaction_batches WHERE removed_at IS NULL GROUP BY "
     "mid, batch_date, reference_number, terminal_number HAVING max(ordinal) <> count(*) - 1)",
     "twins whose ordinals do not count through"},
    {"SELECT count(*) FROM sync_jobs WHERE (status = 'running') <> (completed_at IS NULL)",
     "jobs that ended without a time, or have one and did not"},
    {"SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NOT NULL AND next_retry_at IS "
     "NOT "
     "NULL",
     "failed items that are resolved and due"},
};

static const struct nothing in_a_static_world[] = {
    {"SELECT (SELECT count(*) FROM merchants WHERE removed_at IS NOT NULL) + (SELECT count(*) FROM "
     "transaction_batches WHERE removed_at IS NOT NULL) + (SELECT count(*) FROM transactions WHERE "
     "removed_at IS NOT NULL) + (SELECT count(*) FROM adjustments WHERE removed_at IS NOT NULL) + "
     "(SELECT count(*) FROM residual_reports WHERE removed_at IS NOT NULL) + (SELECT count(*) FROM "
     "residuals WHERE removed_at IS NOT NULL AND mid IN (SELECT mid FROM merchants)) + (SELECT "
     "count(*) FROM residual_line_items WHERE "
     "removed_at IS NOT NULL)",
     "rows marked as removed that never were"},
};

#define METRICS                                                                                    \
    "WITH rows AS (SELECT b.mid, CAST(substr(batch_date, 1, 4) AS INTEGER) AS y, "                 \
    "CAST(substr(batch_date, 6, 2) AS INTEGER) AS m, 1 AS b, 0 AS t, 0 AS v, 0 AS f, 0 AS j, 0 "   \
    "AS "                                                                                          \
    "n FROM transaction_batches b WHERE b.removed_at IS NULL UNION ALL SELECT b.mid, "             \
    "CAST(substr(batch_date, 1, 4) AS INTEGER), CAST(substr(batch_date, 6, 2) AS INTEGER), 0, 1, " \
    "iif(void_reject_chargeback = 0 AND type = 'SALE', t.amount_cents, 0), "                       \
    "iif(void_reject_chargeback = 0 AND type = 'REFUND', abs(t.amount_cents), 0), "                \
    "void_reject_chargeback, 0 FROM transactions t JOIN transaction_batches b ON b.id = "          \
    "t.batch_id WHERE t.removed_at IS NULL AND b.removed_at IS NULL UNION ALL SELECT mid, year, "  \
    "month, 0, 0, 0, 0, 0, net_micros FROM residuals WHERE removed_at IS NULL), sums AS (SELECT "  \
    "mid, y, m, sum(b), sum(t), sum(v), sum(f), sum(j), sum(n) FROM rows GROUP BY 1, 2, 3), "      \
    "kept AS (SELECT mid, year, month, batches, transactions, volume_cents, refunds_cents, "       \
    "rejects, net_residual_micros FROM merchant_metrics) "

static const struct nothing at_the_end[] = {
    {"SELECT count(*) FROM sync_failed_items WHERE resolved_at IS NULL", "failed items left open"},
    {"SELECT count(*) FROM sync_touched", "merchant months left to calculate"},
    {"SELECT count(*) FROM sync_jobs WHERE status = 'running'", "jobs left running"},
    {"SELECT count(*) FROM sync_checkpoints WHERE sync_type = 'initial'", "checkpoints left"},
    {"SELECT count(*) FROM transactions t JOIN transaction_batches b ON b.id = t.batch_id WHERE "
     "t.removed_at IS NULL AND b.removed_at IS NOT NULL",
     "live transactions in removed batches"},
    {METRICS "SELECT count(*) FROM (SELECT * FROM sums EXCEPT SELECT * FROM kept)",
     "metrics that are missing or wrong"},
    {METRICS "SELECT count(*) FROM (SELECT * FROM kept EXCEPT SELECT * FROM sums)",
     "metrics of what is not there"},
};

static int64_t number(struct world *w, sqlite3 *db, const char *sql)
{
    sqlite3_stmt *s = NULL;
    int64_t n = -1;
    if (!sqlite3_prepare_v2(db, sql, -1, &s, NULL) && sqlite3_step(s) == SQLITE_ROW) {
        n = sqlite3_column_int64(s, 0);
    } else {
        world_broken(w, "%s: %s", sqlite3_errmsg(db), sql);
    }
    sqlite3_finalize(s);
    return n;
}

static void check_nothing(struct world *w, sqlite3 *db, const struct nothing *list, size_t count)
{
    for (size_t i = 0; i < count && !w->is_broken; i++) {
        int64_t n = number(w, db, list[i].sql);
        if (n > 0) {
            world_broken(w, "%lld %s", (long long)n, list[i].what);
        }
    }
}

#define CHECK_NOTHING(w, db, list) check_nothing(w, db, list, sizeof list / sizeof list[0])

static bool is_text(sqlite3 *db, const char *sql, const char *expected)
{
    sqlite3_stmt *s = NULL;
    bool same = !sqlite3_prepare_v2(db, sql, -1, &s, NULL) && sqlite3_step(s) == SQLITE_ROW &&
                !strcmp((const char *)sqlite3_column_text(s, 0), expected);
    sqlite3_finalize(s);
    return same;
}

/* ---- what others call ---- */

static struct db_reader *open_reader(struct world *w)
{
    struct err e = {0};
    struct db_reader *r = db_reader_open(w->database, &e);
    if (!r) {
        world_broken(w, "the database cannot be opened: %s", e.message);
    }
    return r;
}

void check_run(struct world *w, enum sync_status status)
{
    struct db_reader *r = w->is_broken ? NULL : open_reader(w);
    if (!r) {
        return;
    }
    sqlite3 *db = reader_conn(r)->handle;
    const char *word = status == SYNC_HANDED_OVER ? "running" : sync_status_name(status);
    if (!is_text(db, "SELECT status FROM sync_jobs ORDER BY rowid DESC LIMIT 1", word)) {
        world_broken(w, "the run ended as %s, its job's row says otherwise", word);
    }
    int64_t running = number(w, db, "SELECT count(*) FROM sync_jobs WHERE status = 'running'");
    if (running != (status == SYNC_HANDED_OVER)) {
        world_broken(w, "%lld jobs are said to be running", (long long)running);
    }
    CHECK_NOTHING(w, db, always);
    if (w->is_static) {
        CHECK_NOTHING(w, db, in_a_static_world);
        compare(w, db, false);
    }
    db_reader_close(r);
}

void check_equal(struct world *w)
{
    struct db_reader *r = w->is_broken ? NULL : open_reader(w);
    if (!r) {
        return;
    }
    sqlite3 *db = reader_conn(r)->handle;
    compare(w, db, true);
    CHECK_NOTHING(w, db, at_the_end);
    if (!is_text(db, "PRAGMA integrity_check", "ok")) {
        world_broken(w, "the database is corrupt");
    }
    db_reader_close(r);
}

void check_unchanged(struct world *w)
{
    struct db_reader *r = w->is_broken ? NULL : open_reader(w);
    if (!r) {
        return;
    }
    int64_t changed =
        number(w, reader_conn(r)->handle,
               "SELECT sum(ifnull(json_extract(value, '$.new'), 0) + ifnull(json_extract(value, "
               "'$.updated'), 0) + ifnull(json_extract(value, '$.removed'), 0)) FROM (SELECT "
               "results FROM sync_jobs ORDER BY rowid DESC LIMIT 1), json_each(results) WHERE "
               "type = 'object'");
    if (changed) {
        world_broken(w, "nothing had changed, and yet %lld rows were written", (long long)changed);
    }
    db_reader_close(r);
}
