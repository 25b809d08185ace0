/* `ipsync history`: past syncs, newest first. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/config.h"
#include "db/db.h"
#include "db/job_query.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>

enum { LIMIT_DEFAULT = 20, PAGE = 100, COLUMNS = 10 };

struct history {
    const struct cli *cli;
    struct print_table *table; /* made with the first row */
    struct json_writer json;
    struct buf out;
};

/* As short as a column wants it: 0.4s, 3m20s, 2h05m, 3d04h. */
static void add_short_duration(int64_t ms, char out[32])
{
    int64_t s = ms / 1000;
    if (ms < 0) {
        snprintf(out, 32, "-");
    } else if (s < 60) {
        snprintf(out, 32, "%" PRId64 ".%" PRId64 "s", s, ms / 100 % 10);
    } else if (s < 3600) {
        snprintf(out, 32, "%" PRId64 "m%02" PRId64 "s", s / 60, s % 60);
    } else if (s < 86400) {
        snprintf(out, 32, "%" PRId64 "h%02" PRId64 "m", s / 3600, s / 60 % 60);
    } else {
        snprintf(out, 32, "%" PRId64 "d%02" PRId64 "h", s / 86400, s / 3600 % 24);
    }
}

/* Five columns at most; --json has every digit. */
static void add_short_count(const struct job_row *job, int64_t n, char out[32])
{
    if (!job->has_counts) {
        snprintf(out, 32, "-");
    } else if (n < 100000) {
        snprintf(out, 32, "%" PRId64, n);
    } else if (n < 1000000) {
        snprintf(out, 32, "%" PRId64 "k", n / 1000);
    } else {
        snprintf(out, 32, "%.1fM", (double)n / 1e6);
    }
}

static struct print_table *new_table(void)
{
    static const char *const headings[COLUMNS] = {"STARTED", "TYPE", "STATUS", "TOOK", "NEW",
                                                  "UPD",     "SAME", "FAIL",   "REQ",  "WHO"};
    static const bool right[COLUMNS] = {
        [3] = true, [4] = true, [5] = true, [6] = true, [7] = true, [8] = true};
    return print_table_new(headings, right, COLUMNS);
}

static void show_row(void *data, const struct job_row *job)
{
    struct history *h = data;
    char started[32];
    char took[32];
    char counts[5][32];
    const int64_t numbers[] = {job->fresh, job->updated, job->unchanged, job->failed_items,
                               job->requests};
    print_time(job->started_at ? job->started_at : job->created_at,
               h->cli->config->schedule.timezone, started);
    started[16] = '\0'; /* the minute will do */
    add_short_duration(job->duration_ms, took);
    for (int i = 0; i < 5; i++) {
        add_short_count(job, numbers[i], counts[i]);
    }
    const char *who = job->user ? job->user : job->triggered_by;
    const char *cells[COLUMNS] = {started,   job->sync_type, job->status, took,      counts[0],
                                  counts[1], counts[2],      counts[3],   counts[4], who};
    h->table = h->table ? h->table : new_table();
    print_table_row(h->table, cells);
}

static void add_json(void *data, const struct job_row *job)
{
    struct history *h = data;
    cmd_json_job(&h->json, job);
}

/* Page by page, each a short read: the reader of our output may take its time. */
static bool each_page(struct history *h, struct db_reader *r, job_visit *visit, struct err *e)
{
    struct job_cursor at = {0};
    int64_t left = h->cli->limit > 0 ? h->cli->limit : LIMIT_DEFAULT;
    struct stale_jobs stale;
    int got = PAGE;
    bool ok = cmd_settle_stale(h->cli, r, &stale, e);
    while (ok && got == PAGE && left > 0) {
        int count = left < PAGE ? (int)left : PAGE;
        ok = job_query_page(r, !stale.is_left, &at, count, visit, h, &got, e);
        left -= got;
        if (!cmd_flush(&h->out, false)) {
            break;
        }
    }
    return ok;
}

static bool show_table(struct history *h, struct db_reader *r, struct err *e)
{
    bool ok = !r || each_page(h, r, show_row, e);
    if (h->table) {
        print_table_end(h->table);
    } else if (ok) {
        buf_adds(&h->out, "No syncs yet. `ipsync sync initial` starts the first.\n");
        cmd_flush(&h->out, true);
    }
    return ok;
}

static bool show_json(struct history *h, struct db_reader *r, struct err *e)
{
    json_begin(&h->json, &h->out);
    json_array(&h->json);
    bool ok = !r || each_page(h, r, add_json, e);
    json_end_array(&h->json);
    buf_addc(&h->out, '\n');
    if (ok) {
        cmd_flush(&h->out, true);
    }
    return ok;
}

int cmd_history(struct cli *cli)
{
    struct err e = {0};
    struct history h = {.cli = cli};
    struct db_reader *r = NULL;
    bool ok = cmd_open_reader(cli, &r, &e) && (cli->json ? show_json : show_table)(&h, r, &e);
    db_reader_close(r);
    buf_done(&h.out);
    return ok ? cmd_done() : cli_fail(&e);
}
