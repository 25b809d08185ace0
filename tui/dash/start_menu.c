/* The start menu: initial, daily, manual, each with what the database lets one expect. */
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/request.h"
#include "tui/cli.h"
#include "tui/dash/dialog.h"
#include "tui/dash/expectation.h"
#include "tui/dash/state.h"
#include "tui/sync_args.h"
#include "tui/who.h"

#include <stdlib.h>
#include <string.h>

enum { MENU_COLS = 68, ENTRY_ROWS = 4, WORDS_COL = 13, SLICE_MS = 3 };

static const struct {
    char key;
    const char *type, *what;
} kinds[] = {
    {'i', "initial", "everything since "}, /* the day follows */
    {'d', "daily", "the last days, as they are now"},
    {'m', "manual", "dates, streams and merchants of your choice"},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

struct menu {
    int selected;
    struct entry {
        char why_not[EXPECTATION_SIZE]; /* this kind cannot be had; "" */
        struct expectation expected;
    } entries[KINDS];
};

static bool read_request(const struct dash *d, int kind, struct cli *cli,
                         struct sync_request *request, struct err *e)
{
    *cli = (struct cli){.args = {kinds[kind].type}, .arg_count = 1};
    return sync_args_read(cli, d->config, request, e);
}

/* ---- what to expect ---- */

static void begin(struct menu *m, const struct dash *d)
{
    struct cli cli;
    struct sync_request request;
    for (int i = 0; i < (int)KINDS; i++) {
        struct entry *entry = &m->entries[i];
        struct err e = {0};
        if (read_request(d, i, &cli, &request, &e)) {
            expectation_begin(&entry->expected, d, &request);
        } else {
            text_copy(entry->why_not, sizeof entry->why_not, e.message);
            expectation_none(&entry->expected, entry->why_not);
        }
        entry->expected.figures.ask.mids = NULL; /* none were asked for, and `cli` ends here */
    }
}

/* Slices, one kind after the other. */
static bool work(struct menu *m, struct dash *d)
{
    int64_t until = clock_mono_ms() + SLICE_MS;
    bool is_more = false;
    for (int i = 0; i < (int)KINDS && !is_more; i++) {
        d->is_dirty = d->is_dirty || expectation_is_counting(&m->entries[i].expected);
        is_more = expectation_work(&m->entries[i].expected, d, until);
    }
    return is_more;
}

static bool menu_work(struct dash *d, struct dialog *g)
{
    return work(g->state, d);
}

/* ---- drawing ---- */

static void menu_size(const struct dialog *g, int *rows, int *cols)
{
    (void)g;
    *rows = KINDS * ENTRY_ROWS < *rows ? KINDS * ENTRY_ROWS : *rows;
    *cols = MENU_COLS < *cols ? MENU_COLS : *cols;
}

static void draw_entry(const struct dash *d, const struct menu *m, int i, struct area a)
{
    const struct style plain = {INK_TEXT, 0}, dim = {INK_DIM, 0};
    const struct entry *entry = &m->entries[i];
    bool can = !entry->why_not[0];
    char words[EXPECTATION_SIZE];
    area_textf(a, 0, 1, -1, (struct style){can ? INK_KEY : INK_DIM, MARK_BOLD}, "%c", kinds[i].key);
    area_text(a, 0, 4, -1, (struct style){can ? INK_TITLE : INK_DIM, MARK_BOLD}, kinds[i].type);
    int col = area_text(a, 0, WORDS_COL, -1, can ? plain : dim, kinds[i].what);
    if (!strcmp(kinds[i].type, "initial")) {
        area_text(a, 0, col, -1, plain, d->config->sync.history_start);
    }
    if (i == m->selected) {
        area_mark(a, 0, 0, -1, MARK_REVERSE);
        area_cursor(a, 0, 1);
    }
    if (!can) {
        draw_wrapped(a, 1, WORDS_COL, a.cols - WORDS_COL - 1, 2, dim, entry->why_not);
        return;
    }
    expectation_words(&entry->expected, d->config->api.requests_per_minute, words);
    int rows = draw_wrapped(a, 1, WORDS_COL, a.cols - WORDS_COL - 1, 2, plain, words);
    expectation_last(&entry->expected, words);
    area_text(a, 1 + rows, WORDS_COL, -1, dim, words);
}

static void menu_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    for (int i = 0; i < (int)KINDS; i++) {
        draw_entry(d, g->state, i, area_part(a, i * ENTRY_ROWS, 0, ENTRY_ROWS, a.cols));
    }
}

/* ---- keys ---- */

/* Closes the menu when something came of it. */
static bool choose(struct dash *d, int kind)
{
    struct err e = {0};
    struct cli cli;
    struct sync_request request;
    const char *why_not = own_sync_why_not(d);
    if (!read_request(d, kind, &cli, &request, &e)) {
        dash_complain(d, "%s", e.message);
        return true;
    }
    if (why_not) {
        dash_complain(d, "%s", why_not);
        return true;
    }
    dialog_close(d);
    if (!strcmp(kinds[kind].type, "manual")) {
        open_manual_form(d);
        return false;
    }
    who_am_i(request.user, sizeof request.user);
    own_sync_start(d, &request);
    dash_log_command(d, "ipsync sync %s", kinds[kind].type);
    return false;
}

static bool menu_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct menu *m = g->state;
    switch (key->code) {
    case KEY_CODE_ESC:
    case 'q':
        return false;
    case KEY_CODE_UP:
    case 'k':
        m->selected = (m->selected + KINDS - 1) % KINDS;
        return true;
    case KEY_CODE_DOWN:
    case 'j':
        m->selected = (m->selected + 1) % KINDS;
        return true;
    case KEY_CODE_ENTER:
        return choose(d, m->selected);
    }
    for (int i = 0; i < (int)KINDS; i++) {
        if (key->code == (uint32_t)kinds[i].key) {
            m->selected = i;
            return choose(d, i);
        }
    }
    return true;
}

static const struct dialog_kind menu_kind = {
    .size = menu_size, .draw = menu_draw, .key = menu_key, .work = menu_work, .free = free};

void open_start_menu(struct dash *d)
{
    struct menu *m = mem_alloc(sizeof *m);
    begin(m, d);
    work(m, d);
    dialog_open(d, &menu_kind, "Start a sync", "i initial  d daily  m manual  esc leave", m);
}
