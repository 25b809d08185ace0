/* The command line: one table of options, one of commands. Adding a command is a row in
 * cli_commands[] (tui/commands.c) and a file cmd_NAME.c; the parser, `ipsync help` and later the
 * manual follow the tables. Main thread. */
#ifndef TUI_CLI_H
#define TUI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct err;

enum { CLI_ARGS_MAX = 1024 };

/* What was given, whatever the command. */
struct cli {
    const char *config_file, *database;
    bool json, quiet, all, summary, fresh, plan, check, help, version, read_only;
    const char *from, *to, *only, *reason, *start;
    const char *continues; /* --continue, which is ipsync's own (tui/hand_over.h) */
    int64_t limit;         /* --limit, -1 = not given */
    int64_t days;          /* --days, 0 = not given */
    const char *mids[CLI_ARGS_MAX];
    size_t mid_count;
    const char *args[CLI_ARGS_MAX]; /* what is no option */
    size_t arg_count;
    const struct command_row *command;
    struct config *config; /* loaded before run(), except for commands with needs_config false */
};

enum cli_kind { CLI_FLAG, CLI_TEXT, CLI_DATE, CLI_NUMBER, CLI_MID };

struct option_row {
    const char *name, *alias; /* "--config", "-c" or NULL */
    enum cli_kind kind;
    size_t offset;     /* into struct cli; CLI_MID goes to mids */
    const char *value; /* its name in the help, NULL for flags */
    const char *help;  /* NULL = not for people: in no list, `sync` alone takes it */
};

struct command_row {
    const char *name;
    const char *synopsis; /* what follows the name: "initial|daily|manual [OPTIONS]" */
    const char *summary;  /* one line */
    const char *options;  /* names of the options it takes, blank between */
    int min_args, max_args;
    bool needs_config;
    int (*run)(struct cli *cli); /* returns the exit code */
};

extern const struct option_row cli_options[];
extern const size_t cli_option_count;
extern const struct command_row cli_commands[];
extern const size_t cli_command_count;

const struct command_row *cli_find_command(const char *name);
const struct option_row *cli_find_option(const char *name);

/* Parses argv; ERR_USAGE says what is wrong and how to get help. */
bool cli_parse(struct cli *cli, int argc, char **argv, struct err *e);

/* Prints "ipsync: message" to standard error (visible text) and returns the kind's exit code. */
int cli_fail(const struct err *e);

int cmd_dashboard(struct cli *cli); /* also without a command */
int cmd_sync(struct cli *cli);
int cmd_retry(struct cli *cli);
int cmd_resolve(struct cli *cli);
int cmd_breaker(struct cli *cli);
int cmd_cancel(struct cli *cli);
int cmd_status(struct cli *cli);
int cmd_history(struct cli *cli);
int cmd_failed(struct cli *cli);
int cmd_schedule(struct cli *cli);
int cmd_verify(struct cli *cli);
int cmd_config(struct cli *cli);
int cmd_health(struct cli *cli);
int cmd_help(struct cli *cli);

#endif
