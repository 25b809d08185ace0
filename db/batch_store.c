#include "db/batch_store.h"

#include "core/base/mem.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "db/metrics_store.h"
#include "db/seen.h"

#include <stdlib.h>
#include <string.h>

static const char *key_text(const struct value *v)
{
    return v->kind == VALUE_TEXT ? v->text : "";
}

static bool same_number(sqlite3_stmt *s, int column, const struct value *v)
{
    bool is_null = sqlite3_column_type(s, column) == SQLITE_NULL;
    return v->kind == VALUE_NULL ? is_null
                                 : !is_null && sqlite3_column_int64(s, column) == v->number;
}

static struct batch_twin *add_twin(struct batch_twins *l)
{
    if (l->count == l->size) {
        l->size = l->size ? l->size * 2 : 16;
        l->items = mem_realloc(l->items, (size_t)l->size * sizeof *l->items);
    }
    return &l->items[l->count++];
}

bool batch_find_twins(struct db_writer *w, const struct value *row, struct batch_twins *out,
                      struct err *e)
{
    struct conn *c = writer_conn(w);
    sqlite3_stmt *s = conn_bind(
        c, e,
        "SELECT id, ordinal, removed_at IS NULL, amount_cents, transaction_count "
        "FROM transaction_batches WHERE mid = ?1 AND batch_date = ?2 AND reference_number = ?3 "
        "AND terminal_number = ?4 ORDER BY ordinal",
        "ssss", key_text(&row[BATCH_MID]), key_text(&row[BATCH_DATE]),
        key_text(&row[BATCH_REFERENCE]), key_text(&row[BATCH_TERMINAL]));
    int got = s ? 1 : -1;
    out->count = 0;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        *add_twin(out) = (struct batch_twin){
            .id = sqlite3_column_int64(s, 0),
            .ordinal = sqlite3_column_int(s, 1),
            .live = sqlite3_column_int(s, 2),
            .same_content =
                same_number(s, 3, &row[BATCH_AMOUNT]) && same_number(s, 4, &row[BATCH_COUNT]),
        };
    }
    return got == 0;
}

static bool bind_numbers(struct conn *c, sqlite3_stmt *s, const struct value *row, struct err *e)
{
    const struct value *numbers[] = {&row[BATCH_AMOUNT], &row[BATCH_COUNT]};
    for (int i = 0; i < 2; i++) {
        int code = numbers[i]->kind == VALUE_INT ? sqlite3_bind_int64(s, i + 1, numbers[i]->number)
                                                 : sqlite3_bind_null(s, i + 1);
        if (code) {
            return conn_fail(c, e);
        }
    }
    return true;
}

bool batch_insert(struct db_writer *w, const struct value *row, int ordinal, int64_t *id,
                  struct err *e)
{
    struct conn *c = writer_conn(w);
    sqlite3_stmt *s = conn_bind(
        c, e,
        "INSERT INTO transaction_batches (amount_cents, transaction_count, mid, batch_date, "
        "reference_number, terminal_number, ordinal) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        "iissssi", (int64_t)0, (int64_t)0, key_text(&row[BATCH_MID]), key_text(&row[BATCH_DATE]),
        key_text(&row[BATCH_REFERENCE]), key_text(&row[BATCH_TERMINAL]), (int64_t)ordinal);
    if (!s || !bind_numbers(c, s, row, e) || conn_step(c, s, e) < 0) {
        return false;
    }
    *id = sqlite3_last_insert_rowid(c->handle);
    return true;
}

bool batch_update(struct db_writer *w, const struct value *row, int64_t id, struct err *e)
{
    struct conn *c = writer_conn(w);
    sqlite3_stmt *s = conn_bind(c, e,
                                "UPDATE transaction_batches SET amount_cents = ?1, "
                                "transaction_count = ?2, removed_at = NULL WHERE id = ?3",
                                "iii", (int64_t)0, (int64_t)0, id);
    return s && bind_numbers(c, s, row, e) && conn_step(c, s, e) == 0;
}

bool batch_of_transaction(struct db_writer *w, const char *mid, int64_t transaction_id,
                          int64_t *batch_id, struct err *e)
{
    return conn_number(writer_conn(w), e, batch_id, 0,
                       "SELECT batch_id FROM transactions WHERE mid = ?1 AND transaction_id = ?2",
                       "si", mid, transaction_id);
}

bool batch_date_of(struct db_writer *w, int64_t batch_id, char out[11], struct err *e)
{
    struct conn *c = writer_conn(w);
    sqlite3_stmt *s =
        conn_bind(c, e, "SELECT batch_date FROM transaction_batches WHERE id = ?1", "i", batch_id);
    int got = s ? conn_step(c, s, e) : -1;
    text_copy(out, 11, got == 1 ? conn_text(s, 0) : "");
    if (got == 1) {
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool batch_any_of_merchant(struct db_writer *w, const char *mid, bool *any, struct err *e)
{
    int64_t found = 0;
    bool ok = conn_number(writer_conn(w), e, &found, 0,
                          "SELECT EXISTS (SELECT 1 FROM transaction_batches WHERE mid = ?1) OR "
                          "EXISTS (SELECT 1 FROM adjustments WHERE mid = ?1)",
                          "s", mid);
    *any = found;
    return ok;
}

/* ---- what has gone ---- */

struct id_list {
    int64_t *ids;
    size_t count, size;
};

static void list_add(struct id_list *l, int64_t id)
{
    if (l->count == l->size) {
        l->size = l->size ? l->size * 2 : 64;
        l->ids = mem_realloc(l->ids, l->size * sizeof *l->ids);
    }
    l->ids[l->count++] = id;
}

/* Steps `s` to its end and keeps the ids in column 0 whose key is not in `seen`. */
static bool collect_unseen(struct conn *c, sqlite3_stmt *s, uint64_t (*key_of)(int64_t),
                           const struct keyset *seen, struct id_list *out, struct err *e)
{
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        int64_t id = sqlite3_column_int64(s, 0);
        if (!keyset_has(seen, key_of(id))) {
            list_add(out, id);
        }
    }
    return got == 0;
}

static bool swap_ordinals(struct conn *c, int64_t id, int64_t twin, struct err *e)
{
    int64_t low = 0;
    int64_t high = 0;
    static const char ordinal_of[] = "SELECT ordinal FROM transaction_batches WHERE id = ?1";
    static const char set_ordinal[] = "UPDATE transaction_batches SET ordinal = ?1 WHERE id = ?2";
    return conn_number(c, e, &low, 0, ordinal_of, "i", id) &&
           conn_number(c, e, &high, 0, ordinal_of, "i", twin) &&
           conn_run(c, e, set_ordinal, "ii", (int64_t)-1, id) &&
           conn_run(c, e, set_ordinal, "ii", low, twin) &&
           conn_run(c, e, set_ordinal, "ii", high, id);
}

/* A live twin must not stand behind a removed one: the two change places. */
static bool close_gap(struct conn *c, int64_t id, struct err *e)
{
    int64_t twin = 0;
    if (!conn_number(c, e, &twin, 0,
                     "SELECT b.id FROM transaction_batches a JOIN transaction_batches b ON "
                     "b.mid = a.mid AND b.batch_date = a.batch_date AND b.reference_number = "
                     "a.reference_number AND b.terminal_number = a.terminal_number AND "
                     "b.ordinal > a.ordinal AND b.removed_at IS NULL WHERE a.id = ?1 "
                     "ORDER BY b.ordinal DESC LIMIT 1",
                     "i", id)) {
        return false;
    }
    return !twin || swap_ordinals(c, id, twin, e);
}

bool batch_move_up(struct db_writer *w, int64_t id, struct err *e)
{
    struct conn *c = writer_conn(w);
    int64_t twin = 0;
    return conn_number(c, e, &twin, 0,
                       "SELECT b.id FROM transaction_batches a JOIN transaction_batches b ON "
                       "b.mid = a.mid AND b.batch_date = a.batch_date AND b.reference_number = "
                       "a.reference_number AND b.terminal_number = a.terminal_number AND "
                       "b.ordinal < a.ordinal AND b.removed_at IS NOT NULL WHERE a.id = ?1 "
                       "ORDER BY b.ordinal LIMIT 1",
                       "i", id) &&
           (!twin || swap_ordinals(c, id, twin, e));
}

static bool remove_batch(struct db_writer *w, const struct batch_reading *r, int64_t id,
                         struct err *e)
{
    char date[11];
    struct conn *c = writer_conn(w);
    return batch_date_of(w, id, date, e) && metrics_touch_date(w, r->mid, date, e) &&
           conn_run(c, e, "UPDATE transaction_batches SET removed_at = ?1 WHERE id = ?2", "si",
                    r->now, id) &&
           close_gap(c, id, e);
}

static bool remove_batches(struct db_writer *w, const struct batch_reading *r, int64_t *removed,
                           struct err *e)
{
    struct conn *c = writer_conn(w);
    struct id_list gone = {0};
    /* The last twin first, so that a gap closes with a live one only. */
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT id FROM transaction_batches WHERE mid = ?1 AND (batch_date "
                                "BETWEEN ?2 AND ?3 OR (?4 AND batch_date = '')) AND removed_at IS "
                                "NULL ORDER BY ordinal DESC",
                                "sssi", r->mid, r->from, r->to, (int64_t)r->whole_history);
    bool ok = collect_unseen(c, s, seen_batch, r->seen, &gone, e);
    for (size_t i = 0; ok && i < gone.count; i++) {
        ok = remove_batch(w, r, gone.ids[i], e);
    }
    *removed = (int64_t)gone.count;
    free(gone.ids);
    return ok;
}

static bool was_read(const struct batch_reading *r, const char *date)
{
    return *date ? strcmp(date, r->from) >= 0 && strcmp(date, r->to) <= 0 : r->whole_history;
}

/* A transaction that was not seen has gone if its batch lies in what was read. */
static bool remove_transaction(struct db_writer *w, const struct batch_reading *r, int64_t id,
                               int64_t *removed, struct err *e)
{
    int64_t batch = 0;
    char date[11];
    if (!batch_of_transaction(w, r->mid, id, &batch, e) || !batch_date_of(w, batch, date, e)) {
        return false;
    }
    if (!was_read(r, date)) {
        return true;
    }
    ++*removed;
    return metrics_touch_date(w, r->mid, date, e) &&
           conn_run(
               writer_conn(w), e,
               "UPDATE transactions SET removed_at = ?1 WHERE mid = ?2 AND transaction_id = ?3",
               "ssi", r->now, r->mid, id);
}

static bool remove_transactions(struct db_writer *w, const struct batch_reading *r,
                                int64_t *removed, struct err *e)
{
    struct conn *c = writer_conn(w);
    struct id_list unseen = {0};
    sqlite3_stmt *s = conn_bind(
        c, e, "SELECT transaction_id FROM transactions WHERE mid = ?1 AND removed_at IS NULL", "s",
        r->mid);
    bool ok = collect_unseen(c, s, seen_transaction, r->seen, &unseen, e);
    for (size_t i = 0; ok && i < unseen.count; i++) {
        ok = remove_transaction(w, r, unseen.ids[i], removed, e);
    }
    free(unseen.ids);
    return ok;
}

static bool remove_adjustment(struct conn *c, const struct batch_reading *r, sqlite3_stmt *s,
                              struct err *e)
{
    return conn_run(c, e,
                    "UPDATE adjustments SET removed_at = ?1 WHERE mid = ?2 AND "
                    "adjustment_date = ?3 AND type = ?4 AND amount_cents = ?5 AND "
                    "ordinal = ?6",
                    "ssssii", r->now, r->mid, conn_text(s, 0), conn_text(s, 1),
                    sqlite3_column_int64(s, 2), sqlite3_column_int64(s, 3));
}

/* Without an id: marked where the reading stands, which moves no row of the table. */
static bool remove_adjustments(struct db_writer *w, const struct batch_reading *r, int64_t *removed,
                               struct err *e)
{
    struct conn *c = writer_conn(w);
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT adjustment_date, type, amount_cents, ordinal FROM "
                                "adjustments WHERE mid = ?1 AND (adjustment_date BETWEEN ?2 AND ?3 "
                                "OR (?4 AND adjustment_date = '')) AND removed_at IS NULL",
                                "sssi", r->mid, r->from, r->to, (int64_t)r->whole_history);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        uint64_t key = seen_adjustment(conn_text(s, 0), conn_text(s, 1), sqlite3_column_int64(s, 2),
                                       sqlite3_column_int64(s, 3));
        if (keyset_has(r->seen, key)) {
            continue;
        }
        if (!remove_adjustment(c, r, s, e)) {
            sqlite3_reset(s);
            return false;
        }
        ++*removed;
    }
    return got == 0;
}

bool batch_remove_unseen(struct db_writer *w, const struct batch_reading *reading,
                         struct batch_removed *out, struct err *e)
{
    *out = (struct batch_removed){0};
    return remove_batches(w, reading, &out->batches, e) &&
           remove_transactions(w, reading, &out->transactions, e) &&
           remove_adjustments(w, reading, &out->adjustments, e);
}
