#include "core/apply.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "db/failed_store.h"
#include "db/merchant_store.h"
#include "db/seen.h"
#include "db/tables.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define FIELD_COUNT(f) (sizeof(f) / sizeof((f)[0]))

static const struct map_field fields[] = {
    {"mid", MERCHANT_MID, MAP_IDENT},
    {"name", MERCHANT_NAME, MAP_TEXT},
    {"opened", MERCHANT_OPENED, MAP_DAY},
    {"closed", MERCHANT_CLOSED, MAP_DAY},
    {"created", MERCHANT_CREATED, MAP_INSTANT},
    {"modified", MERCHANT_MODIFIED, MAP_INSTANT},
    {"first_batch", MERCHANT_FIRST_BATCH, MAP_DAY},
    {"last_batch", MERCHANT_LAST_BATCH, MAP_DAY},
    {"group", MERCHANT_GROUP, MAP_TEXT},
    {"processor", MERCHANT_PROCESSOR, MAP_TEXT},
    {"datasource", MERCHANT_DATASOURCE, MAP_TEXT},
    {"sic_code", MERCHANT_SIC_CODE, MAP_IDENT},
    {"vim", MERCHANT_VIM, MAP_LOOSE},
    {"deactivated", MERCHANT_DEACTIVATED, MAP_DAY},
    {"status", MERCHANT_STATUS, MAP_TEXT},
    {"active", MERCHANT_ACTIVE, MAP_LOOSE},
    {"leads", MERCHANT_LEADS, MAP_INTS},
};

/* `active` is a flag, sent as true/false or in a word; a word that is none of these is kept. */
static void settle_flag(struct value *v)
{
    static const struct {
        const char *word;
        int flag;
    } words[] = {{"true", 1},  {"yes", 1}, {"y", 1}, {"1", 1},
                 {"false", 0}, {"no", 0},  {"n", 0}, {"0", 0}};
    for (size_t i = 0; v->kind == VALUE_TEXT && i < FIELD_COUNT(words); i++) {
        if (!strcasecmp(v->text, words[i].word)) {
            *v = value_int(words[i].flag);
        }
    }
}

/* The number under which the record is known, also when other fields of it cannot be read. */
static bool readable_mid(const struct value *row, struct map_problem *problem)
{
    if (row[MERCHANT_MID].kind != VALUE_TEXT) {
        problem->field = "mid";
        snprintf(problem->message, sizeof problem->message, "mid: missing");
        return false;
    }
    if (strlen(row[MERCHANT_MID].text) >= MID_SIZE) {
        problem->field = "mid";
        snprintf(problem->message, sizeof problem->message, "mid: longer than %d characters",
                 MID_SIZE - 1);
        return false;
    }
    return true;
}

static bool put_merchant(struct sync *s, struct walk *w, const cJSON *record, int index,
                         struct err *e)
{
    struct value row[MERCHANT_COLUMNS] = {0};
    struct map_problem problem = {0};
    bool good = map_object(s->arena, record, fields, FIELD_COUNT(fields), row, &problem);
    struct err failed = {0};
    char known[MID_SIZE];
    const cJSON *number = json_get(record, "mid");
    if (cJSON_IsNumber(number) && apply_mid(s, number, known, &problem, &failed)) {
        row[MERCHANT_MID] = value_text(known);
    } else if (cJSON_IsNumber(number)) {
        row[MERCHANT_MID] = value_null();
    }
    if (failed.kind) {
        *e = failed;
        return false;
    }
    if (!readable_mid(row, &problem)) {
        w->whole = false;
        char *id = arena_printf(s->arena, "page %d row %d", w->applied + 1, index + 1);
        return sync_fail_record(s, w, COUNT_MERCHANTS, id, &problem, record, NULL, e);
    }
    const char *mid = row[MERCHANT_MID].text;
    if (!walk_saw(w, seen_mid(mid))) {
        return true; /* the list shifted; the walk will see to it */
    }
    if (!good) {
        struct buf id = {0};
        resource_add_item_mid(&id, mid);
        bool ok = sync_fail_record(s, w, COUNT_MERCHANTS, id.data, &problem, record, NULL, e);
        buf_done(&id);
        return ok;
    }
    settle_flag(&row[MERCHANT_ACTIVE]);
    enum table_put put = TABLE_NEW;
    if (!table_put(s->db, &table_merchants, row, w->fresh, &put, e)) {
        return false;
    }
    sync_count(s, w, COUNT_MERCHANTS, put);
    if (w->heals && put != TABLE_UNCHANGED) {
        return sync_read_transactions_of(s, mid, e); /* as if its record had never failed */
    }
    return true;
}

bool apply_merchants(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                     struct err *e)
{
    (void)root;
    int index = 0;
    const cJSON *record = NULL;
    cJSON_ArrayForEach(record, data)
    {
        w->rows_seen++;
        if (!put_merchant(s, w, record, index++, e)) {
            return false;
        }
    }
    return true;
}

/* GET /merchants/{mid} wraps the same fields in "general". */
bool apply_merchant(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                    struct err *e)
{
    (void)root;
    const cJSON *general = json_get(data, "general");
    w->rows_seen++;
    return put_merchant(s, w, cJSON_IsObject(general) ? general : data, 0, e);
}

/* A merchant that is gone has nothing left to read. */
static bool close_items(void *data, const char *mid, struct err *e)
{
    struct sync *s = data;
    struct buf id = {0};
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    resource_add_item_mid(&id, mid);
    bool ok = failed_resolve_gone(s->db, "merchant", id.data, now, e) &&
              failed_resolve_gone(s->db, "transaction", id.data, now, e);
    buf_done(&id);
    return ok;
}

bool finish_merchants(struct sync *s, struct walk *w, struct err *e)
{
    if (!w->whole || s->request->mid_count) {
        return true;
    }
    char now[25];
    int64_t gone = 0;
    bool held_back = false;
    civil_format_utc(clock_wall_ms(), now);
    if (!merchant_remove_unseen(s->db, &w->seen, now, &gone, &held_back, close_items, s, e)) {
        return false;
    }
    if (held_back) {
        s->listed = w->seen; /* the others would be refused one by one */
        w->seen = (struct keyset){0};
        sync_warn(
            s,
            "%lld merchants are no longer listed, more than a tenth of all: none was marked as "
            "removed; check what the API key may see",
            (long long)gone);
    } else {
        s->counts[COUNT_MERCHANTS].removed += gone;
    }
    return true;
}
