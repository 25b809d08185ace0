#include "core/base/buf.h"
#include "core/config.h"
#include "tui/dash/dialog.h"
#include "tui/dash/manual_form.h"
#include "tui/dash/state.h"

enum { FIELD_COL = 12, DATE_COLS = 11, NOTE_COL = FIELD_COL + DATE_COLS + 2, COMMAND_ROWS = 2 };

static const struct style plain = {INK_TEXT, 0}, dim = {INK_DIM, 0}, bad = {INK_BAD, 0};
static const struct style field = {INK_TEXT, MARK_UNDERLINE};

/* Below a row there is room for what is wrong with it. */
struct places {
    int rows[FORM_ROWS];
    int start, expected, command;
};

static struct places places_of(const struct area *a)
{
    int spare = a->rows >= FORM_HEIGHT;
    return (struct places){
        .rows = {0, 1, 3, 5}, .start = 8, .expected = 9 + spare, .command = a->rows - COMMAND_ROWS};
}

static void draw_label(const struct form *f, struct area a, int row, int stop, const char *label)
{
    bool has_keys = f->stop == stop;
    area_text(a, row, 1, -1, has_keys ? (struct style){INK_FOCUS, MARK_BOLD} : plain, label);
}

/* edit_draw() takes the cursor along, which belongs to the field that has the keys. */
static void draw_field(const struct form *f, struct area a, int row, int cols, enum form_row which,
                       int stop)
{
    if (f->stop == stop) {
        edit_draw(&f->edits[which], a, row, FIELD_COL, cols, field);
        return;
    }
    area_fill(a, row, FIELD_COL, cols, field);
    area_text(a, row, FIELD_COL, cols, field, edit_text(&f->edits[which]));
}

static void draw_date(const struct form *f, struct area a, int row, enum form_row which, int stop,
                      const char *note)
{
    const char *error = f->errors[which];
    draw_field(f, a, row, DATE_COLS, which, stop);
    if (*error) {
        draw_wrapped(a, row, NOTE_COL, a.cols - NOTE_COL - 1, which == FORM_TO ? 2 : 1, bad, error);
    } else {
        area_text(a, row, NOTE_COL, -1, dim, note);
    }
}

static void draw_streams(const struct form *f, struct area a, int row)
{
    int col = FIELD_COL;
    for (int i = 0; i < FORM_STREAMS; i++) {
        bool has_keys = f->stop == STOP_STREAMS + i;
        struct style style = has_keys ? (struct style){INK_FOCUS, MARK_BOLD} : plain;
        int from = col;
        col = area_textf(a, row, col, -1, style, "[%c] %s", f->streams[i] ? 'x' : ' ',
                         form_streams[i]);
        if (has_keys) {
            area_mark(a, row, from, col - from, MARK_REVERSE);
            area_cursor(a, row, from + 1);
        }
        col += 2;
    }
    area_text(a, row + 1, FIELD_COL, -1, bad, f->errors[FORM_STREAM]);
}

static void draw_mids(const struct form *f, struct area a, int row)
{
    const char *error = f->errors[FORM_MIDS];
    int cols = a.cols - FIELD_COL - 1;
    draw_field(f, a, row, cols, FORM_MIDS, STOP_MIDS);
    if (*error) {
        draw_wrapped(a, row + 1, FIELD_COL, cols, 2, bad, error);
    } else {
        area_text(a, row + 1, FIELD_COL, -1, dim, "blanks or commas between; empty: all");
    }
}

static void draw_start(const struct form *f, struct area a, int row)
{
    bool has_keys = f->stop == STOP_START;
    area_text(a, row, FIELD_COL, -1, has_keys ? (struct style){INK_FOCUS, MARK_BOLD} : plain,
              "[ Start ]");
    if (has_keys) {
        area_mark(a, row, FIELD_COL, 9, MARK_REVERSE);
        area_cursor(a, row, FIELD_COL + 2);
    }
}

static void draw_command(const struct form *f, struct area a, int row)
{
    struct buf command = {0};
    form_add_command(f, &command);
    draw_wrapped(a, row, 1, a.cols - 2, COMMAND_ROWS, dim, command.data);
    buf_done(&command);
}

void form_draw(const struct dash *d, const struct dialog *g, struct area a)
{
    const struct form *f = g->state;
    struct places p = places_of(&a);
    char words[EXPECTATION_SIZE];
    draw_label(f, a, p.rows[FORM_FROM], STOP_FROM, "From");
    draw_label(f, a, p.rows[FORM_TO], STOP_TO, "To");
    area_text(a, p.rows[FORM_STREAM], 1, -1, plain, "Streams");
    draw_label(f, a, p.rows[FORM_MIDS], STOP_MIDS, "Merchants");
    draw_date(f, a, p.rows[FORM_FROM], FORM_FROM, STOP_FROM, "first day, YYYY-MM-DD");
    draw_date(f, a, p.rows[FORM_TO], FORM_TO, STOP_TO, "last day, it is included");
    draw_streams(f, a, p.rows[FORM_STREAM]);
    draw_mids(f, a, p.rows[FORM_MIDS]);
    draw_start(f, a, p.start);
    expectation_words(&f->expected, d->config->api.requests_per_minute, words);
    area_text(a, p.expected, 1, -1, plain, words);
    draw_command(f, a, p.command);
}
