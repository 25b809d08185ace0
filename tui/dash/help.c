/* The help window: every key of the pane that has the focus, from the table that dispatches them.
 */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tui/dash/actions.h"
#include "tui/dash/dialog.h"
#include "tui/dash/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP_COLS = 98, KEYS_COLS = 16, FOOT_ROWS = 4, PAGE_LEAST = 3, MOVES = 6 };

struct help {
    enum pane_id pane;
    int *rows; /* of keymap[] */
    int count, selected;
    int page; /* rows shown when it was drawn last */
};

static const char *why_not(const struct dash *d, const struct binding *b)
{
    return b->why_not ? b->why_not(d) : NULL;
}

/* ---- drawing ---- */

static void help_size(const struct dialog *g, int *rows, int *cols)
{
    const struct help *h = g->state;
    int wanted = h->count + FOOT_ROWS;
    *rows = wanted < *rows ? wanted : *rows;
    *cols = HELP_COLS < *cols ? HELP_COLS : *cols;
}

static void draw_binding(const struct dash *d, struct area a, int row, const struct binding *b)
{
    const char *reason = why_not(d, b);
    struct buf names = {0};
    keys_add_names(&d->keys, b, &names);
    area_text(a, row, 1, KEYS_COLS - 1,
              (struct style){reason ? INK_DIM : INK_KEY, reason ? 0 : MARK_BOLD},
              names.data ? names.data : "");
    area_textf(a, row, KEYS_COLS + 1, -1, (struct style){reason ? INK_DIM : INK_TEXT, 0},
               reason ? "%s (%s)" : "%s", b->help, reason);
    buf_done(&names);
}

/* Below the list: the chosen one in full, where its row had to be cut. */
static void draw_foot(const struct dash *d, struct area a, const struct binding *b)
{
    const char *reason = why_not(d, b);
    int row = 1 + draw_wrapped(a, 1, 1, a.cols - 2, 2, (struct style){INK_TEXT, 0}, b->help);
    if (reason) {
        area_textf(a, row, 1, -1, (struct style){INK_WARN, 0}, "not now: %s", reason);
    } else if (keymap_twin(b)) {
        int col = area_text(a, row, 1, -1, (struct style){INK_DIM, 0}, "the same as ");
        area_text(a, row, col, -1, (struct style){INK_TEXT, 0}, keymap_twin(b));
    }
}

static void help_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    struct help *h = g->state;
    int foot = a.rows > FOOT_ROWS + PAGE_LEAST ? FOOT_ROWS : 0;
    int rows = a.rows - foot;
    int top = h->selected < rows ? 0 : h->selected - rows + 1;
    struct area list = area_part(a, 0, 0, rows, a.cols);
    h->page = rows > 1 ? rows - 1 : 1;
    for (int i = 0; i < rows && top + i < h->count; i++) {
        draw_binding(d, list, i, &keymap[h->rows[top + i]]);
    }
    area_mark(list, h->selected - top, 0, -1, MARK_REVERSE);
    if (top + rows < h->count) {
        area_right(list, rows - 1, 0, -1, (struct style){INK_DIM, 0}, " more below ");
    }
    if (foot) {
        draw_foot(d, area_part(a, rows, 0, foot, a.cols), &keymap[h->rows[h->selected]]);
    }
    area_cursor(list, h->selected - top, 1);
}

/* ---- keys ---- */

static bool run(struct dash *d, const struct binding *b)
{
    const char *reason = why_not(d, b);
    if (reason) {
        dash_complain(d, "%s: %s", b->label, reason);
        return true;
    }
    dialog_close(d);
    b->run(d);
    return false;
}

/* What moves in a list moves here, by whatever keys are in force. */
static bool move(struct help *h, const struct binding *b, uint32_t code)
{
    const struct {
        const char *name;
        uint32_t code, letter;
        int rows;
    } moves[MOVES] = {
        {"up", KEY_CODE_UP, 'k', -1},
        {"down", KEY_CODE_DOWN, 'j', 1},
        {"page-up", KEY_CODE_PAGE_UP, KEY_CODE_WHEEL_UP, -h->page},
        {"page-down", KEY_CODE_PAGE_DOWN, KEY_CODE_WHEEL_DOWN, h->page},
        {"first", KEY_CODE_HOME, 'g', -h->count},
        {"last", KEY_CODE_END, 'G', h->count},
    };
    for (int i = 0; i < MOVES; i++) {
        bool is_free = !b && code == moves[i].letter;
        if (code == moves[i].code || is_free || (b && !strcmp(b->name, moves[i].name))) {
            int at = h->selected + moves[i].rows;
            h->selected = at < 0 ? 0 : at >= h->count ? h->count - 1 : at;
            return true;
        }
    }
    return false;
}

static bool help_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct help *h = g->state;
    const struct binding *b = keys_find(&d->keys, h->pane, key->code);
    switch (key->code) {
    case KEY_CODE_ESC:
    case 'q':
    case '?':
        return false;
    case KEY_CODE_ENTER:
        return run(d, &keymap[h->rows[h->selected]]);
    }
    if (move(h, b, key->code) || !b) {
        return true;
    }
    return run(d, b);
}

static void help_free(void *state)
{
    struct help *h = state;
    free(h->rows);
    free(h);
}

static const struct dialog_kind help_kind = {
    .size = help_size, .draw = help_draw, .key = help_key, .free = help_free};

void open_help(struct dash *d)
{
    char title[64];
    struct help *h = mem_alloc(sizeof *h);
    h->pane = d->focus;
    h->page = PAGE_LEAST;
    h->rows = mem_alloc(keymap_len * sizeof *h->rows);
    for (size_t i = 0; i < keymap_len; i++) {
        if (keymap[i].panes & IN_PANE(h->pane)) {
            h->rows[h->count++] = (int)i;
        }
    }
    snprintf(title, sizeof title, "Keys of %s", pane_title(h->pane));
    dialog_open(d, &help_kind, title, "enter do it  esc close", h);
}
