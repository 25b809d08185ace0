#include "tui/dash/dialog.h"

#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/dash/actions.h"
#include "tui/dash/state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- the stack ---- */

struct dialog *dialog_open(struct dash *d, const struct dialog_kind *kind, const char *title,
                           const char *hint, void *state)
{
    struct dialog *g = mem_alloc(sizeof *g);
    g->kind = kind;
    g->hint = hint;
    g->state = state;
    g->below = d->dialogs;
    text_copy(g->title, sizeof g->title, title);
    d->dialogs = g;
    d->is_dirty = true;
    return g;
}

static void destroy(struct dialog *g)
{
    g->kind->free(g->state);
    free(g);
}

/* One whose key() is being called is left to dialogs_key(). */
static void take_out(struct dash *d, struct dialog *g)
{
    struct dialog **at = &d->dialogs;
    while (*at && *at != g) {
        at = &(*at)->below;
    }
    if (*at) {
        *at = g->below;
    }
    g->is_closed = true;
    d->is_dirty = true;
    if (!g->is_in_key) {
        destroy(g);
    }
}

void dialog_close(struct dash *d)
{
    if (d->dialogs) {
        take_out(d, d->dialogs);
    }
}

void dialog_close_all(struct dash *d)
{
    while (d->dialogs) {
        take_out(d, d->dialogs);
    }
}

void dialog_item_gone(struct dash *d, int64_t number)
{
    struct dialog *below = NULL;
    for (struct dialog *g = d->dialogs; g && number; g = below) {
        below = g->below;
        if (g->watched == number) {
            dash_complain(d, "number %" PRId64 " is no longer open: \"%s\" was closed", number,
                          g->title);
            take_out(d, g);
        }
    }
}

/* ---- keys ---- */

/* The way out must not depend on what happens to be open. */
static bool leave(struct dash *d, uint32_t code)
{
    if (code == KEY_CTRL('c')) {
        dialog_close_all(d);
        do_quit(d);
    } else if (code == KEY_CTRL('z')) {
        do_suspend(d);
    }
    return code == KEY_CTRL('c') || code == KEY_CTRL('z');
}

bool dialogs_key(struct dash *d, const struct key *key)
{
    struct dialog *g = d->dialogs;
    if (!g) {
        return false;
    }
    d->is_dirty = d->is_dirty_now = true;
    if (!g->kind->has_ctrl_keys && leave(d, key->code)) {
        return true;
    }
    if (key->code == KEY_CTRL('l')) {
        do_repaint(d);
        return true;
    }
    g->is_in_key = true;
    bool stays = g->kind->key(d, g, key);
    g->is_in_key = false;
    if (g->is_closed) {
        destroy(g);
    } else if (!stays) {
        take_out(d, g);
    }
    return true;
}

bool dialogs_work(struct dash *d)
{
    struct dialog *g = d->dialogs;
    return g && g->kind->work && g->kind->work(d, g);
}

/* ---- drawing ---- */

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

static struct area place(const struct dialog *g, struct area screen)
{
    int rows = screen.rows - 2;
    int cols = screen.cols - 2;
    if (rows < 1 || cols < 1) {
        return area_part(screen, 0, 0, 0, 0);
    }
    g->kind->size(g, &rows, &cols);
    rows = smaller(rows + 2, screen.rows);
    cols = smaller(cols + 2, screen.cols);
    return area_part(screen, (screen.rows - rows) / 2, (screen.cols - cols) / 2, rows, cols);
}

/* "y yes  n no": a key, its meaning, two blanks. */
static void draw_keys(struct area edge, const char *hint)
{
    int col = 2;
    for (const char *at = hint; *at;) {
        size_t len = strcspn(at, " ");
        const char *end = strstr(at, "  ");
        end = end ? end : at + strlen(at);
        if (col + grid_text_width(edge.grid, at) - grid_text_width(edge.grid, end) + 2 >
            edge.cols - 1) {
            return;
        }
        area_text(edge, 0, col++, 1, (struct style){INK_TEXT, 0}, " ");
        col =
            area_textf(edge, 0, col, -1, (struct style){INK_KEY, MARK_BOLD}, "%.*s", (int)len, at);
        col = area_textf(edge, 0, col, -1, (struct style){INK_TEXT, 0}, "%.*s ",
                         (int)(end - at - (ptrdiff_t)len), at + len);
        at = end + strspn(end, " ");
    }
}

static void draw_one(const struct dash *d, const struct dialog *g, struct area screen)
{
    struct area box = place(g, screen);
    if (box.rows < 1 || box.cols < 1) {
        return;
    }
    struct area inside =
        area_box(box, (struct style){INK_FOCUS, 0}, (struct style){INK_FOCUS, MARK_BOLD}, g->title);
    if (g->hint) {
        draw_keys(area_part(box, box.rows - 1, 0, 1, box.cols), g->hint);
    }
    screen.grid->cursor_row = screen.grid->cursor_col = -1; /* what lies below has no keys */
    g->kind->draw(d, g, inside);
}

static void draw_from(const struct dash *d, const struct dialog *g, struct area screen)
{
    if (g->below) {
        draw_from(d, g->below, screen);
    }
    draw_one(d, g, screen);
}

void dialogs_draw(const struct dash *d, struct area screen)
{
    if (d->dialogs) {
        draw_from(d, d->dialogs, screen);
    }
}

/* Bytes of `text` that fit `width` columns, ended at a blank if there is one. */
static size_t fitting(const struct grid *g, const char *text, int width)
{
    size_t best = 0;
    for (size_t at = 0; text[at];) {
        size_t end = at + strspn(text + at, " ");
        end += strcspn(text + end, " ");
        char *part = mem_strndup(text, end);
        bool fits = grid_text_width(g, part) <= width;
        free(part);
        if (!fits) {
            break;
        }
        best = at = end;
    }
    return best ? best : strlen(text); /* a long word is cut by who draws it */
}

int draw_wrapped(struct area a, int row, int col, int width, int rows, struct style style,
                 const char *text)
{
    int used = 0;
    text += strspn(text, " ");
    while (*text && used < rows) {
        bool is_last = used == rows - 1;
        size_t len = is_last ? strlen(text) : fitting(a.grid, text, width);
        area_textf(a, row + used++, col, width, style, "%.*s", (int)len, text);
        text += len + strspn(text + len, " ");
    }
    return used;
}
