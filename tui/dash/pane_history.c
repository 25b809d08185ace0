/* All syncs, newest first. */
#include "core/base/err.h"
#include "core/config.h"
#include "db/job_list.h"
#include "tui/dash/pane_list.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"

#include <stdio.h>
#include <string.h>

enum { STARTED, TYPE, STATUS, TOOK, ROWS, FRESH, ERRORS, REQUESTS, WHO, COLUMNS };

static const struct table_column columns[COLUMNS] = {
    [STARTED] = {"started", 11, 0, 0, false, 0}, [TYPE] = {"type", 7, 0, 0, false, 0},
    [STATUS] = {"status", 11, 0, 0, false, 0},   [TOOK] = {"took", 6, 8, 1, true, 1},
    [ROWS] = {"rows", 5, 8, 1, true, 2},         [FRESH] = {"new", 5, 8, 1, true, 5},
    [ERRORS] = {"errors", 6, 8, 1, true, 1},     [REQUESTS] = {"reqs", 5, 8, 1, true, 6},
    [WHO] = {"who", 5, 40, 4, false, 3},
};

void draw_history(const struct dash *d, struct area inside)
{
    static const struct list_view view = {.pane = PANE_HISTORY,
                                          .columns = columns,
                                          .count = COLUMNS,
                                          .empty = "No sync has run yet.",
                                          .empty_more = "s starts the first one.",
                                          .empty_ink = INK_TEXT};
    list_draw(d, inside, &view);
}

/* ---- where the rows come from ---- */

struct job_taker {
    const struct dash *d;
    feed_put *put;
    void *data;
};

static void put_count(struct row *row, int cell, const struct job_row *job, int64_t n, enum ink ink)
{
    char words[WORD_SIZE];
    word_count(n, words);
    row_cell(row, cell, job->has_counts ? ink : INK_DIM, job->has_counts ? words : "-");
}

static bool take_job(void *data, const struct job_row *job, const struct list_key *key)
{
    const struct job_taker *t = data;
    struct row row = {.key = *key, .flags = ROW_IS_JOB};
    char words[WORD_SIZE];
    bool runs = !strcmp(job->status, "running");
    const char *who = job->user && *job->user ? job->user : job->triggered_by;
    snprintf(row.id, sizeof row.id, "%s", job->id);
    word_time_of(job->started_at ? job->started_at : job->created_at,
                 t->d->config->schedule.timezone, t->d->now, words);
    row_cell(&row, STARTED, INK_TEXT, words);
    row_cell(&row, TYPE, INK_TEXT, job->sync_type);
    row_cell(&row, STATUS, ink_of_status(job->status), job->status);
    word_duration(runs ? -1 : job->duration_ms, words);
    row_cell(&row, TOOK, INK_TEXT, words);
    put_count(&row, ROWS, job, job->fresh + job->updated + job->unchanged, INK_TEXT);
    put_count(&row, FRESH, job, job->fresh, INK_TEXT);
    put_count(&row, ERRORS, job, job->failed_items, job->failed_items ? INK_BAD : INK_TEXT);
    put_count(&row, REQUESTS, job, job->requests, INK_TEXT);
    row_cell(&row, WHO, INK_TEXT, who ? who : "");
    return t->put(t->data, &row);
}

static bool read_jobs(void *self, struct db_reader *db, const struct list_slice *slice,
                      feed_put *put, void *data, int *got, struct err *e)
{
    const struct dash *d = self;
    struct job_taker t = {d, put, data};
    return job_list_read(db, d->sync_runs, slice, take_job, &t, got, e);
}

static bool count_jobs(void *self, struct db_reader *db, int64_t *total, struct err *e)
{
    (void)self;
    return job_list_count(db, total, e);
}

struct feed_source history_source(struct dash *d)
{
    return (struct feed_source){.orders = job_order_names,
                                .order_count = JOB_ORDER_COUNT,
                                .read = read_jobs,
                                .total = count_jobs,
                                .self = d};
}
