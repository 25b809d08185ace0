#include "tui/dash/expectation.h"

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/request.h"
#include "tui/dash/state.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MERCHANTS_AT_ONCE = 500, LONG_MINUTES = 120 };

static const char not_known[] = "not known before the merchants' list has been read";

void expectation_none(struct expectation *x, const char *why)
{
    x->is_asked = false;
    text_copy(x->why, sizeof x->why, why);
}

static struct expect_ask ask_of(const struct sync_request *r)
{
    struct expect_ask ask = {.sync_type = r->sync_type,
                             .merchants = r->streams & STREAM_MERCHANTS,
                             .transactions = r->streams & STREAM_TRANSACTIONS,
                             .residuals = r->streams & STREAM_RESIDUALS,
                             .mids = r->mids,
                             .mid_count = r->mid_count,
                             .merchants_page = EXPECT_MERCHANTS_PAGE,
                             .transactions_page = EXPECT_TRANSACTIONS_PAGE,
                             .reports_page = EXPECT_REPORTS_PAGE,
                             .rows_page = EXPECT_ROWS_PAGE,
                             .line_items_page = EXPECT_LINE_ITEMS_PAGE,
                             .batches_a_day = EXPECT_BATCHES_A_DAY};
    text_copy(ask.from, sizeof ask.from, r->from);
    text_copy(ask.to, sizeof ask.to, r->to);
    return ask;
}

void expectation_begin(struct expectation *x, const struct dash *d,
                       const struct sync_request *request)
{
    struct err e = {0};
    struct expect_ask ask = ask_of(request);
    *x = (struct expectation){0};
    if (!d->db) {
        expectation_none(x, d->trouble[0] ? d->trouble : not_known);
    } else if (!expect_begin(d->db, &ask, &x->figures, &e)) {
        expectation_none(x, e.message);
    } else {
        x->is_asked = true;
    }
}

bool expectation_is_counting(const struct expectation *x)
{
    return x->is_asked && !x->figures.is_done;
}

bool expectation_work(struct expectation *x, const struct dash *d, int64_t until)
{
    struct err e = {0};
    while (d->db && expectation_is_counting(x)) {
        if (clock_mono_ms() >= until) {
            return true;
        }
        if (!expect_some(d->db, &x->figures, MERCHANTS_AT_ONCE, &e)) {
            expectation_none(x, e.message);
        }
    }
    return false;
}

/* ---- in words ---- */

static void add_range(char out[EXPECTATION_SIZE], int64_t least, int64_t most)
{
    char low[32];
    char high[32];
    print_count(least, low);
    print_count(most, high);
    if (least == most) {
        snprintf(out, EXPECTATION_SIZE, "about %s request%s", low, least == 1 ? "" : "s");
    } else {
        snprintf(out, EXPECTATION_SIZE, "%s to %s requests", low, high);
    }
}

static void add_time(char out[EXPECTATION_SIZE], int64_t minutes)
{
    if (minutes < LONG_MINUTES) {
        snprintf(out, EXPECTATION_SIZE, "%" PRId64 " min", minutes);
    } else {
        snprintf(out, EXPECTATION_SIZE, "%" PRId64 " h", (minutes + 30) / 60);
    }
}

/* In minutes, for people: the longer it takes the rougher. */
static void add_duration(char out[EXPECTATION_SIZE], int64_t least, int64_t most)
{
    char low[EXPECTATION_SIZE];
    char high[EXPECTATION_SIZE];
    add_time(low, least);
    add_time(high, most);
    if (most < 1) {
        snprintf(out, EXPECTATION_SIZE, "under 1 min");
    } else if (!strcmp(low, high)) {
        snprintf(out, EXPECTATION_SIZE, "%s", high);
    } else if (most < LONG_MINUTES) {
        snprintf(out, EXPECTATION_SIZE, "%" PRId64 " to %" PRId64 " min", least, most);
    } else {
        snprintf(out, EXPECTATION_SIZE, "%.30s to %.30s", low, high);
    }
}

static void add_figures(char out[EXPECTATION_SIZE], int64_t least, int64_t most, int64_t rate)
{
    char requests[EXPECTATION_SIZE];
    char time[EXPECTATION_SIZE];
    add_range(requests, least, most);
    if (rate < 1) {
        text_copy(out, EXPECTATION_SIZE, requests);
        return;
    }
    add_duration(time, (least + rate / 2) / rate, (most + rate / 2) / rate);
    snprintf(out, EXPECTATION_SIZE, "%.60s, %.30s at %" PRId64 " a minute", requests, time, rate);
}

void expectation_words(const struct expectation *x, int64_t rate, char out[EXPECTATION_SIZE])
{
    const struct expect *f = &x->figures;
    int64_t least = 0;
    int64_t most = 0;
    char count[32];
    for (int i = 0; i < EXPECT_STREAMS; i++) {
        least += f->least[i];
        most += f->most[i];
    }
    if (!x->is_asked) {
        text_copy(out, EXPECTATION_SIZE, x->why);
    } else if (!f->is_done) {
        print_count(least, count);
        snprintf(out, EXPECTATION_SIZE, "at least %.20s requests; counting", count);
    } else if (!f->is_known) {
        text_copy(out, EXPECTATION_SIZE, not_known);
    } else {
        add_figures(out, least, most, rate);
    }
}

void expectation_last(const struct expectation *x, char out[EXPECTATION_SIZE])
{
    char time[32];
    char requests[32];
    out[0] = '\0';
    if (x->is_asked && !x->figures.has_last) {
        snprintf(out, EXPECTATION_SIZE, "last: none completed yet");
    } else if (x->is_asked) {
        print_duration(x->figures.last_duration_ms, time);
        print_count(x->figures.last_requests, requests);
        snprintf(out, EXPECTATION_SIZE, "last: completed%s%s%s%s%s",
                 x->figures.last_duration_ms < 0 ? "" : ", ",
                 x->figures.last_duration_ms < 0 ? "" : time,
                 x->figures.last_requests < 0 ? "" : ", ",
                 x->figures.last_requests < 0 ? "" : requests,
                 x->figures.last_requests < 0    ? ""
                 : x->figures.last_requests == 1 ? " request"
                                                 : " requests");
    }
}
