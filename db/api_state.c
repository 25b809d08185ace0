#include "db/api_state.h"

#include "core/base/text.h"
#include "db/conn.h"
#include "db/db.h"

static void take_breaker(sqlite3_stmt *s, struct api_state *out)
{
    text_copy(out->breaker, sizeof out->breaker, conn_text(s, 1));
    text_copy(out->breaker_at, sizeof out->breaker_at, conn_text(s, 2));
    text_copy(out->breaker_until, sizeof out->breaker_until, conn_text(s, 3));
    out->openings = sqlite3_column_int64(s, 4);
    text_copy(out->reason, sizeof out->reason, conn_text(s, 5));
}

bool api_state_read(struct db_reader *r, const char *base_url, struct api_state *out, struct err *e)
{
    struct conn *c = reader_conn(r);
    int64_t schema = 0;
    *out = (struct api_state){.breaker = "closed"};
    bool ok = conn_schema(c, &schema, e);
    if (!ok || schema < SCHEMA_DASHBOARD) {
        return ok;
    }
    sqlite3_stmt *s = conn_bind(
        c, e,
        "SELECT name, json_extract(j, '$.state'), json_extract(j, '$.at'), "
        "json_extract(j, '$.until'), json_extract(j, '$.openings'), json_extract(j, '$.reason') "
        "FROM (SELECT name, iif(json_valid(value), value, '{}') AS j FROM sync_state "
        "WHERE name IN ('breaker', 'hold')) WHERE json_extract(j, '$.baseUrl') = ?1",
        "s", base_url);
    int got = s ? 1 : -1;
    while (got == 1 && (got = conn_step(c, s, e)) == 1) {
        if (conn_text(s, 0)[0] == 'b') {
            take_breaker(s, out);
        } else {
            text_copy(out->hold_at, sizeof out->hold_at, conn_text(s, 2));
            text_copy(out->hold_until, sizeof out->hold_until, conn_text(s, 3));
        }
    }
    return got == 0;
}

bool api_state_put_breaker(struct db_writer *w, const char *base_url, const struct api_state *state,
                           struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_state (name, value) VALUES ('breaker', json_object('state', "
                    "?1, 'at', ?2, 'until', nullif(?3, ''), 'openings', ?4, 'reason', "
                    "nullif(?5, ''), 'baseUrl', ?6)) ON CONFLICT DO UPDATE SET value = "
                    "excluded.value",
                    "sssiss", state->breaker, state->breaker_at, state->breaker_until,
                    state->openings, state->reason, base_url);
}

bool api_state_put_hold(struct db_writer *w, const char *base_url, const struct api_state *state,
                        struct err *e)
{
    return conn_run(writer_conn(w), e,
                    "INSERT INTO sync_state (name, value) VALUES ('hold', json_object('at', ?1, "
                    "'until', ?2, 'baseUrl', ?3)) ON CONFLICT DO UPDATE SET value = "
                    "excluded.value",
                    "sss", state->hold_at, state->hold_until, base_url);
}

bool api_state_reset(struct db_writer *w, const char *base_url, const char *now, struct err *e)
{
    struct api_state state = {.breaker = "closed"};
    text_copy(state.breaker_at, sizeof state.breaker_at, now);
    text_copy(state.hold_at, sizeof state.hold_at, now);
    text_copy(state.hold_until, sizeof state.hold_until, now);
    if (!db_begin(w, e)) {
        return false;
    }
    if (!api_state_put_breaker(w, base_url, &state, e) ||
        !api_state_put_hold(w, base_url, &state, e) || !db_commit(w, e)) {
        db_rollback(w);
        return false;
    }
    return true;
}
