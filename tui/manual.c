#include "tui/manual.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "core/config_options.h"
#include "tui/cli.h"
#include "tui/dash/keymap.h"
#include "tui/dash/keymap_text.h"
#include "tui/manual_prose.h"
#include "tui/roff.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char manual_everywhere[] = "--config --database --help --version";

/* ---- prose ---- */

/* A line as it stands: among others like it, with nothing filled. */
static void add_shown(struct buf *b, const char *line, bool *is_shown)
{
    if (!*is_shown) {
        buf_adds(b, ".PP\n.RS 4\n.nf\n");
    }
    *is_shown = true;
    roff_add_bold(b, line + 1);
    buf_addc(b, '\n');
}

static void end_shown(struct buf *b, bool *is_shown)
{
    if (*is_shown) {
        buf_adds(b, ".fi\n.RE\n");
    }
    *is_shown = false;
}

static void add_prose(struct buf *b, const char *text)
{
    char *copy = mem_strdup(text);
    char *rest = copy;
    bool is_shown = false;
    bool is_first = true;
    for (char *line; (line = strsep(&rest, "\n")) && rest;) {
        if (*line == ' ') {
            add_shown(b, line, &is_shown);
        } else if (*line) {
            end_shown(b, &is_shown);
            buf_adds(b, is_first ? "" : ".PP\n");
            roff_add_text(b, line);
            buf_addc(b, '\n');
        }
        is_first = false;
    }
    end_shown(b, &is_shown);
    free(copy);
}

static void add_rows(struct buf *b, const struct manual_row *rows)
{
    for (; rows->word; rows++) {
        buf_adds(b, ".TP\n");
        roff_add_bold(b, rows->word);
        buf_addc(b, '\n');
        roff_add_text(b, rows->text);
        buf_addc(b, '\n');
    }
}

/* ---- commands and options ---- */

static void add_usage(struct buf *b, const struct command_row *c)
{
    char *name = mem_printf("ipsync %s", c->name);
    roff_add_bold(b, name);
    buf_addc(b, ' ');
    roff_add_synopsis(b, c->synopsis);
    buf_addc(b, '\n');
    free(name);
}

static void add_synopsis(struct buf *b)
{
    buf_adds(b, ".nf\n");
    roff_add_synopsis(b, "ipsync [--read-only]");
    buf_addc(b, '\n');
    for (size_t i = 0; i < cli_command_count; i++) {
        add_usage(b, &cli_commands[i]);
    }
    buf_adds(b, ".fi\n");
}

static void add_option(struct buf *b, const struct option_row *o)
{
    buf_adds(b, ".TP\n");
    if (o->alias) {
        roff_add_bold(b, o->alias);
        buf_adds(b, ", ");
    }
    roff_add_bold(b, o->name);
    if (o->value) {
        buf_addc(b, ' ');
        roff_add_synopsis(b, o->value);
    }
    buf_addc(b, '\n');
    roff_add_sentence(b, o->help);
}

static void add_options_of(struct buf *b, const char *list)
{
    char *copy = mem_strdup(list);
    char *rest = copy;
    for (char *name; (name = strtok_r(rest, " ", &rest));) {
        add_option(b, cli_find_option(name));
    }
    free(copy);
}

static void add_command(struct buf *b, const struct command_row *c)
{
    buf_adds(b, ".TP\n");
    add_usage(b, c);
    roff_add_sentence(b, c->summary);
    if (*c->options) {
        buf_adds(b, ".RS\n");
        add_options_of(b, c->options);
        buf_adds(b, ".RE\n");
    }
}

static void add_commands(struct buf *b)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        add_command(b, &cli_commands[i]);
    }
    buf_adds(b, ".PP\n");
    roff_add_text(b, "`ipsync help` also tells about these:");
    buf_addc(b, '\n');
    for (size_t i = 0; i < manual_topic_count; i++) {
        const struct manual_topic *t = &manual_topics[i];
        if (t->summary) {
            const struct manual_row rows[] = {{t->name, t->summary}, {0}};
            add_rows(b, rows);
        }
    }
}

static void add_options(struct buf *b)
{
    add_options_of(b, manual_everywhere);
}

/* ---- the dashboard ---- */

static void add_dashboard(struct buf *b)
{
    add_rows(b, manual_panes);
    roff_add_request(b, "SS", "Leaving, and a lost connection");
    add_prose(b, manual_leaving);
    roff_add_request(b, "SS", "Terminals");
    add_prose(b, manual_terminals);
}

/* ---- configuration and environment ---- */

/* "1 to 3600", "true or false", "continue, stop"; nothing for the rest. */
static void add_values(struct buf *b, const struct option *o)
{
    if (o->type == OPTION_INT) {
        buf_addf(b, "%" PRId64 " to %" PRId64 "; ", o->min, o->max);
    } else if (o->type == OPTION_BOOL) {
        buf_adds(b, "true or false; ");
    } else if (o->words) {
        for (const char *c = o->words; *c; c++) {
            buf_addf(b, "%c%s", *c == '|' ? ',' : *c, *c == '|' ? " " : "");
        }
        buf_adds(b, "; ");
    }
}

static void add_key(struct buf *b, const struct option *o)
{
    char *by_rule = config_variable_by_rule(o);
    buf_adds(b, ".TP\n");
    roff_add_bold(b, o->key);
    if (*o->fallback) {
        buf_adds(b, " = ");
        roff_add_bold(b, o->fallback);
    }
    buf_addc(b, '\n');
    roff_add_sentence(b, o->help);
    buf_addc(b, '(');
    add_values(b, o);
    roff_add_bold(b, o->variable ? o->variable : by_rule);
    buf_adds(b, ")\n");
    free(by_rule);
}

static void add_configuration(struct buf *b)
{
    const char *section = "";
    for (size_t i = 0; i < config_option_count; i++) {
        const struct option *o = &config_options[i];
        if (strcmp(o->section, section) != 0) {
            char *title = mem_printf("[%s]", o->section);
            roff_add_request(b, "SS", title);
            free(title);
            section = o->section;
        }
        if (!strcmp(o->section, "dashboard") && !strcmp(o->key, "theme")) {
            add_prose(b, manual_theme);
        }
        add_key(b, o);
    }
}

static void add_exit_codes(struct buf *b)
{
    add_rows(b, manual_exit_codes);
}

static void add_variables(struct buf *b)
{
    add_rows(b, manual_variables);
}

static void add_files(struct buf *b)
{
    add_rows(b, manual_files);
}

/* ---- the page ---- */

/* What is told of a section: prose, then what the tables say; either may be NULL. */
static const struct section {
    const char *title, *text;
    void (*add)(struct buf *b);
} sections[] = {
    {"SYNOPSIS", NULL, add_synopsis},
    {"DESCRIPTION", manual_description, NULL},
    {"COMMANDS", manual_commands, add_commands},
    {"OPTIONS", manual_options, add_options},
    {"THE DASHBOARD", manual_dashboard, add_dashboard},
    {"KEYS", manual_keys, keymap_add_roff},
    {"EXIT STATUS", NULL, add_exit_codes},
    {"CONFIGURATION", manual_configuration, add_configuration},
    {"ENVIRONMENT", manual_environment, add_variables},
    {"FILES", NULL, add_files},
    {"SECURITY", manual_security, NULL},
    {"EXAMPLES", manual_examples, NULL},
    {"SEE ALSO", manual_see_also, NULL},
};

void manual_add_roff(struct buf *b)
{
    buf_adds(b, ".\\\" Made by `make man` from the program's own tables: change those.\n"
                ".TH IPSYNC 1 2026-11-23 ipsync \"User commands\"\n"
                ".nh\n.ad l\n"
                ".SH NAME\n"
                "ipsync \\- copy a merchant portfolio from the Ireland Pay CRM into SQLite\n");
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        roff_add_request(b, "SH", sections[i].title);
        if (sections[i].text) {
            add_prose(b, sections[i].text);
        }
        if (sections[i].add) {
            sections[i].add(b);
        }
    }
}

/* ---- parts of README.md ---- */

static void add_part(struct buf *b, const char *name, void (*add)(struct buf *b))
{
    buf_addf(b, "<!-- %s: begin -->\n", name);
    add(b);
    buf_addf(b, "<!-- %s: end -->\n", name);
}

/* In a cell of a table a bar would begin the next one, also within `…`. */
void markdown_add_cell(struct buf *b, const char *text)
{
    for (; *text; text++) {
        buf_addf(b, "%s%c", *text == '|' ? "\\" : "", *text);
    }
}

static void add_command_table(struct buf *b)
{
    buf_adds(b, "| command | does |\n| --- | --- |\n");
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct command_row *c = &cli_commands[i];
        buf_addf(b, "| `ipsync %s ", c->name);
        markdown_add_cell(b, c->synopsis);
        buf_adds(b, "` | ");
        markdown_add_cell(b, c->summary);
        buf_adds(b, " |\n");
    }
}

static void add_readme(struct buf *b)
{
    add_part(b, "commands", add_command_table);
    add_part(b, "keys", keymap_add_markdown);
}

/* ---- topics of `ipsync help` ---- */

const struct manual_topic manual_topics[] = {
    {"keys", "every key of the dashboard", keymap_add_text},
    {"sample", "a configuration file with every key and its default", config_print_sample},
    {"manual", "the whole manual, for `ipsync help manual | man -l -`", manual_add_roff},
    {"readme", NULL, add_readme},
};
const size_t manual_topic_count = sizeof manual_topics / sizeof manual_topics[0];

const struct manual_topic *manual_find_topic(const char *name)
{
    for (size_t i = 0; i < manual_topic_count; i++) {
        if (!strcmp(manual_topics[i].name, name)) {
            return &manual_topics[i];
        }
    }
    return NULL;
}
