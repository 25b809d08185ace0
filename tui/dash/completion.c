#include "tui/dash/completion.h"

#include "core/base/text.h"
#include "tui/cli.h"
#include "tui/dash/command_line.h"

#include <string.h>

struct finding {
    struct completion *c;
    const char *word; /* what is typed of it */
    const char *line;
};

static struct candidate *add(struct finding *f, const char *word, size_t len)
{
    struct completion *c = f->c;
    size_t typed = strlen(f->word);
    if (len < typed || strncmp(word, f->word, typed) != 0 || c->count == COMPLETIONS_MAX ||
        len >= COMPLETION_SIZE) {
        return NULL;
    }
    struct candidate *candidate = &c->of[c->count++];
    *candidate = (struct candidate){.summary = ""};
    memcpy(candidate->word, word, len);
    return candidate;
}

static void add_commands(struct finding *f)
{
    for (size_t i = 0; i < cli_command_count; i++) {
        const struct command_row *row = &cli_commands[i];
        struct candidate *a =
            command_refused(row->name) ? NULL : add(f, row->name, strlen(row->name));
        if (a) {
            a->summary = row->summary;
            a->is_command = true;
            a->changes = command_changes(row->name, NULL);
        }
    }
}

static void add_quit(struct finding *f)
{
    struct candidate *a = add(f, "quit", 4);
    if (a) {
        a->summary = "leave the dashboard";
        a->is_command = true;
    }
}

/* "one|two|three" */
static void add_alternatives(struct finding *f, const char *list, size_t len, char separator)
{
    for (size_t at = 0; at < len;) {
        const char *end = memchr(list + at, separator, len - at);
        size_t word = end ? (size_t)(end - list) - at : len - at;
        struct candidate *a = add(f, list + at, word);
        if (a && f->c->command) {
            a->changes = command_changes(f->c->command->name, a->word);
        }
        at += word + 1;
    }
}

/* The first word of a synopsis if it is a choice between words. */
static void add_arguments(struct finding *f)
{
    const char *synopsis = f->c->command->synopsis;
    synopsis += *synopsis == '[';
    size_t len = strspn(synopsis, "abcdefghijklmnopqrstuvwxyz|");
    if (!strcmp(f->c->command->name, "help")) {
        add_commands(f);
    } else if (memchr(synopsis, '|', len)) {
        add_alternatives(f, synopsis, len, '|');
    }
}

/* Whether the line has this word before the last. */
static bool has_word(const struct finding *f, const char *word)
{
    size_t len = strlen(word);
    for (const char *at = f->line; (at = strstr(at, word)) && at < f->word; at += len) {
        if (at > f->line && at[-1] == ' ' && at[len] == ' ') {
            return true;
        }
    }
    return false;
}

static void add_options(struct finding *f)
{
    const char *names = f->c->command->options;
    for (const char *at = names; *at; at += strspn(at, " ")) {
        char name[COMPLETION_SIZE] = "";
        size_t len = strcspn(at, " ");
        if (len < sizeof name) {
            memcpy(name, at, len);
        }
        const struct option_row *row = cli_find_option(name);
        bool is_used = row && row->kind != CLI_MID && has_word(f, name);
        struct candidate *a = row && row->help && !is_used ? add(f, name, len) : NULL;
        if (a) {
            a->value = row->value;
            a->summary = row->help;
        }
        at += len;
    }
}

/* The option whose value the last word is; NULL = it is none's. */
static const struct option_row *option_before(const struct finding *f)
{
    char name[COMPLETION_SIZE] = "";
    const char *end = f->word;
    while (end > f->line && end[-1] == ' ') {
        end--;
    }
    const char *begin = end;
    while (begin > f->line && begin[-1] != ' ') {
        begin--;
    }
    if ((size_t)(end - begin) < sizeof name) {
        memcpy(name, begin, (size_t)(end - begin));
    }
    const struct option_row *row = cli_find_option(name);
    return row && row->kind != CLI_FLAG ? row : NULL;
}

static void add_values(struct finding *f, const struct option_row *option)
{
    static const char streams[] = "merchants,transactions,residuals";
    const char *comma = strrchr(f->word, ',');
    if (strcmp(option->name, "--only") != 0) {
        return;
    }
    if (comma) {
        f->c->from += (size_t)(comma + 1 - f->word);
        f->word = comma + 1;
    }
    add_alternatives(f, streams, strlen(streams), ',');
}

/* Words before the last one; the command among them is looked up. */
static int count_before(struct finding *f)
{
    int count = 0;
    for (const char *at = f->line; at < f->word; at += strspn(at, " ")) {
        char word[COMPLETION_SIZE] = "";
        size_t len = strcspn(at, " ");
        if (len && len < sizeof word) {
            memcpy(word, at, len);
        }
        if (count == 0) {
            f->c->command = cli_find_command(word);
        }
        bool is_program = count == 0 && !strcmp(word, "ipsync");
        count += len > 0 && !is_program;
        at += len;
    }
    return count;
}

void completion_find(struct completion *c, const char *line)
{
    const char *blank = strrchr(line, ' ');
    struct finding f = {.c = c, .line = line, .word = blank ? blank + 1 : line};
    *c = (struct completion){.from = (size_t)(f.word - line)};
    int before = count_before(&f);
    if (before == 0) {
        add_commands(&f);
        add_quit(&f);
        return;
    }
    if (!c->command) {
        return;
    }
    const struct option_row *option = option_before(&f);
    if (option) {
        add_values(&f, option);
        return;
    }
    if (before == 1) {
        add_arguments(&f);
    }
    if (c->count == 0 || *f.word) {
        add_options(&f);
    }
}

size_t completion_common(const struct completion *c)
{
    size_t len = c->count ? strlen(c->of[0].word) : 0;
    for (int i = 1; i < c->count; i++) {
        size_t same = 0;
        while (same < len && c->of[i].word[same] == c->of[0].word[same]) {
            same++;
        }
        len = same;
    }
    return len;
}
