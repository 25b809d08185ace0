/* `ipsync breaker [reset]`: how the circuit breaker stands and why; closes it by hand. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/config.h"
#include "core/health.h"
#include "db/api_state.h"
#include "db/db.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <inttypes.h>
#include <string.h>

static void add_moment(const struct cli *cli, int64_t wall_ms, struct buf *b)
{
    char utc[25];
    char local[32];
    char left[32];
    civil_format_utc(wall_ms, utc);
    print_time(utc, cli->config->schedule.timezone, local);
    print_duration(wall_ms - clock_wall_ms(), left);
    buf_addf(b, "%s, for another %s", local, left);
}

static void add_text(const struct cli *cli, const struct health *h, struct buf *b)
{
    buf_addf(b, "The circuit breaker is %s", breaker_state_name(h->breaker));
    if (h->breaker == BREAKER_OPEN) {
        buf_adds(b, " until ");
        add_moment(cli, h->breaker_until, b);
    }
    buf_adds(b, h->breaker == BREAKER_CLOSED ? ": requests go out.\n"
                : h->breaker == BREAKER_HALF_OPEN
                    ? ": a few requests of the next sync show how the "
                      "CRM is.\n"
                    : ".\n");
    if (h->breaker != BREAKER_CLOSED) {
        buf_adds(b, "Why: ");
        print_add(b, h->breaker_reason);
        if (h->breaker_openings > 1) {
            buf_addf(b, " (opened %" PRId64 " times in a row)", h->breaker_openings);
        }
        buf_adds(b, "\n`ipsync breaker reset` closes it at once.\n");
    }
    if (h->hold_until) {
        buf_adds(b, "The CRM asked for no request until ");
        add_moment(cli, h->hold_until, b);
        buf_adds(b, " (429/503); `ipsync breaker reset` forgets that.\n");
    }
}

static void add_time(struct json_writer *j, const char *key, int64_t wall_ms)
{
    char utc[25];
    civil_format_utc(wall_ms, utc);
    json_kv_string(j, key, wall_ms ? utc : NULL);
}

static void add_json(const struct health *h, struct buf *b)
{
    struct json_writer j;
    bool is_closed = h->breaker == BREAKER_CLOSED;
    json_begin(&j, b);
    json_object(&j);
    json_kv_string(&j, "breaker", breaker_state_name(h->breaker));
    add_time(&j, "openUntil", h->breaker_until);
    json_kv_int(&j, "openings", h->breaker_openings);
    json_kv_string(&j, "reason", is_closed ? NULL : h->breaker_reason);
    add_time(&j, "waitUntil", h->hold_until);
    json_end_object(&j);
    buf_addc(b, '\n');
}

static bool show(const struct cli *cli, struct err *e)
{
    struct db_reader *r = NULL;
    struct health h;
    struct buf b = {0};
    bool ok = cmd_open_reader(cli, &r, e) &&
              health_look(r, cli->config->api.base_url, true, clock_wall_ms(), &h, e);
    db_reader_close(r);
    if (ok && cli->json) {
        add_json(&h, &b);
    } else if (ok) {
        add_text(cli, &h, &b);
    }
    print_out(&b);
    buf_done(&b);
    return ok;
}

static bool reset(const struct cli *cli, struct err *e)
{
    struct db_writer *w = NULL;
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    bool ok = cmd_open_writer(cli, &w, e) && api_state_reset(w, cli->config->api.base_url, now, e);
    db_writer_close(w);
    return ok;
}

int cmd_breaker(struct cli *cli)
{
    struct err e = {0};
    bool resets = cli->arg_count > 0;
    if (resets && strcmp(cli->args[0], "reset") != 0) {
        err_set(&e, ERR_USAGE, "'%.80s' is nothing to do with the breaker: reset, or nothing",
                cli->args[0]);
        return cli_fail(&e);
    }
    return (!resets || reset(cli, &e)) && show(cli, &e) ? cmd_done() : cli_fail(&e);
}
