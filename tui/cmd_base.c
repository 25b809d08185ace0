#include "tui/cmd_base.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/db.h"
#include "db/job_query.h"
#include "db/job_store.h"
#include "db/run_lock.h"
#include "tui/cli.h"
#include "tui/print.h"

#include <errno.h>
#include <unistd.h>

enum { FLUSH_AT = 64 * 1024 };

/* A folder that may not be searched is not the same as no database: opening it tells. */
static bool is_missing(const struct cli *cli)
{
    return access(cli->config->database.path, F_OK) && (errno == ENOENT || errno == ENOTDIR);
}

bool cmd_open_reader(const struct cli *cli, struct db_reader **out, struct err *e)
{
    bool ready = false;
    *out = NULL;
    if (is_missing(cli)) {
        return true;
    }
    struct db_reader *r = db_reader_open(cli->config->database.path, e);
    bool ok = r && job_query_ready(r, &ready, e);
    if (ok && ready) {
        *out = r;
    } else {
        db_reader_close(r);
    }
    return ok;
}

bool cmd_open_writer(const struct cli *cli, struct db_writer **out, struct err *e)
{
    const struct config *c = cli->config;
    *out = NULL;
    if (is_missing(cli)) {
        return true;
    }
    *out = db_writer_open(c->database.path, c->database.wal_max_mb, e);
    return *out != NULL;
}

static int recover(const struct cli *cli)
{
    struct err ignored = {0};
    struct db_writer *w = NULL;
    char now[25];
    int recovered = 0;
    civil_format_utc(clock_wall_ms(), now);
    if (cmd_open_writer(cli, &w, &ignored) && w) {
        job_recover(w, cli->config->database.path, now, &recovered, &ignored);
    }
    db_writer_close(w);
    return recovered;
}

/* Rows first, then the lock: a sync holds it before its row says `running` and lets go after, so a
 * sync that begins or ends while we look is never taken for stale. */
static bool any_stale(const struct cli *cli, struct db_reader *r, bool *any, struct err *e)
{
    int64_t rows = 0;
    bool ok = job_query_count_running(r, NULL, &rows, e);
    *any = rows && !run_lock_is_held(cli->config->database.path);
    return ok;
}

bool cmd_settle_stale(const struct cli *cli, struct db_reader *r, struct stale_jobs *out,
                      struct err *e)
{
    *out = (struct stale_jobs){0};
    if (!any_stale(cli, r, &out->is_left, e)) {
        return false;
    }
    if (out->is_left) {
        out->marked = recover(cli);
        return any_stale(cli, r, &out->is_left, e);
    }
    return true;
}

/* json_write escapes all control characters, but SQLite's json_set() writes C1 and DEL out again.
 * They can only stand inside strings, where an escape means the same. */
static void add_escaped(struct buf *b, const char *text)
{
    const char *run = text;
    while (*text) {
        uint32_t code = 0;
        size_t n = text_decode(text, 4, &code);
        if (n && code >= 0x7f && code <= 0x9f) {
            text_add_utf8(b, run, (size_t)(text - run));
            buf_addf(b, "\\u%04x", (unsigned)code);
            run = text + n;
        }
        text += n ? n : 1;
    }
    text_add_utf8(b, run, (size_t)(text - run));
}

void cmd_json_raw(struct json_writer *j, const char *key, const char *text)
{
    struct buf b = {0};
    json_key(j, key);
    add_escaped(&b, text ? text : "null");
    json_raw(j, b.data);
    buf_done(&b);
}

void cmd_json_job(struct json_writer *j, const struct job_row *job)
{
    json_object(j);
    json_kv_string(j, "syncId", job->id);
    json_kv_string(j, "syncType", job->sync_type);
    json_kv_string(j, "status", job->status);
    json_kv_string(j, "createdAt", job->created_at);
    json_kv_string(j, "startedAt", job->started_at);
    json_kv_string(j, "completedAt", job->completed_at);
    json_key(j, "durationMs");
    if (job->duration_ms < 0) {
        json_null(j);
    } else {
        json_int(j, job->duration_ms);
    }
    json_kv_string(j, "triggeredBy", job->triggered_by);
    json_kv_string(j, "user", job->user);
    json_kv_string(j, "host", job->host);
    cmd_json_raw(j, "results", job->results);
    cmd_json_raw(j, "error", job->error);
    cmd_json_raw(j, "settings", job->settings);
    json_end_object(j);
}

bool cmd_flush(struct buf *b, bool now)
{
    if (now || b->len >= FLUSH_AT) {
        print_out(b);
        buf_clear(b);
    }
    return print_error() == 0;
}

int cmd_done(void)
{
    return print_error() && print_error() != EPIPE ? err_exit_code(ERR_IO) : 0;
}
