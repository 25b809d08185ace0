/* The state of the manual sync's form, for the two files that make it: manual_form.c (what it
 * means) and manual_form_draw.c (what it looks like). Main thread. */
#ifndef TUI_DASH_MANUAL_FORM_H
#define TUI_DASH_MANUAL_FORM_H

#include "core/request.h"
#include "tui/cli.h"
#include "tui/dash/expectation.h"
#include "tui/screen/edit.h"

struct buf;
struct dash;
struct dialog;

enum form_row { FORM_FROM, FORM_TO, FORM_STREAM, FORM_MIDS, FORM_ROWS };
enum { FORM_RESIDUALS = 2, FORM_STREAMS = 3 };
/* Where the keys can be, in order; a stop for each stream. */
enum { STOP_FROM, STOP_TO, STOP_STREAMS, STOP_MIDS = STOP_STREAMS + FORM_STREAMS, STOP_START };
enum { FORM_STOPS = STOP_START + 1, FORM_HEIGHT = 14, FORM_WIDTH = 68 };
enum { FORM_WORDS = EDIT_SIZE + 16, FORM_TEXT = 16 * EDIT_SIZE };

struct form {
    int stop;
    struct edit edits[FORM_ROWS]; /* that of FORM_STREAM is not used */
    bool streams[FORM_STREAMS];
    char errors[FORM_ROWS][200]; /* beside the row; "" */
    bool is_sound;
    struct expectation expected;
    /* the command that the fields make, and what it means if is_sound; each points into the one
     * before it */
    char text[FORM_TEXT];
    size_t text_len;
    char *words[FORM_WORDS];
    int word_count;
    struct cli cli;
    struct sync_request request;
};

extern const char *const form_streams[FORM_STREAMS];

/* "ipsync sync manual --from …", as a shell would take it; appended. */
void form_add_command(const struct form *f, struct buf *out);
void form_draw(const struct dash *d, const struct dialog *g, struct area a);

#endif
