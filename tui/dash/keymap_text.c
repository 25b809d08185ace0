/* The key table as text: a manual page, Markdown, plain lines. All as shipped, and in one order:
 * what works in most panes first. */
#include "tui/dash/keymap_text.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "tui/cli.h"
#include "tui/dash/keymap.h"
#include "tui/manual.h"
#include "tui/roff.h"
#include "tui/screen/wrap.h"

#include <string.h>

enum { ACTION_COLUMN = 22, HELP_COLUMN = 37, COLUMNS = 79 };

/* How one form tells a set of panes, and a key. */
struct form {
    void (*add_panes)(struct buf *out, unsigned panes);
    void (*add_key)(struct buf *out, const struct keys *shipped, const struct binding *b);
};

/* ---- the order ---- */

static int count_panes(unsigned panes)
{
    int count = 0;
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        count += (panes & IN_PANE(pane)) != 0;
    }
    return count;
}

static bool is_first_of_its_panes(size_t row)
{
    size_t i = 0;
    while (keymap[i].panes != keymap[row].panes) {
        i++;
    }
    return i == row;
}

static void add_group(struct buf *out, const struct form *f, const struct keys *shipped,
                      unsigned panes)
{
    f->add_panes(out, panes);
    for (size_t i = 0; i < keymap_len; i++) {
        if (keymap[i].panes == panes) {
            f->add_key(out, shipped, &keymap[i]);
        }
    }
}

static void add_all(struct buf *out, const struct form *f)
{
    struct keys shipped;
    struct err e = {0};
    keys_load(&shipped, "", &e);
    for (int count = PANE_COUNT; count > 0; count--) {
        for (size_t i = 0; i < keymap_len; i++) {
            if (count_panes(keymap[i].panes) == count && is_first_of_its_panes(i)) {
                add_group(out, f, &shipped, keymap[i].panes);
            }
        }
    }
}

/* ---- words ---- */

/* "Every pane", "History, Error log and Schedule" */
static void add_pane_names(struct buf *out, unsigned panes)
{
    int left = count_panes(panes);
    if (panes == ALL_PANES) {
        buf_adds(out, "Every pane");
        return;
    }
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        if (panes & IN_PANE(pane)) {
            left--;
            buf_adds(out, pane_title((enum pane_id)pane));
            buf_adds(out, left > 1 ? ", " : left == 1 ? " and " : "");
        }
    }
}

/* Its twin on the command line, NULL where this ipsync has no such command. */
const char *keymap_twin(const struct binding *b)
{
    char name[32] = "";
    const char *start = b->command ? strchr(b->command, ' ') : NULL;
    if (start) {
        size_t len = strcspn(start + 1, " ");
        text_copy(name, len < sizeof name ? len + 1 : sizeof name, start + 1);
    }
    return cli_find_command(name) ? b->command : NULL;
}

/* ---- the manual page ---- */

static void add_roff_panes(struct buf *out, unsigned panes)
{
    struct buf names = {0};
    add_pane_names(&names, panes);
    roff_add_request(out, "SS", names.data);
    buf_done(&names);
}

/* ".TP", the keys, what they do, and in parentheses the action and the command that does the same.
 */
static void add_roff_key(struct buf *out, const struct keys *shipped, const struct binding *b)
{
    struct buf names = {0};
    keys_add_names(shipped, b, &names);
    buf_adds(out, ".TP\n");
    roff_add_bold(out, names.data);
    buf_addc(out, '\n');
    roff_add_sentence(out, b->help);
    buf_addc(out, '(');
    roff_add_bold(out, b->name);
    if (keymap_twin(b)) {
        buf_adds(out, "; ");
        roff_add_synopsis(out, keymap_twin(b));
    }
    buf_adds(out, ")\n");
    buf_done(&names);
}

void keymap_add_roff(struct buf *out)
{
    static const struct form form = {add_roff_panes, add_roff_key};
    add_all(out, &form);
}

/* ---- Markdown ---- */

static void add_markdown_panes(struct buf *out, unsigned panes)
{
    buf_adds(out, "| **");
    add_pane_names(out, panes);
    buf_adds(out, "** | |\n");
}

static void add_markdown_key(struct buf *out, const struct keys *shipped, const struct binding *b)
{
    struct buf names = {0};
    char *rest = NULL;
    const char *between = "| ";
    keys_add_names(shipped, b, &names);
    for (char *name = strtok_r(names.data, " ", &rest); name; name = strtok_r(NULL, " ", &rest)) {
        size_t len = strlen(name);
        name[len - 1] = len > 1 && name[len - 1] == ',' ? '\0' : name[len - 1];
        buf_addf(out, "%s`", between);
        markdown_add_cell(out, name);
        buf_addc(out, '`');
        between = ", ";
    }
    buf_adds(out, " | ");
    markdown_add_cell(out, b->help);
    buf_adds(out, " |\n");
    buf_done(&names);
}

void keymap_add_markdown(struct buf *out)
{
    static const struct form form = {add_markdown_panes, add_markdown_key};
    buf_adds(out, "| key | does |\n| --- | --- |\n");
    add_all(out, &form);
}

/* ---- plain lines ---- */

static void fill_to(struct buf *out, size_t line, int column)
{
    do {
        buf_addc(out, ' ');
    } while (text_width(out->data + line) < column);
}

/* Broken at blanks; the next lines begin where the first one does. */
static void add_wrapped(struct buf *out, const char *text)
{
    int indent = 0;
    while (*text) {
        size_t next = 0;
        size_t len = wrap_row(text, 0, COLUMNS - HELP_COLUMN, false, &next);
        buf_addf(out, "%*s%.*s\n", indent, "", (int)len, text);
        text += next;
        indent = HELP_COLUMN;
    }
}

static void add_text_panes(struct buf *out, unsigned panes)
{
    buf_addc(out, '\n');
    add_pane_names(out, panes);
    buf_addc(out, '\n');
}

static void add_text_key(struct buf *out, const struct keys *shipped, const struct binding *b)
{
    size_t line = out->len;
    buf_adds(out, "  ");
    keys_add_names(shipped, b, out);
    fill_to(out, line, ACTION_COLUMN);
    buf_adds(out, b->name);
    fill_to(out, line, HELP_COLUMN);
    add_wrapped(out, b->help);
}

void keymap_add_text(struct buf *out)
{
    static const struct form form = {add_text_panes, add_text_key};
    buf_adds(out, "The dashboard's keys as shipped: key, name of the action, what it does.\n"
                  "`keys = action=key` in the section [dashboard] gives an action other keys.\n");
    add_all(out, &form);
}
