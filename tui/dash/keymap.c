#include "tui/dash/keymap.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "tui/dash/actions.h"
#include "tui/screen/key.h"

#include <stdio.h>
#include <string.h>

#define ON_LISTS (IN_PANE(PANE_HISTORY) | IN_PANE(PANE_ERRORS))
#define ON_ROWS (ON_LISTS | IN_PANE(PANE_SCHEDULE))
#define ON_ERRORS IN_PANE(PANE_ERRORS)
#define ON_ANALYTICS IN_PANE(PANE_ANALYTICS)
#define ON_SCHEDULE IN_PANE(PANE_SCHEDULE)
#define CTRL(letter) KEY_CTRL(letter)

/* The order is that of the help window and the manual: first what one came for. */
/* clang-format off */
const struct binding keymap[] = {
    {"start", {'s'}, ALL_PANES, 1, "start", "start a sync: initial, daily or manual",
     "ipsync sync initial|daily|manual", do_start, start_why_not},
    {"cancel", {'x'}, ALL_PANES, 2, "cancel", "cancel the running sync, after a question",
     "ipsync cancel", do_cancel, cancel_why_not},
    {"open", {KEY_CODE_ENTER}, ON_LISTS, 3, "details", "show the whole story of the row", NULL,
     do_open, row_why_not},
    {"run", {KEY_CODE_ENTER}, ON_SCHEDULE, 3, "run now", "run this schedule's sync now",
     "ipsync sync TYPE", do_run_now, run_why_not},
    {"toggle", {KEY_CODE_SPACE}, ON_SCHEDULE, 4, "on/off", "turn this schedule on or off",
     "ipsync schedule enable|disable ID", do_toggle, toggle_why_not},
    {"mark", {KEY_CODE_SPACE}, ON_ERRORS, 5, "mark",
     "mark the failed item, or take the mark away", NULL, do_mark, mark_why_not},
    {"mark-all", {'*'}, ON_ERRORS, 8, "mark all", "mark all that match the filter; again: none",
     NULL, do_mark_all, NULL},
    {"retry", {'r'}, ON_ERRORS, 4, "retry",
     "retry the marked failed items, or the one under the cursor", "ipsync retry ID…", do_retry,
     retry_why_not},
    {"retry-all", {'R'}, ON_ERRORS, 7, "retry all", "retry all failed items that are shown",
     "ipsync retry ID…", do_retry_all, start_why_not},
    {"give-up", {'d'}, ON_ERRORS, 6, "give up",
     "give the marked failed items up, or the one under the cursor, with a reason",
     "ipsync resolve ID… --reason TEXT", do_give_up, give_up_why_not},
    {"resolved", {'a'}, ON_ERRORS, 0, "all", "show resolved items too, or only what is open",
     "ipsync failed --all", do_resolved, NULL},
    {"shorter", {'['}, ON_ANALYTICS, 3, "shorter", "look at fewer days: 90, 30, 7",
     "ipsync stats --days N", do_shorter, NULL},
    {"longer", {']'}, ON_ANALYTICS, 4, "longer", "look at more days: 7, 30, 90",
     "ipsync stats --days N", do_longer, NULL},
    {"breaker", {'b'}, ALL_PANES, 0, "close breaker",
     "close the circuit breaker, end a wait: requests go out at once", "ipsync breaker reset", do_breaker,
     breaker_why_not},
    {"filter", {'/'}, ON_LISTS, 9, "filter", "show only rows with this text; !text: without it",
     NULL, do_filter, NULL},
    {"sort", {'o'}, ON_LISTS, 10, "sort", "another order of the rows", NULL, do_sort, NULL},
    {"up", {'k', KEY_CODE_UP}, ON_ROWS, 0, "up", "the row above", NULL, do_up, NULL},
    {"down", {'j', KEY_CODE_DOWN}, ON_ROWS, 0, "down", "the row below", NULL, do_down, NULL},
    {"page-up", {KEY_CODE_PAGE_UP, CTRL('b')}, ON_ROWS, 0, "page up", "a page up", NULL,
     do_page_up, NULL},
    {"page-down", {KEY_CODE_PAGE_DOWN, CTRL('f')}, ON_ROWS, 0, "page down", "a page down", NULL,
     do_page_down, NULL},
    {"first", {'g', KEY_CODE_HOME}, ON_ROWS, 0, "first", "the first row", NULL, do_first, NULL},
    {"last", {'G', KEY_CODE_END}, ON_ROWS, 0, "last", "the last row", NULL, do_last, NULL},
    {"next-pane", {KEY_CODE_TAB, 'l', KEY_CODE_RIGHT}, ALL_PANES, 20, "next pane",
     "the next pane", NULL, do_next_pane, NULL},
    {"previous-pane", {KEY_CODE_SHIFT_TAB, 'h', KEY_CODE_LEFT}, ALL_PANES, 0, "previous pane",
     "the previous pane", NULL, do_previous_pane, NULL},
    {"active", {'1'}, ALL_PANES, 0, "active", "go to Active syncs", "ipsync status", do_pane_1,
     NULL},
    {"history", {'2'}, ALL_PANES, 0, "history", "go to History", "ipsync history", do_pane_2,
     NULL},
    {"errors", {'3'}, ALL_PANES, 0, "errors", "go to the Error log", "ipsync failed", do_pane_3,
     NULL},
    {"analytics", {'4'}, ALL_PANES, 0, "analytics", "go to Analytics", "ipsync stats", do_pane_4,
     NULL},
    {"schedule", {'5'}, ALL_PANES, 0, "schedule", "go to the Schedule", "ipsync schedule",
     do_pane_5, NULL},
    {"zoom", {'z'}, ALL_PANES, 21, "zoom", "this pane alone, and back", NULL, do_zoom, NULL},
    {"freeze", {'p'}, ALL_PANES, 22, "freeze", "hold the screen still, and let it go on", NULL,
     do_freeze, NULL},
    {"copy", {'y'}, ALL_PANES, 0, "copy", "put the row on the clipboard", NULL, do_copy, NULL},
    {"commands", {'@'}, ALL_PANES, 0, "commands", "the commands that did what the keys did", NULL,
     do_commands, NULL},
    {"palette", {':'}, ALL_PANES, 23, "command", "type a command, with completion", NULL,
     do_palette, NULL},
    {"mouse", {'M'}, ALL_PANES, 0, "mouse", "take the mouse, or leave it to the terminal", NULL,
     do_mouse, NULL},
    {"repaint", {CTRL('l')}, ALL_PANES, 0, "repaint", "paint the whole screen anew", NULL,
     do_repaint, NULL},
    {"suspend", {CTRL('z')}, ALL_PANES, 0, "suspend",
     "back to the shell for a while (with a sync running it asks first)", NULL, do_suspend, NULL},
    {"help", {'?'}, ALL_PANES, 24, "help", "every key of this pane", "ipsync help keys", do_help,
     NULL},
    {"quit", {'q', CTRL('c')}, ALL_PANES, 25, "quit", "leave (with a sync running it asks first)",
     NULL, do_quit, NULL},
};
/* clang-format on */
const size_t keymap_len = sizeof keymap / sizeof keymap[0];

static const struct {
    const char *title, *word;
} panes[PANE_COUNT] = {
    [PANE_ACTIVE] = {"Active syncs", "active"}, [PANE_HISTORY] = {"History", "history"},
    [PANE_ERRORS] = {"Error log", "errors"},    [PANE_ANALYTICS] = {"Analytics", "analytics"},
    [PANE_SCHEDULE] = {"Schedule", "schedule"},
};

const char *pane_title(enum pane_id pane)
{
    return panes[pane].title;
}

const char *pane_word(enum pane_id pane)
{
    return panes[pane].word;
}

/* ---- the keys in force ---- */

static size_t find_name(const char *name)
{
    size_t i = 0;
    while (i < keymap_len && strcmp(keymap[i].name, name) != 0) {
        i++;
    }
    return i;
}

static bool has_key(const struct keys *k, size_t row, uint32_t code)
{
    for (int i = 0; i < BINDING_KEYS; i++) {
        if (k->of[row][i] == code) {
            return true;
        }
    }
    return false;
}

static bool check_pair(const struct keys *k, size_t a, size_t b, struct err *e)
{
    for (int i = 0; keymap[a].panes & keymap[b].panes && i < BINDING_KEYS; i++) {
        char name[16];
        if (k->of[a][i] && has_key(k, b, k->of[a][i])) {
            key_name(k->of[a][i], name);
            return err_set(e, ERR_CONFIG, "%s is the key of both %s and %s", name, keymap[a].name,
                           keymap[b].name);
        }
    }
    return true;
}

/* Two actions of one pane must not share a key. */
static bool check_clashes(const struct keys *k, struct err *e)
{
    for (size_t a = 0; a < keymap_len; a++) {
        for (size_t b = a + 1; b < keymap_len; b++) {
            if (!check_pair(k, a, b, e)) {
                return false;
            }
        }
    }
    return true;
}

/* "r,f5" */
static bool load_keys_of(uint32_t of[BINDING_KEYS], char *names, struct err *e)
{
    char *rest = NULL;
    int count = 0;
    memset(of, 0, BINDING_KEYS * sizeof of[0]);
    for (char *name = strtok_r(names, ",", &rest); name; name = strtok_r(NULL, ",", &rest)) {
        if (count == BINDING_KEYS) {
            return err_set(e, ERR_CONFIG, "at most %d keys for an action", BINDING_KEYS);
        }
        if (!key_parse(name, &of[count++])) {
            return err_set(e, ERR_CONFIG, "\"%s\" is no key", name);
        }
    }
    return count > 0 || err_set(e, ERR_CONFIG, "an action without a key");
}

static bool load_one(struct keys *k, char *word, struct err *e)
{
    char *value = strchr(word, '=');
    if (!value) {
        return err_set(e, ERR_CONFIG, "\"%s\" is not action=key", word);
    }
    *value++ = '\0';
    size_t row = find_name(word);
    if (row == keymap_len) {
        return err_set(e, ERR_CONFIG, "there is no action \"%s\"; `ipsync help keys` lists them",
                       word);
    }
    return load_keys_of(k->of[row], value, e) || err_wrap(e, "%s", word);
}

bool keys_load(struct keys *k, const char *text, struct err *e)
{
    char copy[2048];
    char *rest = NULL;
    memset(k, 0, sizeof *k);
    for (size_t i = 0; i < keymap_len; i++) {
        memcpy(k->of[i], keymap[i].keys, sizeof k->of[i]);
    }
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy) {
        return err_set(e, ERR_CONFIG, "too long");
    }
    for (char *word = strtok_r(copy, " \t", &rest); word; word = strtok_r(NULL, " \t", &rest)) {
        if (!load_one(k, word, e)) {
            return false;
        }
    }
    return check_clashes(k, e);
}

const struct binding *keys_find(const struct keys *k, enum pane_id pane, uint32_t code)
{
    for (size_t i = 0; code && i < keymap_len; i++) {
        if (keymap[i].panes & IN_PANE(pane) && has_key(k, i, code)) {
            return &keymap[i];
        }
    }
    return NULL;
}

void keys_add_names(const struct keys *k, const struct binding *b, struct buf *out)
{
    const uint32_t *of = k->of[b - keymap];
    char name[16];
    for (int i = 0; i < BINDING_KEYS && of[i]; i++) {
        key_name(of[i], name);
        buf_addf(out, "%s%s", i ? ", " : "", name);
    }
}
