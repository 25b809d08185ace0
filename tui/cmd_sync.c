/* `ipsync sync`: one sync in the foreground. */
#include "core/base/err.h"
#include "core/config.h"
#include "core/request.h"
#include "db/db.h"
#include "tui/cli.h"
#include "tui/hand_over.h"
#include "tui/run_sync.h"
#include "tui/sync_args.h"
#include "tui/who.h"

#include <stddef.h>

/* The job of another ipsync that closed its screen, see tui/hand_over.h. */
static int continue_sync(struct cli *cli)
{
    struct err e = {0};
    int code = 0;
    int lock = -1;
    struct sync_request *r = NULL;
    if (hand_over_take(cli, &lock, &e)) {
        struct db_reader *db = db_reader_open(cli->config->database.path, &e);
        r = db ? request_of_job(db, cli->continues, &e) : NULL;
        db_reader_close(db);
    }
    if (r) {
        r->run_lock = lock;
        code = run_sync(cli, r);
    } else {
        code = cli_fail(&e);
    }
    request_free(r);
    return code;
}

int cmd_sync(struct cli *cli)
{
    struct err e = {0};
    if (cli->continues) {
        return continue_sync(cli);
    }
    struct sync_request r;
    if (!sync_args_read(cli, cli->config, &r, &e)) {
        return cli_fail(&e);
    }
    who_am_i(r.user, sizeof r.user);
    return run_sync(cli, &r);
}
