/* A text to read: the story of a row, the command log, what a command prints. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "tui/cli.h"
#include "tui/dash/child.h"
#include "tui/dash/dialog.h"
#include "tui/dash/state.h"
#include "tui/screen/term.h"
#include "tui/screen/viewer.h"

#include <stdlib.h>
#include <string.h>

enum { WINDOW_COLS = 118, WINDOW_ROWS = 5, MARGIN = 1, OWN_WORDS = 6 };

struct window {
    struct viewer *text;
    struct child *child; /* whose output it is; NULL = nobody's */
};

static void window_size(const struct dialog *g, int *rows, int *cols)
{
    const struct window *w = g->state;
    *cols = WINDOW_COLS < *cols ? WINDOW_COLS : *cols;
    if (!w->child) { /* what still grows has all rows at once: it would jump with every line */
        int wanted = viewer_count_rows(w->text, *cols - 2 * MARGIN);
        wanted = wanted < WINDOW_ROWS ? WINDOW_ROWS : wanted;
        *rows = wanted < *rows ? wanted : *rows;
    }
}

static void window_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    const struct window *w = g->state;
    int rows = w->child && a.rows > 1 ? a.rows - 1 : a.rows;
    (void)d;
    viewer_draw(w->text, area_part(a, 0, MARGIN, rows, a.cols - 2 * MARGIN));
    if (w->child && rows < a.rows) {
        bool runs = child_is_running(w->child);
        area_text(a, rows, MARGIN, -1, (struct style){runs ? INK_BUSY : INK_DIM, 0},
                  runs ? "running; esc ends it" : "done");
    }
    area_cursor(a, 0, MARGIN);
}

static void copy(struct dash *d, const struct window *w)
{
    struct buf text = {0};
    viewer_add_text(w->text, &text);
    if (d->term && text.len && term_copy(d->term, text.data, text.len)) {
        dash_say(d, "copied");
    } else if (d->term) {
        dash_complain(d, text.len ? "too long for the clipboard" : "there is nothing to copy");
    }
    buf_done(&text);
}

static bool window_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct window *w = g->state;
    switch (key->code) {
    case KEY_CODE_ESC:
    case KEY_CODE_ENTER:
    case 'q':
        return false;
    case 'y':
        copy(d, w);
        return true;
    case KEY_CODE_SPACE:
        viewer_key(w->text, &(struct key){.code = KEY_CODE_PAGE_DOWN});
        return true;
    }
    viewer_key(w->text, key);
    return true;
}

static void window_free(void *state)
{
    struct window *w = state;
    if (w->child) {
        child_leave(w->child);
    }
    viewer_free(w->text);
    free(w);
}

static const struct dialog_kind window_kind = {
    .size = window_size, .draw = window_draw, .key = window_key, .free = window_free};

static struct window *open_window(struct dash *d, const char *title, const char *hint)
{
    struct window *w = mem_alloc(sizeof *w);
    w->text = viewer_new(true);
    dialog_open(d, &window_kind, title, hint, w);
    return w;
}

struct viewer *open_viewer(struct dash *d, const char *title)
{
    return open_window(d, title, "esc close  y copy  up,down scroll")->text;
}

/* ---- a command's output ---- */

/* Columns that the text will have. */
static int columns(const struct dash *d)
{
    int cols = d->screen.cols - 2;
    cols = cols < WINDOW_COLS ? cols : WINDOW_COLS;
    return cols > 2 * MARGIN ? cols - 2 * MARGIN : 1;
}

/* "ipsync -c FILE -d FILE WORDS…": the child reads what this dashboard reads. */
static const char **arguments(const struct dash *d, char *const *words, size_t count)
{
    const char **argv = mem_alloc((count + OWN_WORDS) * sizeof *argv);
    size_t len = 0;
    argv[len++] = "ipsync";
    if (d->cli && d->cli->config_file) {
        argv[len++] = "-c";
        argv[len++] = d->cli->config_file;
    }
    argv[len++] = "-d";
    argv[len++] = d->config->database.path;
    for (size_t i = 0; i < count; i++) {
        argv[len++] = words[i];
    }
    return argv;
}

void open_command(struct dash *d, const char *line, char *const *words, size_t count)
{
    struct err e = {0};
    char *title = mem_printf("ipsync %.50s", line);
    struct window *w = open_window(d, title, "esc close  y copy  up,down scroll");
    const char **argv = arguments(d, words, count);
    union { /* posix_spawn leaves the words alone, but C cannot say so */
        const char **read_only;
        char *const *argv;
    } as = {.read_only = argv};
    w->child = child_start(d, "/proc/self/exe", as.argv, columns(d), w->text, &e);
    if (!w->child) {
        viewer_add(w->text, (struct style){INK_BAD, 0}, "It could not be started: %s", e.message);
    }
    free(argv);
    free(title);
}
