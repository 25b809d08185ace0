#include "tui/sync_args.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/request.h"
#include "tui/cli.h"

#include <errno.h>
#include <stdlib.h>
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

static bool set_manual_range(const struct cli *cli, struct sync_request *r, struct err *e)
{
    if (cli->to && strcmp(cli->to, r->to) > 0) {
        return err_set(e, ERR_USAGE, "--to %s lies in the future (today is %s)", cli->to, r->to);
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
    return true;
}

static bool set_range(const struct cli *cli, const struct config *config, struct sync_request *r,
                      struct err *e)
{
    struct civil today = zone_date(config->schedule.timezone, clock_wall_ms());
    int32_t first = civil_to_days(today) - (int32_t)config->sync.look_back_days;
    bool is_manual = !strcmp(r->sync_type, "manual");
    civil_format(today, r->to);
    if (!strcmp(r->sync_type, "initial")) {
        text_copy(r->from, sizeof r->from, config->sync.history_start);
    } else {
        civil_format(civil_from_days(first), r->from);
    }
    if (!is_manual && (cli->from || cli->to)) {
        return err_set(e, ERR_USAGE, "--from and --to go with `sync manual` alone");
    }
    if (!set_manual_range(cli, r, e)) {
        return false;
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
    static const char *const types[] = {"initial", "daily", "manual"};
    const char *type = cli->args[0];
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (!strcmp(type, types[i])) {
            r->sync_type = types[i];
            return true;
        }
    }
    return err_set(e, ERR_USAGE, "'%s' is no kind of sync: initial, daily or manual", type);
}

bool sync_args_read(const struct cli *cli, const struct config *config, struct sync_request *out,
                    struct err *e)
{
    *out = (struct sync_request){.triggered_by = "manual",
                                 .fresh = cli->fresh,
                                 .plan_only = cli->plan,
                                 .mids = cli->mids,
                                 .mid_count = cli->mid_count};
    return set_type(cli, out, e) && set_range(cli, config, out, e) && set_streams(cli, out, e);
}

static bool parse_ids(const struct cli *cli, int64_t *ids, struct err *e)
{
    for (size_t i = 0; i < cli->arg_count; i++) {
        char *end = NULL;
        errno = 0;
        ids[i] = strtoll(cli->args[i], &end, 10);
        if (errno || *end || end == cli->args[i] || ids[i] <= 0) {
            return err_set(e, ERR_USAGE,
                           "'%.80s' is no failed item's number; `ipsync failed` lists them",
                           cli->args[i]);
        }
    }
    return true;
}

bool retry_args_read(const struct cli *cli, const struct config *config, int64_t *ids,
                     struct sync_request *out, struct err *e)
{
    *out = (struct sync_request){.sync_type = "manual",
                                 .triggered_by = "manual",
                                 .streams = STREAM_ALL,
                                 .is_retry = true,
                                 .retry_all = cli->all,
                                 .retry_ids = ids,
                                 .retry_count = cli->arg_count};
    if (cli->all && cli->arg_count) {
        return err_set(e, ERR_USAGE, "either --all or numbers, not both");
    }
    text_copy(out->from, sizeof out->from, config->sync.history_start);
    civil_format(zone_date(config->schedule.timezone, clock_wall_ms()), out->to);
    return parse_ids(cli, ids, e);
}
