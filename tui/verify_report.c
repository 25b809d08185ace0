#include "tui/verify_report.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/mem.h"
#include "core/money.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { UNREAD_SHOWN = 10 };

static void *grow(void *items, size_t *size, size_t count, size_t each)
{
    if (count < *size) {
        return items;
    }
    *size = *size ? *size * 2 : 64;
    return mem_realloc(items, *size * each);
}

/* The line of that stream and month, made in its place. */
static struct verify_line *line_of(struct verify_report *r, enum verify_stream stream,
                                   const char *month)
{
    size_t at = r->line_count;
    while (at &&
           (r->lines[at - 1].stream > stream || (r->lines[at - 1].stream == stream &&
                                                 strcmp(r->lines[at - 1].here.month, month) > 0))) {
        at--;
    }
    if (at && r->lines[at - 1].stream == stream && !strcmp(r->lines[at - 1].here.month, month)) {
        return &r->lines[at - 1];
    }
    r->lines = grow(r->lines, &r->line_size, r->line_count, sizeof *r->lines);
    memmove(r->lines + at + 1, r->lines + at, (r->line_count++ - at) * sizeof *r->lines);
    struct verify_line *line = &r->lines[at];
    *line = (struct verify_line){.stream = stream};
    memcpy(line->here.month, month, sizeof line->here.month);
    memcpy(line->crm.month, month, sizeof line->crm.month);
    return line;
}

void verify_report_add(struct verify_report *r, enum verify_stream stream,
                       const struct verify_figures *figures, bool is_crm)
{
    struct verify_line *line = line_of(r, stream, figures->month);
    *(is_crm ? &line->crm : &line->here) = *figures;
}

void verify_report_add_control(struct verify_report *r, const struct verify_control *control)
{
    r->controls = grow(r->controls, &r->control_size, r->control_count, sizeof *r->controls);
    r->controls[r->control_count++] = *control;
}

struct verify_unread *verify_report_add_unread(struct verify_report *r)
{
    r->unread = grow(r->unread, &r->unread_size, r->unread_count, sizeof *r->unread);
    return &r->unread[r->unread_count++];
}

void verify_report_done(struct verify_report *r)
{
    free(r->lines);
    free(r->controls);
    free(r->unread);
}

bool verify_line_differs(const struct verify_line *line)
{
    return line->here.rows != line->crm.rows ||
           memcmp(line->here.money, line->crm.money, sizeof line->here.money) != 0;
}

size_t verify_report_differing(const struct verify_report *r)
{
    size_t n = 0;
    for (size_t i = 0; i < r->line_count; i++) {
        n += verify_line_differs(&r->lines[i]);
    }
    return n;
}

static int64_t add(int64_t a, int64_t b)
{
    int64_t sum = 0;
    return !__builtin_add_overflow(a, b, &sum) ? sum : a < 0 ? INT64_MIN : INT64_MAX;
}

static void add_up(struct verify_figures *sum, const struct verify_figures *f)
{
    sum->rows += f->rows;
    for (int i = 0; i < VERIFY_MONEY_MOST; i++) {
        sum->money[i] = add(sum->money[i], f->money[i]);
    }
}

struct verify_line verify_report_total(const struct verify_report *r, enum verify_stream stream,
                                       bool *differs)
{
    struct verify_line total = {.stream = stream};
    *differs = false;
    for (size_t i = 0; i < r->line_count; i++) {
        if (r->lines[i].stream == stream) {
            add_up(&total.here, &r->lines[i].here);
            add_up(&total.crm, &r->lines[i].crm);
            *differs = *differs || verify_line_differs(&r->lines[i]);
        }
    }
    return total;
}

/* ---- for people ---- */

enum { COLUMNS = 6 };

/* 1,234,567.89; with all its digits where two sums differ behind the cents. */
static void money_text(int64_t units, int decimals, bool is_exact, char out[48])
{
    char plain[32];
    char whole[32];
    bool is_round = !is_exact && decimals == 6;
    money_format(is_round ? money_round_micros(units, 2) : units, decimals, plain);
    char *point = strchr(plain, '.');
    point[is_round ? 3 : decimals + 1] = '\0';
    *point = '\0';
    print_count(strtoll(plain, NULL, 10), whole);
    bool lost_sign = plain[0] == '-' && whole[0] != '-';
    snprintf(out, 48, "%s%s.%s", lost_sign ? "-" : "", whole, point + 1);
}

static void money_texts(int64_t a, int64_t b, int decimals, char out[2][48])
{
    enum { CENT = 10000 }; /* in millionths */
    bool is_exact = a != b && (a % CENT || b % CENT);
    money_text(a, decimals, is_exact, out[0]);
    money_text(b, decimals, is_exact, out[1]);
}

static void stream_label(enum verify_stream stream, int money, bool differs, char out[48])
{
    const struct verify_shape *shape = &verify_shapes[stream];
    const char *name = stream == VERIFY_LINE_ITEMS ? "line items" : shape->name;
    const char *what = money && shape->money[money] ? shape->money[money] : "";
    what = strcmp(what, "agentNet") != 0 ? what : "agent";
    snprintf(out, 48, "%c %s%s%s", differs ? '*' : ' ', name, *what ? " " : "", what);
}

static void put_line(struct print_table *t, const struct verify_line *line, int money,
                     const char *month, bool differs)
{
    const struct verify_shape *shape = &verify_shapes[line->stream];
    char label[48];
    char rows[2][32];
    char sums[2][48];
    const char *cells[COLUMNS] = {label, month};
    stream_label(line->stream, money, differs, label);
    if (!money) {
        print_count(line->here.rows, rows[0]);
        print_count(line->crm.rows, rows[1]);
        cells[2] = rows[0];
        cells[3] = rows[1];
    }
    if (shape->money[money]) {
        money_texts(line->here.money[money], line->crm.money[money], shape->decimals, sums);
        cells[4] = sums[0];
        cells[5] = sums[1];
    }
    print_table_row(t, cells);
}

/* Rows and first sum on one line; each further sum on its own where it differs. */
static void put_lines(struct print_table *t, const struct verify_line *line, const char *month,
                      bool differs)
{
    put_line(t, line, 0, month, differs);
    for (int i = 1; i < VERIFY_MONEY_MOST && verify_shapes[line->stream].money[i]; i++) {
        if (line->here.money[i] != line->crm.money[i]) {
            put_line(t, line, i, month, true);
        }
    }
}

static void print_figures(const struct verify_report *r, bool all)
{
    static const char *const headings[COLUMNS] = {"  STREAM", "MONTH",       "ROWS HERE",
                                                  "IN CRM",   "AMOUNT HERE", "IN CRM"};
    static const bool right[COLUMNS] = {false, false, true, true, true, true};
    struct print_table *t = print_table_new(headings, right, COLUMNS);
    size_t at = 0;
    for (enum verify_stream stream = 0; stream < VERIFY_STREAMS; stream++) {
        for (; at < r->line_count && r->lines[at].stream == stream; at++) {
            const struct verify_line *line = &r->lines[at];
            bool differs = verify_line_differs(line);
            if ((all || differs) && stream != VERIFY_MERCHANTS) {
                put_lines(t, line, line->here.month[0] ? line->here.month : "none", differs);
            }
        }
        bool differs = false;
        struct verify_line total = verify_report_total(r, stream, &differs);
        put_lines(t, &total, "all", differs);
    }
    print_table_end(t);
}

static void put_control(struct print_table *t, const struct verify_control *c, const char *month)
{
    char label[24];
    char numbers[3][32];
    char sums[2][48];
    snprintf(label, sizeof label, "  %s", c->stream);
    print_count(c->count, numbers[0]);
    print_count(c->rows_said, numbers[1]);
    print_count(c->rows_held, numbers[2]);
    money_texts(c->money_said, c->money_held, c->decimals, sums);
    const char *cells[] = {label, month, numbers[0], numbers[1], numbers[2], sums[0], sums[1]};
    print_table_row(t, cells);
}

static void add_control(struct verify_control *sum, const struct verify_control *c)
{
    sum->stream = c->stream;
    sum->decimals = c->decimals;
    sum->count += c->count;
    sum->rows_said = add(sum->rows_said, c->rows_said);
    sum->rows_held = add(sum->rows_held, c->rows_held);
    sum->money_said = add(sum->money_said, c->money_said);
    sum->money_held = add(sum->money_held, c->money_held);
}

static void print_controls(const struct verify_report *r, bool all)
{
    static const char *const headings[] = {"  STREAM", "MONTH",       "COUNT", "ROWS SAID",
                                           "HELD",     "AMOUNT SAID", "HELD"};
    static const bool right[] = {false, false, true, true, true, true, true};
    struct buf b = {0};
    buf_adds(&b, "\nTotals of the CRM that its own rows do not meet; no fault of the copy:\n");
    print_out(&b);
    buf_done(&b);
    struct print_table *t = print_table_new(headings, right, 7);
    for (size_t i = 0; i < r->control_count;) {
        struct verify_control sum = {0};
        const char *stream = r->controls[i].stream;
        for (; i < r->control_count && r->controls[i].stream == stream; i++) {
            const struct verify_control *c = &r->controls[i];
            add_control(&sum, c);
            if (all) {
                put_control(t, c, c->month[0] ? c->month : "none");
            }
        }
        put_control(t, &sum, "all");
    }
    print_table_end(t);
}

static void add_unread(const struct verify_report *r, struct buf *b)
{
    buf_adds(b, "\nNot to be read from the CRM now, so not all was compared:\n");
    for (size_t i = 0; i < r->unread_count && i < UNREAD_SHOWN; i++) {
        buf_addf(b, "  %s ", r->unread[i].type);
        print_add(b, r->unread[i].id);
        buf_adds(b, ": ");
        print_add(b, r->unread[i].message);
        buf_addc(b, '\n');
    }
    if (r->unread_count > UNREAD_SHOWN) {
        buf_addf(b, "  and %zu more\n", r->unread_count - UNREAD_SHOWN);
    }
}

/* The days that hold all months that differ; within the range that was compared. */
static void differing_days(const struct verify_report *r, char from[11], char to[11])
{
    const char *first = NULL;
    const char *last = NULL;
    for (size_t i = 0; i < r->line_count; i++) {
        const char *month = r->lines[i].here.month;
        if (verify_line_differs(&r->lines[i]) && month[0]) {
            first = !first || strcmp(month, first) < 0 ? month : first;
            last = !last || strcmp(month, last) > 0 ? month : last;
        }
    }
    struct civil day = {.day = 1};
    memcpy(from, first ? r->from : r->to, 11);
    memcpy(to, r->to, 11);
    if (first && strncmp(r->from, first, 7) < 0) {
        snprintf(from, 11, "%.7s-01", first);
    }
    if (last && strncmp(r->to, last, 7) > 0 && civil_parse_month(last, &day.year, &day.month)) {
        day.day = civil_days_in_month(day.year, day.month);
        civil_format(day, to);
    }
}

static void add_advice(const struct verify_report *r, struct buf *b)
{
    size_t differing = verify_report_differing(r);
    if (!differing) {
        buf_addf(b, "\n%s to %s: %s\n", r->from, r->to,
                 r->unread_count ? "what could be read is equal" : "equal");
        return;
    }
    char from[11];
    char to[11];
    differing_days(r, from, to);
    buf_addf(b,
             "\n%s to %s: %zu of %zu lines differ (*). To read them again:\n"
             "  ipsync sync manual --from %s --to %s --fresh\n",
             r->from, r->to, differing, r->line_count, from, to);
}

void verify_report_print(const struct verify_report *r, bool all)
{
    struct buf b = {0};
    print_figures(r, all);
    if (r->control_count) {
        print_controls(r, all);
    }
    if (r->unread_count) {
        add_unread(r, &b);
    }
    add_advice(r, &b);
    print_out(&b);
    buf_done(&b);
}
