#include "core/apply.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "db/batch_store.h"
#include "db/metrics_store.h"
#include "db/seen.h"
#include "db/tables.h"

#include <stdio.h>
#include <string.h>

#define FIELD_COUNT(f) (sizeof(f) / sizeof((f)[0]))

static const struct map_field batch_fields[] = {
    {"date", BATCH_DATE, MAP_DAY},
    {"reference_number", BATCH_REFERENCE, MAP_IDENT},
    {"amount", BATCH_AMOUNT, MAP_CENTS},
    {"count", BATCH_COUNT, MAP_INT},
    {"terminal_number", BATCH_TERMINAL, MAP_IDENT},
};

static const struct map_field transaction_fields[] = {
    {"id", TRANSACTION_ID, MAP_INT},
    {"date", TRANSACTION_DATE, MAP_DAY},
    {"type", TRANSACTION_TYPE, MAP_TEXT},
    {"amount", TRANSACTION_AMOUNT, MAP_CENTS},
    {"cardholder", TRANSACTION_CARDHOLDER, MAP_CARD},
    {"auth_code", TRANSACTION_AUTH_CODE, MAP_TEXT},
    {"pos_entry_mode", TRANSACTION_ENTRY_MODE, MAP_TEXT},
    {"invoice_number", TRANSACTION_INVOICE, MAP_TEXT},
    {"void_reject_chargeback", TRANSACTION_REJECTED, MAP_FLAG},
    {"reject_description", TRANSACTION_REJECT_TEXT, MAP_TEXT},
};

static const struct map_field adjustment_fields[] = {
    {"date", ADJUSTMENT_DATE, MAP_DAY},
    {"type", ADJUSTMENT_TYPE, MAP_TEXT},
    {"amount", ADJUSTMENT_AMOUNT, MAP_CENTS},
};

/* The batch in hand. */
struct batch {
    const cJSON *json, *transactions; /* transactions NULL = none */
    struct value row[BATCH_COLUMNS];
    const char *date; /* "" = absent */
    int64_t id;
    bool changed; /* its month's metrics are to be calculated anew */
};

/* What item ids of this merchant's records begin with. */
static const char *item_mid(struct sync *s, const struct walk *w)
{
    struct buf b = {0};
    resource_add_item_mid(&b, w->mid);
    char *mid = arena_strndup(s->arena, b.data, b.len);
    buf_done(&b);
    return mid;
}

static const char *text_or_empty(const struct value *v)
{
    return v->kind == VALUE_TEXT ? v->text : "";
}

static bool same_key(const struct value *a, const struct value *b)
{
    static const int key[] = {BATCH_DATE, BATCH_REFERENCE, BATCH_TERMINAL};
    for (size_t i = 0; i < FIELD_COUNT(key); i++) {
        if (strcmp(text_or_empty(&a[key[i]]), text_or_empty(&b[key[i]])) != 0) {
            return false;
        }
    }
    return true;
}

/* Whether a batch further down this page is alike in all that names it. */
static bool has_later_twin(struct sync *s, const struct batch *b)
{
    for (const cJSON *next = b->json->next; next; next = next->next) {
        struct value row[BATCH_COLUMNS] = {0};
        struct map_problem ignored;
        if (map_object(s->arena, next, batch_fields, FIELD_COUNT(batch_fields), row, &ignored) &&
            same_key(row, b->row)) {
            return true;
        }
    }
    return false;
}

/* The id of its first transaction; false = it has none that can be read. */
static bool first_id(struct sync *s, const struct batch *b, int64_t *id)
{
    struct value row[TRANSACTION_COLUMNS] = {0};
    struct map_problem ignored;
    const cJSON *first = b->transactions ? b->transactions->child : NULL;
    if (first) {
        map_object(s->arena, first, transaction_fields, 1, row, &ignored); /* the id alone */
    }
    *id = row[TRANSACTION_ID].number;
    return row[TRANSACTION_ID].kind == VALUE_INT;
}

/* The stored batch that owns the first transaction of `b`; 0 = none. */
static bool owner_of(struct sync *s, const struct walk *w, const struct batch *b, int64_t *owner,
                     struct err *e)
{
    int64_t id = 0;
    *owner = 0;
    return !first_id(s, b, &id) || batch_of_transaction(s->db, w->mid, id, owner, e);
}

/* Batches have no id, but their transactions do: met again, it is no twin, the pages shifted. */
static bool was_seen(struct sync *s, const struct walk *w, const struct batch *b)
{
    int64_t id = 0;
    return first_id(s, b, &id) && keyset_has(&w->seen, seen_transaction(id));
}

/* Batches that are alike in all that names them are told apart by what they hold: first by whose
 * transactions they have, then by amount and count, then in order. -1 = none of the stored ones. */
static bool choose_twin(struct sync *s, const struct walk *w, const struct batch *b,
                        const struct batch_twins *list, int *chosen, struct err *e)
{
    const struct batch_twin *twins = list->items;
    int count = list->count;
    int alike = -1;
    int lowest = -1;
    int64_t owner = 0;
    *chosen = -1;
    if (count == 1 && twins[0].same_content && !keyset_has(&w->seen, seen_batch(twins[0].id))) {
        *chosen = 0; /* nearly always */
        return true;
    }
    if (count && !owner_of(s, w, b, &owner, e)) {
        return false;
    }
    for (int i = count - 1; i >= 0; i--) {
        if (keyset_has(&w->seen, seen_batch(twins[i].id))) {
            continue;
        }
        lowest = i;
        alike = twins[i].same_content && twins[i].live ? i : alike;
        *chosen = owner && twins[i].id == owner ? i : *chosen;
    }
    if (*chosen < 0) {
        *chosen = alike;
    }
    if (*chosen < 0 && lowest >= 0 && !(twins[lowest].live && has_later_twin(s, b))) {
        *chosen = lowest;
    }
    return true;
}

/* Finds or makes the batch's row: b->id. */
static bool place_batch(struct sync *s, struct walk *w, struct batch *b, struct err *e)
{
    int chosen = -1;
    enum table_put put = TABLE_NEW;
    if (!batch_find_twins(s->db, b->row, &s->twins, e) ||
        !choose_twin(s, w, b, &s->twins, &chosen, e)) {
        return false;
    }
    const struct batch_twin *twins = s->twins.items;
    int count = s->twins.count;
    if (chosen < 0) {
        int ordinal = count ? twins[count - 1].ordinal + 1 : 0;
        if (!batch_insert(s->db, b->row, ordinal, &b->id, e)) {
            return false;
        }
    } else {
        b->id = twins[chosen].id;
        put = twins[chosen].same_content && twins[chosen].live ? TABLE_UNCHANGED : TABLE_UPDATED;
        if (put == TABLE_UPDATED && !batch_update(s->db, b->row, b->id, e)) {
            return false;
        }
    }
    bool is_back = chosen < 0 ? count > 0 : !twins[chosen].live;
    if (is_back && !batch_move_up(s->db, b->id, e)) {
        return false;
    }
    b->changed = put != TABLE_UNCHANGED;
    walk_saw(w, seen_batch(b->id));
    sync_count(s, w, COUNT_BATCHES, put);
    return true;
}

/* A transaction may move to a batch of another month. */
static bool touch_old_month(struct sync *s, const struct walk *w, int64_t number, struct err *e)
{
    int64_t batch = 0;
    char day[11];
    return batch_of_transaction(s->db, w->mid, number, &batch, e) &&
           batch_date_of(s->db, batch, day, e) && metrics_touch_date(s->db, w->mid, day, e);
}

static bool put_transaction(struct sync *s, struct walk *w, struct batch *b, const cJSON *json,
                            int index, struct err *e)
{
    struct value row[TRANSACTION_COLUMNS] = {0};
    struct map_problem problem = {0};
    bool good = map_object(s->arena, json, transaction_fields, FIELD_COUNT(transaction_fields), row,
                           &problem);
    if (row[TRANSACTION_ID].kind != VALUE_INT) {
        w->whole = false;
        if (good) {
            problem.field = "id";
            snprintf(problem.message, sizeof problem.message, "id: missing");
        }
        char *id = arena_printf(s->arena, "%s/batch %s %s, row %d", item_mid(s, w), b->date,
                                text_or_empty(&b->row[BATCH_REFERENCE]), index + 1);
        return sync_fail_record(s, w, COUNT_TRANSACTIONS, id, &problem, json, b->date, e);
    }
    int64_t number = row[TRANSACTION_ID].number;
    if (!walk_saw(w, seen_transaction(number))) {
        return true;
    }
    if (!good) {
        char *id = arena_printf(s->arena, "%s/%lld", item_mid(s, w), (long long)number);
        return sync_fail_record(s, w, COUNT_TRANSACTIONS, id, &problem, json, b->date, e);
    }
    row[TRANSACTION_MID] = value_text(w->mid);
    row[TRANSACTION_BATCH_ID] = value_int(b->id);
    enum table_put put = TABLE_NEW;
    if (w->fresh ? !table_put(s->db, &table_transactions, row, true, &put, e)
                 : !table_compare(s->db, &table_transactions, row, &put, e) ||
                       (put == TABLE_UPDATED && !touch_old_month(s, w, number, e)) ||
                       !table_write(s->db, &table_transactions, row, put, e)) {
        return false;
    }
    b->changed = b->changed || put != TABLE_UNCHANGED;
    sync_count(s, w, COUNT_TRANSACTIONS, put);
    return true;
}

static bool read_batch(struct sync *s, struct walk *w, struct batch *b, struct map_problem *problem)
{
    b->row[BATCH_MID] = value_text(w->mid);
    bool good =
        map_object(s->arena, b->json, batch_fields, FIELD_COUNT(batch_fields), b->row, problem);
    b->date = text_or_empty(&b->row[BATCH_DATE]);
    b->transactions = cJSON_GetObjectItemCaseSensitive(b->json, "transactions");
    if (b->transactions && cJSON_IsNull(b->transactions)) {
        b->transactions = NULL;
    }
    if (good && b->transactions && !cJSON_IsArray(b->transactions)) {
        problem->field = "transactions";
        snprintf(problem->message, sizeof problem->message, "transactions: not a list");
        return false;
    }
    return good;
}

static bool put_batch(struct sync *s, struct walk *w, const cJSON *json, int index, struct err *e)
{
    struct batch b = {.json = json};
    struct map_problem problem = {0};
    if (!read_batch(s, w, &b, &problem)) {
        w->whole = false; /* its transactions cannot be told from those that have gone */
        char *id = arena_printf(s->arena, "%s/batch %s %s, page %d row %d", item_mid(s, w), b.date,
                                text_or_empty(&b.row[BATCH_REFERENCE]), w->applied + 1, index + 1);
        return sync_fail_record(s, w, COUNT_BATCHES, id, &problem, json, b.date, e);
    }
    if (was_seen(s, w, &b)) {
        w->repeated = true;
        return true;
    }
    if (!place_batch(s, w, &b, e)) {
        return false;
    }
    int row = 0;
    const cJSON *transaction = NULL;
    cJSON_ArrayForEach(transaction, b.transactions)
    {
        if (!put_transaction(s, w, &b, transaction, row++, e)) {
            return false;
        }
    }
    return !b.changed || metrics_touch_date(s->db, w->mid, b.date, e);
}

static bool same_adjustment(const struct value *a, const struct value *b)
{
    return a[ADJUSTMENT_AMOUNT].number == b[ADJUSTMENT_AMOUNT].number &&
           !strcmp(text_or_empty(&a[ADJUSTMENT_DATE]), text_or_empty(&b[ADJUSTMENT_DATE])) &&
           !strcmp(text_or_empty(&a[ADJUSTMENT_TYPE]), text_or_empty(&b[ADJUSTMENT_TYPE]));
}

static bool put_adjustment(struct sync *s, struct walk *w, struct value *row, struct err *e)
{
    row[ADJUSTMENT_MID] = value_text(w->mid);
    uint64_t key =
        seen_adjustment(text_or_empty(&row[ADJUSTMENT_DATE]), text_or_empty(&row[ADJUSTMENT_TYPE]),
                        row[ADJUSTMENT_AMOUNT].number, row[ADJUSTMENT_ORDINAL].number);
    if (keyset_has(&w->seen, key)) {
        return true; /* they come again on every page of the same range */
    }
    walk_saw(w, key);
    enum table_put put = TABLE_NEW;
    if (!table_put(s->db, &table_adjustments, row, w->fresh, &put, e)) {
        return false;
    }
    sync_count(s, w, COUNT_ADJUSTMENTS, put);
    return true;
}

/* Adjustments have no id: those alike in all are counted through, page by page from 0. */
static bool put_adjustments(struct sync *s, struct walk *w, const cJSON *list, struct err *e)
{
    int count = cJSON_GetArraySize(list);
    struct value(*rows)[ADJUSTMENT_COLUMNS] =
        arena_alloc(s->arena, ((size_t)count + 1) * sizeof *rows);
    int used = 0;
    int index = 0;
    const cJSON *json = NULL;
    cJSON_ArrayForEach(json, list)
    {
        struct map_problem problem = {0};
        struct value *row = rows[used];
        memset(row, 0, sizeof *rows);
        index++;
        if (!map_object(s->arena, json, adjustment_fields, FIELD_COUNT(adjustment_fields), row,
                        &problem)) {
            w->whole = false;
            char *id = arena_printf(s->arena, "%s/adjustment %s, row %d", item_mid(s, w),
                                    text_or_empty(&row[ADJUSTMENT_DATE]), index);
            if (!sync_fail_record(s, w, COUNT_ADJUSTMENTS, id, &problem, json,
                                  text_or_empty(&row[ADJUSTMENT_DATE]), e)) {
                return false;
            }
            continue;
        }
        int64_t ordinal = 0;
        for (int i = 0; i < used; i++) {
            ordinal += same_adjustment(rows[i], row);
        }
        row[ADJUSTMENT_ORDINAL] = value_int(ordinal);
        used++;
        if (!put_adjustment(s, w, row, e)) {
            return false;
        }
    }
    return true;
}

bool apply_transactions(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                        struct err *e)
{
    if (w->applied == 0) {
        bool any = false;
        if (!batch_any_of_merchant(s->db, w->mid, &any, e)) {
            return false;
        }
        w->fresh = !any;
    }
    int index = 0;
    const cJSON *json = NULL;
    cJSON_ArrayForEach(json, data)
    {
        w->rows_seen++;
        if (!put_batch(s, w, json, index++, e)) {
            return false;
        }
    }
    const cJSON *adjustments = cJSON_GetObjectItemCaseSensitive(root, "adjustments");
    return !cJSON_IsArray(adjustments) || put_adjustments(s, w, adjustments, e);
}

bool finish_transactions(struct sync *s, struct walk *w, struct err *e)
{
    if (w->fresh || !w->whole) {
        return true;
    }
    char now[25];
    struct batch_removed removed;
    civil_format_utc(clock_wall_ms(), now);
    struct batch_reading reading = {.mid = w->mid,
                                    .from = w->from,
                                    .to = w->to,
                                    .seen = &w->seen,
                                    .now = now,
                                    .whole_history =
                                        !strcmp(w->from, s->config->sync.history_start)};
    if (!batch_remove_unseen(s->db, &reading, &removed, e)) {
        return false;
    }
    s->counts[COUNT_BATCHES].removed += removed.batches;
    s->counts[COUNT_TRANSACTIONS].removed += removed.transactions;
    s->counts[COUNT_ADJUSTMENTS].removed += removed.adjustments;
    return true;
}
