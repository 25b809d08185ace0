/* The one table of keys: the dispatcher, the footer, the help window, the manual page and the
 * README follow it. A new key is a row in keymap.c and a function in actions.h. Main thread. */
#ifndef TUI_DASH_KEYMAP_H
#define TUI_DASH_KEYMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct dash;
struct err;

enum pane_id { PANE_ACTIVE, PANE_HISTORY, PANE_ERRORS, PANE_ANALYTICS, PANE_SCHEDULE, PANE_COUNT };

/* "Active syncs", "History", "Error log", "Analytics", "Schedule". */
const char *pane_title(enum pane_id pane);
/* The word of a pane in the configuration: active, history, errors, analytics, schedule. */
const char *pane_word(enum pane_id pane);

enum { BINDING_KEYS = 3, ALL_PANES = 31 };
#define IN_PANE(pane) (1U << (pane))

struct binding {
    const char *name;            /* of the action, as in `[dashboard] keys`: "retry" */
    uint32_t keys[BINDING_KEYS]; /* as shipped; 0 = none */
    unsigned panes;              /* IN_PANE() bits: where it works */
    int footer;                  /* its rank in the footer, 1 first; 0 = only in the help window */
    const char *label;           /* for the footer: "retry" */
    const char *help;            /* a line: "retry the marked items, or the one under the cursor" */
    const char *command; /* its twin on the command line, NULL = none: "ipsync retry ID…" */
    void (*run)(struct dash *d);
    /* Why it cannot be done now, in a few words; NULL = it can. May be NULL itself. */
    const char *(*why_not)(const struct dash *d);
};

extern const struct binding keymap[];
extern const size_t keymap_len;

/* The keys in force: those shipped, or what the configuration says ("retry=r mark=space,m"; an
 * unknown action or key, or one key for two actions of one pane, is an error that names it). */
struct keys {
    uint32_t of[64][BINDING_KEYS]; /* by row of keymap[] */
};
bool keys_load(struct keys *k, const char *text, struct err *e);

/* The row that this key means in this pane, NULL = none. */
const struct binding *keys_find(const struct keys *k, enum pane_id pane, uint32_t code);
/* The keys of a row in words, "r" or "j, down"; appended. */
void keys_add_names(const struct keys *k, const struct binding *b, struct buf *out);

/* The twin on the command line, if there is such a command in cli_commands[]; else NULL. */
const char *keymap_twin(const struct binding *b);

/* For the manual page (roff) and the README (Markdown): the whole table. */
void keymap_add_roff(struct buf *out);
void keymap_add_markdown(struct buf *out);

#endif
