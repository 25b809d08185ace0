#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/config.h"
#include "core/request.h"
#include "db/db.h"
#include "db/failed_store.h"
#include "db/job_query.h"
#include "db/metrics_store.h"
#include "db/run_lock.h"
#include "tui/cli.h"
#include "tui/run_sync.h"
#include "tui/sync_args.h"
#include "tui/who.h"

#include <stdio.h>

struct found {
    const int64_t *ids;
    size_t count;
    bool *is_open; /* for each of ids */
    int64_t all;
};

static void note_open(void *data, const struct failed_open *item)
{
    struct found *f = data;
    f->all++;
    for (size_t i = 0; i < f->count; i++) {
        f->is_open[i] = f->is_open[i] || f->ids[i] == item->id;
    }
}

/* A retry that was killed behind its last item: its job still says `running`, or some metrics are
 * not recalculated. As long as nobody is about to see to that. */
static bool is_unfinished(const struct cli *cli, struct db_reader *db, bool *unfinished,
                          struct err *e)
{
    int64_t running = 0;
    int64_t touched = 0;
    bool ok =
        job_query_count_running(db, NULL, &running, e) && metrics_touched_count(db, &touched, e);
    *unfinished = (running || touched) && !run_lock_is_held(cli->config->database.path);
    return ok;
}

/* How many items there are to retry; an id that is not open is an error before anything starts. */
static bool count_items(const struct cli *cli, const int64_t *ids, int64_t *count, bool *unfinished,
                        struct err *e)
{
    bool is_open[CLI_ARGS_MAX] = {0};
    struct found f = {.ids = ids, .count = cli->arg_count, .is_open = is_open};
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    struct db_reader *db = db_reader_open(cli->config->database.path, e);
    bool only_due = !cli->all && !cli->arg_count;
    bool ok = db && failed_each_open(db, only_due ? now : NULL, note_open, &f, e) &&
              is_unfinished(cli, db, unfinished, e);
    db_reader_close(db);
    for (size_t i = 0; ok && i < cli->arg_count; i++) {
        if (!is_open[i]) {
            ok = err_set(e, ERR_USAGE,
                         "no open failed item has the number %s; `ipsync failed` lists "
                         "them",
                         cli->args[i]);
        }
    }
    *count = f.all;
    return ok;
}

int cmd_retry(struct cli *cli)
{
    struct err e = {0};
    int64_t ids[CLI_ARGS_MAX];
    int64_t count = 0;
    bool unfinished = false;
    struct sync_request r;
    if (!retry_args_read(cli, cli->config, ids, &r, &e) ||
        !count_items(cli, ids, &count, &unfinished, &e)) {
        return cli_fail(&e);
    }
    if (!count && !unfinished) {
        printf("%s\n", cli->all
                           ? "No failed items are open."
                           : "No failed item is due; `ipsync retry --all` retries all of them.");
        return 0;
    }
    who_am_i(r.user, sizeof r.user);
    return run_sync(cli, &r);
}
