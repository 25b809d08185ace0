/* `ipsync resolve ID… --reason TEXT`: failed items given up by hand. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "db/db.h"
#include "db/failed_store.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct ids {
    int64_t id[CLI_ARGS_MAX];
    size_t count;
};

static bool has(const struct ids *ids, int64_t id)
{
    for (size_t i = 0; i < ids->count; i++) {
        if (ids->id[i] == id) {
            return true;
        }
    }
    return false;
}

static bool parse_ids(const struct cli *cli, struct ids *out, struct err *e)
{
    for (size_t i = 0; i < cli->arg_count; i++) {
        const char *text = cli->args[i];
        char *end = NULL;
        errno = 0;
        int64_t id = strtoll(text, &end, 10);
        if (text[0] < '0' || text[0] > '9' || *end || errno || id < 1) {
            return err_set(e, ERR_USAGE,
                           "'%.80s' is not the number of a failed item; `ipsync failed` lists them",
                           text);
        }
        if (!has(out, id)) {
            out->id[out->count++] = id;
        }
    }
    return true;
}

static bool check_reason(const char *reason, struct err *e)
{
    if (!reason) {
        return err_set(e, ERR_USAGE, "resolve needs --reason TEXT; try `ipsync help resolve`");
    }
    return reason[strspn(reason, " \t\n")] || err_set(e, ERR_USAGE, "--reason is empty");
}

static bool fail_unknown(struct err *e, int64_t id)
{
    return err_set(e, ERR_USAGE,
                   "no open failed item has the number %" PRId64 "; nothing was changed "
                   "(`ipsync failed` lists them)",
                   id);
}

/* All or none. */
static bool give_up(struct db_writer *w, const struct ids *ids, const char *reason, struct err *e)
{
    char now[25];
    bool found = true;
    civil_format_utc(clock_wall_ms(), now);
    bool ok = db_begin(w, e);
    for (size_t i = 0; ok && i < ids->count; i++) {
        ok = failed_give_up(w, ids->id[i], reason, now, &found, e) &&
             (found || fail_unknown(e, ids->id[i]));
    }
    ok = ok && db_commit(w, e);
    if (!ok) {
        db_rollback(w);
    }
    return ok;
}

static void tell(const struct cli *cli, const struct ids *ids)
{
    struct buf b = {0};
    struct json_writer j;
    if (cli->json) {
        json_begin(&j, &b);
        json_object(&j);
        json_key(&j, "resolved");
        json_array(&j);
        for (size_t i = 0; i < ids->count; i++) {
            json_int(&j, ids->id[i]);
        }
        json_end_array(&j);
        json_end_object(&j);
    } else {
        buf_addf(
            &b, ids->count == 1 ? "%zu failed item is given up." : "%zu failed items are given up.",
            ids->count);
    }
    buf_addc(&b, '\n');
    print_out(&b);
    buf_done(&b);
}

int cmd_resolve(struct cli *cli)
{
    struct err e = {0};
    struct ids ids = {.count = 0};
    struct db_writer *w = NULL;
    bool ok = check_reason(cli->reason, &e) && parse_ids(cli, &ids, &e) &&
              cmd_open_writer(cli, &w, &e) && (w || fail_unknown(&e, ids.id[0])) &&
              give_up(w, &ids, cli->reason, &e);
    db_writer_close(w);
    if (!ok) {
        return cli_fail(&e);
    }
    tell(cli, &ids);
    return cmd_done();
}
