#include "db/merchant_store.h"

#include "core/base/mem.h"
#include "core/base/text.h"
#include "db/conn.h"
#include "db/merchant_sql.h"
#include "db/seen.h"

#include <stdlib.h>

static void read_span(sqlite3_stmt *s, struct merchant_span *out)
{
    text_copy(out->mid, sizeof out->mid, conn_text(s, 0));
    out->days = sqlite3_column_int(s, 1);
    text_copy(out->version, sizeof out->version, conn_text(s, 2));
}

bool merchant_next_spans(struct db_reader *r, const char *after, const char *from, const char *to,
                         struct merchant_span *out, int cap, int *count, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT mid, " MERCHANT_DAYS ", " MERCHANT_VERSION
                                " FROM merchants WHERE mid > ?3 "
                                "AND " MERCHANT_MAY_HAVE_BATCHES " ORDER BY mid LIMIT ?4",
                                "sssi", from, to, after, (int64_t)cap);
    int got = s ? 1 : -1;
    for (*count = 0; got == 1;) {
        got = conn_step(c, s, e);
        if (got == 1) {
            read_span(s, &out[(*count)++]);
        }
    }
    return got == 0;
}

bool merchant_span_of(struct db_reader *r, const char *mid, const char *from, const char *to,
                      struct merchant_span *out, bool *found, struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(
        c, e, "SELECT mid, " MERCHANT_DAYS ", " MERCHANT_VERSION " FROM merchants WHERE mid = ?3",
        "sss", from, to, mid);
    int got = s ? conn_step(c, s, e) : -1;
    *found = got == 1;
    if (*found) {
        read_span(s, out);
        sqlite3_reset(s);
    }
    return got >= 0;
}

bool merchant_count_live(struct db_reader *r, int64_t *out, struct err *e)
{
    return conn_number(reader_conn(r), e, out, 0,
                       "SELECT count(*) FROM merchants WHERE removed_at IS NULL", "");
}

bool merchant_by_number(struct db_reader *r, const char *digits, char out[MID_SIZE], int *found,
                        struct err *e)
{
    struct conn *c = reader_conn(r);
    sqlite3_stmt *s = conn_bind(c, e,
                                "SELECT mid FROM merchants WHERE ltrim(mid, '0') = ltrim(?1, '0') "
                                "ORDER BY mid <> ?1 LIMIT 2",
                                "s", digits);
    *found = 0;
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        bool exact = false;
        if (++*found == 1) {
            text_copy(out, MID_SIZE, conn_text(s, 0));
            exact = sqlite3_column_bytes(s, 0) > 0 && !sqlite3_stricmp(out, digits);
        }
        if (exact) {
            sqlite3_reset(s);
            return true;
        }
    }
    return got == 0;
}

struct mid_list {
    char (*mids)[MID_SIZE];
    size_t count, size;
};

static void list_add(struct mid_list *l, const char *mid)
{
    if (l->count == l->size) {
        l->size = l->size ? l->size * 2 : 16;
        l->mids = mem_realloc(l->mids, l->size * sizeof *l->mids);
    }
    text_copy(l->mids[l->count++], MID_SIZE, mid);
}

static bool collect_unseen(struct conn *c, const struct keyset *seen, struct mid_list *unseen,
                           int64_t *live, struct err *e)
{
    sqlite3_stmt *s = conn_statement(c, e, "SELECT mid FROM merchants WHERE removed_at IS NULL");
    int got = s ? 1 : -1;
    for (*live = 0; got == 1;) {
        got = conn_step(c, s, e);
        if (got == 1) {
            ++*live;
            if (!keyset_has(seen, seen_mid(conn_text(s, 0)))) {
                list_add(unseen, conn_text(s, 0));
            }
        }
    }
    return got == 0;
}

/* Adds those that have gone before and of which something is still said to have failed. */
static bool collect_disputed(struct conn *c, const struct keyset *seen, struct mid_list *out,
                             struct err *e)
{
    sqlite3_stmt *s = conn_statement(
        c, e,
        "SELECT mid FROM merchants m WHERE removed_at IS NOT NULL AND EXISTS (SELECT 1 FROM "
        "sync_failed_items f WHERE f.resolved_at IS NULL AND f.item_type IN ('merchant', "
        "'transaction') AND f.item_id >= m.mid AND f.item_id < m.mid || '0' AND (f.item_id = m.mid "
        "OR f.item_id >= m.mid || '/'))");
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        if (!keyset_has(seen, seen_mid(conn_text(s, 0)))) {
            list_add(out, conn_text(s, 0));
        }
    }
    return got == 0;
}

bool merchant_remove_unseen(struct db_writer *w, const struct keyset *seen, const char *now,
                            int64_t *gone, bool *held_back,
                            bool (*each_gone)(void *data, const char *mid, struct err *e),
                            void *data, struct err *e)
{
    struct conn *c = writer_conn(w);
    struct mid_list unseen = {0};
    int64_t live = 0;
    bool ok = collect_unseen(c, seen, &unseen, &live, e);
    *gone = (int64_t)unseen.count;
    *held_back = *gone > 3 && *gone * 10 > live;
    for (size_t i = 0; ok && !*held_back && i < unseen.count; i++) {
        ok = conn_run(c, e, "UPDATE merchants SET removed_at = ?1 WHERE mid = ?2", "ss", now,
                      unseen.mids[i]);
    }
    if (ok && !*held_back && each_gone) {
        unseen.count = 0;
        ok = collect_disputed(c, seen, &unseen, e);
        for (size_t i = 0; ok && i < unseen.count; i++) {
            ok = each_gone(data, unseen.mids[i], e);
        }
    }
    free(unseen.mids);
    return ok;
}
