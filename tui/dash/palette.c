/* The palette: a line to type a command into, with what it may become below. */
#include "core/base/mem.h"
#include "core/base/text.h"
#include "tui/cli.h"
#include "tui/dash/command_line.h"
#include "tui/dash/completion.h"
#include "tui/dash/dialog.h"
#include "tui/dash/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PALETTE_COLS = 78, PALETTE_ROWS = 14, WORD_COLS = 16, LIST_ROW = 3 };

struct palette {
    struct edit line;
    struct completion completion;
    int chosen;  /* of the candidates; -1 = none */
    int earlier; /* how many lines back in the history the line is from; 0 = it was typed */
    char error[300];
};

static void look_up(struct palette *p)
{
    completion_find(&p->completion, edit_text(&p->line));
    p->chosen = -1;
    p->error[0] = '\0';
}

/* ---- drawing ---- */

static void palette_size(const struct dialog *g, int *rows, int *cols)
{
    (void)g;
    *rows = PALETTE_ROWS < *rows ? PALETTE_ROWS : *rows;
    *cols = PALETTE_COLS < *cols ? PALETTE_COLS : *cols;
}

static void draw_candidate(const struct dash *d, struct area a, int row, const struct candidate *c)
{
    bool can = !d->read_only || !c->changes;
    struct style word = {can ? INK_KEY : INK_DIM, can ? MARK_BOLD : 0};
    int col = area_textf(a, row, 1, WORD_COLS - 1, word, "%s%s%s", c->word, c->value ? " " : "",
                         c->value ? c->value : "");
    col = col < WORD_COLS ? WORD_COLS : col;
    area_textf(a, row, col + 1, -1, (struct style){can ? INK_TEXT : INK_DIM, 0}, "%s%s%s%s",
               c->summary, can ? "" : " (", can ? "" : d->read_only_why, can ? "" : ")");
}

static void draw_candidates(const struct dash *d, const struct palette *p, struct area a)
{
    int top = p->chosen < a.rows ? 0 : p->chosen - a.rows + 1;
    for (int i = 0; i < a.rows && top + i < p->completion.count; i++) {
        draw_candidate(d, a, i, &p->completion.of[top + i]);
    }
    if (p->chosen >= 0) {
        area_mark(a, p->chosen - top, 0, -1, MARK_REVERSE);
    }
    if (top + a.rows < p->completion.count) {
        area_right(a, a.rows - 1, 0, -1, (struct style){INK_DIM, 0}, " more below ");
    }
}

static void palette_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    const struct palette *p = g->state;
    const struct command_row *command = p->completion.command;
    area_text(a, 0, 1, -1, (struct style){INK_KEY, MARK_BOLD}, ":");
    if (p->error[0]) {
        draw_wrapped(a, 1, 1, a.cols - 2, 2, (struct style){INK_BAD, 0}, p->error);
    } else if (command) {
        area_textf(a, 1, 1, -1, (struct style){INK_DIM, 0}, "%s %s", command->name,
                   command->synopsis);
        area_text(a, 2, 1, -1, (struct style){INK_DIM, 0}, command->summary);
    }
    draw_candidates(d, p, area_part(a, LIST_ROW, 0, a.rows - LIST_ROW, a.cols));
    edit_draw(&p->line, a, 0, 2, a.cols - 3, (struct style){INK_TEXT, 0});
}

/* ---- earlier lines ---- */

/* The nth line before the end of the command log, without its time and "ipsync". */
static bool find_earlier(const struct dash *d, int back, char out[EDIT_SIZE])
{
    static const char program[] = "  ipsync ";
    size_t end = d->commands.len;
    while (end > 0) {
        size_t begin = --end; /* on the line's end */
        while (begin > 0 && d->commands.data[begin - 1] != '\n') {
            begin--;
        }
        char *line = mem_strndup(d->commands.data + begin, end - begin);
        const char *found = strstr(line, program);
        bool is_it = found && --back == 0;
        if (is_it) {
            text_copy(out, EDIT_SIZE, found + strlen(program));
        }
        free(line);
        if (is_it) {
            return true;
        }
        end = begin;
    }
    return false;
}

static void go_back(const struct dash *d, struct palette *p, int step)
{
    char line[EDIT_SIZE] = "";
    int back = p->earlier + step;
    if (back > 0 && !find_earlier(d, back, line)) {
        return;
    }
    p->earlier = back;
    edit_set(&p->line, line);
    look_up(p);
}

/* ---- keys ---- */

static void up_or_down(const struct dash *d, struct palette *p, int step)
{
    int last = p->completion.count - 1;
    bool is_empty = !edit_text(&p->line)[0];
    if (p->earlier || (is_empty && step < 0 && p->chosen < 0)) {
        go_back(d, p, -step);
    } else if (last >= 0) {
        int to = p->chosen + step;
        p->chosen = to < -1 ? -1 : to > last ? last : to;
    }
}

/* Puts `len` bytes of a word in the place of the last one; `is_whole` ends it with a blank. */
static void put_word(struct palette *p, const char *word, size_t len, bool is_whole)
{
    char line[EDIT_SIZE + COMPLETION_SIZE];
    snprintf(line, sizeof line, "%.*s%.*s%s", (int)p->completion.from, edit_text(&p->line),
             (int)len, word, is_whole ? " " : "");
    edit_set(&p->line, line);
    p->earlier = 0;
    look_up(p);
}

static void put_candidate(struct palette *p, int i)
{
    char word[COMPLETION_SIZE];
    text_copy(word, sizeof word, p->completion.of[i].word);
    put_word(p, word, strlen(word), true);
}

static void complete(struct palette *p)
{
    const struct completion *c = &p->completion;
    size_t common = completion_common(c);
    size_t typed = strlen(edit_text(&p->line)) - c->from;
    if (p->chosen >= 0 || c->count == 1) {
        put_candidate(p, p->chosen < 0 ? 0 : p->chosen);
    } else if (common > typed) {
        char word[COMPLETION_SIZE];
        text_copy(word, sizeof word, c->of[0].word);
        put_word(p, word, common, false);
    } else if (c->count) {
        p->chosen = 0;
    }
}

/* True: it wants more words before it can be run. */
static bool wants_more(const struct palette *p)
{
    const struct command_row *command = p->completion.command;
    const char *text = edit_text(&p->line);
    return command && command->min_args > 0 && strcspn(text, " ") + 1 == strlen(text);
}

/* False: it runs, and the palette is closed. */
static bool enter(struct dash *d, struct palette *p)
{
    struct err e = {0};
    if (p->chosen >= 0) {
        put_candidate(p, p->chosen);
        if (wants_more(p)) {
            return true;
        }
    }
    if (!edit_text(&p->line)[strspn(edit_text(&p->line), " ")]) {
        return false;
    }
    if (!command_line_check(d, edit_text(&p->line), &e)) {
        text_copy(p->error, sizeof p->error, e.message);
        return true;
    }
    dialog_close(d);
    run_command_line(d, edit_text(&p->line));
    return false;
}

static bool palette_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct palette *p = g->state;
    switch (key->code) {
    case KEY_CODE_ESC:
        return false;
    case KEY_CODE_ENTER:
        return enter(d, p);
    case KEY_CODE_TAB:
        complete(p);
        return true;
    case KEY_CODE_UP:
        up_or_down(d, p, -1);
        return true;
    case KEY_CODE_DOWN:
        up_or_down(d, p, 1);
        return true;
    }
    char before[EDIT_SIZE];
    text_copy(before, sizeof before, edit_text(&p->line));
    edit_key(&p->line, key);
    if (strcmp(before, edit_text(&p->line)) != 0) {
        p->earlier = 0;
        look_up(p);
    }
    return true;
}

static const struct dialog_kind palette_kind = {
    .size = palette_size, .draw = palette_draw, .key = palette_key, .free = free};

void open_palette(struct dash *d)
{
    struct palette *p = mem_alloc(sizeof *p);
    look_up(p);
    dialog_open(d, &palette_kind, "Command", "tab complete  up,down choose  enter run  esc leave",
                p);
}
