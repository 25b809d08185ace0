/* `ipsync cancel [SYNC_ID]`: asks a running sync, in whichever process, to stop at its next page.
 */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/base/mem.h"
#include "db/db.h"
#include "db/job_query.h"
#include "db/job_store.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"
#include "tui/who.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void tell(const struct cli *cli, const char *id, const char *words)
{
    struct buf b = {0};
    struct json_writer j;
    if (cli->json) {
        json_begin(&j, &b);
        json_object(&j);
        json_kv_bool(&j, "requested", id != NULL);
        json_kv_string(&j, "syncId", id);
        json_kv_string(&j, "message", words);
        json_end_object(&j);
    } else {
        print_add(&b, words);
    }
    buf_addc(&b, '\n');
    print_out(&b);
    buf_done(&b);
}

/* Nothing to stop is what who asks for nothing in particular wants. */
static bool none_runs(const struct cli *cli, bool was_stale, struct err *e)
{
    const char *id = cli->arg_count ? cli->args[0] : NULL;
    if (id && was_stale) {
        return err_set(
            e, ERR_USAGE,
            "the sync %.80s is stale: its process ended without a word; it is interrupted", id);
    }
    if (id) {
        return err_set(e, ERR_USAGE, "no sync %.80s is running", id);
    }
    tell(cli, NULL,
         was_stale
             ? "No sync is running; one that ended without a word was stale and is interrupted."
             : "No sync is running.");
    return true;
}

static bool request(const struct cli *cli, struct err *e)
{
    char host[HOST_NAME_MAX + 1] = "";
    char user[64];
    char by[64];
    char id[37] = "";
    bool found = false;
    struct db_writer *w = NULL;
    gethostname(host, sizeof host - 1);
    who_am_i(user, sizeof user);
    snprintf(by, sizeof by, "%.31s@%.31s", user, host);
    bool ok = cmd_open_writer(cli, &w, e) &&
              job_request_cancel(w, cli->arg_count ? cli->args[0] : NULL, by, id, &found, e);
    db_writer_close(w);
    if (!ok || !found) {
        return ok && none_runs(cli, false, e);
    }
    char *words = mem_printf("The sync %s is asked to stop; it does so at its next page.", id);
    tell(cli, id, words);
    free(words);
    return true;
}

static bool cancel(const struct cli *cli, struct db_reader *r, struct err *e)
{
    const char *id = cli->arg_count ? cli->args[0] : NULL;
    struct stale_jobs stale = {0};
    int64_t before = 0;
    int64_t now = 0;
    if (r && (!job_query_count_running(r, id, &before, e) || !cmd_settle_stale(cli, r, &stale, e) ||
              !job_query_count_running(r, id, &now, e))) {
        return false;
    }
    if (now && !stale.is_left) {
        return request(cli, e);
    }
    return none_runs(cli, before && (stale.is_left || stale.marked), e);
}

int cmd_cancel(struct cli *cli)
{
    struct err e = {0};
    struct db_reader *r = NULL;
    bool ok = cmd_open_reader(cli, &r, &e) && cancel(cli, r, &e);
    db_reader_close(r);
    return ok ? cmd_done() : cli_fail(&e);
}
