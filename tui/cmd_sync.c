#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/request.h"
#include "tui/cli.h"
#include "tui/run_sync.h"
#include "tui/who.h"

#include <stdio.h>
#include <string.h>

static bool parse_streams(const char *list, unsigned *streams, struct err *e)
{
    static const struct {
        const char *name;
        unsigned stream;
    } known[] = {{"merchants", STREAM_MERCHANTS},
                 {"transactions", STREAM_TRANSACTIONS},
                 {"residuals", STREAM_RESIDUALS}};
    *streams = 0;
    for (const char *at = list; *at;) {
        size_t len = strcspn(at, ",");
        unsigned found = 0;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
            bool same = strlen(known[i].name) == len && !strncmp(known[i].name, at, len);
            found = same ? known[i].stream : found;
        }
        if (!found) {
            return err_set(e, ERR_USAGE,
                           "--only: '%.*s' is no stream; it takes merchants, transactions, "
                           "residuals, with commas between",
                           (int)len, at);
        }
        *streams |= found;
        at += len + (at[len] == ',');
    }
    return *streams || err_set(e, ERR_USAGE, "--only: names no stream");
}

static void today_of(const struct cli *cli, struct civil *out)
{
    *out = zone_date(cli->config->schedule.timezone, clock_wall_ms());
}

static bool set_range(const struct cli *cli, struct sync_request *r, struct err *e)
{
    struct civil today;
    today_of(cli, &today);
    bool is_manual = !strcmp(r->sync_type, "manual");
    civil_format(today, r->to);
    if (!is_manual) {
        if (cli->from || cli->to) {
            return err_set(e, ERR_USAGE, "--from and --to go with `sync manual` alone");
        }
        text_copy(r->from, sizeof r->from, cli->config->sync.history_start);
    } else {
        int32_t first = civil_to_days(today) - (int32_t)cli->config->sync.look_back_days;
        civil_format(civil_from_days(first), r->from);
        if (cli->to && strcmp(cli->to, r->to) > 0) {
            return err_set(e, ERR_USAGE, "--to %s lies in the future (today is %s)", cli->to,
                           r->to);
        }
        if (cli->to && !cli->from) {
            return err_set(e, ERR_USAGE, "--to needs --from");
        }
        if (cli->from) {
            text_copy(r->from, sizeof r->from, cli->from);
        }
        if (cli->to) {
            text_copy(r->to, sizeof r->to, cli->to);
        }
    }
    return strcmp(r->from, r->to) <= 0 ||
           err_set(e, ERR_USAGE, "the range %s to %s is empty", r->from, r->to);
}

static bool set_streams(const struct cli *cli, struct sync_request *r, struct err *e)
{
    r->streams = cli->mid_count ? STREAM_MERCHANTS | STREAM_TRANSACTIONS : STREAM_ALL;
    if (cli->only && !parse_streams(cli->only, &r->streams, e)) {
        return false;
    }
    if (cli->mid_count && (r->streams & STREAM_RESIDUALS)) {
        return err_set(e, ERR_USAGE,
                       "residual reports cannot be asked for by merchant: leave out --merchant, or "
                       "residuals");
    }
    return true;
}

static bool set_type(const struct cli *cli, struct sync_request *r, struct err *e)
{
    const char *type = cli->args[0];
    if (!strcmp(type, "daily")) {
        return err_set(e, ERR_USAGE,
                       "daily syncs are not there yet; `ipsync sync manual` reads the "
                       "last days");
    }
    if (strcmp(type, "initial") != 0 && strcmp(type, "manual") != 0) {
        return err_set(e, ERR_USAGE, "'%s' is no kind of sync: initial, daily or manual", type);
    }
    r->sync_type = type;
    return true;
}

int cmd_sync(struct cli *cli)
{
    struct err e = {0};
    struct sync_request r = {.triggered_by = "manual",
                             .fresh = cli->fresh,
                             .mids = cli->mids,
                             .mid_count = cli->mid_count};
    who_am_i(r.user, sizeof r.user);
    if (!set_type(cli, &r, &e) || !set_range(cli, &r, &e) || !set_streams(cli, &r, &e)) {
        return cli_fail(&e);
    }
    return run_sync(cli, &r);
}
