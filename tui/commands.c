/* The two tables: what options there are, and what commands. */
#include "tui/cli.h"

#define AT(member) .offset = offsetof(struct cli, member)

const struct option_row cli_options[] = {
    {"--config", "-c", CLI_TEXT, AT(config_file), "FILE", "read the configuration from FILE"},
    {"--database", "-d", CLI_TEXT, AT(database), "FILE", "keep the data in FILE"},
    {"--help", "-h", CLI_FLAG, AT(help), NULL, "tell about the command"},
    {"--version", NULL, CLI_FLAG, AT(version), NULL, "tell which ipsync this is"},
    {"--json", NULL, CLI_FLAG, AT(json), NULL, "print JSON"},
    {"--quiet", NULL, CLI_FLAG, AT(quiet), NULL, "print errors only"},
    {"--all", NULL, CLI_FLAG, AT(all), NULL, "every item: also permanent, or resolved ones"},
    {"--summary", NULL, CLI_FLAG, AT(summary), NULL, "how many there are, not which"},
    {"--fresh", NULL, CLI_FLAG, AT(fresh), NULL,
     "begin anew, not where an interrupted sync stopped"},
    {"--plan", NULL, CLI_FLAG, AT(plan), NULL, "only tell how many requests are still to make"},
    {"--check", NULL, CLI_FLAG, AT(check), NULL, "only tell whether the configuration is sound"},
    {"--from", NULL, CLI_DATE, AT(from), "DATE", "first day, YYYY-MM-DD"},
    {"--to", NULL, CLI_DATE, AT(to), "DATE", "last day, YYYY-MM-DD"},
    {"--only", NULL, CLI_TEXT, AT(only), "STREAMS", "some of merchants,transactions,residuals"},
    {"--merchant", NULL, CLI_MID, AT(mids), "MID", "this merchant alone; may repeat"},
    {"--reason", NULL, CLI_TEXT, AT(reason), "TEXT", "why"},
    {"--read-only", NULL, CLI_FLAG, AT(read_only), NULL, "change nothing, whatever is pressed"},
    {"--start", NULL, CLI_TEXT, AT(start), "TYPE",
     "start this sync at once: initial, daily, manual"},
    {"--limit", NULL, CLI_NUMBER, AT(limit), "N", "at most N, 1 to 1000000"},
    {"--days", NULL, CLI_NUMBER, AT(days), "N", "so many days"},
    {"--continue", NULL, CLI_TEXT, AT(continues), "ID", NULL},
};
const size_t cli_option_count = sizeof cli_options / sizeof cli_options[0];

const struct command_row cli_commands[] = {
    {"dashboard", "[--read-only] [--start TYPE]",
     "watch and steer syncs on one screen; also `ipsync` alone", "--read-only --start", 0, 0, true,
     cmd_dashboard},
    {"sync", "initial|daily|manual [OPTIONS]", "run one sync in the foreground",
     "--from --to --only --merchant --fresh --plan --quiet --json", 1, 1, true, cmd_sync},
    {"retry", "[ID…] [--all] [OPTIONS]", "read failed items again: those named, all, or those due",
     "--all --quiet --json", 0, CLI_ARGS_MAX, true, cmd_retry},
    {"resolve", "ID… --reason TEXT", "give failed items up", "--reason --json", 1, CLI_ARGS_MAX,
     true, cmd_resolve},
    {"cancel", "[SYNC_ID]", "ask a running sync to stop at its next page", "--json", 0, 1, true,
     cmd_cancel},
    {"breaker", "[reset] [--json]", "the circuit breaker's state; reset closes it", "--json", 0, 1,
     true, cmd_breaker},
    {"status", "[--json]", "what runs now, how the last sync ended, how old the data is", "--json",
     0, 0, true, cmd_status},
    {"history", "[--limit N] [--json]", "past syncs, newest first (20 unless told)",
     "--limit --json", 0, 0, true, cmd_history},
    {"failed", "[--all] [--summary] [--json]", "items that could not be read",
     "--all --summary --json", 0, 0, true, cmd_failed},
    {"schedule", "[add TYPE CRON [ZONE]|enable|disable|remove ID|preview]",
     "when syncs are due: list, change, preview (7 days unless told)", "--from --days --json", 0,
     CLI_ARGS_MAX, true, cmd_schedule},
    {"config", "[--check]", "the configuration in force, secrets hidden", "--check", 0, 0, true,
     cmd_config},
    {"help", "[COMMAND|keys|sample|manual]", "this list, or what one command takes", "", 0, 1,
     false, cmd_help},
};
const size_t cli_command_count = sizeof cli_commands / sizeof cli_commands[0];
