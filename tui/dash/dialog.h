/* What lies over the panes and takes the keys: a question, a menu, a form, a text. A dialog is a
 * row of functions over a state of its own; they stack, the upmost has the keys. Drawing does no
 * I/O. Main thread. */
#ifndef TUI_DASH_DIALOG_H
#define TUI_DASH_DIALOG_H

#include "tui/screen/grid.h"
#include "tui/screen/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct dash;
struct dialog;
struct err;

struct dialog_kind {
    /* How large its inside wants to be; it gets less when there is less. `*rows` and `*cols` come
     * with the most there is. */
    void (*size)(const struct dialog *g, int *rows, int *cols);
    void (*draw)(const struct dash *d, const struct dialog *g, struct area inside);
    /* Returns false when the key closes it. May close dialogs itself, also this one: it is freed
     * after the call at the earliest. */
    bool (*key)(struct dash *d, struct dialog *g, const struct key *key);
    /* Goes on, for a few milliseconds, with what a key should not wait for. True: there is more.
     * May be NULL. */
    bool (*work)(struct dash *d, struct dialog *g);
    void (*free)(void *state);
    bool has_ctrl_keys; /* ctrl-c and ctrl-z go to key(); else they mean what they do without it */
};

struct dialog {
    const struct dialog_kind *kind;
    char title[64];
    const char *hint; /* in its lower edge: "y yes  n no" */
    void *state;      /* owned */
    int64_t watched;  /* row number it speaks of: see dialog_item_gone(); 0 = none */
    struct dialog *below;
    bool is_in_key, is_closed; /* dialog.c's own */
};

/* Opens it over the others; `state` is owned from now on. */
struct dialog *dialog_open(struct dash *d, const struct dialog_kind *kind, const char *title,
                           const char *hint, void *state);
/* Closes the upmost. */
void dialog_close(struct dash *d);
void dialog_close_all(struct dash *d);
/* Draws all of them over the screen, the lowest first. */
void dialogs_draw(const struct dash *d, struct area screen);
/* Gives the key to the upmost; false = there is none. */
bool dialogs_key(struct dash *d, const struct key *key);
/* Lets the upmost go on with its work, a few milliseconds. True: there is more, call it again when
 * no key waits. */
bool dialogs_work(struct dash *d);
/* That row has gone, or is not what it was: dialogs that speak of it are closed, with a word. */
void dialog_item_gone(struct dash *d, int64_t number);

/* For the kinds: text broken at blanks into at most `rows` rows of `width` columns, what is left
 * over cut. Returns the rows it took. */
int draw_wrapped(struct area a, int row, int col, int width, int rows, struct style style,
                 const char *text);

/* ---- the kinds ---- */

/* "… ? y/N": `yes` is called once with `data` when it is answered y; the question is closed by
 * then. n, Esc and Enter mean no. Data is freed with free() afterwards, whatever the answer. Set
 * `watched` of what it returns when the question is about one row. */
typedef void dialog_yes(struct dash *d, void *data);
struct dialog *ask_question(struct dash *d, const char *title, dialog_yes *yes, void *data,
                            const char *format, ...) __attribute__((format(printf, 5, 6)));

/* What to do with a sync of ours when the program ends or is suspended: s stay (also n, Esc,
 * Enter), x stop it, g let it go on without a screen. A second ctrl-c is x. While one is open,
 * another is not opened. */
enum quit_choice { QUIT_STAY, QUIT_STOP_SYNC, QUIT_GO_ON };
void ask_quit(struct dash *d, void (*chosen)(struct dash *d, enum quit_choice choice));
/* The sync has ended: who waits for an answer leaves now, as was wanted. */
void quit_question_is_moot(struct dash *d);

/* One line of text, for a reason: Enter takes it, Esc does not. An empty one is not taken. The
 * label is copied; data as above. */
typedef void dialog_text(struct dash *d, const char *text, void *data);
struct dialog *ask_text(struct dash *d, const char *title, const char *label, dialog_text *taken,
                        void *data);

/* A text to read: scrolls, `y` copies it whole. Add lines through the viewer, which is the
 * dialog's: good until it closes, so until the next key. */
struct viewer;
struct viewer *open_viewer(struct dash *d, const char *title);
/* Runs `ipsync WORDS…` as a process of its own and shows what it prints as it comes; closing ends
 * it. `line` is for the title. */
void open_command(struct dash *d, const char *line, char *const *words, size_t count);

/* s: i initial, d daily, m manual, each with what the database lets one expect. */
void open_start_menu(struct dash *d);
/* Dates, streams and merchants of a manual sync. */
void open_manual_form(struct dash *d);
/* Every key of the pane that has the focus; Enter or the key itself runs the chosen one. */
void open_help(struct dash *d);
/* A line with completion over the command line's commands. */
void open_palette(struct dash *d);
/* The commands that would have done what the keys did, newest last. */
void open_command_log(struct dash *d);

#endif
