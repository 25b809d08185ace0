#include "db/expect_query.h"

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "db/merchant_sql.h"

enum {
    COME_BACK_DAYS = 31,     /* who settled so shortly before the range may well settle in it */
    LINE_ITEMS_MOST = 20000, /* counted so far: a month's count is not to take long */
    UNNAMED_PAGES = 10,      /* of a report that does not say how many rows it has */
    LAST_JOBS = 200,         /* looked through for one that completed */
};

static int64_t pages(int64_t rows, int per_page, int64_t none)
{
    return rows > 0 ? (rows + per_page - 1) / per_page : none;
}

static void add(struct expect *x, enum expect_stream stream, int64_t least, int64_t most)
{
    x->least[stream] += least;
    x->most[stream] += most > least ? most : least;
}

/* ---- the start ---- */

static bool read_last(struct conn *c, struct expect *x, struct err *e)
{
    sqlite3_stmt *s = conn_bind(
        c, e,
        "SELECT f.requests, f.duration_ms, j.completed_at, f.has_counts FROM (SELECT id, status, "
        "completed_at, settings FROM sync_jobs WHERE sync_type = ?1 ORDER BY created_at DESC, "
        "rowid DESC LIMIT ?2) AS j JOIN sync_job_figures AS f ON f.sync_id = j.id WHERE j.status = "
        "'completed' AND iif(json_valid(j.settings), json_extract(j.settings, '$.retry'), 0) IS "
        "NOT 1 LIMIT 1",
        "si", x->ask.sync_type, (int64_t)LAST_JOBS);
    int got = s ? conn_step(c, s, e) : -1;
    x->has_last = got == 1;
    x->last_requests = x->last_duration_ms = -1;
    if (x->has_last) {
        bool has_duration = sqlite3_column_type(s, 1) != SQLITE_NULL;
        x->last_requests = sqlite3_column_int(s, 3) ? sqlite3_column_int64(s, 0) : -1;
        x->last_duration_ms = has_duration ? sqlite3_column_int64(s, 1) : -1;
        text_copy(x->last_completed_at, sizeof x->last_completed_at, conn_text(s, 2));
        sqlite3_reset(s);
    }
    return got >= 0;
}

/* What the reports of a month name: pages of rows; count = -1 where there is none. */
static bool read_reports(struct conn *c, const struct expect *x, int month, int64_t *count,
                         int64_t *least, int64_t *most, struct err *e)
{
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT merchants_count FROM residual_reports WHERE year = ?1 AND "
                                "month = ?2 AND removed_at IS NULL",
                                "ii", (int64_t)(month / 12), (int64_t)(month % 12 + 1));
    int got = s ? 1 : -1;
    *count = *least = *most = 0;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        bool is_named = sqlite3_column_type(s, 0) != SQLITE_NULL;
        int64_t rows = pages(sqlite3_column_int64(s, 0), x->ask.rows_page, is_named ? 0 : 1);
        *least += rows;
        *most += is_named ? rows : UNNAMED_PAGES;
        ++*count;
    }
    return got == 0;
}

static bool read_newest_month(struct conn *c, struct expect *x, struct err *e)
{
    int64_t month = 0;
    int64_t count = 0;
    int64_t least = 0;
    bool ok = conn_number(c, e, &month, -1,
                          "SELECT year * 12 + month - 1 FROM residual_reports WHERE removed_at IS "
                          "NULL ORDER BY year DESC, month DESC LIMIT 1",
                          "");
    return ok &&
           (month < 0 || read_reports(c, x, (int)month, &count, &least, &x->at.rows_pages, e));
}

bool expect_begin(struct db_reader *r, const struct expect_ask *ask, struct expect *x,
                  struct err *e)
{
    struct conn *c = reader_conn(r);
    struct civil from;
    struct civil to;
    int64_t schema = 0;
    *x = (struct expect){.ask = *ask, .last_requests = -1, .last_duration_ms = -1};
    if (!civil_parse_iso(ask->from, &from) || !civil_parse_iso(ask->to, &to)) {
        return err_set(e, ERR_USAGE, "%s to %s: not a range of days", ask->from, ask->to);
    }
    x->at.month = civil_month_index(from.year, from.month);
    x->at.last_month = ask->residuals ? civil_month_index(to.year, to.month) : -1;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_SYNC) {
        x->is_done = true;
        return ok;
    }
    return (schema < SCHEMA_DASHBOARD || read_last(c, x, e)) && read_newest_month(c, x, e);
}

/* ---- merchants and their transactions ---- */

/* ?1 from, ?2 to, ?3 the place or the merchant, ?4 how many, ?5, ?6 whole months of the range, ?7
 * whether the range is long enough for a second page, ?8 who last settled before it may not again.
 */
/* clang-format off */
#define MERCHANT \
    "SELECT mid, removed_at IS NULL, iif(?7, " MERCHANT_DAYS ", 1), iif(?7 AND ?5 <= ?6, (SELECT " \
    "sum(x.batches) FROM merchant_metrics AS x WHERE x.mid = merchants.mid AND x.year * 12 + " \
    "x.month - 1 BETWEEN ?5 AND ?6), 0)"
#define MERCHANTS \
    MERCHANT ", " MERCHANT_MAY_HAVE_BATCHES ", removed_at IS NULL AND ifnull(closed, ?1) >= ?1 AND " \
    "ifnull(first_batch, ?1) <= ?2 AND ifnull(last_batch, ?1) >= ?8 FROM merchants " \
    "WHERE mid > ?3 ORDER BY mid LIMIT ?4"
#define ONE MERCHANT ", 1, 1 FROM merchants WHERE mid = ?3 AND ?4 AND ?8 <> ''"
/* clang-format on */

/* The range as the statements want it. */
struct range {
    int64_t first, last; /* the months that lie in it as a whole */
    int64_t is_long;
    char back[11];
};

static struct range range_of(const struct expect_ask *ask)
{
    struct range r = {0};
    struct civil from = {0};
    struct civil to = {0};
    civil_parse_iso(ask->from, &from);
    civil_parse_iso(ask->to, &to);
    r.first = civil_month_index(from.year, from.month) + (from.day > 1);
    r.last =
        civil_month_index(to.year, to.month) - (to.day < civil_days_in_month(to.year, to.month));
    int64_t days = civil_to_days(to) - civil_to_days(from) + 1;
    r.is_long = days * ask->batches_a_day > ask->transactions_page;
    int32_t back = civil_to_days(from) - COME_BACK_DAYS;
    int32_t earliest = civil_to_days((struct civil){1, 1, 1});
    civil_format(civil_from_days(back > earliest ? back : earliest), r.back);
    return r;
}

static void count_merchant(struct expect *x, sqlite3_stmt *s)
{
    bool is_live = sqlite3_column_int(s, 1) != 0;
    int64_t days = sqlite3_column_int64(s, 2);
    bool has_batches = sqlite3_column_int(s, 4) != 0;
    bool may_have = sqlite3_column_int(s, 5) != 0;
    x->merchants += is_live;
    if (!x->ask.transactions || !(has_batches || may_have)) {
        return;
    }
    int64_t least = pages(sqlite3_column_int64(s, 3), x->ask.transactions_page, 1);
    int64_t most = pages(days * x->ask.batches_a_day, x->ask.transactions_page, 1);
    add(x, EXPECT_TRANSACTIONS, has_batches ? least : 0, most > least ? most : least);
}

/* All, from where the counting stands; got < count: these were the last. */
static bool count_merchants(struct conn *c, struct expect *x, int count, int *got_count,
                            struct err *e)
{
    struct range range = range_of(&x->ask);
    sqlite3_stmt *s = conn_bind(c, e, MERCHANTS, "sssiiiis", x->ask.from, x->ask.to, x->at.after,
                                (int64_t)count, range.first, range.last, range.is_long, range.back);
    int got = s ? 1 : -1;
    *got_count = 0;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        count_merchant(x, s);
        text_copy(x->at.after, sizeof x->at.after, conn_text(s, 0));
        ++*got_count;
    }
    return got == 0;
}

static bool count_named(struct conn *c, struct expect *x, int count, struct err *e)
{
    struct range range = range_of(&x->ask);
    bool ok = true;
    for (int i = 0; ok && i < count && x->at.mid < x->ask.mid_count; i++) {
        sqlite3_stmt *s =
            conn_bind(c, e, ONE, "sssiiiis", x->ask.from, x->ask.to, x->ask.mids[x->at.mid++],
                      (int64_t)1, range.first, range.last, range.is_long, range.back);
        int got = s ? conn_step(c, s, e) : -1;
        if (got == 1) {
            count_merchant(x, s);
            sqlite3_reset(s);
        } else if (x->ask.transactions) {
            add(x, EXPECT_TRANSACTIONS, 0, 1); /* the CRM may know it */
        }
        ok = got >= 0;
    }
    return ok;
}

/* The list is read when something depends on it, as core/sync_source.c has it. */
static void finish_merchants(struct expect *x)
{
    int64_t lists = x->ask.mid_count ? (int64_t)x->ask.mid_count
                                     : pages(x->merchants, x->ask.merchants_page, 1);
    x->at.merchants_done = true;
    x->is_known = x->merchants > 0;
    if (x->ask.merchants || x->ask.transactions || !x->merchants) {
        add(x, EXPECT_MERCHANTS, lists, lists);
    }
    x->is_done = x->at.month > x->at.last_month;
}

static bool some_merchants(struct conn *c, struct expect *x, int count, struct err *e)
{
    int got = 0;
    bool ok =
        x->ask.mid_count ? count_named(c, x, count, e) : count_merchants(c, x, count, &got, e);
    bool is_end = x->ask.mid_count ? x->at.mid == x->ask.mid_count : got < count;
    if (ok && is_end) {
        finish_merchants(x);
    }
    return ok;
}

/* ---- residuals ---- */

static bool some_residuals(struct conn *c, struct expect *x, struct err *e)
{
    int month = x->at.month;
    int64_t reports = 0;
    int64_t least = 0;
    int64_t most = 0;
    int64_t items = 0;
    bool ok = read_reports(c, x, month, &reports, &least, &most, e) &&
              conn_number(c, e, &items, 0,
                          "SELECT count(*) FROM (SELECT 1 FROM residual_line_items WHERE year = ?1 "
                          "AND month = ?2 AND removed_at IS NULL LIMIT ?3)",
                          "iii", (int64_t)(month / 12), (int64_t)(month % 12 + 1),
                          (int64_t)LINE_ITEMS_MOST);
    if (!ok) {
        return false;
    }
    int64_t summary = pages(reports, x->ask.reports_page, 1);
    int64_t items_least = pages(items, x->ask.line_items_page, 1);
    int64_t items_most = 1 + pages(x->merchants, x->ask.line_items_page, 0);
    if (items == LINE_ITEMS_MOST || x->ask.mid_count) { /* so few say nothing of the month */
        items_most = items_most > 2 * items_least ? items_most : 2 * items_least;
    }
    x->at.rows_pages = reports ? most : x->at.rows_pages;
    add(x, EXPECT_RESIDUALS, summary, summary);
    add(x, EXPECT_RESIDUALS, least, reports ? most : x->at.rows_pages);
    add(x, EXPECT_RESIDUALS, items_least, items_most);
    x->at.month++;
    x->is_done = x->at.month > x->at.last_month;
    return true;
}

bool expect_some(struct db_reader *r, struct expect *x, int merchants, struct err *e)
{
    struct conn *c = reader_conn(r);
    if (x->is_done) {
        return true;
    }
    return x->at.merchants_done ? some_residuals(c, x, e)
                                : some_merchants(c, x, merchants > 0 ? merchants : 1, e);
}
