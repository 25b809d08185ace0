#include "db/schedule_store.h"

#include "db/conn.h"
#include "db/state_store.h"

static const char made_key[] = "schedules_made";

bool schedule_each(struct db_reader *r,
                   void (*visit)(void *data, const struct schedule_row *schedule), void *data,
                   struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_DASHBOARD) {
        return ok;
    }
    sqlite3_stmt *s = conn_statement(c, e,
                                     "SELECT id, sync_type, cron_expression, timezone, is_active, "
                                     "next_run, last_run, last_status FROM sync_schedules "
                                     "ORDER BY id");
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        struct schedule_row row = {.id = sqlite3_column_int64(s, 0),
                                   .sync_type = conn_text(s, 1),
                                   .cron_expression = conn_text(s, 2),
                                   .timezone = conn_text(s, 3),
                                   .is_active = sqlite3_column_int(s, 4) != 0,
                                   .next_run = conn_text_or_null(s, 5),
                                   .last_run = conn_text_or_null(s, 6),
                                   .last_status = conn_text_or_null(s, 7)};
        visit(data, &row);
    }
    return got == 0;
}

/* In the transaction: whoever came first has made them. */
static bool make_both(struct db_writer *w, const char *zone, bool *made, struct err *e)
{
    static const char *const crons[] = {"0 11 * * *", "0 19 * * *"};
    char value[8];
    bool was_made = false;
    bool ok = state_get(db_writer_reader(w), made_key, value, sizeof value, &was_made, e);
    if (!ok || was_made) {
        return ok;
    }
    for (size_t i = 0; ok && i < sizeof crons / sizeof crons[0]; i++) {
        struct schedule_row row = {
            .sync_type = "daily", .cron_expression = crons[i], .timezone = zone, .is_active = true};
        int64_t id = 0;
        ok = schedule_add(w, &row, &id, e);
    }
    *made = ok && state_set(w, made_key, "1", e);
    return *made;
}

bool schedule_make_defaults(struct db_writer *w, const char *zone, bool *made, struct err *e)
{
    char value[8];
    bool was_made = false;
    *made = false;
    if (!state_get(db_writer_reader(w), made_key, value, sizeof value, &was_made, e)) {
        return false;
    }
    if (was_made) {
        return true;
    }
    if (!db_begin(w, e)) {
        return false;
    }
    bool ok = make_both(w, zone, made, e) && db_commit(w, e);
    if (!ok) {
        db_rollback(w);
    }
    *made = *made && ok;
    return ok;
}

static bool was_found(struct db_writer *w, bool ok, bool *found)
{
    *found = ok && sqlite3_changes(writer_conn(w)->handle) > 0;
    return ok;
}

bool schedule_set_active(struct db_writer *w, int64_t id, bool is_active, bool *found,
                         struct err *e)
{
    return was_found(w,
                     conn_run(writer_conn(w), e,
                              "UPDATE sync_schedules SET is_active = ?2 WHERE id = ?1", "ii", id,
                              (int64_t)is_active),
                     found);
}

bool schedule_set_next_run(struct db_writer *w, int64_t id, const char *next_run, bool *found,
                           struct err *e)
{
    return was_found(w,
                     conn_run(writer_conn(w), e,
                              "UPDATE sync_schedules SET next_run = ?2 WHERE id = ?1", "is", id,
                              next_run),
                     found);
}

bool schedule_set_last(struct db_writer *w, int64_t id, const char *last_run, const char *status,
                       bool *found, struct err *e)
{
    return was_found(w,
                     conn_run(writer_conn(w), e,
                              "UPDATE sync_schedules SET last_run = ?2, last_status = ?3 "
                              "WHERE id = ?1",
                              "iss", id, last_run, status),
                     found);
}

bool schedule_add(struct db_writer *w, const struct schedule_row *schedule, int64_t *id,
                  struct err *e)
{
    bool ok = conn_run(writer_conn(w), e,
                       "INSERT INTO sync_schedules (sync_type, cron_expression, timezone, "
                       "is_active, next_run) VALUES (?1, ?2, ?3, ?4, ?5)",
                       "sssis", schedule->sync_type, schedule->cron_expression, schedule->timezone,
                       (int64_t)schedule->is_active, schedule->next_run);
    *id = ok ? sqlite3_last_insert_rowid(writer_conn(w)->handle) : 0;
    return ok;
}

bool schedule_remove(struct db_writer *w, int64_t id, bool *found, struct err *e)
{
    return was_found(
        w, conn_run(writer_conn(w), e, "DELETE FROM sync_schedules WHERE id = ?1", "i", id), found);
}
