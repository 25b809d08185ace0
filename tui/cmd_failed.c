/* `ipsync failed`: what could not be read. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "db/db.h"
#include "db/failed_query.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/failed_summary.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { PAGE = 200, COLUMNS = 8 };

struct failed_list {
    struct print_table *table; /* made with the first row */
    struct json_writer json;
    struct buf out;
};

/* ---- the list ---- */

/* The HTTP status where it is one of failure, else our own word for it. */
static void add_code(const struct failed_row *row, char out[48])
{
    if (row->http_status >= 300) {
        snprintf(out, 48, "HTTP %d", (int)row->http_status);
    } else {
        snprintf(out, 48, "%.47s", row->code && *row->code ? row->code : "-");
    }
}

/* As short as a column wants it: "in 13m", "in 5h", "in 2d". */
static void add_wait(int64_t ms, char out[48])
{
    int64_t minutes = (ms + 59999) / 60000;
    if (minutes < 60) {
        snprintf(out, 48, "in %" PRId64 "m", minutes);
    } else if (minutes < 48 * 60) {
        snprintf(out, 48, "in %" PRId64 "h", minutes / 60);
    } else {
        snprintf(out, 48, "in %" PRId64 "d", minutes / 60 / 24);
    }
}

static void add_next_try(const struct failed_row *row, char out[48])
{
    int64_t due = 0;
    if (row->resolved_at) {
        bool given_up = row->resolution && !strcmp(row->resolution, "given_up");
        snprintf(out, 48, "%s", given_up ? "given up" : row->resolution ? row->resolution : "done");
    } else if (!row->next_retry_at) {
        snprintf(out, 48, "never");
    } else if (!civil_parse_utc(row->next_retry_at, &due) || due <= clock_wall_ms()) {
        snprintf(out, 48, "due");
    } else {
        add_wait(due - clock_wall_ms(), out);
    }
}

static struct print_table *new_table(void)
{
    static const char *const headings[COLUMNS] = {"ID",    "TYPE",  "ITEM", "CLASS",
                                                  "ERROR", "TRIES", "NEXT", "MESSAGE"};
    static const bool right[COLUMNS] = {[0] = true, [5] = true};
    return print_table_new(headings, right, COLUMNS);
}

static void show_row(void *data, const struct failed_row *row)
{
    struct failed_list *l = data;
    char id[32];
    char tries[32];
    char code[48];
    char next[48];
    snprintf(id, sizeof id, "%" PRId64, row->id);
    print_count(row->retry_count, tries);
    add_code(row, code);
    add_next_try(row, next);
    const char *cells[COLUMNS] = {id,   row->item_type, row->item_id, row->class,
                                  code, tries,          next,         row->message};
    l->table = l->table ? l->table : new_table();
    print_table_row(l->table, cells);
}

static void add_json(void *data, const struct failed_row *row)
{
    struct failed_list *l = data;
    struct json_writer *j = &l->json;
    json_object(j);
    json_kv_int(j, "id", row->id);
    json_kv_string(j, "syncId", row->sync_id);
    json_kv_string(j, "itemType", row->item_type);
    json_kv_string(j, "itemId", row->item_id);
    cmd_json_raw(j, "error", row->error);
    json_kv_string(j, "rangeFrom", row->range_from);
    json_kv_string(j, "rangeTo", row->range_to);
    json_kv_int(j, "retryCount", row->retry_count);
    json_kv_string(j, "lastRetryAt", row->last_retry_at);
    json_kv_string(j, "nextRetryAt", row->next_retry_at);
    json_kv_string(j, "createdAt", row->created_at);
    json_kv_string(j, "resolvedAt", row->resolved_at);
    json_kv_string(j, "resolution", row->resolution);
    json_kv_string(j, "reason", row->reason);
    json_end_object(j);
}

/* Page by page, each a short read: the reader of our output may take its time. */
static bool each_page(struct failed_list *l, const struct cli *cli, struct db_reader *r,
                      struct err *e)
{
    int64_t after = 0;
    int got = r ? PAGE : 0;
    bool ok = true;
    while (ok && got == PAGE) {
        ok = failed_query_page(r, cli->all, &after, PAGE, cli->json ? add_json : show_row, l, &got,
                               e);
        if (!cmd_flush(&l->out, false)) {
            break;
        }
    }
    return ok;
}

static bool list_table(const struct cli *cli, struct db_reader *r, struct err *e)
{
    struct failed_list l = {0};
    bool ok = each_page(&l, cli, r, e);
    if (l.table) {
        print_table_end(l.table);
    } else if (ok) {
        buf_adds(&l.out, cli->all ? "No item has ever failed.\n" : "No failed items.\n");
        cmd_flush(&l.out, true);
    }
    buf_done(&l.out);
    return ok;
}

static bool list_json(const struct cli *cli, struct db_reader *r, struct err *e)
{
    struct failed_list l = {0};
    json_begin(&l.json, &l.out);
    json_array(&l.json);
    bool ok = each_page(&l, cli, r, e);
    json_end_array(&l.json);
    buf_addc(&l.out, '\n');
    if (ok) {
        cmd_flush(&l.out, true);
    }
    buf_done(&l.out);
    return ok;
}

int cmd_failed(struct cli *cli)
{
    struct err e = {0};
    struct db_reader *r = NULL;
    bool ok = cmd_open_reader(cli, &r, &e) && (cli->summary ? failed_summary
                                               : cli->json  ? list_json
                                                            : list_table)(cli, r, &e);
    db_reader_close(r);
    return ok ? cmd_done() : cli_fail(&e);
}
