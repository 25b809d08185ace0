#include "core/apply.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/money.h"
#include "db/metrics_store.h"
#include "db/residual_store.h"
#include "db/seen.h"
#include "db/tables.h"

#include <stdio.h>
#include <string.h>

enum { PROCESSORS_MAX = 10000 }; /* each is a list of its own to read */

#define FIELD_COUNT(f) (sizeof(f) / sizeof((f)[0]))

static const struct map_field report_fields[] = {
    {"processor_id", REPORT_PROCESSOR, MAP_INT},
    {"name", REPORT_NAME, MAP_TEXT},
    {"modified", REPORT_MODIFIED, MAP_INSTANT},
    {"merchants_count", REPORT_MERCHANTS, MAP_INT},
    {"sum_transactions", REPORT_TRANSACTIONS, MAP_INT},
    {"sum_sales_amount", REPORT_SALES, MAP_MICROS},
    {"sum_income", REPORT_INCOME, MAP_MICROS},
    {"sum_expense", REPORT_EXPENSE, MAP_MICROS},
    {"sum_net", REPORT_NET, MAP_MICROS},
    {"sum_agent_net", REPORT_AGENT_NET, MAP_MICROS},
};

static const struct map_field row_fields[] = {
    {"merchant", RESIDUAL_MERCHANT, MAP_TEXT},
    {"transactions", RESIDUAL_TRANSACTIONS, MAP_INT},
    {"sales_amount", RESIDUAL_SALES, MAP_MICROS},
    {"income", RESIDUAL_INCOME, MAP_MICROS},
    {"expense", RESIDUAL_EXPENSE, MAP_MICROS},
    {"net", RESIDUAL_NET, MAP_MICROS},
    {"bps", RESIDUAL_BPS, MAP_MICROS},
    {"percentage", RESIDUAL_PERCENTAGE, MAP_MICROS},
    {"agent_net", RESIDUAL_AGENT_NET, MAP_MICROS},
};

static const struct map_field line_item_fields[] = {
    {"id", LINE_ITEM_ID, MAP_INT},
    {"type", LINE_ITEM_TYPE, MAP_TEXT},
    {"description", LINE_ITEM_DESCRIPTION, MAP_TEXT},
    {"income", LINE_ITEM_INCOME, MAP_MICROS},
    {"expense", LINE_ITEM_EXPENSE, MAP_MICROS},
    {"percentage", LINE_ITEM_PERCENTAGE, MAP_MICROS},
    {"agent_net", LINE_ITEM_AGENT_NET, MAP_MICROS},
    {"is_recurring", LINE_ITEM_RECURRING, MAP_FLAG},
    {"created", LINE_ITEM_CREATED, MAP_INSTANT},
    {"modified", LINE_ITEM_MODIFIED, MAP_INSTANT},
};

static const struct map_field user_fields[] = {
    {"user_id", LINE_ITEM_USER_ID, MAP_INT},
    {"full_name", LINE_ITEM_FULL_NAME, MAP_TEXT},
};

static const struct map_field merchant_fields[] = {
    {"dba", LINE_ITEM_DBA, MAP_TEXT},
};

/* The scalar as valid UTF-8, as every text that is stored; NULL = there is none. */
static const char *read_mid(struct sync *s, const cJSON *item, bool *is_number)
{
    const char *text = item ? json_scalar(s->arena, item, is_number) : NULL;
    if (!text || text_is_utf8(text, strlen(text))) {
        return text;
    }
    struct buf clean = {0};
    text_add_utf8(&clean, text, strlen(text));
    text = arena_strndup(s->arena, clean.data, clean.len);
    buf_done(&clean);
    return text;
}

bool apply_mid(struct sync *s, const cJSON *item, char out[MID_SIZE], struct map_problem *problem,
               struct err *e)
{
    bool is_number = false;
    const char *text = read_mid(s, item, &is_number);
    out[0] = '\0';
    problem->field = "mid";
    if (!text || !*text) {
        return true;
    }
    if (strlen(text) >= MID_SIZE) {
        snprintf(problem->message, sizeof problem->message, "mid: longer than %d characters",
                 MID_SIZE - 1);
        return false;
    }
    int found = 0;
    if (is_number && !merchant_by_number(db_writer_reader(s->db), text, out, &found, e)) {
        return false;
    }
    if (found > 1) {
        snprintf(problem->message, sizeof problem->message,
                 "mid %s: several merchants have this number behind leading zeros", text);
        return false;
    }
    if (!found) {
        text_copy(out, MID_SIZE, text);
    }
    return true;
}

static void utc_now(char out[25])
{
    civil_format_utc(clock_wall_ms(), out);
}

static char *month_id(struct sync *s, const struct walk *w)
{
    return arena_printf(s->arena, "%04d-%02d", w->year, w->month);
}

/* A record whose key cannot be read: nothing may be removed by this reading. */
static bool fail_keyless(struct sync *s, struct walk *w, enum counted table, const char *parent,
                         int index, struct map_problem *problem, const cJSON *json, struct err *e)
{
    w->whole = false;
    if (!problem->message[0]) {
        snprintf(problem->message, sizeof problem->message, "%s: missing", problem->field);
    }
    char *id = arena_printf(s->arena, "%s/page %d row %d", parent, w->applied + 1, index + 1);
    return sync_fail_record(s, w, table, id, problem, json, NULL, e);
}

/* ---- the month's reports ---- */

static bool put_report(struct sync *s, struct walk *w, const cJSON *json, int index, struct err *e)
{
    struct value row[REPORT_COLUMNS] = {0};
    struct map_problem problem = {0};
    bool good =
        map_object(s->arena, json, report_fields, FIELD_COUNT(report_fields), row, &problem);
    if (row[REPORT_PROCESSOR].kind != VALUE_INT) {
        problem.field = "processor_id";
        char *parent = arena_printf(s->arena, "%s/summary", month_id(s, w));
        return fail_keyless(s, w, COUNT_REPORTS, parent, index, &problem, json, e);
    }
    int64_t processor = row[REPORT_PROCESSOR].number;
    if (w->seen.count >= PROCESSORS_MAX) {
        snprintf(problem.message, sizeof problem.message, "more than %d processors in a month",
                 PROCESSORS_MAX);
        char *parent = arena_printf(s->arena, "%s/summary", month_id(s, w));
        return fail_keyless(s, w, COUNT_REPORTS, parent, index, &problem, json, e);
    }
    if (!walk_saw(w, seen_id(processor))) {
        return true;
    }
    if (!good) {
        char *id = arena_printf(s->arena, "%s/%lld", month_id(s, w), (long long)processor);
        return sync_fail_record(s, w, COUNT_REPORTS, id, &problem, json, NULL, e);
    }
    row[REPORT_YEAR] = value_int(w->year);
    row[REPORT_MONTH] = value_int(w->month);
    enum table_put put = TABLE_NEW;
    if (!table_put(s->db, &table_reports, row, false, &put, e)) {
        return false;
    }
    sync_count(s, w, COUNT_REPORTS, put);
    return true;
}

bool apply_reports(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                   struct err *e)
{
    (void)root;
    int index = 0;
    const cJSON *json = NULL;
    cJSON_ArrayForEach(json, data)
    {
        w->rows_seen++;
        if (!put_report(s, w, json, index++, e)) {
            return false;
        }
    }
    return true;
}

bool finish_reports(struct sync *s, struct walk *w, struct err *e)
{
    char now[25];
    utc_now(now);
    return !w->whole || residual_remove_unseen_reports(s->db, w->year, w->month, &w->seen, now,
                                                       &s->counts[COUNT_RESIDUALS].removed,
                                                       &s->counts[COUNT_REPORTS].removed, e);
}

/* ---- a report's rows ---- */

static bool put_row(struct sync *s, struct walk *w, const cJSON *json, int index, struct err *e)
{
    struct value row[RESIDUAL_COLUMNS] = {0};
    struct map_problem problem = {0};
    struct map_problem mid_problem = {.field = "mid"};
    char mid[MID_SIZE] = "";
    struct err failed = {0};
    bool good = map_object(s->arena, json, row_fields, FIELD_COUNT(row_fields), row, &problem);
    bool has_mid = apply_mid(s, json_get(json, "mid"), mid, &mid_problem, &failed);
    if (failed.kind) {
        *e = failed;
        return false;
    }
    char *parent = arena_printf(s->arena, "%s/%lld", month_id(s, w), (long long)w->processor);
    if (!has_mid || !mid[0]) {
        return fail_keyless(s, w, COUNT_RESIDUALS, parent, index, &mid_problem, json, e);
    }
    if (!walk_saw(w, seen_mid(mid))) {
        return true;
    }
    if (!good) {
        char *id = arena_printf(s->arena, "%s/%s", parent, mid);
        return sync_fail_record(s, w, COUNT_RESIDUALS, id, &problem, json, NULL, e);
    }
    row[RESIDUAL_YEAR] = value_int(w->year);
    row[RESIDUAL_MONTH] = value_int(w->month);
    row[RESIDUAL_PROCESSOR] = value_int(w->processor);
    row[RESIDUAL_MID] = value_text(mid);
    enum table_put put = TABLE_NEW;
    if (!table_put(s->db, &table_residuals, row, w->fresh, &put, e)) {
        return false;
    }
    sync_count(s, w, COUNT_RESIDUALS, put);
    return put == TABLE_UNCHANGED || metrics_touch(s->db, mid, w->year, w->month, e);
}

bool apply_rows(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data, struct err *e)
{
    (void)root;
    int index = 0;
    const cJSON *json = NULL;
    cJSON_ArrayForEach(json, data)
    {
        w->rows_seen++;
        if (!put_row(s, w, json, index++, e)) {
            return false;
        }
    }
    return true;
}

/* The CRM may state a sum rounded to cents; it never states a wrong cent. */
static bool same_money(int64_t stated, int64_t stored)
{
    return stated == stored || (stated % 10000 == 0 && stated == money_round_micros(stored, 2));
}

/* The first control total that differs from the rows, as words; false = all are met. */
static bool totals_differ(const struct residual_totals *t, char *words, size_t size)
{
    static const char *const names[TOTAL_COUNT] = {
        "merchants", "transactions", "sales", "income", "expense", "net", "agent net"};
    for (int i = 0; i < TOTAL_COUNT; i++) {
        bool is_money = i >= TOTAL_SALES;
        bool same =
            is_money ? same_money(t->stated[i], t->stored[i]) : t->stated[i] == t->stored[i];
        if (t->stated_is_null[i] || same) {
            continue;
        }
        char stated[32];
        char stored[32];
        money_format(t->stated[i], is_money ? 6 : 0, stated);
        money_format(t->stored[i], is_money ? 6 : 0, stored);
        snprintf(words, size, "%s: the report's total is %s, its rows add up to %s", names[i],
                 stated, stored);
        return true;
    }
    return false;
}

static bool report_mismatch(struct sync *s, struct walk *w, const char *words, struct err *e)
{
    char *id = arena_printf(s->arena, "%s/%lld", month_id(s, w), (long long)w->processor);
    struct failure f = {.item_type = "residual",
                        .item_id = id,
                        .class = "transient",
                        .code = "control_total",
                        .message = words};
    w->has_failures = w->mismatch = true;
    return sync_fail_item(s, &f, e);
}

bool finish_rows(struct sync *s, struct walk *w, struct err *e)
{
    struct residual_totals totals;
    char now[25];
    char words[160];
    int64_t removed = 0;
    if (!w->whole || w->has_failures) {
        return true; /* said already; sums cannot be met */
    }
    utc_now(now);
    if (!db_part_begin(s->db, e) ||
        !residual_remove_unseen_rows(s->db, w->year, w->month, w->processor, &w->seen, now,
                                     &removed, e) ||
        !residual_totals_of(db_writer_reader(s->db), w->year, w->month, w->processor, &totals, e)) {
        return false;
    }
    bool differ = totals_differ(&totals, words, sizeof words);
    if (!db_part_end(s->db, !differ, e)) {
        return false;
    }
    if (!differ) {
        s->counts[COUNT_RESIDUALS].removed += removed;
        return true;
    }
    if (w->rewalks >= WALK_REWALKS_MAX) {
        return report_mismatch(s, w, words, e);
    }
    sync_read_report_again(s, w); /* recalculated under our hands, perhaps */
    return true;
}

/* ---- line items ---- */

static void map_part(struct sync *s, const cJSON *json, const char *key,
                     const struct map_field *fields, size_t count, struct value *row, bool *good,
                     struct map_problem *problem)
{
    const cJSON *part = json_get(json, key);
    if (cJSON_IsObject(part) && !map_object(s->arena, part, fields, count, row,
                                            *good ? problem : &(struct map_problem){0})) {
        *good = false;
    }
}

static bool put_line_item(struct sync *s, struct walk *w, const cJSON *json, int index,
                          struct err *e)
{
    struct value row[LINE_ITEM_COLUMNS] = {0};
    struct map_problem problem = {0};
    struct err failed = {0};
    char mid[MID_SIZE] = "";
    bool good =
        map_object(s->arena, json, line_item_fields, FIELD_COUNT(line_item_fields), row, &problem);
    map_part(s, json, "user", user_fields, FIELD_COUNT(user_fields), row, &good, &problem);
    map_part(s, json, "merchant", merchant_fields, FIELD_COUNT(merchant_fields), row, &good,
             &problem);
    const cJSON *merchant = json_get(json, "merchant");
    good = apply_mid(s, json_get(merchant, "mid"), mid, good ? &problem : &(struct map_problem){0},
                     &failed) &&
           good;
    if (failed.kind) {
        *e = failed;
        return false;
    }
    char *parent = arena_printf(s->arena, "%s/lineitems", month_id(s, w));
    if (row[LINE_ITEM_ID].kind != VALUE_INT) {
        problem.field = "id";
        return fail_keyless(s, w, COUNT_LINE_ITEMS, parent, index, &problem, json, e);
    }
    if (!walk_saw(w, seen_id(row[LINE_ITEM_ID].number))) {
        return true;
    }
    if (!good) {
        char *id = arena_printf(s->arena, "%s/%lld", parent, (long long)row[LINE_ITEM_ID].number);
        return sync_fail_record(s, w, COUNT_LINE_ITEMS, id, &problem, json, NULL, e);
    }
    row[LINE_ITEM_YEAR] = value_int(w->year);
    row[LINE_ITEM_MONTH] = value_int(w->month);
    row[LINE_ITEM_MID] = mid[0] ? value_text(mid) : value_null();
    enum table_put put = TABLE_NEW;
    if (!table_put(s->db, &table_line_items, row, w->fresh, &put, e)) {
        return false;
    }
    sync_count(s, w, COUNT_LINE_ITEMS, put);
    return true;
}

bool apply_line_items(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                      struct err *e)
{
    (void)root;
    int index = 0;
    const cJSON *json = NULL;
    cJSON_ArrayForEach(json, data)
    {
        w->rows_seen++;
        if (!put_line_item(s, w, json, index++, e)) {
            return false;
        }
    }
    return true;
}

bool finish_line_items(struct sync *s, struct walk *w, struct err *e)
{
    char now[25];
    utc_now(now);
    return !w->whole || residual_remove_unseen_line_items(s->db, w->year, w->month, &w->seen, now,
                                                          &s->counts[COUNT_LINE_ITEMS].removed, e);
}
