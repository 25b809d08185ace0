#include "db/list_scan.h"

#include "core/base/text.h"

#include <string.h>

/* After every text there is: no UTF-8 begins with this byte. */
#define AFTER_ALL "\xff"

/* A place in an arm's own terms. */
struct place {
    const char *text;
    size_t len;
    int64_t row;
};

void list_key_fill(struct list_key *key, const struct buf *sort, int64_t row)
{
    *key = (struct list_key){.row = row, .set = true};
    text_copy(key->sort, sizeof key->sort, sort->data);
    key->is_cut = strlen(key->sort) != sort->len;
}

static struct place edge_of(bool before_all)
{
    return before_all ? (struct place){"", 0, INT64_MIN}
                      : (struct place){AFTER_ALL, strlen(AFTER_ALL), INT64_MAX};
}

/* Where `sort` stands among an arm's texts, which have the prefix in common. */
static struct place place_of(const struct list_arm *arm, const struct buf *sort, int64_t row,
                             int inclusive_step)
{
    size_t prefix = strlen(arm->prefix);
    int order = strncmp(sort->data, arm->prefix, prefix);
    if (order) {
        return edge_of(order < 0);
    }
    struct place p = {.text = sort->data + prefix, .len = sort->len - prefix};
    bool is_job = row < 0;
    if (is_job == arm->is_of_jobs) {
        p.row = (is_job ? -row : row) + inclusive_step;
    } else {
        p.row = is_job ? INT64_MIN : INT64_MAX; /* of what is equal else, jobs stand first */
    }
    return p;
}

/* Copied: a group's word ends at its blank. */
static bool bind_place(struct conn *c, sqlite3_stmt *s, const struct list_arm *arm,
                       const struct place *p, struct err *e)
{
    const char *blank = arm->grouped ? memchr(p->text, ' ', p->len) : NULL;
    size_t group = blank ? (size_t)(blank - p->text) : p->len;
    const char *rest = blank ? blank + 1 : p->text + p->len;
    size_t rest_len = p->len - (size_t)(rest - p->text);
    return (!sqlite3_bind_text64(s, 1, p->text, group, SQLITE_TRANSIENT, SQLITE_UTF8) &&
            !sqlite3_bind_text64(s, 2, rest, rest_len, SQLITE_TRANSIENT, SQLITE_UTF8)) ||
           conn_fail(c, e);
}

static sqlite3_stmt *prepare(struct list_scan *scan, const struct list_arm *arm, const char *sql,
                             const struct place *p, int count, const char *since, struct err *e)
{
    sqlite3_stmt *s =
        conn_bind(scan->c, e, sql, arm->has_since ? "ssiis" : "ssii", (const char *)NULL,
                  (const char *)NULL, p->row, (int64_t)count, since);
    return s && bind_place(scan->c, s, arm, p, e) ? s : NULL;
}

static bool open_arm(struct list_scan *scan, const struct list_arm *arm, const struct place *p,
                     int count, const char *since, struct err *e)
{
    const struct list_way *way = scan->descending ? &arm->down : &arm->up;
    sqlite3_stmt *equal = way->equal ? prepare(scan, arm, way->equal, p, count, since, e) : NULL;
    sqlite3_stmt *beyond = prepare(scan, arm, way->beyond, p, count, since, e);
    if (!beyond || (way->equal && !equal)) {
        return false;
    }
    scan->at[scan->count].arm = arm;
    scan->at[scan->count].statement = equal ? equal : beyond;
    scan->at[scan->count++].next = equal ? beyond : NULL;
    return true;
}

static void add_column(struct buf *b, sqlite3_stmt *s, int column)
{
    const void *text = sqlite3_column_text(s, column);
    if (text) {
        buf_add(b, text, (size_t)sqlite3_column_bytes(s, column));
    }
}

/* Moves an arm on to its next row. */
static bool advance(struct list_scan *scan, int i, struct err *e)
{
    sqlite3_stmt *s = scan->at[i].statement;
    struct buf *sort = &scan->at[i].sort;
    int got = conn_step(scan->c, s, e);
    if (got == 0 && scan->at[i].next) {
        s = scan->at[i].statement = scan->at[i].next;
        scan->at[i].next = NULL;
        got = conn_step(scan->c, s, e);
    }
    if (got != 1) {
        scan->at[i].statement = NULL;
        return got == 0;
    }
    buf_clear(sort);
    buf_adds(sort, scan->at[i].arm->prefix);
    add_column(sort, s, 1);
    if (scan->at[i].arm->grouped) {
        buf_addc(sort, ' ');
        add_column(sort, s, 2);
    }
    int64_t number = sqlite3_column_int64(s, 0);
    scan->at[i].row = scan->at[i].arm->is_of_jobs ? -number : number;
    return true;
}

/* The key's whole text; its own where the row has gone. */
static bool text_of(struct list_scan *scan, const struct list_slice *slice, list_sort_of *sort_of,
                    struct buf *out, struct err *e)
{
    bool found = false;
    if (slice->from->is_cut && !sort_of(scan->c, slice->order, slice->from->row, out, &found, e)) {
        return false;
    }
    if (!found) {
        buf_clear(out);
        buf_adds(out, slice->from->sort);
    }
    return true;
}

static bool open_arms(struct list_scan *scan, const struct list_arm *const *arms,
                      const struct list_slice *slice, const struct buf *sort, const char *since,
                      struct err *e)
{
    bool ok = true;
    int step = !slice->inclusive ? 0 : scan->descending ? 1 : -1;
    for (int i = 0; ok && arms[i]; i++) {
        struct place p =
            sort ? place_of(arms[i], sort, slice->from->row, step) : edge_of(!scan->descending);
        ok = open_arm(scan, arms[i], &p, slice->count, since, e) && advance(scan, i, e);
    }
    return ok;
}

bool list_scan_begin(struct list_scan *scan, struct conn *c, const struct list_arm *const *arms,
                     bool descending, const struct list_slice *slice, list_sort_of *sort_of,
                     const char *since, struct err *e)
{
    bool is_set = slice->from && slice->from->set;
    struct buf sort = {0};
    *scan = (struct list_scan){.c = c, .current = -1, .descending = descending ^ slice->backward};
    scan->in_savepoint = conn_run(c, e, "SAVEPOINT list", "");
    bool ok = scan->in_savepoint && (!is_set || text_of(scan, slice, sort_of, &sort, e)) &&
              open_arms(scan, arms, slice, is_set ? &sort : NULL, since, e);
    buf_done(&sort);
    if (!ok) {
        list_scan_end(scan);
    }
    return ok;
}

/* Which of two arms has its row first in ascending order. */
static int compare(const struct list_scan *scan, int a, int b)
{
    const struct buf *x = &scan->at[a].sort;
    const struct buf *y = &scan->at[b].sort;
    size_t shorter = x->len < y->len ? x->len : y->len;
    int order = memcmp(x->data, y->data, shorter);
    order = order ? order : (x->len > y->len) - (x->len < y->len);
    return order ? order
                 : (scan->at[a].row > scan->at[b].row) - (scan->at[a].row < scan->at[b].row);
}

int list_scan_next(struct list_scan *scan, struct list_key *key, struct err *e)
{
    if (scan->current >= 0 && !advance(scan, scan->current, e)) {
        return -1;
    }
    int first = -1;
    for (int i = 0; i < scan->count; i++) {
        if (scan->at[i].statement &&
            (first < 0 || (compare(scan, i, first) < 0) != scan->descending)) {
            first = i;
        }
    }
    scan->current = first;
    if (first >= 0) {
        list_key_fill(key, &scan->at[first].sort, scan->at[first].row);
    }
    return first >= 0;
}

void list_scan_end(struct list_scan *scan)
{
    for (int i = 0; i < scan->count; i++) {
        sqlite3_reset(scan->at[i].statement);
        buf_done(&scan->at[i].sort);
    }
    if (scan->in_savepoint) {
        conn_run(scan->c, NULL, "RELEASE list", "");
    }
    *scan = (struct list_scan){0};
}
