/* The manual, told from the tables of commands and options (tui/commands.c), keys
 * (tui/dash/keymap.c) and configuration (core/config_options.c); what no table knows is in
 * manual_prose.c. `make man` keeps assets/ipsync.1 and parts of README.md equal to it, and a test
 * looks. Main thread. */
#ifndef TUI_MANUAL_H
#define TUI_MANUAL_H

#include <stddef.h>

struct buf;

/* What `ipsync help` tells besides commands. */
struct manual_topic {
    const char *name;
    const char *summary; /* a line; NULL = not for people: in no list */
    void (*add)(struct buf *b);
};
extern const struct manual_topic manual_topics[];
extern const size_t manual_topic_count;

const struct manual_topic *manual_find_topic(const char *name); /* NULL = there is none */

/* The whole page as roff, for man(1); appended. */
void manual_add_roff(struct buf *b);

/* Text for a cell of a Markdown table; appended. */
void markdown_add_cell(struct buf *b, const char *text);

/* The options of every command, as tui/cli.c takes them: names, a blank between. */
extern const char manual_everywhere[];

#endif
