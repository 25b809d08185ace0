/* The whole picture: header, tabs, panes, footer, and what lies over them. No I/O. */
#include "core/base/buf.h"
#include "tui/dash/header.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"
#include "tui/print.h"

#include <stdio.h>
#include <string.h>

static const struct style text = {INK_TEXT, 0};
static const struct style dim = {INK_DIM, 0};
static const struct style key = {INK_KEY, MARK_BOLD};
static const struct style bad = {INK_BAD, MARK_BOLD};

static void (*const draw_pane[PANE_COUNT])(const struct dash *d, struct area inside) = {
    [PANE_ACTIVE] = draw_active,       [PANE_HISTORY] = draw_history,   [PANE_ERRORS] = draw_errors,
    [PANE_ANALYTICS] = draw_analytics, [PANE_SCHEDULE] = draw_schedule,
};

static struct area area_of(struct dash *d, struct rect r)
{
    return area_part(area_all(&d->screen), r.row, r.col, r.rows, r.cols);
}

/* ---- titles ---- */

/* "3 Error log (12)": what is open is said where it can be seen from any pane. */
static void add_title(const struct dash *d, enum pane_id pane, bool with_count, struct buf *out)
{
    static const char *const short_titles[PANE_COUNT] = {"Active", "History", "Errors", "Analytics",
                                                         "Schedule"};
    int64_t open = d->health_known ? d->health.failed_pending + d->health.failed_permanent : 0;
    char count[WORD_SIZE];
    buf_addf(out, "%d %s", pane + 1,
             d->layout.short_titles ? short_titles[pane] : pane_title(pane));
    if (pane == PANE_ERRORS && open > 0 && with_count) {
        word_count(open, count);
        buf_addf(out, " (%s)", count);
    }
}

static int width_of_tabs(struct dash *d)
{
    struct buf titles = {0};
    for (int i = 0; i < PANE_COUNT; i++) {
        add_title(d, i, true, &titles);
    }
    int width = (int)titles.len + 2 * PANE_COUNT;
    buf_done(&titles);
    return width;
}

static void draw_tabs(struct dash *d, struct area a)
{
    struct buf title = {0};
    bool with_count = width_of_tabs(d) <= a.cols;
    int col = 0;
    for (int i = 0; i < PANE_COUNT; i++) {
        if (!dash_has_pane(d, i)) {
            continue;
        }
        bool has_focus = d->focus == (enum pane_id)i;
        struct style style = {has_focus ? INK_FOCUS : INK_TEXT,
                              has_focus ? MARK_REVERSE | MARK_BOLD : 0};
        buf_clear(&title);
        buf_addc(&title, ' ');
        add_title(d, i, with_count, &title);
        buf_addc(&title, ' ');
        col = area_text(a, 0, col, -1, style, title.data);
    }
    if (d->zoomed && col + 8 <= a.cols) {
        area_text(a, 0, col + 1, -1, dim, "zoomed");
    }
    buf_done(&title);
}

/* ---- panes ---- */

static void draw_box(struct dash *d, enum pane_id pane)
{
    struct buf title = {0};
    bool has_focus = d->focus == pane;
    struct style border = {has_focus ? INK_FOCUS : INK_BORDER, 0};
    struct style name = {has_focus ? INK_FOCUS : INK_TITLE, has_focus ? MARK_BOLD : 0};
    add_title(d, pane, true, &title);
    size_t len = title.len;
    buf_adds(&title, "  ");
    title_of_list(d, pane, &title);
    if (title.len == len + 2) {
        title.data[len] = '\0';
    }
    draw_pane[pane](d, area_box(area_of(d, d->layout.panes[pane].rect), border, name, title.data));
    buf_done(&title);
}

/* The list under the typed filter and all the others. */
static void draw_panes(struct dash *d)
{
    for (int i = 0; i < PANE_COUNT; i++) {
        if (d->layout.panes[i].shown) {
            draw_box(d, i);
        }
    }
}

/* ---- the footer ---- */

/* The next binding of this pane after the rank; NULL = none. */
static const struct binding *next_ranked(const struct dash *d, int rank)
{
    const struct binding *found = NULL;
    for (size_t i = 0; i < keymap_len; i++) {
        const struct binding *b = &keymap[i];
        if (b->panes & IN_PANE(d->focus) && b->footer > rank &&
            (!found || b->footer < found->footer)) {
            found = b;
        }
    }
    return found;
}

static bool is_kept(const struct binding *b)
{
    return !strcmp(b->name, "help") || !strcmp(b->name, "quit");
}

static void name_key(const struct dash *d, const struct binding *b, char name[16])
{
    name[0] = '\0';
    if (d->keys.of[b - keymap][0]) {
        key_name(d->keys.of[b - keymap][0], name);
    }
}

static int width_of(const struct dash *d, const struct binding *b)
{
    char name[16];
    name_key(d, b, name);
    return grid_text_width(&d->screen, name) + 1 + (int)strlen(b->label);
}

static int draw_binding(const struct dash *d, struct area a, int col, const struct binding *b)
{
    char name[16];
    bool works = !d->dialogs && (!b->why_not || !b->why_not(d));
    name_key(d, b, name);
    col = area_text(a, 0, col, -1, works ? key : dim, name);
    return area_text(a, 0, col + 1, -1, works ? text : dim, b->label);
}

/* Help and quit, at the right end. Returns what is left of the row. */
static struct area draw_kept(const struct dash *d, struct area a)
{
    const struct binding *b;
    int width = 0;
    for (int rank = 0; (b = next_ranked(d, rank)) != NULL; rank = b->footer) {
        width += is_kept(b) ? width_of(d, b) + 2 : 0;
    }
    int col = a.cols - width;
    for (int rank = 0; (b = next_ranked(d, rank)) != NULL; rank = b->footer) {
        if (is_kept(b)) {
            col = draw_binding(d, a, col + 2, b);
        }
    }
    return area_part(a, 0, 0, 1, a.cols - width);
}

static void draw_keys(const struct dash *d, struct area a)
{
    const struct binding *b;
    int col = 0;
    for (int rank = 0; (b = next_ranked(d, rank)) != NULL; rank = b->footer) {
        if (!is_kept(b) && col + width_of(d, b) <= a.cols) {
            col = draw_binding(d, a, col, b) + 2;
        }
    }
}

static void draw_typing(struct area a, const struct list_state *list)
{
    static const char keys[] = "Enter keeps  Esc clears";
    int room = a.cols - (int)sizeof keys - 2;
    area_text(a, 0, 0, 1, key, "/");
    edit_draw(&list->filter, a, 0, 1, room < 10 ? -1 : room, text);
    if (room >= 10) {
        area_text(a, 0, room + 3, -1, dim, keys);
    }
}

static void draw_footer(struct dash *d, struct area a)
{
    const struct list_state *list = dash_list(d);
    if (list && list->is_typing) {
        draw_typing(a, list);
        return;
    }
    a = draw_kept(d, a);
    if (d->toast[0]) {
        area_text(a, 0, 0, -1, d->toast_is_bad ? bad : text, d->toast);
    } else {
        draw_keys(d, a);
    }
}

/* ---- all of it ---- */

/* The lists read no more than what they show. */
static void tell_height(struct dash *d, enum pane_id pane, struct list_state *list)
{
    int rows = d->layout.panes[pane].shown ? d->layout.panes[pane].rect.rows - 3 : 1;
    if (list->feed) {
        feed_set_height(list->feed, rows);
    }
}

static unsigned wanted_panes(const struct dash *d)
{
    unsigned panes = 0;
    for (int i = 0; i < PANE_COUNT; i++) {
        panes |= dash_has_pane(d, i) ? IN_PANE(i) : 0;
    }
    return panes;
}

void dash_layout(struct dash *d, int rows, int cols)
{
    if (rows != d->screen.rows || cols != d->screen.cols) {
        grid_resize(&d->screen, rows, cols);
    }
    d->layout = layout_make(rows, cols, wanted_panes(d), d->focus, d->zoomed);
    tell_height(d, PANE_HISTORY, &d->lists[LIST_HISTORY]);
    tell_height(d, PANE_ERRORS, &d->lists[LIST_ERRORS]);
}

/* Both figures, however little room there is for them. */
static void draw_too_small(struct dash *d)
{
    struct area a = area_all(&d->screen);
    const char *words = d->screen.cols >= 32 ? "ipsync needs " : "";
    int col = area_text(a, 0, 0, -1, text, words);
    area_textf(a, 0, col, -1, text, "%dx%d, has %dx%d", LAYOUT_MIN_COLS, LAYOUT_MIN_ROWS,
               d->screen.cols, d->screen.rows);
}

void dash_draw(struct dash *d)
{
    grid_blank(&d->screen);
    if (d->layout.too_small) {
        draw_too_small(d);
        return;
    }
    draw_header(d, area_of(d, d->layout.header));
    if (d->layout.tabs.rows > 0) {
        draw_tabs(d, area_of(d, d->layout.tabs));
    }
    draw_panes(d);
    draw_footer(d, area_of(d, d->layout.footer));
    dialogs_draw(d, area_all(&d->screen));
}
