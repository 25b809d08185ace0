#include "tui/cli.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "tui/manual.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NUMBER_MOST = 1000000, NAME_SIZE = 32 };

/* What every command takes. */
static const char everywhere[] = "--config --database --help --version";

const struct command_row *cli_find_command(const char *name)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        if (!strcmp(cli_commands[i].name, name)) {
            return &cli_commands[i];
        }
    }
    return NULL;
}

const struct option_row *cli_find_option(const char *name)
{
    for (size_t i = 0; i < cli_option_count; i++) {
        const struct option_row *o = &cli_options[i];
        if (!strcmp(o->name, name) || (o->alias && !strcmp(o->alias, name))) {
            return o;
        }
    }
    return NULL;
}

/* ---- the nearest name ---- */

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many letters to change, add or drop to make one word of the other; `b` is one of ours. */
static size_t distance(const char *a, const char *b)
{
    size_t row[NAME_SIZE];
    size_t len = strlen(b);
    assert(len < NAME_SIZE);
    for (size_t j = 0; j <= len; j++) {
        row[j] = j;
    }
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0];
        row[0] = i + 1;
        for (size_t j = 1; j <= len; j++) {
            size_t changed = diagonal + (a[i] != b[j - 1]);
            diagonal = row[j];
            row[j] = smaller(changed, smaller(row[j], row[j - 1]) + 1);
        }
    }
    return row[len];
}

struct nearest {
    const char *word, *name;
    size_t distance;
};

/* The beginning of a name counts as near; otherwise a third of the letters may be wrong. */
static void look_at(struct nearest *n, const char *name)
{
    size_t len = strlen(n->word);
    if (len >= NAME_SIZE) {
        return;
    }
    size_t d = len > 2 && !strncmp(name, n->word, len) ? 0 : distance(n->word, name);
    if (d < n->distance && d <= 1 + len / 3 && d < len) {
        n->distance = d;
        n->name = name;
    }
}

static bool fail_unknown(struct err *e, const char *what, const struct nearest *n)
{
    if (n->name) {
        return err_set(e, ERR_USAGE, "unknown %s '%.80s'; did you mean '%s'? try `ipsync help`",
                       what, n->word, n->name);
    }
    return err_set(e, ERR_USAGE, "unknown %s '%.80s'; try `ipsync help`", what, n->word);
}

static bool fail_unknown_option(struct err *e, const char *name)
{
    struct nearest n = {.word = name, .distance = NAME_SIZE};
    for (size_t i = 0; i < cli_option_count; i++) {
        if (cli_options[i].help) {
            look_at(&n, cli_options[i].name);
        }
    }
    return fail_unknown(e, "option", &n);
}

static bool fail_unknown_command(struct err *e, const char *name)
{
    struct nearest n = {.word = name, .distance = NAME_SIZE};
    for (size_t i = 0; i < cli_command_count; i++) {
        look_at(&n, cli_commands[i].name);
    }
    return fail_unknown(e, "command", &n);
}

/* ---- values ---- */

static bool parse_number(const char *text, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return text[0] >= '0' && text[0] <= '9' && !*end && !errno && *out >= 1 && *out <= NUMBER_MOST;
}

static bool add_mid(struct cli *cli, const char *value, struct err *e)
{
    if (!*value) {
        return err_set(e, ERR_USAGE, "--merchant needs a merchant number");
    }
    if (cli->mid_count == CLI_ARGS_MAX) {
        return err_set(e, ERR_USAGE, "--merchant can be given %d times at most", CLI_ARGS_MAX);
    }
    cli->mids[cli->mid_count++] = value;
    return true;
}

static bool set_option(struct cli *cli, const struct option_row *o, const char *value,
                       struct err *e)
{
    struct civil date;
    char *at = (char *)cli + o->offset;
    switch (o->kind) {
    case CLI_FLAG:
        *(bool *)at = true;
        return true;
    case CLI_NUMBER:
        return parse_number(value, (int64_t *)at) ||
               err_set(e, ERR_USAGE, "%s: '%.80s' is not a number from 1 to %d; try `ipsync help`",
                       o->name, value, NUMBER_MOST);
    case CLI_MID:
        return add_mid(cli, value, e);
    case CLI_DATE:
        if (!civil_parse_iso(value, &date)) {
            return err_set(e, ERR_USAGE,
                           "%s: '%.80s' is not a date (YYYY-MM-DD); try `ipsync help`", o->name,
                           value);
        }
        break;
    case CLI_TEXT:
        break;
    }
    *(const char **)at = value;
    return true;
}

/* ---- words ---- */

struct words {
    struct cli *cli;
    char **argv;
    int argc, at;
    bool options_ended;
    uint64_t given; /* options, a bit a row of the table */
};

/* One argument taken apart: --name=value, -cVALUE; value NULL when it holds none. */
struct word {
    char name[NAME_SIZE];
    const char *value;
};

static void split_word(const char *text, struct word *w)
{
    bool is_long = text[1] == '-';
    size_t len = is_long ? strcspn(text, "=") : 2;
    w->value = text[len] ? text + len + is_long : NULL;
    len = len < sizeof w->name ? len : sizeof w->name - 1;
    memcpy(w->name, text, len);
    w->name[len] = '\0';
}

/* A forgotten value must not swallow the next option. */
static const char *next_value(struct words *w)
{
    const char *next = w->at < w->argc ? w->argv[w->at] : NULL;
    if (!next || !strcmp(next, "--") || cli_find_option(next)) {
        return NULL;
    }
    w->at++;
    return next;
}

static bool take_option(struct words *w, const char *text, struct err *e)
{
    struct word word;
    split_word(text, &word);
    const struct option_row *o = cli_find_option(word.name);
    if (!o || (o->kind == CLI_FLAG && word.value && text[1] != '-')) {
        return fail_unknown_option(e, o ? text : word.name);
    }
    if (o->kind == CLI_FLAG && word.value) {
        return err_set(e, ERR_USAGE, "%s takes no value; try `ipsync help`", o->name);
    }
    if (o->kind != CLI_FLAG && !word.value && !(word.value = next_value(w))) {
        return err_set(e, ERR_USAGE, "%s needs a value: %s %s; try `ipsync help`", o->name, o->name,
                       o->value);
    }
    w->given |= UINT64_C(1) << (o - cli_options);
    return set_option(w->cli, o, word.value, e);
}

static bool take_argument(struct words *w, const char *text, struct err *e)
{
    struct cli *cli = w->cli;
    if (!cli->command) {
        cli->command = cli_find_command(text);
        return cli->command || fail_unknown_command(e, text);
    }
    if (cli->arg_count == CLI_ARGS_MAX) {
        return err_set(e, ERR_USAGE, "more than %d arguments", CLI_ARGS_MAX);
    }
    cli->args[cli->arg_count++] = text;
    return true;
}

static bool take_words(struct words *w, struct err *e)
{
    bool ok = true;
    while (ok && w->at < w->argc) {
        const char *text = w->argv[w->at++];
        if (w->options_ended || text[0] != '-' || !text[1]) {
            ok = take_argument(w, text, e);
        } else if (!strcmp(text, "--")) {
            w->options_ended = true;
        } else {
            ok = take_option(w, text, e);
        }
    }
    return ok;
}

/* ---- does it fit together ---- */

static bool names(const char *list, const char *name)
{
    size_t len = strlen(name);
    for (const char *at = list; (at = strstr(at, name)); at += len) {
        if (at[len] == ' ' || !at[len]) {
            return true;
        }
    }
    return false;
}

static bool check_options(const struct words *w, struct err *e)
{
    const struct command_row *c = w->cli->command;
    for (size_t i = 0; i < cli_option_count; i++) {
        const char *name = cli_options[i].name;
        bool is_hidden = !cli_options[i].help && c->run == cmd_sync;
        if (!(w->given >> i & 1) || is_hidden || names(everywhere, name) ||
            names(c->options, name)) {
            continue;
        }
        return err_set(e, ERR_USAGE, "`ipsync %s` does not take %s; try `ipsync help %s`", c->name,
                       name, c->name);
    }
    return true;
}

static bool check_arguments(const struct cli *cli, struct err *e)
{
    const struct command_row *c = cli->command;
    if (cli->arg_count < (size_t)c->min_args) {
        return err_set(e, ERR_USAGE, "something is missing: ipsync %s %s; try `ipsync help %s`",
                       c->name, c->synopsis, c->name);
    }
    if (c->run == cmd_help && cli->arg_count && !cli_find_command(cli->args[0]) &&
        !manual_find_topic(cli->args[0])) {
        return fail_unknown_command(e, cli->args[0]);
    }
    if (cli->arg_count > (size_t)c->max_args) {
        return err_set(e, ERR_USAGE, "`ipsync %s` has no use for '%.80s'; try `ipsync help %s`",
                       c->name, cli->args[c->max_args], c->name);
    }
    return true;
}

/* --help and --version stand for the help command, whatever else was given. */
static bool turn_to_help(struct cli *cli)
{
    bool names_one = cli->command && cli->command->run == cmd_help && cli->arg_count;
    if (cli->command && !names_one) {
        cli->args[0] = cli->command->name;
        cli->arg_count = 1;
    }
    cli->command = cli_find_command("help");
    return true;
}

bool cli_parse(struct cli *cli, int argc, char **argv, struct err *e)
{
    struct words w = {.cli = cli, .argv = argv, .argc = argc, .at = 1};
    memset(cli, 0, sizeof *cli);
    cli->limit = -1;
    if (!take_words(&w, e)) {
        return false;
    }
    if (cli->help || cli->version) {
        return turn_to_help(cli);
    }
    if (!cli->command) {
        cli->command = cli_find_command("dashboard");
    }
    return check_options(&w, e) && check_arguments(cli, e);
}

int cli_fail(const struct err *e)
{
    struct buf b = {0};
    buf_adds(&b, "ipsync: ");
    text_add_visible(&b, e->message);
    buf_addc(&b, '\n');
    for (size_t done = 0; done < b.len;) {
        ssize_t n = write(STDERR_FILENO, b.data + done, b.len - done);
        if (n < 0 && errno != EINTR) {
            break;
        }
        done += n > 0 ? (size_t)n : 0;
    }
    buf_done(&b);
    return err_exit_code(e->kind);
}
