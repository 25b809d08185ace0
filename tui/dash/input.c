#include "tui/dash/input.h"

#include "tui/dash/state.h"

#include <string.h>

static void run_binding(struct dash *d, const struct binding *b)
{
    const char *why_not = b->why_not ? b->why_not(d) : NULL;
    if (why_not) {
        dash_complain(d, "%s: %s", b->label, why_not);
    } else {
        b->run(d);
    }
}

void input_action(struct dash *d, const char *name)
{
    for (size_t i = 0; i < keymap_len; i++) {
        if (!strcmp(keymap[i].name, name)) {
            run_binding(d, &keymap[i]);
        }
    }
}

/* ---- the filter ---- */

static void stop_typing(struct list_state *list, bool clear)
{
    list->is_typing = false;
    if (clear) {
        edit_set(&list->filter, "");
        feed_set_filter(list->feed, "");
    }
}

static void type_filter(struct list_state *list, const struct key *key)
{
    switch (key->code) {
    case KEY_CODE_ENTER:
        stop_typing(list, false);
        break;
    case KEY_CODE_ESC:
        stop_typing(list, true);
        break;
    case KEY_CODE_UP:
        feed_move(list->feed, -1);
        break;
    case KEY_CODE_DOWN:
        feed_move(list->feed, 1);
        break;
    default:
        if (edit_key(&list->filter, key)) {
            feed_set_filter(list->feed, edit_text(&list->filter));
        }
    }
}

/* ---- the mouse ---- */

static bool is_inside(const struct rect *r, int row, int col)
{
    return row >= r->row && row < r->row + r->rows && col >= r->col && col < r->col + r->cols;
}

static void click(struct dash *d, const struct key *key)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        const struct rect *r = &d->layout.panes[i].rect;
        if (!d->layout.panes[i].shown || !is_inside(r, key->row, key->col)) {
            continue;
        }
        d->focus = (enum pane_id)i;
        int row = key->row;
        int top = r->row;
        struct list_state *list = dash_list(d);
        if (list) {
            feed_select(list->feed, row - top - 2); /* border and heading */
        }
        dash_layout(d, d->screen.rows, d->screen.cols);
        return;
    }
}

static void wheel(struct dash *d, int rows)
{
    struct list_state *list = dash_list(d);
    if (list) {
        feed_move(list->feed, rows);
    }
}

/* ---- */

/* Esc takes back what narrows the view, one thing a press. */
static void escape(struct dash *d)
{
    struct list_state *list = dash_list(d);
    if (list && feed_filter(list->feed)[0]) {
        stop_typing(list, true);
    } else if (d->focus == PANE_ERRORS && d->mark_count) {
        d->mark_count = 0;
    } else if (d->zoomed) {
        d->zoomed = false;
        dash_layout(d, d->screen.rows, d->screen.cols);
    }
}

static void press(struct dash *d, const struct key *key)
{
    const struct binding *b = keys_find(&d->keys, d->focus, key->code);
    char name[16];
    if (b) {
        run_binding(d, b);
        return;
    }
    key_name(key->code, name);
    dash_say(d, "%s does nothing here; ? lists the keys of this pane", name);
}

void input_key(struct dash *d, const struct key *key)
{
    struct list_state *list = dash_list(d);
    if (dialogs_key(d, key)) {
        return;
    }
    if (list && list->is_typing && key->code != KEY_CTRL('c')) {
        type_filter(list, key);
        return;
    }
    switch (key->code) {
    case KEY_CODE_PASTE:
    case KEY_CODE_PASTED: /* what is pasted by mistake must not press keys */
        break;
    case KEY_CODE_CLICK:
        click(d, key);
        break;
    case KEY_CODE_WHEEL_UP:
        wheel(d, -3);
        break;
    case KEY_CODE_WHEEL_DOWN:
        wheel(d, 3);
        break;
    case KEY_CODE_ESC:
        escape(d);
        break;
    default:
        press(d, key);
    }
}
