#include "tui/print.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/mem.h"
#include "core/base/text.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    ROWS_HELD = 500,     /* of a long table: the columns' widths follow from these */
    LAST_LEAST = 8,      /* columns that the last cell is left, however narrow the terminal */
    LAST_LONG = 24,      /* a last column wider than this is worth a line of its own */
    LINE_CAP = 64 * 1024 /* of one cell; what the CRM sent may be long */
};

/* ---- standard output ---- */

static int first_error;

int print_error(void)
{
    return first_error;
}

/* A non-blocking standard output (a terminal shared with such a program) is waited for. */
static bool may_go_on(int error)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    if (error == EAGAIN) {
        poll(&out, 1, -1);
    }
    return error == EAGAIN || error == EINTR;
}

static void note_error(int error)
{
    first_error = error;
    if (error != EPIPE) {
        dprintf(STDERR_FILENO, "ipsync: standard output: %s\n", strerror(error));
    }
}

void print_out(const struct buf *b)
{
    size_t done = 0;
    while (done < b->len && !first_error) {
        ssize_t n = write(STDOUT_FILENO, b->data + done, b->len - done);
        if (n >= 0) {
            done += (size_t)n;
        } else if (!may_go_on(errno)) {
            note_error(errno);
        }
    }
}

static bool is_terminal(void)
{
    static int known; /* 1 = no, 2 = yes */
    if (!known) {
        known = 1 + (isatty(STDOUT_FILENO) == 1);
    }
    return known == 2;
}

void print_add(struct buf *b, const char *text)
{
    if (is_terminal()) {
        text_add_visible(b, text);
    } else {
        buf_adds(b, text);
    }
}

int print_columns(void)
{
    struct winsize size = {0};
    if (!is_terminal()) {
        return 0;
    }
    if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col > 0) {
        return size.ws_col;
    }
    return 80;
}

/* ---- tables ---- */

struct print_table {
    const bool *right;
    int columns;
    int *widths;
    char **cells; /* of the rows held, row by row; the headings are the first */
    int rows;
    int gap;      /* between columns; less where the terminal is narrow */
    bool settled; /* the widths stand: rows go straight out */
};

/* One line each, whatever the text is. */
static char *cell_text(const char *text)
{
    struct buf b = {.cap = LINE_CAP};
    char *line = mem_strdup(text ? text : "-");
    for (char *at = line; *at; at++) {
        *at = *at == '\n' || *at == '\r' ? ' ' : *at;
    }
    if (strlen(line) > LINE_CAP / 16) {
        line[LINE_CAP / 16] = '\0'; /* each byte may become an escape of several */
    }
    print_add(&b, line);
    free(line);
    return b.data ? b.data : mem_strdup("");
}

static void hold_row(struct print_table *t, const char *const *cells)
{
    for (int i = 0; i < t->columns; i++) {
        char *cell = cell_text(cells[i]);
        int width = text_width(cell);
        t->widths[i] = width > t->widths[i] && !t->settled ? width : t->widths[i];
        t->cells[t->rows * t->columns + i] = cell;
    }
    t->rows++;
}

struct print_table *print_table_new(const char *const *headings, const bool *right, int columns)
{
    struct print_table *t = mem_alloc(sizeof *t);
    t->right = right;
    t->columns = columns;
    t->gap = 2;
    t->widths = mem_alloc((size_t)columns * sizeof *t->widths);
    t->cells = mem_alloc((size_t)columns * ROWS_HELD * sizeof *t->cells);
    hold_row(t, headings);
    return t;
}

/* Two columns of numbers side by side need less between them. */
static int gap_before(const struct print_table *t, int column)
{
    return column == 0 ? 0 : t->right[column] && t->right[column - 1] ? 1 : t->gap;
}

static int last_starts_at(const struct print_table *t)
{
    int at = 0;
    for (int i = 0; i < t->columns - 1; i++) {
        at += t->widths[i] + gap_before(t, i);
    }
    return at + gap_before(t, t->columns - 1);
}

static void add_blanks(struct buf *b, int count)
{
    for (; count > 0; count--) {
        buf_addc(b, ' ');
    }
}

/* In a pipe the cell goes as it is, so text_add_fit(), which escapes, cannot pad it. */
static void add_cell(struct buf *b, const char *cell, int width, bool right, bool pad)
{
    int blanks = width - text_width(cell);
    add_blanks(b, right ? blanks : 0);
    buf_adds(b, cell);
    add_blanks(b, right || !pad ? 0 : blanks);
}

static void trim(struct buf *b)
{
    while (b->len > 0 && b->data[b->len - 1] == ' ') {
        b->data[--b->len] = '\0';
    }
}

static void add_last(const struct print_table *t, struct buf *b, const char *cell, bool is_heading)
{
    int last = t->columns - 1;
    int start = last_starts_at(t);
    int terminal = print_columns();
    int room = terminal - start;
    bool below = terminal && t->widths[last] > LAST_LONG && room < LAST_LONG + LAST_LEAST;
    if (below && is_heading) {
        return;
    }
    if (below) {
        start = t->widths[0] + t->gap;
        room = terminal - start;
        trim(b);
        buf_addc(b, '\n');
        add_blanks(b, start);
    } else {
        add_blanks(b, gap_before(t, last));
    }
    if (!terminal) {
        add_cell(b, cell, t->widths[last], t->right[last], false);
    } else {
        add_blanks(b, t->right[last] && !below ? t->widths[last] - text_width(cell) : 0);
        text_add_fit(b, cell, room > LAST_LEAST ? room : LAST_LEAST, false);
    }
}

static void add_row(const struct print_table *t, struct buf *b, char *const *cells, bool is_heading)
{
    for (int i = 0; i < t->columns - 1; i++) {
        add_blanks(b, gap_before(t, i));
        add_cell(b, cells[i], t->widths[i], t->right[i], true);
    }
    add_last(t, b, cells[t->columns - 1], is_heading);
    trim(b);
    buf_addc(b, '\n');
}

static void write_rows(struct print_table *t)
{
    struct buf b = {0};
    if (print_columns() && last_starts_at(t) - t->gap > print_columns()) {
        t->gap = 1;
    }
    for (int row = 0; row < t->rows; row++) {
        char **cells = t->cells + row * t->columns;
        buf_clear(&b);
        add_row(t, &b, cells, row == 0 && !t->settled);
        print_out(&b);
        for (int i = 0; i < t->columns; i++) {
            free(cells[i]);
        }
    }
    t->rows = 0;
    t->settled = true;
    buf_done(&b);
}

void print_table_row(struct print_table *t, const char *const *cells)
{
    if (t->rows == ROWS_HELD) {
        write_rows(t);
    }
    hold_row(t, cells);
}

void print_table_end(struct print_table *t)
{
    write_rows(t);
    free(t->cells);
    free(t->widths);
    free(t);
}

/* ---- words ---- */

/* The unit that counts and the next smaller one. */
void print_duration(int64_t ms, char out[32])
{
    int64_t s = ms / 1000;
    if (ms < 1000) {
        snprintf(out, 32, "under 1 s");
    } else if (s < 60) {
        snprintf(out, 32, "%" PRId64 " s", s);
    } else if (s < 3600) {
        snprintf(out, 32, "%" PRId64 " min %" PRId64 " s", s / 60, s % 60);
    } else if (s < 86400) {
        snprintf(out, 32, "%" PRId64 " h %" PRId64 " min", s / 3600, s / 60 % 60);
    } else {
        snprintf(out, 32, "%" PRId64 " d %" PRId64 " h", s / 86400, s / 3600 % 24);
    }
}

void print_count(int64_t n, char out[32])
{
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRIu64, n < 0 ? -(uint64_t)n : (uint64_t)n);
    char *at = out;
    if (n < 0) {
        *at++ = '-';
    }
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0) {
            *at++ = ',';
        }
        *at++ = digits[i];
    }
    *at = '\0';
}

void print_time(const char *utc, const char *zone, char out[32])
{
    int64_t ms = 0;
    char time[9];
    char date[11];
    if (!utc || !*utc) {
        snprintf(out, 32, "-");
    } else if (!civil_parse_utc(utc, &ms)) {
        snprintf(out, 32, "%s", utc);
    } else {
        civil_format(zone_date(zone, ms), date);
        zone_time(zone, ms, time);
        snprintf(out, 32, "%s %s", date, time);
    }
}
