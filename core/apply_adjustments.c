/* Adjustments have no id and stand outside the paging: the same ones come again on every page. */
#include "core/apply.h"

#include "core/base/mem.h"
#include "db/seen.h"
#include "db/tables.h"

#include <stdlib.h>
#include <string.h>

#define FIELD_COUNT(f) (sizeof(f) / sizeof((f)[0]))

static const struct map_field fields[] = {
    {"date", ADJUSTMENT_DATE, MAP_DAY},
    {"type", ADJUSTMENT_TYPE, MAP_TEXT},
    {"amount", ADJUSTMENT_AMOUNT, MAP_CENTS},
};

struct adjustment {
    struct value row[ADJUSTMENT_COLUMNS];
    int index; /* in the page's list */
};

static const char *text_or_empty(const struct value *v)
{
    return v->kind == VALUE_TEXT ? v->text : "";
}

const char *apply_item_mid(struct sync *s, const struct walk *w)
{
    struct buf b = {0};
    resource_add_item_mid(&b, w->mid);
    char *mid = arena_strndup(s->arena, b.data, b.len);
    buf_done(&b);
    return mid;
}

/* By all that names them: 0 = alike. */
static int compare_names(const struct adjustment *a, const struct adjustment *b)
{
    int by_date =
        strcmp(text_or_empty(&a->row[ADJUSTMENT_DATE]), text_or_empty(&b->row[ADJUSTMENT_DATE]));
    int by_type =
        strcmp(text_or_empty(&a->row[ADJUSTMENT_TYPE]), text_or_empty(&b->row[ADJUSTMENT_TYPE]));
    int64_t one = a->row[ADJUSTMENT_AMOUNT].number;
    int64_t other = b->row[ADJUSTMENT_AMOUNT].number;
    return by_date ? by_date : by_type ? by_type : (one > other) - (one < other);
}

static int compare(const void *a, const void *b)
{
    const struct adjustment *one = a;
    const struct adjustment *other = b;
    int by_name = compare_names(one, other);
    return by_name ? by_name : one->index - other->index;
}

static bool put(struct sync *s, struct walk *w, struct value *row, struct err *e)
{
    row[ADJUSTMENT_MID] = value_text(w->mid);
    uint64_t key =
        seen_adjustment(text_or_empty(&row[ADJUSTMENT_DATE]), text_or_empty(&row[ADJUSTMENT_TYPE]),
                        row[ADJUSTMENT_AMOUNT].number, row[ADJUSTMENT_ORDINAL].number);
    if (keyset_has(&w->seen, key)) {
        return true; /* they come again on every page of the same range */
    }
    walk_saw(w, key);
    enum table_put how = TABLE_NEW;
    if (!table_put(s->db, &table_adjustments, row, w->fresh, &how, e)) {
        return false;
    }
    sync_count(s, w, COUNT_ADJUSTMENTS, how);
    return true;
}

static bool fail(struct sync *s, struct walk *w, const struct adjustment *a,
                 const struct map_problem *problem, const cJSON *json, struct err *e)
{
    const char *date = text_or_empty(&a->row[ADJUSTMENT_DATE]);
    char *id = arena_printf(s->arena, "%s/adjustment %s, row %d", apply_item_mid(s, w), date,
                            a->index + 1);
    w->whole = false;
    return sync_fail_record(s, w, COUNT_ADJUSTMENTS, id, problem, json, date, e);
}

/* Those alike in all are counted through, page by page from 0. */
bool apply_adjustments(struct sync *s, struct walk *w, const cJSON *list, struct err *e)
{
    size_t count = (size_t)cJSON_GetArraySize(list);
    struct adjustment *all = mem_alloc((count + 1) * sizeof *all);
    size_t used = 0;
    int index = 0;
    bool ok = true;
    const cJSON *json = list->child;
    for (; ok && json; json = json->next, index++) {
        struct map_problem problem = {0};
        struct adjustment *a = &all[used];
        *a = (struct adjustment){.index = index};
        if (map_object(s->arena, json, fields, FIELD_COUNT(fields), a->row, &problem)) {
            used++;
        } else {
            ok = fail(s, w, a, &problem, json, e);
        }
    }
    qsort(all, used, sizeof *all, compare);
    for (size_t i = 0; ok && i < used; i++) {
        bool is_twin = i > 0 && compare_names(&all[i - 1], &all[i]) == 0;
        int64_t ordinal = is_twin ? all[i - 1].row[ADJUSTMENT_ORDINAL].number + 1 : 0;
        all[i].row[ADJUSTMENT_ORDINAL] = value_int(ordinal);
        ok = put(s, w, all[i].row, e);
    }
    free(all);
    return ok;
}
