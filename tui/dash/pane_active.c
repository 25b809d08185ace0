/* What runs now, or how the last sync ended and when the next one comes.
 *
 * Everything has a place of its own, found from the area's size alone: on the left the phases with
 * their bars, the figures to the right of them, or below where there are rows enough and a bar
 * would else be short. So a frame changes the digits that changed. */
#include "core/config.h"
#include "tui/dash/pane_list.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
    NAME = 13, /* columns of a phase's name */
    PERCENT = 5,
    BAR_LEAST = 6,
    BAR_MOST = 40,
    FIGURES = 46, /* what the figures on the right would like to have */
    LABEL = 9,    /* of a figure */
    NUMBER = 10,
    RATE = 9,
    FIGURE_LINES = 4,
    STACKED_ROWS = 1 + PHASE_COUNT + FIGURE_LINES + 1,
    SHORT_BAR = 24,
    ETA_LONG = 29, /* "  about 23 h 59 min left" and some air */
};

static const struct style text = {INK_TEXT, 0};
static const struct style bold = {INK_TEXT, MARK_BOLD};
static const struct style dim = {INK_DIM, 0};
static const struct style warn = {INK_WARN, 0};
static const struct style busy = {INK_BUSY, 0};

/* Where things stand. */
struct places {
    bool stacked; /* the figures below, the whole width for the bars */
    int bar, bar_width, figures;
};

static int between(int least, int n, int most)
{
    return n < least ? least : n > most ? most : n;
}

static struct places find_places(int rows, int cols)
{
    struct places p = {.bar = NAME + PERCENT + 2};
    int beside = cols - (p.bar + 4) - FIGURES;
    p.stacked = rows >= STACKED_ROWS && beside < SHORT_BAR;
    p.bar_width = between(BAR_LEAST, p.stacked ? cols - p.bar - 2 : beside, BAR_MOST);
    p.figures = p.stacked ? 0 : p.bar + p.bar_width + 4;
    return p;
}

/* ---- on the left: how far it is ---- */

static void draw_bar(struct area a, int row, const struct places *p, int percent)
{
    area_textf(a, row, NAME, PERCENT, text, "%3d %%", percent);
    area_text(a, row, p->bar, 1, dim, "[");
    area_bar(a, row, p->bar + 1, p->bar_width, busy, percent / 100.0);
    area_text(a, row, p->bar + 1 + p->bar_width, 1, dim, "]");
}

/* Returns the row after the last. */
static int draw_phases(struct area a, int row, const struct places *p, const struct progress *now)
{
    for (int i = 0; i < PHASE_COUNT; i++) {
        if (now->phase_percent[i] >= 0) {
            bool in_hand = (int)now->phase == i;
            area_text(a, row, 0, NAME - 1, in_hand ? text : dim, phase_name((enum sync_phase)i));
            draw_bar(a, row++, p, now->phase_percent[i]);
        }
    }
    return row;
}

/* ---- on the right: figures ---- */

static void draw_figure(struct area a, int row, const char *label, int64_t n, double rate)
{
    char words[WORD_SIZE];
    area_text(a, row, 0, LABEL, dim, label);
    print_count(n, words);
    area_right(a, row, LABEL, NUMBER, text, words);
    if (rate >= 1000) {
        print_count((int64_t)rate, words);
        snprintf(words + strlen(words), 4, "/s");
    } else {
        snprintf(words, sizeof words, "%.1f/s", rate);
    }
    area_right(a, row, LABEL + NUMBER, RATE, dim, words);
}

/* "of 1,400 to 1,520": what it will have asked for in the end, where there is room for it. */
static void draw_expected(struct area a, int row, const struct progress *now)
{
    char least[WORD_SIZE];
    char most[WORD_SIZE];
    int col = LABEL + NUMBER + RATE + 1;
    if (a.cols < FIGURES || now->most <= 0) {
        return;
    }
    word_count(now->requests + now->least, least);
    word_count(now->requests + now->most, most);
    if (strcmp(least, most) != 0) {
        area_textf(a, row, col, -1, dim, "of %s to %s", least, most);
    } else {
        area_textf(a, row, col, -1, dim, "of %s", most);
    }
}

static void draw_troubles(struct area a, int row, const struct progress *now)
{
    char failed[WORD_SIZE];
    char retries[WORD_SIZE];
    bool wide = a.cols >= FIGURES;
    word_count(now->failed, failed);
    word_count(now->retries, retries);
    area_text(a, row, 0, LABEL, dim, "failed");
    area_right(a, row, 7, 5, now->failed ? (struct style){INK_BAD, 0} : text, failed);
    area_text(a, row, 14, 8, dim, "retries");
    area_right(a, row, 22, 5, now->retries ? warn : text, retries);
    if (wide && now->rate_limit > 0 && now->rate_left >= 0) {
        area_textf(a, row, 29, -1, dim, "%*d of %d left", now->rate_limit > 999 ? 4 : 3,
                   now->rate_left, now->rate_limit);
    }
}

/* What it is doing: reading, or waiting. */
static void draw_doing(const struct dash *d, struct area a, int row, const struct progress *now)
{
    char until[WORD_SIZE];
    if (now->wait_until) {
        word_clock(now->wait_until, d->config->schedule.timezone, d->now, until);
        bool is_breaker = now->wait_reason == WAIT_BREAKER;
        bool is_short = a.cols < 36;
        area_textf(a, row, 0, -1, warn, "%s until %s%s",
                   is_breaker ? (is_short ? "breaker" : "breaker open")
                   : is_short ? "waits"
                              : "waits for the CRM",
                   until,
                   is_short     ? ""
                   : is_breaker ? ", b closes it"
                                : " (429/503)");
    } else if (now->in_hand[0]) {
        area_text(a, row, 0, LABEL, dim, "reading");
        area_text(a, row, LABEL, -1, text, now->in_hand);
    }
}

static void draw_figures(const struct dash *d, struct area a, const struct progress *now)
{
    draw_figure(a, 0, "rows", now->rows, now->rows_per_second);
    draw_figure(a, 1, "requests", now->requests, now->requests_per_second);
    draw_expected(a, 1, now);
    draw_troubles(a, 2, now);
    draw_doing(d, a, 3, now);
}

/* ---- a sync ---- */

static void draw_head(const struct dash *d, struct area a, const struct places *p,
                      const struct sync_shown *s)
{
    char eta[32];
    struct area right = area_part(a, 0, p->stacked ? p->bar : p->figures, 1, a.cols);
    bool is_stopping = s->is_cancelled || (s->is_ours && d->own.is_stopping);
    area_textf(a, 0, 0, NAME - 1, bold, "%s sync", s->type);
    if (p->stacked) { /* the bars below say it, too */
        area_textf(a, 0, NAME, PERCENT, bold, "%3d %%", s->progress.overall);
    } else {
        draw_bar(a, 0, p, s->progress.overall);
    }
    int col = area_text(right, 0, 0, -1,
                        (struct style){(uint8_t)ink_of_status(s->status), MARK_BOLD}, s->status);
    if (is_stopping) {
        area_text(right, 0, col + 2, -1, warn, "asked to stop");
    } else if (s->progress.eta_seconds < 0) {
        area_text(right, 0, col + 2, -1, dim, "no forecast yet");
    } else if (right.cols - col >= ETA_LONG) {
        print_duration(s->progress.eta_seconds * 1000, eta);
        area_textf(right, 0, col + 2, -1, text, "about %s left", eta);
    } else {
        word_duration(s->progress.eta_seconds * 1000, eta);
        area_textf(right, 0, col + 2, -1, text, "about %s left", eta);
    }
}

/* "this dashboard, since 14:03:20" or "by ann on crm1, pid 1234, since 14:03:20" */
static void draw_who(const struct dash *d, struct area a, int row, const struct sync_shown *s)
{
    char since[WORD_SIZE];
    char pid[32] = "";
    int col = 0;
    word_clock(s->started_at, d->config->schedule.timezone, d->now, since);
    if (s->is_ours) {
        col = area_textf(a, row, 0, -1, dim, "this dashboard, since %s", since);
    } else {
        if (s->pid) {
            snprintf(pid, sizeof pid, ", pid %" PRId64, s->pid);
        }
        col = area_textf(a, row, 0, -1, dim, "by %s%s%s%s, since %s", s->who[0] ? s->who : "?",
                         s->host[0] ? " on " : "", s->host, pid, since);
    }
    if (s->is_ours && d->own.shown.progress.dropped > 0) {
        area_textf(a, row, col + 2, -1, dim, "(%" PRId64 " events came too fast to be shown)",
                   d->own.shown.progress.dropped);
    }
}

/* Returns how many rows it took. */
static int draw_sync(const struct dash *d, struct area a, const struct sync_shown *s)
{
    struct places p = find_places(a.rows, a.cols);
    draw_head(d, a, &p, s);
    int row = draw_phases(a, 1, &p, &s->progress);
    int figures = p.stacked ? row : 1;
    draw_figures(d, area_part(a, figures, p.figures, FIGURE_LINES, a.cols), &s->progress);
    row = row < figures + FIGURE_LINES ? figures + FIGURE_LINES : row;
    draw_who(d, a, row++, s);
    if (s->note[0]) {
        area_text(a, row++, 0, -1, text, s->note);
    }
    return row;
}

/* ---- none ---- */

static void draw_last(const struct dash *d, struct area a, int *row)
{
    const struct last_sync *last = &d->last;
    char when[WORD_SIZE];
    char age[WORD_SIZE];
    area_text(a, *row, 0, -1, dim, "last sync");
    if (!last->ended_at) {
        area_text(a, (*row)++, NAME, -1, text, "none yet");
        return;
    }
    word_time(last->ended_at, d->config->schedule.timezone, d->now, when);
    word_age(d->now - last->ended_at, age);
    int col = area_text(a, *row, NAME, -1, text, last->type);
    col = area_text(a, *row, col + 2, -1, (struct style){ink_of_status(last->status), 0},
                    last->status);
    area_textf(a, (*row)++, col + 2, -1, text, "%s  (%s ago)", when, age);
}

static void draw_next(const struct dash *d, struct area a, int *row)
{
    const struct run_to_come *run = &d->runs[0];
    char when[WORD_SIZE];
    char until[WORD_SIZE];
    area_text(a, *row, 0, -1, dim, "next run");
    if (d->run_count == 0 || run->at == 0) {
        area_text(a, (*row)++, NAME, -1, text, "none");
        return;
    }
    const struct schedule_shown *schedule = &d->schedules[run->schedule];
    word_time(run->at, schedule->zone, d->now, when);
    word_until(run->at - d->now, until);
    area_textf(a, (*row)++, NAME, -1, text, "%s  %s  %s", schedule->type, when, until);
}

static void draw_none(const struct dash *d, struct area a)
{
    int row = 0;
    area_text(a, row++, 0, -1, bold, "No sync is running.");
    draw_last(d, a, &row);
    if (d->last.ended_at && d->last.words[0]) {
        area_text(a, row++, NAME, -1, dim, d->last.words);
    }
    draw_next(d, a, &row);
    row += row + 1 < a.rows;
    if (d->read_only) {
        draw_hint(a, row, "A sync cannot be started here: read-only.");
    } else {
        area_text(a, row, 0, 1, (struct style){INK_KEY, MARK_BOLD}, "s");
        area_text(a, row, 2, -1, text, "starts one.");
    }
}

/* What of the rest belongs here, while one runs and there is room. */
static void draw_around(const struct dash *d, struct area a, int row)
{
    if (row + 2 < a.rows) {
        row++;
        draw_last(d, a, &row);
        draw_next(d, a, &row);
    }
}

/* The one pane that says what to do. */
static bool draw_why_none(const struct dash *d, struct area a)
{
    if (!draw_why_empty(d, a, d->health_known)) {
        return false;
    }
    if (d->trouble[0]) {
        int rows = draw_wrapped(a, 1, 0, a.cols, 3, (struct style){INK_BAD, 0}, d->trouble);
        draw_hint(a, 1 + rows, "It is tried again every minute.");
    } else if (d->database_missing && d->read_only) {
        draw_hint(a, 1, "The first sync makes it; this dashboard is read-only.");
    } else if (d->database_missing) {
        area_text(a, 1, 0, 1, (struct style){INK_KEY, MARK_BOLD}, "s");
        area_text(a, 1, 2, -1, text, "starts the initial sync, which makes it.");
    }
    return true;
}

void draw_active(const struct dash *d, struct area inside)
{
    const struct sync_shown *own = d->own.engine ? &d->own.shown : NULL;
    int row = own ? draw_sync(d, inside, own) : 0;
    for (int i = 0; i < d->other_count && row < inside.rows; i++) {
        row += row > 0;
        struct area rest = area_part(inside, row, 0, inside.rows - row, inside.cols);
        row += draw_sync(d, rest, &d->others[i]);
    }
    if (row > 0) {
        draw_around(d, inside, row);
    } else if (!draw_why_none(d, inside)) {
        draw_none(d, inside);
    }
}
