/* The form of a manual sync. What it asks for goes the way of the command line, words and parser,
 * so that it means and refuses the same. */
#include "tui/dash/manual_form.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "tui/dash/dialog.h"
#include "tui/dash/line.h"
#include "tui/dash/state.h"
#include "tui/sync_args.h"
#include "tui/who.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLICE_MS = 3 };

const char *const form_streams[FORM_STREAMS] = {"merchants", "transactions", "residuals"};

/* ---- the fields as words ---- */

static void add_word(struct form *f, const char *word)
{
    size_t len = strlen(word);
    assert(f->word_count < FORM_WORDS && f->text_len + len < sizeof f->text);
    f->words[f->word_count++] = memcpy(f->text + f->text_len, word, len + 1);
    f->text_len += len + 1;
}

static void add_option(struct form *f, const char *name, const char *value)
{
    if (*value) {
        add_word(f, name);
        add_word(f, value);
    }
}

static void add_streams(struct form *f, bool has_mids)
{
    char list[64] = "";
    bool is_usual = true;
    for (int i = 0; i < FORM_STREAMS; i++) {
        size_t len = strlen(list);
        is_usual = is_usual && f->streams[i] == (i < 2 || !has_mids);
        if (f->streams[i]) {
            snprintf(list + len, sizeof list - len, "%s%s", len ? "," : "", form_streams[i]);
        }
    }
    if (!is_usual) {
        add_option(f, "--only", list);
    }
}

static void make_words(struct form *f)
{
    char mids[EDIT_SIZE];
    char *rest = NULL;
    const char *separators = " ,\t";
    text_copy(mids, sizeof mids, edit_text(&f->edits[FORM_MIDS]));
    f->text_len = 0;
    f->word_count = 0;
    add_word(f, "ipsync");
    add_word(f, "sync");
    add_word(f, "manual");
    add_option(f, "--from", edit_text(&f->edits[FORM_FROM]));
    add_option(f, "--to", edit_text(&f->edits[FORM_TO]));
    add_streams(f, mids[strspn(mids, separators)] != '\0');
    for (char *mid = strtok_r(mids, separators, &rest); mid;
         mid = strtok_r(NULL, separators, &rest)) {
        add_option(f, "--merchant", mid);
    }
}

void form_add_command(const struct form *f, struct buf *out)
{
    for (int i = 0; i < f->word_count; i++) {
        buf_adds(out, i ? " " : "");
        line_add_word(out, f->words[i]);
    }
}

/* ---- is it sound ---- */

static bool check_date(struct form *f, enum form_row row)
{
    struct civil date;
    const char *text = edit_text(&f->edits[row]);
    bool ok = !*text || civil_parse_iso(text, &date);
    if (!ok) {
        text_copy(f->errors[row], sizeof f->errors[row], "not a date (YYYY-MM-DD)");
    }
    return ok;
}

static bool check_streams(struct form *f)
{
    for (int i = 0; i < FORM_STREAMS; i++) {
        if (f->streams[i]) {
            return true;
        }
    }
    text_copy(f->errors[FORM_STREAM], sizeof f->errors[0], "choose at least one");
    return false;
}

/* Where the command's refusal belongs: by now the dates are dates and there is a stream. */
static enum form_row place_of(const struct form *f, const char *message)
{
    if (strstr(message, "--merchant")) {
        return FORM_MIDS;
    }
    return *edit_text(&f->edits[FORM_FROM]) ? FORM_TO : FORM_FROM;
}

static bool check_together(struct form *f, const struct dash *d)
{
    struct err e = {0};
    if (cli_parse(&f->cli, f->word_count, f->words, &e) &&
        sync_args_read(&f->cli, d->config, &f->request, &e)) {
        return true;
    }
    enum form_row row = place_of(f, e.message);
    text_copy(f->errors[row], sizeof f->errors[row], e.message);
    return false;
}

/* Looks at everything, says what is wrong, and begins to count what it would cost. */
static void check(struct form *f, const struct dash *d)
{
    char before[FORM_TEXT];
    size_t before_len = f->text_len;
    memcpy(before, f->text, before_len);
    make_words(f);
    if (f->is_sound && f->text_len == before_len && !memcmp(before, f->text, before_len)) {
        return; /* nothing new, so the counting goes on */
    }
    memset(f->errors, 0, sizeof f->errors);
    bool ok = check_date(f, FORM_FROM);
    ok = check_date(f, FORM_TO) && ok;
    ok = check_streams(f) && ok;
    f->is_sound = ok && check_together(f, d);
    if (f->is_sound) {
        expectation_begin(&f->expected, d, &f->request);
    } else {
        expectation_none(&f->expected, "");
    }
}

static bool form_work(struct dash *d, struct dialog *g)
{
    struct form *f = g->state;
    d->is_dirty = d->is_dirty || expectation_is_counting(&f->expected);
    return expectation_work(&f->expected, d, clock_mono_ms() + SLICE_MS);
}

/* ---- keys ---- */

static void go_to(struct dash *d, struct form *f, int stop)
{
    check(f, d);
    f->stop = (stop + FORM_STOPS) % FORM_STOPS;
    expectation_work(&f->expected, d, clock_mono_ms() + SLICE_MS);
}

/* Where the cursor belongs to mend what is wrong. */
static int first_wrong(const struct form *f)
{
    static const int stops[FORM_ROWS] = {STOP_FROM, STOP_TO, STOP_STREAMS, STOP_MIDS};
    for (int i = 0; i < FORM_ROWS; i++) {
        if (f->errors[i][0]) {
            return stops[i];
        }
    }
    return STOP_START;
}

static bool start(struct dash *d, struct form *f)
{
    check(f, d);
    if (!f->is_sound) {
        f->stop = first_wrong(f);
        return true;
    }
    const char *why_not = own_sync_why_not(d);
    if (why_not) {
        dash_complain(d, "%s", why_not);
        return true;
    }
    struct buf command = {0};
    form_add_command(f, &command);
    dialog_close(d);
    who_am_i(f->request.user, sizeof f->request.user);
    own_sync_start(d, &f->request);
    dash_log_command(d, "%s", command.data);
    buf_done(&command);
    return false;
}

static struct edit *edit_at(struct form *f)
{
    switch (f->stop) {
    case STOP_FROM:
        return &f->edits[FORM_FROM];
    case STOP_TO:
        return &f->edits[FORM_TO];
    case STOP_MIDS:
        return &f->edits[FORM_MIDS];
    default:
        return NULL;
    }
}

static void type(struct form *f, struct dash *d, const struct key *key)
{
    struct edit *edit = edit_at(f);
    bool is_box = f->stop >= STOP_STREAMS && f->stop < STOP_STREAMS + FORM_STREAMS;
    if (edit && edit_key(edit, key)) {
        expectation_none(&f->expected, ""); /* it borrows the words; known again when left */
        memset(f->errors, 0, sizeof f->errors);
        f->is_sound = false;
        make_words(f);
    } else if (is_box && key->code == KEY_CODE_SPACE) {
        bool *box = &f->streams[f->stop - STOP_STREAMS];
        *box = !*box;
        go_to(d, f, f->stop);
    } else if (is_box && key->code == KEY_CODE_LEFT) {
        go_to(d, f, f->stop - 1);
    } else if (is_box && key->code == KEY_CODE_RIGHT) {
        go_to(d, f, f->stop + 1);
    }
}

static bool form_key(struct dash *d, struct dialog *g, const struct key *key)
{
    struct form *f = g->state;
    bool is_start = f->stop == STOP_START;
    switch (key->code) {
    case KEY_CODE_ESC:
        return false;
    case KEY_CODE_TAB:
    case KEY_CODE_DOWN:
        go_to(d, f, f->stop + 1);
        return true;
    case KEY_CODE_SHIFT_TAB:
    case KEY_CODE_UP:
        go_to(d, f, f->stop - 1);
        return true;
    case KEY_CODE_ENTER: /* on to the next: what is half filled in never starts */
        if (is_start) {
            return start(d, f);
        }
        go_to(d, f, f->stop + 1);
        return true;
    case KEY_CODE_SPACE:
        if (is_start) {
            return start(d, f);
        }
    }
    type(f, d, key);
    return true;
}

/* ---- */

static void form_size(const struct dialog *g, int *rows, int *cols)
{
    (void)g;
    *rows = FORM_HEIGHT < *rows ? FORM_HEIGHT : *rows;
    *cols = FORM_WIDTH < *cols ? FORM_WIDTH : *cols;
}

static const struct dialog_kind form_kind = {
    .size = form_size, .draw = form_draw, .key = form_key, .work = form_work, .free = free};

static void fill_in(struct form *f, const struct config *config)
{
    char day[11];
    struct civil today = zone_date(config->schedule.timezone, clock_wall_ms());
    int32_t first = civil_to_days(today) - (int32_t)config->sync.look_back_days;
    civil_format(civil_from_days(first), day);
    edit_set(&f->edits[FORM_FROM], day);
    civil_format(today, day);
    edit_set(&f->edits[FORM_TO], day);
    for (int i = 0; i < FORM_STREAMS; i++) {
        f->streams[i] = true;
    }
}

void open_manual_form(struct dash *d)
{
    struct form *f = mem_alloc(sizeof *f);
    fill_in(f, d->config);
    go_to(d, f, STOP_FROM);
    dialog_open(d, &form_kind, "Manual sync",
                "tab next  space on/off  enter next, start  esc leave", f);
}
