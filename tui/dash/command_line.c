#include "tui/dash/command_line.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "db/error_list.h"
#include "tui/cli.h"
#include "tui/dash/actions.h"
#include "tui/dash/line.h"
#include "tui/dash/state.h"
#include "tui/sync_args.h"
#include "tui/who.h"

#include <stdlib.h>
#include <string.h>

/* A line as the command line would understand it; words[0] is "ipsync". */
struct typed {
    const char *text; /* without a leading "ipsync" */
    struct line line;
    struct cli cli;
};

/* ---- what may be typed ---- */

static const struct {
    const char *command, *argument; /* NULL = with any, or none */
} changes[] = {
    {"sync", NULL},       {"retry", NULL},     {"resolve", NULL},      {"cancel", NULL},
    {"cleanup", NULL},    {"schedule", "add"}, {"schedule", "enable"}, {"schedule", "disable"},
    {"breaker", "reset"}, {"alerts", "ack"},   {"schedule", "remove"},
};

bool command_changes(const char *command, const char *argument)
{
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *only = changes[i].argument;
        if (!strcmp(changes[i].command, command) &&
            (!only || (argument && !strcmp(only, argument)))) {
            return true;
        }
    }
    return false;
}

static const struct {
    const char *command, *why;
} refused[] = {
    {"dashboard", "this is one already"},
    {"daemon", "a daemon is started from a shell, or by the system"},
};

const char *command_refused(const char *command)
{
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        if (!strcmp(refused[i].command, command)) {
            return refused[i].why;
        }
    }
    return NULL;
}

static bool is_quit(const char *word)
{
    return !strcmp(word, "quit") || !strcmp(word, "q");
}

static bool check(const struct dash *d, const struct typed *t, struct err *e)
{
    const struct cli *cli = &t->cli;
    const char *name = cli->command->name;
    const char *why = cli->continues ? "--continue is ipsync's own" : command_refused(name);
    if (why) {
        return err_set(e, ERR_USAGE, "%s: %s", name, why);
    }
    if (d->read_only && !cli->plan && command_changes(name, cli->arg_count ? cli->args[0] : NULL)) {
        return err_set(e, ERR_DENIED, "%s: %s", name, d->read_only_why);
    }
    return true;
}

static void typed_free(struct typed *t)
{
    if (t) {
        line_done(&t->line);
        free(t);
    }
}

/* NULL: `e` says what is wrong with it. */
static struct typed *read_line(const struct dash *d, const char *line, struct err *e)
{
    static const char program[] = "ipsync";
    struct typed *t = mem_alloc(sizeof *t);
    line += strspn(line, " ");
    size_t len = strlen(program);
    if (!strncmp(line, program, len) && (!line[len] || line[len] == ' ')) {
        line += len;
    }
    t->text = line + strspn(line, " ");
    char *whole = mem_printf("%s %s", program, t->text);
    bool ok = line_split(&t->line, whole, e);
    free(whole);
    bool quits = ok && t->line.count == 2 && is_quit(t->line.words[1]);
    ok =
        quits || (ok && cli_parse(&t->cli, (int)t->line.count, t->line.words, e) && check(d, t, e));
    if (!ok) {
        typed_free(t);
    }
    return ok ? t : NULL;
}

bool command_line_check(const struct dash *d, const char *line, struct err *e)
{
    struct typed *t = read_line(d, line, e);
    typed_free(t);
    return t != NULL;
}

/* ---- what the dashboard does itself ---- */

static void start(struct dash *d, const struct typed *t, struct sync_request *request)
{
    who_am_i(request->user, sizeof request->user);
    if (!own_sync_why_not(d)) {
        dash_log_command(d, "ipsync %s", t->text);
    }
    own_sync_start(d, request);
}

static void run_elsewhere(struct dash *d, const struct typed *t)
{
    dash_log_command(d, "ipsync %s", t->text);
    open_command(d, t->text, t->line.words + 1, t->line.count - 1);
}

static void run_sync(struct dash *d, const struct typed *t)
{
    struct err e = {0};
    struct sync_request request;
    if (t->cli.plan) {
        run_elsewhere(d, t);
    } else if (sync_args_read(&t->cli, d->config, &request, &e)) {
        start(d, t, &request);
    } else {
        dash_complain(d, "%s", e.message);
    }
}

static bool all_open(struct dash *d, const struct cli *cli, const int64_t *ids, struct err *e)
{
    enum error_state *states = mem_alloc((cli->arg_count + 1) * sizeof *states);
    bool ok = error_list_states(d->db, ids, cli->arg_count, states, e);
    for (size_t i = 0; ok && i < cli->arg_count; i++) {
        if (states[i] != ERROR_STATE_PENDING && states[i] != ERROR_STATE_PERMANENT) {
            ok = err_set(e, ERR_USAGE,
                         "no open failed item has the number %.40s; `ipsync failed` lists them",
                         cli->args[i]);
        }
    }
    free(states);
    return ok;
}

static bool note_due(void *data, const struct error_row *row, const struct list_key *key)
{
    char now[25];
    (void)key;
    civil_format_utc(clock_wall_ms(), now);
    *(bool *)data = row->next_retry_at && strcmp(row->next_retry_at, now) <= 0;
    return false;
}

/* Looks at the one that is due first: there may be a million. */
static bool some_due(struct dash *d, struct err *e)
{
    const struct error_scope scope = {0};
    const struct list_slice first = {.order = ERROR_ORDER_NEXT_TRY, .count = 1};
    bool is_due = false;
    int got = 0;
    return error_list_read(d->db, &scope, &first, note_due, &is_due, &got, e) &&
           (is_due ||
            err_set(e, ERR_USAGE, "No failed item is due; `retry --all` retries all of them"));
}

static bool has_items(struct dash *d, const struct cli *cli, const int64_t *ids, struct err *e)
{
    if (!d->db) {
        return err_set(e, ERR_DB, "%s", d->trouble[0] ? d->trouble : "there is no database yet");
    }
    if (cli->arg_count) {
        return all_open(d, cli, ids, e);
    }
    if (!cli->all) {
        return some_due(d, e);
    }
    return !d->health_known || d->health.failed_pending + d->health.failed_permanent > 0 ||
           err_set(e, ERR_USAGE, "No failed items are open");
}

static void run_retry(struct dash *d, const struct typed *t)
{
    struct err e = {0};
    struct sync_request request;
    int64_t *ids = mem_alloc((t->cli.arg_count + 1) * sizeof *ids);
    if (retry_args_read(&t->cli, d->config, ids, &request, &e) && has_items(d, &t->cli, ids, &e)) {
        start(d, t, &request);
    } else {
        dash_complain(d, "%s", e.message);
    }
    free(ids);
}

static void run_cancel(struct dash *d, const struct typed *t)
{
    const struct sync_shown *s = dash_sync(d);
    const char *why_not = cancel_why_not(d);
    bool is_shown = s && (!t->cli.arg_count || !strcmp(t->cli.args[0], s->id));
    if (why_not) {
        dash_complain(d, "%s", why_not);
    } else if (is_shown) {
        do_cancel(d);
    } else {
        run_elsewhere(d, t);
    }
}

static void run_help(struct dash *d, const struct typed *t)
{
    if (t->line.count == 2) {
        open_help(d);
    } else {
        run_elsewhere(d, t);
    }
}

static const struct {
    const char *command;
    void (*run)(struct dash *d, const struct typed *t);
    bool is_ours; /* acts on this dashboard's own database and configuration */
} here[] = {
    {"sync", run_sync, true},
    {"retry", run_retry, true},
    {"cancel", run_cancel, true},
    {"help", run_help, false},
};

static void run(struct dash *d, const struct typed *t)
{
    for (size_t i = 0; i < sizeof here / sizeof here[0]; i++) {
        if (strcmp(t->cli.command->name, here[i].command) != 0) {
            continue;
        }
        if (here[i].is_ours && (t->cli.config_file || t->cli.database)) {
            dash_complain(d, "-c and -d belong to another dashboard: this one has its own");
        } else {
            here[i].run(d, t);
        }
        return;
    }
    run_elsewhere(d, t);
}

void run_command_line(struct dash *d, const char *line)
{
    struct err e = {0};
    if (!line[strspn(line, " ")]) {
        return;
    }
    struct typed *t = read_line(d, line, &e);
    if (!t) {
        dash_complain(d, "%s", e.message);
    } else if (!t->cli.command) {
        do_quit(d);
    } else {
        run(d, t);
    }
    typed_free(t);
}
