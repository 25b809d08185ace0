/* What failed: items that are to be read again, and syncs. */
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/config.h"
#include "db/error_list.h"
#include "tui/dash/pane_list.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"

#include <stdio.h>
#include <string.h>

enum { MARK, WHEN, TYPE, ITEM, CLASS, CODE, TRIES, NEXT, MESSAGE, COLUMNS };

static const struct table_column columns[COLUMNS] = {
    [MARK] = {"", 1, 0, 0, false, 0},
    [WHEN] = {"when", 11, 0, 0, false, 4},
    [TYPE] = {"type", 11, 0, 0, false, 1},
    [ITEM] = {"id", 10, 30, 2, false, 0},
    [CLASS] = {"class", 9, 0, 0, false, 6},
    [CODE] = {"error", 8, 12, 1, false, 0},
    [TRIES] = {"tries", 5, 0, 0, true, 5},
    [NEXT] = {"next try", 11, 0, 0, false, 3},
    [MESSAGE] = {"message", 12, 0, 6, false, 2},
};

static void dress(const struct dash *d, const struct row *row, struct table_cell *cells)
{
    if (row->number != 0 && dash_is_marked(d, row->number)) {
        cells[MARK] = (struct table_cell){"*", {INK_KEY, MARK_BOLD}};
    }
}

void draw_errors(const struct dash *d, struct area inside)
{
    static const struct list_view view = {.pane = PANE_ERRORS,
                                          .columns = columns,
                                          .count = COLUMNS,
                                          .dress = dress,
                                          .empty = "Nothing has failed.",
                                          .empty_more = "a shows what was resolved.",
                                          .empty_ink = INK_GOOD};
    list_draw(d, inside, &view);
}

/* ---- where the rows come from ---- */

struct error_taker {
    const struct dash *d;
    feed_put *put;
    void *data;
};

/* The HTTP status where it is one of failure, else our own word for it. */
static void put_code(struct row *row, const struct error_row *item, enum ink ink)
{
    char words[WORD_SIZE];
    if (item->http_status >= 300) {
        snprintf(words, sizeof words, "HTTP %d", (int)item->http_status);
        row_cell(row, CODE, ink, words);
    } else {
        row_cell(row, CODE, ink, item->code && *item->code ? item->code : "-");
    }
}

/* A time, not a while: it need not be drawn again as time passes. */
static void put_next(struct row *row, const struct dash *d, const struct error_row *item)
{
    char words[WORD_SIZE];
    int64_t at = 0;
    bool waits = item->state == ERROR_STATE_PENDING && item->next_retry_at &&
                 civil_parse_utc(item->next_retry_at, &at);
    if (waits && at <= d->now) {
        row_cell(row, NEXT, INK_WARN, "due");
    } else if (waits) {
        word_time(at, d->config->schedule.timezone, d->now, words);
        row_cell(row, NEXT, INK_WARN, words);
    } else if (item->state == ERROR_STATE_JOB) {
        row_cell(row, NEXT, INK_DIM, "-");
    } else {
        const char *state = error_state_names[item->state];
        row_cell(row, NEXT, ink_of_status(state), state);
    }
}

static void put_tries(struct row *row, const struct error_row *item, enum ink ink)
{
    char words[WORD_SIZE];
    word_count(item->retry_count, words);
    row_cell(row, TRIES, ink, item->state == ERROR_STATE_JOB ? "-" : words);
}

static bool take_error(void *data, const struct error_row *item, const struct list_key *key)
{
    const struct error_taker *t = data;
    struct row row = {.key = *key, .number = item->id};
    char words[WORD_SIZE];
    bool is_open = item->state == ERROR_STATE_PENDING || item->state == ERROR_STATE_PERMANENT;
    bool is_job = item->state == ERROR_STATE_JOB;
    enum ink ink = is_open || is_job ? INK_TEXT : INK_DIM;
    row.flags = (is_open ? ROW_IS_OPEN : 0) | (is_job ? ROW_IS_JOB : 0);
    snprintf(row.id, sizeof row.id, "%s", is_job && item->item_id ? item->item_id : "");
    word_time_of(item->created_at, t->d->config->schedule.timezone, t->d->now, words);
    row_cell(&row, MARK, ink, "");
    row_cell(&row, WHEN, ink, words);
    row_cell(&row, TYPE, ink, item->item_type ? item->item_type : "");
    row_cell(&row, ITEM, ink, item->item_id ? item->item_id : "");
    row_cell(&row, CLASS, ink, item->class ? item->class : "-");
    put_code(&row, item, is_open || is_job ? INK_BAD : INK_DIM);
    put_tries(&row, item, ink);
    put_next(&row, t->d, item);
    row_cell(&row, MESSAGE, ink, item->message ? item->message : "");
    return t->put(t->data, &row);
}

/* What is resolved while the dashboard is open stays in sight: the row changes before one's eyes.
 */
static struct error_scope scope_of(const struct dash *d, char since[25])
{
    civil_format_utc(d->opened_at, since);
    return (struct error_scope){.with_resolved = d->with_resolved, .since = since};
}

static bool read_errors(void *self, struct db_reader *db, const struct list_slice *slice,
                        feed_put *put, void *data, int *got, struct err *e)
{
    const struct dash *d = self;
    struct error_taker t = {d, put, data};
    char since[25];
    struct error_scope scope = scope_of(d, since);
    return error_list_read(db, &scope, slice, take_error, &t, got, e);
}

static bool count_errors(void *self, struct db_reader *db, int64_t *total, struct err *e)
{
    char since[25];
    struct error_scope scope = scope_of(self, since);
    return error_list_count(db, &scope, total, e);
}

struct feed_source errors_source(struct dash *d)
{
    return (struct feed_source){.orders = error_order_names,
                                .order_count = ERROR_ORDER_COUNT,
                                .read = read_errors,
                                .total = count_errors,
                                .self = d};
}
