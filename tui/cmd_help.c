/* `ipsync help [COMMAND|TOPIC]`, --help and --version: told from the tables. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/base/version.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/manual.h"
#include "tui/print.h"

#include <stdlib.h>
#include <string.h>

enum { INDENT = 24, NAME_COLUMNS = 11 };

static void add_padded(struct buf *b, const char *text, int columns)
{
    buf_adds(b, text);
    for (int i = text_width(text); i < columns; i++) {
        buf_addc(b, ' ');
    }
}

static void add_option(struct buf *b, const struct option_row *o)
{
    char *left = mem_printf("  %s%s%s%s%s", o->alias ? o->alias : "", o->alias ? ", " : "", o->name,
                            o->value ? " " : "", o->value ? o->value : "");
    add_padded(b, left, INDENT);
    buf_addf(b, "%s%s\n", text_width(left) < INDENT ? "" : " ", o->help);
    free(left);
}

/* The options of a list of names, in the list's order. */
static void add_options(struct buf *b, const char *heading, const char *list)
{
    char *copy = mem_strdup(list);
    char *rest = copy;
    const char *name;
    if (*list) {
        buf_addf(b, "\n%s\n", heading);
    }
    while ((name = strtok_r(rest, " ", &rest))) {
        add_option(b, cli_find_option(name));
    }
    free(copy);
}

static void add_everywhere(struct buf *b)
{
    add_options(b, "Options of every command, before or after it:", manual_everywhere);
}

static void add_row(struct buf *b, const char *name, const char *summary)
{
    buf_adds(b, "  ");
    add_padded(b, name, NAME_COLUMNS);
    buf_addf(b, "%s\n", summary);
}

static void add_topics(struct buf *b)
{
    buf_adds(b, "\n`ipsync help` also tells about:\n");
    for (size_t i = 0; i < manual_topic_count; i++) {
        if (manual_topics[i].summary) {
            add_row(b, manual_topics[i].name, manual_topics[i].summary);
        }
    }
}

static void add_overview(struct buf *b)
{
    buf_adds(b, "`ipsync` alone opens the dashboard; with a command it does that and ends.\n\n"
                "Usage: ipsync [OPTIONS] [COMMAND] [ARGUMENTS]\n\nCommands:\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        add_row(b, cli_commands[i].name, cli_commands[i].summary);
    }
    add_everywhere(b);
    buf_adds(b, "\n`ipsync help COMMAND` tells what one of them takes.\n");
    add_topics(b);
}

static void add_command(struct buf *b, const struct command_row *c)
{
    buf_addf(b, "Usage: ipsync %s %s\n\n%s\n", c->name, c->synopsis, c->summary);
    add_options(b, "Options:", c->options);
    add_everywhere(b);
    if (c->run == cmd_help) {
        add_topics(b);
    }
}

int cmd_help(struct cli *cli)
{
    struct buf b = {0};
    const char *about = cli->arg_count ? cli->args[0] : "";
    const struct command_row *c = cli_find_command(about);
    const struct manual_topic *t = manual_find_topic(about);
    if (cli->version) {
        buf_addf(&b, "ipsync %s\n", ipsync_version);
    } else if (c) {
        add_command(&b, c);
    } else if (t) {
        t->add(&b);
    } else {
        add_overview(&b);
    }
    print_out(&b);
    buf_done(&b);
    return cmd_done();
}
