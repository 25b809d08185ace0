/* What the last word of a command line may become, from the tables of commands and options. Pure,
 * any thread. */
#ifndef TUI_DASH_COMPLETION_H
#define TUI_DASH_COMPLETION_H

#include <stdbool.h>
#include <stddef.h>

struct command_row;

enum { COMPLETIONS_MAX = 48, COMPLETION_SIZE = 32 };

struct candidate {
    char word[COMPLETION_SIZE];
    const char *value;   /* what an option wants: "DATE"; NULL = nothing */
    const char *summary; /* a line; "" */
    bool is_command, changes;
};

struct completion {
    struct candidate of[COMPLETIONS_MAX];
    int count;
    size_t from;                       /* byte of the line where its last word begins */
    const struct command_row *command; /* that the line names already; NULL = none yet */
};

/* For a line with the cursor at its end. */
void completion_find(struct completion *c, const char *line);
/* How many bytes all candidates have in common. */
size_t completion_common(const struct completion *c);

#endif
