#include "core/apply.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/batch_store.h"
#include "db/metrics_store.h"
#include "db/seen.h"
#include "db/tables.h"

#include <stdio.h>
#include <string.h>

enum {
    TWINS_MAX = 1000, /* more batches than that are not alike in all that names them */
    REFERENCE_SHOWN = 65,
};

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

/* The batch in hand. */
struct batch {
    const cJSON *json, *transactions; /* transactions NULL = none */
    struct value row[BATCH_COLUMNS];
    int index;        /* on its page, from 0 */
    const char *date; /* "" = absent */
    int64_t id;
    bool changed; /* its month's metrics are to be calculated anew */
};

static const char *text_or_empty(const struct value *v)
{
    return v->kind == VALUE_TEXT ? v->text : "";
}

/* As part of an item's id. */
static const char *shown_reference(struct sync *s, const struct batch *b)
{
    char *shown = arena_alloc(s->arena, REFERENCE_SHOWN);
    text_copy(shown, REFERENCE_SHOWN, text_or_empty(&b->row[BATCH_REFERENCE]));
    return shown;
}

static uint64_t alike_key(const struct value *row)
{
    return keyset_text('d', text_or_empty(&row[BATCH_DATE])) ^
           keyset_text('r', text_or_empty(&row[BATCH_REFERENCE])) ^
           keyset_text('n', text_or_empty(&row[BATCH_TERMINAL]));
}

/* For each batch of the page whether one further down is alike in all that names it: from the last
 * to the first, so that the page is gone through once. */
static bool *find_later_twins(struct sync *s, const struct batch *b)
{
    const cJSON *first = b->json;
    while (first->prev->next) {
        first = first->prev; /* the first one's `prev` is the last */
    }
    size_t count = 0;
    for (const cJSON *at = first; at; at = at->next) {
        count++;
    }
    bool *later = arena_alloc(s->arena, count * sizeof *later);
    struct keyset below = {0};
    const cJSON *at = first->prev;
    for (size_t i = count; i-- > 0; at = at->prev) {
        struct value row[BATCH_COLUMNS] = {0};
        struct map_problem ignored;
        bool good =
            map_object(s->arena, at, batch_fields, FIELD_COUNT(batch_fields), row, &ignored);
        uint64_t key = alike_key(row);
        later[i] = keyset_has(&below, key);
        if (good) {
            keyset_add(&below, key);
        }
    }
    keyset_done(&below);
    return later;
}

static bool has_later_twin(struct sync *s, const struct batch *b)
{
    if (!s->later_twins) {
        s->later_twins = find_later_twins(s, b);
    }
    return s->later_twins[b->index];
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
    if (count >= TWINS_MAX) {
        keyset_add(&w->seen, alike_key(b->row)); /* no more of these */
    }
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
        char *id = arena_printf(s->arena, "%s/batch %s %s, row %d", apply_item_mid(s, w), b->date,
                                shown_reference(s, b), index + 1);
        return sync_fail_record(s, w, COUNT_TRANSACTIONS, id, &problem, json, b->date, e);
    }
    int64_t number = row[TRANSACTION_ID].number;
    if (!walk_saw(w, seen_transaction(number))) {
        return true;
    }
    if (!good) {
        char *id = arena_printf(s->arena, "%s/%lld", apply_item_mid(s, w), (long long)number);
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

static bool is_nothing(const struct batch *b)
{
    for (size_t i = 0; i < FIELD_COUNT(batch_fields); i++) {
        if (b->row[batch_fields[i].column].kind != VALUE_NULL) {
            return false;
        }
    }
    return !b->transactions;
}

static bool read_batch(struct sync *s, struct walk *w, struct batch *b, struct map_problem *problem)
{
    b->row[BATCH_MID] = value_text(w->mid);
    bool good =
        map_object(s->arena, b->json, batch_fields, FIELD_COUNT(batch_fields), b->row, problem);
    b->date = text_or_empty(&b->row[BATCH_DATE]);
    b->transactions = json_get(b->json, "transactions");
    if (b->transactions && cJSON_IsNull(b->transactions)) {
        b->transactions = NULL;
    }
    if (good && b->transactions && !cJSON_IsArray(b->transactions)) {
        problem->field = "transactions";
        snprintf(problem->message, sizeof problem->message, "transactions: not a list");
        return false;
    }
    if (good && is_nothing(b)) {
        snprintf(problem->message, sizeof problem->message, "the record has nothing in it");
        return false;
    }
    return good;
}

/* Its transactions cannot be told from those that have gone. */
static bool fail_batch(struct sync *s, struct walk *w, const struct batch *b,
                       const struct map_problem *problem, struct err *e)
{
    char *id = arena_printf(s->arena, "%s/batch %s %s, page %d row %d", apply_item_mid(s, w),
                            b->date, shown_reference(s, b), w->applied + 1, b->index + 1);
    w->whole = false;
    return sync_fail_record(s, w, COUNT_BATCHES, id, problem, b->json, b->date, e);
}

static bool put_batch(struct sync *s, struct walk *w, const cJSON *json, int index, struct err *e)
{
    struct batch b = {.json = json, .index = index};
    struct map_problem problem = {0};
    if (!read_batch(s, w, &b, &problem)) {
        return fail_batch(s, w, &b, &problem, e);
    }
    if (was_seen(s, w, &b)) {
        w->repeated = true;
        return true;
    }
    if (keyset_has(&w->seen, alike_key(b.row))) {
        snprintf(problem.message, sizeof problem.message,
                 "more than %d batches are alike in date, reference_number and terminal_number",
                 TWINS_MAX); /* each would have to be compared with all the others */
        return fail_batch(s, w, &b, &problem, e);
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
    s->later_twins = NULL; /* of the page before */
    cJSON_ArrayForEach(json, data)
    {
        w->rows_seen++;
        if (!put_batch(s, w, json, index++, e)) {
            return false;
        }
    }
    const cJSON *adjustments = json_get(root, "adjustments");
    return !cJSON_IsArray(adjustments) || apply_adjustments(s, w, adjustments, e);
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
