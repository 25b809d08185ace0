#include "db/metrics_store.h"

#include "core/base/civil.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "db/merchant_store.h"

#include <stdio.h>
#include <stdlib.h>

bool metrics_touch(struct db_writer *w, const char *mid, int year, int month, struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_touched (mid, year, month) VALUES (?1, ?2, ?3) "
                    "ON CONFLICT DO NOTHING",
                    "sii", mid, (int64_t)year, (int64_t)month);
}

bool metrics_touch_date(struct db_writer *w, const char *mid, const char *date, struct err *e)
{
    int year = 0;
    int month = 0;
    return !civil_parse_month(date, &year, &month) || metrics_touch(w, mid, year, month, e);
}

bool metrics_touched_count(struct db_reader *r, int64_t *merchants, struct err *e)
{
    return conn_number(reader_conn(r), e, merchants, 0,
                       "SELECT count(DISTINCT mid) FROM sync_touched", "");
}

struct month {
    int year, month;
    int64_t batches, transactions, volume, refunds, rejects, net;
    bool has_rows;
};

/* A merchant's touched months and which of its batches belongs to which. */
struct tally {
    struct month *months;
    size_t month_count, month_size;
    struct {
        int64_t id; /* of the batch; 0 = free slot */
        struct month *month;
    } * slots;
    size_t slot_size, slot_used;
};

static void tally_done(struct tally *t)
{
    free(t->months);
    free(t->slots);
}

static size_t slot_of(const struct tally *t, int64_t id)
{
    size_t at = ((uint64_t)id * 0x9e3779b97f4a7c15ULL >> 20) & (t->slot_size - 1);
    while (t->slots[at].id && t->slots[at].id != id) {
        at = (at + 1) & (t->slot_size - 1);
    }
    return at;
}

static void add_batch(struct tally *t, int64_t id, struct month *month)
{
    if (t->slot_used * 2 >= t->slot_size) {
        struct tally old = *t;
        t->slot_size = old.slot_size ? old.slot_size * 2 : 256;
        t->slots = mem_alloc(t->slot_size * sizeof *t->slots);
        for (size_t i = 0; i < old.slot_size; i++) {
            if (old.slots[i].id) {
                t->slots[slot_of(t, old.slots[i].id)].id = old.slots[i].id;
                t->slots[slot_of(t, old.slots[i].id)].month = old.slots[i].month;
            }
        }
        free(old.slots);
    }
    size_t at = slot_of(t, id);
    t->slots[at].id = id;
    t->slots[at].month = month;
    t->slot_used++;
}

static bool read_months(struct conn *c, const char *mid, struct tally *t, struct err *e)
{
    sqlite3_stmt *s =
        conn_bind(c, e, "SELECT year, month FROM sync_touched WHERE mid = ?1", "s", mid);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        if (t->month_count == t->month_size) {
            t->month_size = t->month_size ? t->month_size * 2 : 64;
            t->months = mem_realloc(t->months, t->month_size * sizeof *t->months);
        }
        t->months[t->month_count++] =
            (struct month){.year = sqlite3_column_int(s, 0), .month = sqlite3_column_int(s, 1)};
    }
    return got == 0;
}

static bool read_batches(struct conn *c, const char *mid, struct tally *t, struct month *m,
                         struct err *e)
{
    char from[32];
    char to[32];
    snprintf(from, sizeof from, "%04d-%02d-", m->year, m->month);
    snprintf(to, sizeof to, "%04d-%02d.", m->year, m->month); /* '.' follows '-' */
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT id FROM transaction_batches WHERE mid = ?1 AND batch_date "
                                ">= ?2 AND batch_date < ?3 AND removed_at IS NULL",
                                "sss", mid, from, to);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        add_batch(t, sqlite3_column_int64(s, 0), m);
        m->batches++;
        m->has_rows = true;
    }
    return got == 0;
}

static void count_transaction(struct month *m, const char *type, int64_t amount, bool rejected)
{
    m->transactions++;
    if (rejected) {
        m->rejects++;
    } else if (!sqlite3_stricmp(type, "SALE")) {
        m->volume = conn_add(m->volume, amount);
    } else if (!sqlite3_stricmp(type, "REFUND")) {
        m->refunds = conn_add(m->refunds, amount == INT64_MIN ? INT64_MAX : llabs(amount));
    }
}

static bool read_transactions(struct conn *c, const char *mid, struct tally *t, struct err *e)
{
    if (!t->slot_used) {
        return true;
    }
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT batch_id, type, amount_cents, void_reject_chargeback "
                                "FROM transactions WHERE mid = ?1 AND removed_at IS NULL",
                                "s", mid);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        size_t at = slot_of(t, sqlite3_column_int64(s, 0));
        if (t->slots[at].id) {
            count_transaction(t->slots[at].month, conn_text(s, 1), sqlite3_column_int64(s, 2),
                              sqlite3_column_int(s, 3));
        }
    }
    return got == 0;
}

#define NET_SUM CONN_SUM("r.net_micros")

/* By way of the month's reports, since residuals are keyed by processor before merchant. */
static bool read_residual(struct conn *c, const char *mid, struct month *m, struct err *e)
{
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT count(*), " NET_SUM " FROM residual_reports p CROSS JOIN "
                                "residuals r ON r.year = p.year AND r.month = p.month AND "
                                "r.processor_id = p.processor_id AND r.mid = ?1 WHERE "
                                "p.year = ?2 AND p.month = ?3 AND r.removed_at IS NULL",
                                "sii", mid, (int64_t)m->year, (int64_t)m->month);
    if (!s || conn_step(c, s, e) != 1) {
        return false;
    }
    m->has_rows = m->has_rows || sqlite3_column_int64(s, 0) > 0;
    m->net = conn_sum(s, 1);
    sqlite3_reset(s);
    return true;
}

static bool write_month(struct conn *c, const char *mid, const struct month *m, struct err *e)
{
    if (!m->has_rows) {
        return conn_run(c, e,
                        "DELETE FROM merchant_metrics WHERE mid = ?1 AND year = ?2 AND month = ?3",
                        "sii", mid, (int64_t)m->year, (int64_t)m->month);
    }
    return conn_run(c, e,
                    "INSERT INTO merchant_metrics (mid, year, month, batches, transactions, "
                    "volume_cents, refunds_cents, rejects, net_residual_micros) "
                    "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) ON CONFLICT DO UPDATE SET "
                    "batches = ?4, transactions = ?5, volume_cents = ?6, refunds_cents = ?7, "
                    "rejects = ?8, net_residual_micros = ?9 "
                    "WHERE (batches, transactions, volume_cents, refunds_cents, rejects, "
                    "net_residual_micros) IS NOT (?4, ?5, ?6, ?7, ?8, ?9)",
                    "siiiiiiii", mid, (int64_t)m->year, (int64_t)m->month, m->batches,
                    m->transactions, m->volume, m->refunds, m->rejects, m->net);
}

static bool calculate(struct conn *c, const char *mid, struct err *e)
{
    struct tally t = {0};
    bool ok = read_months(c, mid, &t, e);
    for (size_t i = 0; ok && i < t.month_count; i++) {
        ok = read_batches(c, mid, &t, &t.months[i], e) && read_residual(c, mid, &t.months[i], e);
    }
    ok = ok && read_transactions(c, mid, &t, e);
    for (size_t i = 0; ok && i < t.month_count; i++) {
        ok = write_month(c, mid, &t.months[i], e);
    }
    tally_done(&t);
    return ok && conn_run(c, e, "DELETE FROM sync_touched WHERE mid = ?1", "s", mid);
}

static bool next_touched(struct conn *c, char mid[MID_SIZE], bool *found, struct err *e)
{
    sqlite3_stmt *s = conn_statement(c, e, "SELECT mid FROM sync_touched LIMIT 1");
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found) {
        text_copy(mid, MID_SIZE, conn_text(s, 0));
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool metrics_calculate_some(struct db_writer *w, int merchants, bool *left, struct err *e)
{
    struct conn *c = writer_conn(w);
    char mid[MID_SIZE];
    bool ok = next_touched(c, mid, left, e);
    for (int i = 0; ok && *left && i < merchants; i++) {
        ok = calculate(c, mid, e) && next_touched(c, mid, left, e);
    }
    return ok;
}
