#include "db/table.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "db/conn.h"

#include <stdlib.h>
#include <string.h>

/* The three statements of a table, made when it is first used on a connection. Parameter ?N is the
 * N-th column in each of them. */
struct table_sql {
    const struct table *table;
    char *insert, *select, *update;
    struct table_sql *next;
};

enum part { NAMES, PARAMETERS, EQUALS };

static void add_columns(struct buf *b, const struct table *t, int from, int to, enum part part,
                        const char *between)
{
    for (int i = from; i < to; i++) {
        buf_adds(b, i > from ? between : "");
        buf_adds(b, part == PARAMETERS ? "" : t->columns[i]);
        buf_adds(b, part == EQUALS ? " = " : "");
        if (part != NAMES) {
            buf_addf(b, "?%d", i + 1);
        }
    }
}

static char *make_insert(const struct table *t)
{
    struct buf b = {0};
    buf_addf(&b, "INSERT INTO %s (", t->name);
    add_columns(&b, t, 0, t->column_count, NAMES, ", ");
    buf_adds(&b, ") VALUES (");
    add_columns(&b, t, 0, t->column_count, PARAMETERS, ", ");
    buf_adds(&b, ") ON CONFLICT DO NOTHING");
    return b.data;
}

static char *make_select(const struct table *t)
{
    struct buf b = {0};
    buf_adds(&b, "SELECT removed_at IS NULL");
    buf_adds(&b, t->column_count > t->key_count ? ", " : "");
    add_columns(&b, t, t->key_count, t->column_count, NAMES, ", ");
    buf_addf(&b, " FROM %s WHERE ", t->name);
    add_columns(&b, t, 0, t->key_count, EQUALS, " AND ");
    return b.data;
}

static char *make_update(const struct table *t)
{
    struct buf b = {0};
    buf_addf(&b, "UPDATE %s SET ", t->name);
    add_columns(&b, t, t->key_count, t->column_count, EQUALS, ", ");
    buf_adds(&b, t->column_count > t->key_count ? ", " : "");
    buf_adds(&b, "removed_at = NULL WHERE ");
    add_columns(&b, t, 0, t->key_count, EQUALS, " AND ");
    return b.data;
}

static struct table_sql *sql_of(struct conn *c, const struct table *t)
{
    for (struct table_sql *s = c->table_sql; s; s = s->next) {
        if (s->table == t) {
            return s;
        }
    }
    struct table_sql *s = mem_alloc(sizeof *s);
    *s = (struct table_sql){t, make_insert(t), make_select(t), make_update(t), c->table_sql};
    c->table_sql = s;
    return s;
}

void table_forget(struct conn *c)
{
    while (c->table_sql) {
        struct table_sql *s = c->table_sql;
        c->table_sql = s->next;
        free(s->insert);
        free(s->select);
        free(s->update);
        free(s);
    }
}

static int bind_value(sqlite3_stmt *s, int parameter, const struct value *v)
{
    switch (v->kind) {
    case VALUE_INT:
        return sqlite3_bind_int64(s, parameter, v->number);
    case VALUE_TEXT:
        return sqlite3_bind_text(s, parameter, v->text, -1, SQLITE_STATIC);
    default:
        return sqlite3_bind_null(s, parameter);
    }
}

/* Key columns are NOT NULL, since UNIQUE does not hold NULLs apart. */
static struct value key_value(const struct table *t, int i, struct value v)
{
    if (i >= t->key_count || v.kind != VALUE_NULL) {
        return v;
    }
    return t->key_kinds[i] == 't' ? value_text("") : value_int(0);
}

static sqlite3_stmt *bind_row(struct conn *c, const char *sql, const struct table *t,
                              const struct value *row, int count, struct err *e)
{
    sqlite3_stmt *s = conn_statement(c, e, sql);
    for (int i = 0; s && i < count; i++) {
        struct value v = key_value(t, i, row[i]);
        if (bind_value(s, i + 1, &v)) {
            conn_fail(c, e);
            return NULL;
        }
    }
    return s;
}

static bool same_value(sqlite3_stmt *s, int column, const struct value *v)
{
    int type = sqlite3_column_type(s, column);
    switch (v->kind) {
    case VALUE_INT:
        return type == SQLITE_INTEGER && sqlite3_column_int64(s, column) == v->number;
    case VALUE_TEXT:
        return type == SQLITE_TEXT && !strcmp(conn_text(s, column), v->text);
    default:
        return type == SQLITE_NULL;
    }
}

static bool same_row(sqlite3_stmt *s, const struct table *t, const struct value *row)
{
    bool same = sqlite3_column_int(s, 0); /* live */
    for (int i = t->key_count; same && i < t->column_count; i++) {
        same = same_value(s, i - t->key_count + 1, &row[i]);
    }
    return same;
}

static bool insert(struct conn *c, const struct table *t, const struct value *row, bool *inserted,
                   struct err *e)
{
    sqlite3_stmt *s = bind_row(c, sql_of(c, t)->insert, t, row, t->column_count, e);
    if (!s || conn_step(c, s, e) < 0) {
        return false;
    }
    *inserted = sqlite3_changes(c->handle) > 0;
    return true;
}

bool table_compare(struct db_writer *w, const struct table *t, const struct value *row,
                   enum table_put *out, struct err *e)
{
    struct conn *c = writer_conn(w);
    sqlite3_stmt *s = bind_row(c, sql_of(c, t)->select, t, row, t->key_count, e);
    int got = s ? conn_step(c, s, e) : -1;
    *out = TABLE_NEW;
    if (got == 1) {
        *out = same_row(s, t, row) ? TABLE_UNCHANGED : TABLE_UPDATED;
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool table_write(struct db_writer *w, const struct table *t, const struct value *row,
                 enum table_put what, struct err *e)
{
    struct conn *c = writer_conn(w);
    bool inserted = false;
    if (what == TABLE_UNCHANGED) {
        return true;
    }
    if (what == TABLE_NEW) {
        return insert(c, t, row, &inserted, e);
    }
    sqlite3_stmt *s = bind_row(c, sql_of(c, t)->update, t, row, t->column_count, e);
    return s && conn_step(c, s, e) == 0;
}

bool table_put(struct db_writer *w, const struct table *t, const struct value *row,
               bool probably_new, enum table_put *out, struct err *e)
{
    bool inserted = false;
    *out = TABLE_NEW;
    if (probably_new && (!insert(writer_conn(w), t, row, &inserted, e) || inserted)) {
        return inserted;
    }
    return table_compare(w, t, row, out, e) && table_write(w, t, row, *out, e);
}
