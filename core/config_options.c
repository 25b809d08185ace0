#include "core/config_options.h"

#include "core/base/mem.h"
#include "core/config.h"

#include <ctype.h>
#include <string.h>

#define KEY(s, k) .section = #s, .key = #k, .offset = offsetof(struct config, s.k)
#define INT(d, low, high) .type = OPTION_INT, .fallback = #d, .min = low, .max = high
#define BOOL(d) .type = OPTION_BOOL, .fallback = #d
#define WORD(d, list) .type = OPTION_WORD, .fallback = d, .words = list
#define VALUE(t, d) .type = OPTION_##t, .fallback = d

const struct option config_options[] = {
    {KEY(api, base_url), VALUE(URL, "https://crm.ireland-pay.com/api/v1"),
     .variable = "IRELANDPAY_CRM_BASE_URL",
     .help = "where the CRM answers; plain http:// only to a loopback address"},
    {KEY(api, key_file), VALUE(PATH, ""),
     .help = "file with the API key, readable for its owner alone"},
    {KEY(api, key_command), VALUE(SHELL, ""),
     .help = "command that prints the API key, where there is no key_file"},
    {KEY(api, ca_file), VALUE(PATH, ""),
     .help = "certificate authorities to trust (PEM); empty = the system's"},
    {KEY(api, proxy), VALUE(PROXY, ""),
     .help = "proxy to go through; empty = none (the environment's are not obeyed)"},
    {KEY(api, timeout_seconds), INT(30, 1, 3600), .variable = "IRELANDPAY_TIMEOUT_SECONDS",
     .help = "so long without a byte; the whole answer may take ten times that"},
    {KEY(api, max_retries), INT(3, 0, 20), .variable = "IRELANDPAY_MAX_RETRIES",
     .help = "further tries of a request that fails for a passing reason"},
    {KEY(api, backoff_base_ms), INT(1000, 0, 60000), .variable = "IRELANDPAY_BACKOFF_BASE_MS",
     .help = "longest wait before the first further try; doubles with each"},
    {KEY(api, circuit_max_failures), INT(5, 1, 1000000),
     .variable = "IRELANDPAY_CIRCUIT_MAX_FAILURES",
     .help = "failures in a row after which no request goes out for a while"},
    {KEY(api, circuit_reset_seconds), INT(60, 1, 86400),
     .variable = "IRELANDPAY_CIRCUIT_RESET_SECONDS", .help = "how long that while is"},
    {KEY(api, requests_per_minute), INT(500, 0, 1000000),
     .help = "rate limit assumed where the server names none; 0 = none"},
    {KEY(api, concurrency), INT(8, 1, 64), .help = "most requests in flight"},
    {KEY(api, max_body_mb), INT(64, 1, 1024), .help = "largest answer taken, decompressed"},
    {KEY(api, hide_null_merchants), BOOL(true),
     .help = "leave inactive merchants out of the residual reports"},
    {KEY(sync, history_start), VALUE(DATE, "2024-04-01"), .help = "first day of an initial sync"},
    {KEY(sync, look_back_days), INT(7, 0, 3650),
     .help = "days before today that a sync reads again"},
    {KEY(sync, residual_months), INT(4, 0, 120),
     .help = "newest months whose residuals are looked at again"},
    {KEY(sync, checkpoint_hours), INT(24, 0, 8760),
     .help = "how old an interrupted sync's checkpoints may be to go on from them"},
    {KEY(sync, max_wait_minutes), INT(120, 0, 10080),
     .help = "a sync that has to wait longer in one piece ends, to go on later"},
    {KEY(sync, on_hangup), WORD("continue", "continue|stop"),
     .help = "what a sync does when its terminal goes away"},
    {KEY(database, path), VALUE(PATH, ""), .variable = "IPSYNC_DB",
     .help = "empty = $XDG_STATE_HOME/ipsync/ipsync.db (~/.local/state/ipsync/ipsync.db)"},
    {KEY(database, wal_max_mb), INT(64, 1, 65536),
     .help = "the write-ahead log is kept under this size"},
    {KEY(schedule, timezone), VALUE(ZONE, "America/New_York"),
     .help = "the zone whose calendar says what today is"},
    {KEY(schedule, in_dashboard), BOOL(true),
     .help = "an open dashboard runs the schedule where no daemon does"},
    {KEY(http, listen), VALUE(TEXT, ""), .help = "HOST:PORT for the daemon's HTTP; empty = none"},
    {KEY(http, admin_token_file), VALUE(PATH, ""),
     .help = "file with the token that HTTP callers must show"},
    {KEY(http, allowed_base_urls), VALUE(TEXT, ""),
     .help = "what HTTP callers may name instead of base_url, separated by blanks"},
    {KEY(access, admin_group), VALUE(TEXT, ""),
     .help = "group that may start and change things; empty = who may write the database"},
    {KEY(alerts, command), VALUE(SHELL, ""),
     .help = "gets each alert as a line of JSON on its standard input"},
    {KEY(alerts, webhook), VALUE(LINK, ""), .help = "URL that each alert is posted to as JSON"},
    {KEY(alerts, heartbeat_url), VALUE(LINK, ""),
     .help = "URL called when a sync begins, succeeds or fails"},
    {KEY(log, file), VALUE(PATH, ""),
     .help = "empty = standard error, or none while the dashboard is open"},
    {KEY(log, level), WORD("info", "error|warning|info|debug"),
     .help = "least important kind of line that is logged"},
    {KEY(dashboard, theme), WORD("default", "default|light|colour-blind|mono"),
     .help = "colours of the dashboard"},
    {KEY(dashboard, panes), VALUE(TEXT, "active history errors analytics schedule"),
     .help = "panes to show; the first has the keys at the start"},
    {KEY(dashboard, keys), VALUE(TEXT, ""),
     .help = "other keys, as action=key[,key]: \"retry=t mark=m,space\"; see `ipsync help keys`"},
    {KEY(dashboard, fps), INT(5, 1, 30), .help = "most screens a second while a sync runs"},
    {KEY(dashboard, mouse), BOOL(false),
     .help = "take the mouse (the terminal's own selection then needs Shift)"},
    {KEY(retention, days), INT(0, 0, 36500),
     .help = "drop sync records older than this; 0 = never by itself"},
};

const size_t config_option_count = sizeof config_options / sizeof config_options[0];

const struct option *config_find_option(const char *section, const char *key)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const struct option *o = &config_options[i];

        if ((!section || strcmp(o->section, section) == 0) && (!key || strcmp(o->key, key) == 0))
            return o;
    }
    return NULL;
}

char *config_variable_by_rule(const struct option *o)
{
    char *name = mem_printf("IPSYNC_%s_%s", o->section, o->key);

    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return name;
}
