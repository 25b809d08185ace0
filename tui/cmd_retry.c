#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/request.h"
#include "db/db.h"
#include "db/failed_store.h"
#include "tui/cli.h"
#include "tui/run_sync.h"
#include "tui/who.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static bool parse_ids(const struct cli *cli, int64_t *ids, struct err *e)
{
    for (size_t i = 0; i < cli->arg_count; i++) {
        char *end = NULL;
        errno = 0;
        ids[i] = strtoll(cli->args[i], &end, 10);
        if (errno || *end || end == cli->args[i] || ids[i] <= 0) {
            return err_set(e, ERR_USAGE,
                           "'%s' is no failed item's number; `ipsync failed` lists them",
                           cli->args[i]);
        }
    }
    return true;
}

/* How many items there are to retry; an id that is not open is an error before anything starts. */
static bool count_items(const struct cli *cli, const int64_t *ids, int64_t *count, struct err *e)
{
    bool is_open[CLI_ARGS_MAX] = {0};
    struct found f = {.ids = ids, .count = cli->arg_count, .is_open = is_open};
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    struct db_reader *db = db_reader_open(cli->config->database.path, e);
    bool only_due = !cli->all && !cli->arg_count;
    bool ok = db && failed_each_open(db, only_due ? now : NULL, note_open, &f, e);
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
    struct sync_request r = {.sync_type = "manual",
                             .triggered_by = "manual",
                             .streams = STREAM_ALL,
                             .is_retry = true,
                             .retry_all = cli->all,
                             .retry_ids = ids,
                             .retry_count = cli->arg_count};
    if (cli->all && cli->arg_count) {
        err_set(&e, ERR_USAGE, "either --all or numbers, not both");
        return cli_fail(&e);
    }
    if (!parse_ids(cli, ids, &e) || !count_items(cli, ids, &count, &e)) {
        return cli_fail(&e);
    }
    if (!count) {
        printf("%s\n", cli->all
                           ? "No failed items are open."
                           : "No failed item is due; `ipsync retry --all` retries all of them.");
        return 0;
    }
    who_am_i(r.user, sizeof r.user);
    text_copy(r.from, sizeof r.from, cli->config->sync.history_start);
    civil_format(zone_date(cli->config->schedule.timezone, clock_wall_ms()), r.to);
    return run_sync(cli, &r);
}
