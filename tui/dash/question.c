/* Questions: y or n, the choice at leaving, and one line of text. */
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/dash/dialog.h"
#include "tui/dash/state.h"
#include "tui/screen/viewer.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { QUESTION_COLS = 62, TEXT_COLS = 66, TEXT_ROWS = 5 };

static const struct style plain = {INK_TEXT, 0}, keyed = {INK_KEY, MARK_BOLD};

static int at_most(int wanted, int there_is)
{
    return wanted < there_is ? wanted : there_is;
}

/* ---- y or n ---- */

struct question {
    struct viewer *text; /* scrolls when the screen is too small for it */
    dialog_yes *yes;
    void *data;
};

static void question_size(const struct dialog *g, int *rows, int *cols)
{
    const struct question *q = g->state;
    *cols = at_most(QUESTION_COLS, *cols);
    *rows = at_most(viewer_count_rows(q->text, *cols - 1) + 2, *rows);
}

static void question_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    const struct question *q = g->state;
    int last = a.rows - 1;
    (void)d;
    viewer_draw(q->text, area_part(a, 0, 0, last > 1 ? last - 1 : 1, a.cols - 1));
    if (last > 0) {
        int col = area_text(a, last, 1, -1, keyed, "y");
        col = area_text(a, last, col, -1, plain, "/");
        col = area_text(a, last, col, -1, keyed, "N");
        area_cursor(a, last, col + 1);
    }
}

static bool question_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct question *q = g->state;
    switch (key->code) {
    case 'y':
        dialog_close(d);
        q->yes(d, q->data);
        return false;
    case 'n':
    case KEY_CODE_ESC:
    case KEY_CODE_ENTER:
        return false;
    case KEY_CODE_UP:
    case KEY_CODE_DOWN:
    case KEY_CODE_PAGE_UP:
    case KEY_CODE_PAGE_DOWN:
        viewer_key(q->text, key);
    }
    return true;
}

static void question_free(void *state)
{
    struct question *q = state;
    viewer_free(q->text);
    free(q->data);
    free(q);
}

static const struct dialog_kind question_kind = {
    .size = question_size, .draw = question_draw, .key = question_key, .free = question_free};

struct dialog *ask_question(struct dash *d, const char *title, dialog_yes *yes, void *data,
                            const char *format, ...)
{
    struct question *q = mem_alloc(sizeof *q);
    va_list args;
    va_start(args, format);
    char *text = mem_vprintf(format, args);
    va_end(args);
    q->yes = yes;
    q->data = data;
    q->text = viewer_new(true);
    viewer_add_pair(q->text, plain, 1, "", plain, "%s", text); /* the label is the margin */
    free(text);
    return dialog_open(d, &question_kind, title, "y yes  n no  esc no", q);
}

/* ---- the choice at leaving ---- */

struct leaving {
    void (*chosen)(struct dash *d, enum quit_choice choice);
};

static const struct {
    char key;
    enum quit_choice choice;
    const char *words;
} ways[] = {
    {'s', QUIT_STAY, "stay here"},
    {'x', QUIT_STOP_SYNC, "stop the sync (it goes on from here next time)"},
    {'g', QUIT_GO_ON, "let it go on without a screen"},
};
enum { WAYS = sizeof ways / sizeof ways[0], WORDS_COL = 6 };

static void leaving_size(const struct dialog *g, int *rows, int *cols)
{
    (void)g;
    *cols = at_most(QUESTION_COLS, *cols);
    *rows = at_most(WAYS + 2, *rows);
}

static void leaving_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    (void)g;
    area_textf(a, 0, 1, -1, plain, "A sync of this dashboard is running (%d %%).",
               d->own.shown.progress.overall);
    for (int i = 0; i < (int)WAYS; i++) {
        area_textf(a, i + 2, 3, -1, keyed, "%c", ways[i].key);
        area_text(a, i + 2, WORDS_COL, -1, plain, ways[i].words);
    }
    area_cursor(a, 2, 3);
}

static bool leaving_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct leaving *l = g->state;
    uint32_t code = key->code == KEY_CTRL('c') ? 'x' : key->code;
    if (code == KEY_CODE_ESC || code == KEY_CODE_ENTER || code == 'n') {
        code = 's';
    }
    for (size_t i = 0; i < WAYS; i++) {
        if (code == (uint32_t)ways[i].key) {
            dialog_close(d);
            l->chosen(d, ways[i].choice);
            return false;
        }
    }
    return true;
}

static const struct dialog_kind leaving_kind = {.size = leaving_size,
                                                .draw = leaving_draw,
                                                .key = leaving_key,
                                                .free = free,
                                                .has_ctrl_keys = true};

void ask_quit(struct dash *d, void (*chosen)(struct dash *d, enum quit_choice choice))
{
    if (d->dialogs && d->dialogs->kind == &leaving_kind) {
        return;
    }
    struct leaving *l = mem_alloc(sizeof *l);
    l->chosen = chosen;
    dialog_open(d, &leaving_kind, "Leave", "s stay  x stop  g go on  esc stay", l);
}

void quit_question_is_moot(struct dash *d)
{
    if (d->dialogs && d->dialogs->kind == &leaving_kind) {
        struct leaving l = *(struct leaving *)d->dialogs->state;
        dialog_close(d);
        if (d->quit == RUNNING) { /* else a signal has said it already */
            l.chosen(d, QUIT_STOP_SYNC);
        }
    }
}

/* ---- one line of text ---- */

struct asking {
    char label[200];
    struct edit field;
    dialog_text *taken;
    void *data;
    bool is_missing; /* Enter came too early */
};

static void asking_size(const struct dialog *g, int *rows, int *cols)
{
    (void)g;
    *cols = at_most(TEXT_COLS, *cols);
    *rows = at_most(TEXT_ROWS, *rows);
}

static void asking_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    const struct asking *q = g->state;
    (void)d;
    int row = draw_wrapped(a, 0, 1, a.cols - 2, a.rows < TEXT_ROWS ? 1 : 3, plain, q->label);
    if (row + 1 < a.rows - 1) {
        row++;
    }
    if (q->is_missing) {
        area_text(a, row + 1, 1, -1, (struct style){INK_BAD, 0}, "it must not be empty");
    }
    edit_draw(&q->field, a, row, 1, a.cols - 2, (struct style){INK_TEXT, MARK_UNDERLINE});
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " ")];
}

static bool asking_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct asking *q = g->state;
    if (key->code == KEY_CODE_ESC) {
        return false;
    }
    if (key->code != KEY_CODE_ENTER) {
        q->is_missing = !edit_key(&q->field, key) && q->is_missing;
        return true;
    }
    q->is_missing = is_blank(edit_text(&q->field));
    if (!q->is_missing) {
        dialog_close(d);
        q->taken(d, edit_text(&q->field), q->data);
    }
    return q->is_missing;
}

static void asking_free(void *state)
{
    struct asking *q = state;
    free(q->data);
    free(q);
}

static const struct dialog_kind asking_kind = {
    .size = asking_size, .draw = asking_draw, .key = asking_key, .free = asking_free};

struct dialog *ask_text(struct dash *d, const char *title, const char *label, dialog_text *taken,
                        void *data)
{
    struct asking *q = mem_alloc(sizeof *q);
    text_copy(q->label, sizeof q->label, label);
    q->taken = taken;
    q->data = data;
    return dialog_open(d, &asking_kind, title, "enter take it  esc leave it", q);
}
