/* `ipsync schedule`: when which sync is due. Lists, changes, and tells the runs to come. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "db/db.h"
#include "db/schedule_store.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"
#include "tui/schedule_preview.h"
#include "tui/schedules.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What may follow `ipsync schedule`. */
struct action {
    const char *name, *usage;
    size_t least, most; /* words after the name */
    bool (*run)(const struct cli *cli, const struct action *action, struct err *e);
    const char *done; /* the word for it */
    bool (*apply)(struct db_writer *w, const struct schedule *s, struct err *e);
};

/* ---- the list ---- */

static void add_next(const struct schedule *s, char out[32])
{
    char utc[25];
    if (s->next != SCHEDULE_NEVER) {
        civil_format_utc(s->next, utc);
        schedule_minute(s, utc, out);
    } else {
        snprintf(out, 32, "%s", s->is_active ? "never" : "-");
    }
}

static void show_schedule(struct print_table *t, const struct schedule *s)
{
    char id[32];
    char next[32];
    char last[32];
    bool is_wrong = s->problem.kind != ERR_NONE;
    char *when = mem_printf("%s  %s%s%s%s", s->cron, s->zone, is_wrong ? "  (" : "",
                            s->problem.message, is_wrong ? ")" : "");
    schedule_id(s, id);
    add_next(s, next);
    schedule_minute(s, s->last_run, last);
    const char *cells[] = {id,  s->type, s->is_active ? "on" : "off", next, last, s->last_status,
                           when};
    print_table_row(t, cells);
    free(when);
}

static void list_table(const struct schedules *l)
{
    static const char *const headings[] = {"ID",       "TYPE",   "STATE",        "NEXT RUN",
                                           "LAST RUN", "STATUS", "CRON AND ZONE"};
    static const bool right[sizeof headings / sizeof headings[0]] = {[0] = true};
    struct print_table *t = print_table_new(headings, right, sizeof right);
    for (size_t i = 0; i < l->count; i++) {
        show_schedule(t, &l->rows[i]);
    }
    print_table_end(t);
    schedules_explain_stars(l);
}

static void add_schedule_json(struct json_writer *j, const struct schedule *s)
{
    bool runs = s->next != SCHEDULE_NEVER;
    char next[25] = "";
    char local[32];
    if (runs) {
        civil_format_utc(s->next, next);
    }
    print_time(next, s->zone, local);
    json_object(j);
    json_kv_int(j, "id", s->id);
    json_kv_bool(j, "stored", s->is_stored);
    json_kv_string(j, "syncType", s->type);
    json_kv_string(j, "cronExpression", s->cron);
    json_kv_string(j, "zone", s->zone);
    json_kv_bool(j, "isActive", s->is_active);
    json_kv_string(j, "nextRun", runs ? next : NULL);
    json_kv_string(j, "nextRunLocal", runs ? local : NULL);
    json_kv_string(j, "lastRun", s->last_run);
    json_kv_string(j, "lastStatus", s->last_status);
    json_kv_string(j, "problem", s->problem.kind != ERR_NONE ? s->problem.message : NULL);
    json_end_object(j);
}

static void list_json(const struct schedules *l)
{
    struct buf b = {0};
    struct json_writer j;
    json_begin(&j, &b);
    json_array(&j);
    for (size_t i = 0; i < l->count; i++) {
        add_schedule_json(&j, &l->rows[i]);
        cmd_flush(&b, false);
    }
    json_end_array(&j);
    buf_addc(&b, '\n');
    cmd_flush(&b, true);
    buf_done(&b);
}

static bool list(const struct cli *cli, struct err *e)
{
    struct schedules l = {0};
    bool ok = schedules_read(&l, cli, e);
    if (ok && cli->json) {
        list_json(&l);
    } else if (ok && !l.count) {
        schedules_say("No schedules. `ipsync schedule add daily \"0 11 * * *\"` makes one.\n");
    } else if (ok) {
        list_table(&l);
    }
    schedules_done(&l);
    return ok;
}

/* ---- changes ---- */

/* The next run that a daemon had in mind is no more: it is to plan anew. */
static bool set_active(struct db_writer *w, const struct schedule *s, bool is_active, struct err *e)
{
    bool found = false;
    return s->is_active == is_active || (schedule_set_active(w, s->id, is_active, &found, e) &&
                                         schedule_set_next_run(w, s->id, NULL, &found, e));
}

static bool enable(struct db_writer *w, const struct schedule *s, struct err *e)
{
    return set_active(w, s, true, e);
}

static bool disable(struct db_writer *w, const struct schedule *s, struct err *e)
{
    return set_active(w, s, false, e);
}

static bool drop(struct db_writer *w, const struct schedule *s, struct err *e)
{
    bool found = false;
    return schedule_remove(w, s->id, &found, e);
}

static void add_done_json(struct buf *b, const char *done, int64_t id)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    json_kv_int(&j, "id", id);
    json_kv_string(&j, "result", done);
    json_end_object(&j);
    buf_addc(b, '\n');
}

/* `s` as it is now; NULL = it is gone. */
static void add_done(struct buf *b, const char *done, int64_t id, const struct schedule *s)
{
    char next[32];
    buf_addf(b, "Schedule %" PRId64 " is %s", id, done);
    if (s && s->next != SCHEDULE_NEVER) {
        add_next(s, next);
        buf_addf(b, "; its next run is %s, ", next);
        print_add(b, s->zone);
    }
    buf_adds(b, ".\n");
}

static void tell(const struct cli *cli, const struct action *action, const struct schedules *l,
                 int64_t id)
{
    struct buf b = {0};
    if (cli->json) {
        add_done_json(&b, action->done, id);
    } else {
        add_done(&b, action->done, id, schedules_find(l, id, NULL));
    }
    print_out(&b);
    buf_done(&b);
}

/* From here on the defaults are stored, and have numbers. A missing database is made. */
static bool open_to_change(const struct cli *cli, struct db_writer **w, struct err *e)
{
    const struct config *c = cli->config;
    bool made = false;
    *w = db_writer_open(c->database.path, c->database.wal_max_mb, e);
    bool ok = *w && schedule_make_defaults(*w, c->schedule.timezone, &made, e);
    if (!ok && e->kind == ERR_DENIED) {
        err_wrap(e, "schedules are changed by who may write the database");
    }
    return ok;
}

/* In one transaction: `fresh` is stored and tells its `id`, or the action is done to that one. */
static bool change(const struct action *action, struct db_writer *w, const struct cli *cli,
                   const struct schedule_row *fresh, int64_t *id, struct err *e)
{
    struct schedules l = {0};
    const struct schedule *s = NULL;
    bool ok = db_begin(w, e);
    if (ok && fresh) {
        ok = schedule_add(w, fresh, id, e);
    } else if (ok) {
        ok = schedules_load(&l, cli, db_writer_reader(w), e) && (s = schedules_find(&l, *id, e)) &&
             action->apply(w, s, e);
    }
    ok = ok && db_commit(w, e);
    if (!ok) {
        db_rollback(w);
    }
    schedules_done(&l);
    return ok;
}

static bool change_and_tell(const struct action *action, const struct cli *cli,
                            const struct schedule_row *fresh, int64_t id, struct err *e)
{
    struct db_writer *w = NULL;
    struct schedules l = {0};
    bool ok = open_to_change(cli, &w, e) && change(action, w, cli, fresh, &id, e);
    if (ok) {
        schedules_load(&l, cli, db_writer_reader(w), NULL);
        tell(cli, action, &l, id);
    }
    db_writer_close(w);
    schedules_done(&l);
    return ok;
}

static bool parse_id(const char *text, int64_t *id, struct err *e)
{
    char *end = NULL;
    errno = 0;
    *id = strtoll(text, &end, 10);
    return (text[0] >= '0' && text[0] <= '9' && !*end && !errno) ||
           err_set(e, ERR_USAGE,
                   "'%.80s' is not the number of a schedule; `ipsync schedule` lists them", text);
}

/* Without a database there are the defaults alone: a wrong number is to make none. */
static bool may_exist(const struct cli *cli, int64_t id, struct err *e)
{
    struct schedules l = {0};
    bool ok = !access(cli->config->database.path, F_OK) ||
              (schedules_load(&l, cli, NULL, e) && schedules_find(&l, id, e));
    schedules_done(&l);
    return ok;
}

static bool change_one(const struct cli *cli, const struct action *action, struct err *e)
{
    int64_t id = 0;
    return parse_id(cli->args[1], &id, e) && may_exist(cli, id, e) &&
           change_and_tell(action, cli, NULL, id, e);
}

static bool check_type(const char *type, struct err *e)
{
    return !strcmp(type, "initial") || !strcmp(type, "daily") || !strcmp(type, "manual") ||
           err_set(e, ERR_USAGE, "'%.80s' is no type of sync: initial, daily, manual", type);
}

static bool add(const struct cli *cli, const struct action *action, struct err *e)
{
    struct cron when;
    const char *zone = cli->arg_count > 3 ? cli->args[3] : cli->config->schedule.timezone;
    struct schedule_row row = {.sync_type = cli->args[1],
                               .cron_expression = cli->args[2],
                               .timezone = zone,
                               .is_active = true};
    return check_type(row.sync_type, e) &&
           schedule_understand(row.cron_expression, zone, &when, e) &&
           change_and_tell(action, cli, &row, 0, e);
}

/* ---- the command ---- */

static bool preview(const struct cli *cli, const struct action *action, struct err *e)
{
    (void)action;
    return schedule_preview(cli, e);
}

static const struct action actions[] = {
    {"preview", "preview [--from DATE] [--days N]", 0, 0, preview, NULL, NULL},
    {"enable", "enable ID", 1, 1, change_one, "enabled", enable},
    {"disable", "disable ID", 1, 1, change_one, "disabled", disable},
    {"remove", "remove ID", 1, 1, change_one, "removed", drop},
    {"add", "add TYPE \"CRON\" [ZONE]", 2, 3, add, "added", NULL},
};

static const struct action *find_action(const struct cli *cli, struct err *e)
{
    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
        const struct action *a = &actions[i];
        size_t words = cli->arg_count - 1;
        if (strcmp(cli->args[0], a->name) != 0) {
            continue;
        }
        if (words >= a->least && words <= a->most) {
            return a;
        }
        err_set(e, ERR_USAGE, "%s: ipsync schedule %s",
                words < a->least ? "something is missing" : "too many words", a->usage);
        return NULL;
    }
    err_set(e, ERR_USAGE, "'%.80s' is nothing `ipsync schedule` does; try `ipsync help schedule`",
            cli->args[0]);
    return NULL;
}

static bool act(const struct cli *cli, struct err *e)
{
    const struct action *a = cli->arg_count ? find_action(cli, e) : NULL;
    if (cli->arg_count && !a) {
        return false;
    }
    if ((cli->from || cli->days) && (!a || a->run != preview)) {
        return err_set(e, ERR_USAGE, "--from and --days go with `ipsync schedule preview`");
    }
    return a ? a->run(cli, a, e) : list(cli, e);
}

int cmd_schedule(struct cli *cli)
{
    struct err e = {0};
    return act(cli, &e) ? cmd_done() : cli_fail(&e);
}
