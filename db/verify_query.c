#include "db/verify_query.h"

#include "core/base/buf.h"
#include "core/base/text.h"
#include "db/conn.h"

const struct verify_shape verify_shapes[VERIFY_STREAMS] = {
    [VERIFY_MERCHANTS] = {"merchants", 2, {NULL}},
    [VERIFY_BATCHES] = {"batches", 2, {"amount"}},
    [VERIFY_TRANSACTIONS] = {"transactions", 2, {"amount"}},
    [VERIFY_REJECTS] = {"rejects", 2, {"amount"}},
    [VERIFY_ADJUSTMENTS] = {"adjustments", 2, {"amount"}},
    [VERIFY_REPORTS] = {"reports", 6, {"net", "income", "expense", "agentNet"}},
    [VERIFY_RESIDUALS] = {"residuals", 6, {"net", "income", "expense", "agentNet"}},
    [VERIFY_LINE_ITEMS] = {"lineItems", 6, {"income", "expense", "agentNet"}},
};

/* ?1 first day, ?2 last day, ?3 whole history, ?4 merchants not read, ?5 residual lists not read;
 * each statement names all of them. */
/* clang-format off */
#define KNOWN_MID(t)                                                                               \
    t ".removed_at IS NULL AND " t ".mid NOT IN (SELECT value FROM json_each(?4) UNION ALL "       \
    "SELECT mid FROM merchants WHERE removed_at IS NOT NULL) AND ?5 IS NOT NULL"
#define DAYS(column) "(" column " BETWEEN ?1 AND ?2 OR (?3 AND " column " = ''))"
#define MONTH(t) "printf('%04d-%02d', " t ".year, " t ".month)"
#define MONTHS(t)                                                                                  \
    t ".removed_at IS NULL AND " MONTH(t) " BETWEEN substr(?1, 1, 7) AND substr(?2, 1, 7) AND "    \
    "?3 IS NOT NULL AND ?4 IS NOT NULL"
#define IS_READ(id) "(" id ") NOT IN (SELECT value FROM json_each(?5))"
#define REPORT_IS_READ(t)                                                                          \
    IS_READ(MONTH(t)) " AND " IS_READ(MONTH(t) " || '/' || " t ".processor_id")
#define RESIDUAL_SUMS                                                                              \
    CONN_SUM("r.net_micros") ", " CONN_SUM("r.income_micros") ", " CONN_SUM("r.expense_micros")    \
    ", " CONN_SUM("r.agent_net_micros")
#define TRANSACTIONS                                                                               \
    "SELECT substr(b.batch_date, 1, 7) AS m, count(*), " CONN_SUM("t.amount_cents") " FROM "       \
    "transactions t JOIN transaction_batches b ON b.id = t.batch_id WHERE " KNOWN_MID("t")         \
    " AND " DAYS("b.batch_date")
#define BY_MONTH " GROUP BY m ORDER BY m"

static const char *const figures_sql[VERIFY_STREAMS] = {
    [VERIFY_MERCHANTS] =
        "SELECT '', count(*) FROM merchants WHERE removed_at IS NULL AND mid NOT IN (SELECT value "
        "FROM json_each(?4)) AND ?1 <= ?2 AND ?3 IS NOT NULL AND ?5 IS NOT NULL",
    [VERIFY_BATCHES] =
        "SELECT substr(b.batch_date, 1, 7) AS m, count(*), " CONN_SUM("b.amount_cents")
        " FROM transaction_batches b WHERE " KNOWN_MID("b") " AND " DAYS("b.batch_date") BY_MONTH,
    [VERIFY_TRANSACTIONS] = TRANSACTIONS BY_MONTH,
    [VERIFY_REJECTS] = TRANSACTIONS " AND t.void_reject_chargeback = 1" BY_MONTH,
    [VERIFY_ADJUSTMENTS] =
        "SELECT substr(a.adjustment_date, 1, 7) AS m, count(*), " CONN_SUM("a.amount_cents")
        " FROM adjustments a WHERE " KNOWN_MID("a") " AND " DAYS("a.adjustment_date") BY_MONTH,
    [VERIFY_REPORTS] =
        "SELECT " MONTH("r") " AS m, count(*), " RESIDUAL_SUMS " FROM residual_reports r WHERE "
        MONTHS("r") " AND " REPORT_IS_READ("r") BY_MONTH,
    [VERIFY_RESIDUALS] =
        "SELECT " MONTH("r") " AS m, count(*), " RESIDUAL_SUMS " FROM residuals r WHERE "
        MONTHS("r") " AND " REPORT_IS_READ("r") BY_MONTH,
    [VERIFY_LINE_ITEMS] =
        "SELECT " MONTH("i") " AS m, count(*), " CONN_SUM("i.income_micros") ", "
        CONN_SUM("i.expense_micros") ", " CONN_SUM("i.agent_net_micros")
        " FROM residual_line_items i WHERE " MONTHS("i") " AND "
        IS_READ(MONTH("i") " || '/lineitems'") BY_MONTH,
};
/* clang-format on */

static sqlite3_stmt *bind_scope(struct conn *c, const char *sql, const struct verify_scope *scope,
                                struct err *e)
{
    return conn_bind(c, e, sql, "ssiss", scope->from, scope->to, (int64_t)scope->whole_history,
                     scope->unread_mids, scope->unread_reports);
}

bool verify_query(struct db_reader *r, enum verify_stream stream, const struct verify_scope *scope,
                  void (*visit)(void *data, const struct verify_figures *figures), void *data,
                  struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = bind_scope(c, figures_sql[stream], scope, e);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        struct verify_figures f = {.rows = sqlite3_column_int64(s, 1)};
        text_copy(f.month, sizeof f.month, conn_text(s, 0));
        for (int i = 0; verify_shapes[stream].money[i]; i++) {
            f.money[i] = conn_sum(s, 2 + 2 * i);
        }
        visit(data, &f);
    }
    return got == 0;
}

/* An item's number is the merchant's with its slashes escaped; one with a slash is a record's. A
 * report whose rows do not meet its totals was read all the same. */
bool verify_query_unread(struct db_reader *r, struct buf *mids, struct buf *reports, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(
        c, e,
        "SELECT json_group_array(replace(replace(item_id, '%2F', '/'), '%25', '%')) FILTER (WHERE "
        "item_type <> 'residual' AND instr(item_id, '/') = 0), json_group_array(item_id) FILTER "
        "(WHERE item_type = 'residual' AND json_extract(error_details, '$.code') <> "
        "'control_total') FROM sync_failed_items WHERE resolved_at IS NULL",
        "");
    int got = s ? conn_step(c, s, e) : -1;
    if (got == 1) {
        buf_adds(mids, conn_text(s, 0));
        buf_adds(reports, conn_text(s, 1));
        sqlite3_reset(s);
    }
    return got >= 0;
}

/* ---- the CRM's own control totals ---- */

/* clang-format off */
#define DIFFER(said, held) "(" said " IS NOT NULL AND " said " <> ifnull(" held ", 0))"
/* The CRM may state a sum rounded to cents, as in core/apply_residuals.c. */
#define MONEY_DIFFERS(column)                                                                      \
    "(" DIFFER("r." column, "h." column) " AND NOT (r." column " % 10000 = 0 AND r." column        \
    " = CAST(round(ifnull(h." column ", 0) / 10000.0) AS INTEGER) * 10000))"
#define CONTROLS                                                                                   \
    "SELECT m, count(*), CAST(total(rows_said) AS INTEGER), CAST(total(rows_held) AS INTEGER), "   \
    CONN_SUM("said") ", " CONN_SUM("held") " FROM off GROUP BY m ORDER BY m"

static const char reports_sql[] =
    "WITH held AS (SELECT year, month, processor_id, count(*) AS n, "
    "total(transactions) AS transactions, total(sales_amount_micros) AS sales_amount_micros, "
    "total(income_micros) AS income_micros, total(expense_micros) AS expense_micros, "
    "CAST(total(net_micros) AS INTEGER) AS net_micros, total(agent_net_micros) AS agent_net_micros "
    "FROM residuals WHERE removed_at IS NULL GROUP BY year, month, processor_id), "
    "off AS (SELECT " MONTH("r") " AS m, r.merchants_count AS rows_said, "
    "ifnull(h.n, 0) AS rows_held, r.net_micros AS said, h.net_micros AS held "
    "FROM residual_reports r LEFT JOIN held h USING (year, month, processor_id) "
    "WHERE " MONTHS("r") " AND " REPORT_IS_READ("r") " AND ("
    DIFFER("r.merchants_count", "h.n") " OR " DIFFER("r.transactions", "h.transactions") " OR "
    MONEY_DIFFERS("sales_amount_micros") " OR " MONEY_DIFFERS("income_micros") " OR "
    MONEY_DIFFERS("expense_micros") " OR " MONEY_DIFFERS("net_micros") " OR "
    MONEY_DIFFERS("agent_net_micros") ")) " CONTROLS;

static const char batches_sql[] =
    "WITH held AS (SELECT batch_id, count(*) AS n, CAST(total(amount_cents) AS INTEGER) AS amount "
    "FROM transactions WHERE removed_at IS NULL GROUP BY batch_id), "
    "off AS (SELECT substr(b.batch_date, 1, 7) AS m, b.transaction_count AS rows_said, "
    "ifnull(h.n, 0) AS rows_held, b.amount_cents AS said, ifnull(h.amount, 0) AS held "
    "FROM transaction_batches b LEFT JOIN held h ON h.batch_id = b.id WHERE " KNOWN_MID("b")
    " AND " DAYS("b.batch_date") " AND (" DIFFER("b.transaction_count", "h.n") " OR "
    DIFFER("b.amount_cents", "h.amount") ")) " CONTROLS;
/* clang-format on */

static bool controls_of(struct conn *c, const char *stream, const char *sql,
                        const struct verify_scope *scope, int decimals,
                        void (*visit)(void *data, const struct verify_control *control), void *data,
                        struct err *e)
{
    sqlite3_stmt *s = bind_scope(c, sql, scope, e);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        struct verify_control control = {.stream = stream,
                                         .count = sqlite3_column_int64(s, 1),
                                         .rows_said = sqlite3_column_int64(s, 2),
                                         .rows_held = sqlite3_column_int64(s, 3),
                                         .money_said = conn_sum(s, 4),
                                         .money_held = conn_sum(s, 6),
                                         .decimals = decimals};
        text_copy(control.month, sizeof control.month, conn_text(s, 0));
        visit(data, &control);
    }
    return got == 0;
}

bool verify_query_controls(struct db_reader *r, const struct verify_scope *scope,
                           void (*visit)(void *data, const struct verify_control *control),
                           void *data, struct err *e)
{
    struct conn *c = reader_conn(r);
    return controls_of(c, "batches", batches_sql, scope, 2, visit, data, e) &&
           controls_of(c, "reports", reports_sql, scope, 6, visit, data, e);
}
