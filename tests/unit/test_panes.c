/* The screens, as text: each is drawn from a state made by hand. */
#include "core/base/buf.h"
#include "core/base/mem.h"
#include "tests/unit/fake_dash.h"
#include "tests/unit/golden.h"
#include "tests/unit/unit.h"

#include <locale.h>
#include <math.h>
#include <string.h>

static void show(const char *name, struct dash *d)
{
    fake_dash_draw(d);
    golden_check(name, &d->screen);
    fake_dash_free(d);
}

/* ---- a sync runs, at all sizes ---- */

static void show_live(const char *name, int cols, int rows, bool ascii)
{
    struct dash *d = fake_dash_full(rows, cols, ascii);
    fake_dash_add_sync(d);
    show(name, d);
}

static void live(void)
{
    show_live("live-80x24", 80, 24, false);
    show_live("live-120x40", 120, 40, false);
    show_live("live-110x30", 110, 30, false);
    show_live("live-200x60", 200, 60, false);
    show_live("live-60x16", 60, 16, false);
    show_live("live-59x15", 59, 15, false);
    show_live("live-1x1", 1, 1, false);
    show_live("live-80x24-ascii", 80, 24, true);
    show_live("live-120x40-ascii", 120, 40, true);
}

static void waiting(void)
{
    struct dash *d = fake_dash_full(24, 80, false);
    fake_dash_add_sync(d);
    d->focus = PANE_ERRORS;
    d->others[0].progress.wait_until = d->now + 50000;
    d->others[0].progress.eta_seconds = -1;
    d->others[0].progress.dropped = 12;
    d->others[0].is_cancelled = true;
    snprintf(d->others[0].note, sizeof d->others[0].note,
             "the CRM answers 503: asked again in 50 s");
    show("waiting-80x24", d);
}

/* ---- nothing runs: each pane has the focus in turn ---- */

static void idle(void)
{
    static const char *const names[PANE_COUNT] = {"idle-active-80x24", "idle-history-80x24",
                                                  "idle-errors-80x24", "idle-analytics-80x24",
                                                  "idle-schedule-80x24"};
    for (int i = 0; i < PANE_COUNT; i++) {
        struct dash *d = fake_dash_full(24, 80, false);
        d->focus = i;
        show(names[i], d);
    }
    show("idle-120x40", fake_dash_full(40, 120, false));
}

static void zoomed(void)
{
    static const struct {
        enum pane_id pane;
        int cols, rows;
        const char *name;
    } screens[] = {{PANE_ERRORS, 120, 40, "zoom-errors-120x40"},
                   {PANE_ANALYTICS, 120, 40, "zoom-analytics-120x40"},
                   {PANE_ANALYTICS, 60, 16, "zoom-analytics-60x16"},
                   {PANE_SCHEDULE, 60, 16, "zoom-schedule-60x16"},
                   {PANE_ERRORS, 60, 16, "zoom-errors-60x16"},
                   {PANE_ACTIVE, 120, 40, "zoom-active-120x40"}};
    for (size_t i = 0; i < sizeof screens / sizeof *screens; i++) {
        struct dash *d = fake_dash_full(screens[i].rows, screens[i].cols, false);
        fake_dash_add_sync(d);
        d->focus = screens[i].pane;
        d->zoomed = true;
        show(screens[i].name, d);
    }
}

/* ---- what is not as it should be ---- */

static void nothing_known(void)
{
    struct dash *d = fake_dash_new(24, 80, false);
    show("loading-80x24", d);
    d = fake_dash_new(30, 110, false);
    d->database_missing = true;
    d->read_only = true;
    snprintf(d->read_only_why, sizeof d->read_only_why, "--read-only");
    show("missing-110x30", d);
    d = fake_dash_new(30, 110, false);
    snprintf(d->trouble, sizeof d->trouble, "ipsync.db was written by a newer ipsync");
    show("trouble-110x30", d);
}

static void nothing_there(void)
{
    struct dash *d = fake_dash_new(30, 110, false);
    fake_dash_add_feeds(d);
    d->stats_known = d->health_known = true;
    d->stats.days = 30;
    d->health.age_seconds = -1;
    d->health.level = HEALTH_CRITICAL;
    snprintf(d->health.reasons, sizeof d->health.reasons, "never synced");
    show("empty-110x30", d);
}

static void held_still(void)
{
    struct dash *d = fake_dash_full(24, 80, false);
    fake_dash_add_sync(d);
    d->is_frozen = true;
    d->held_back = 1234;
    d->read_only = true;
    snprintf(d->toast, sizeof d->toast, "read-only: nothing can be started here");
    d->toast_is_bad = true;
    show("frozen-80x24", d);
    d = fake_dash_full(40, 120, false);
    d->is_frozen = true;
    d->held_back = 1234;
    show("frozen-120x40", d);
}

/* ---- lists ---- */

static void filtered(void)
{
    struct dash *d = fake_dash_full(24, 80, false);
    fake_dash_draw(d);
    d->focus = PANE_ERRORS;
    edit_set(&d->lists[LIST_ERRORS].filter, "503");
    d->lists[LIST_ERRORS].is_typing = true;
    feed_set_filter(d->lists[LIST_ERRORS].feed, "503");
    fake_dash_draw(d);
    CHECK_INT(d->screen.cursor_row, 23);
    CHECK_INT(d->screen.cursor_col, 4);
    golden_check("filter-80x24", &d->screen);
    d->lists[LIST_ERRORS].is_typing = false;
    feed_set_filter(d->lists[LIST_ERRORS].feed, "no such thing");
    feed_set_order(d->lists[LIST_ERRORS].feed, 1);
    show("filter-none-80x24", d);
}

static void selected(void)
{
    struct dash *d = fake_dash_full(24, 80, false);
    d->focus = PANE_ERRORS;
    d->mark_size = d->mark_count = 2;
    d->marks = mem_alloc(2 * sizeof *d->marks);
    d->marks[0] = 1;
    d->marks[1] = 3;
    fake_dash_draw(d);
    feed_move(d->lists[LIST_ERRORS].feed, 2);
    fake_dash_draw(d);
    int row = d->layout.panes[PANE_ERRORS].rect.row + 4;
    CHECK_INT(d->screen.cursor_row, row);
    CHECK_INT(d->screen.cursor_col, 1);
    for (int col = 1; col < 79; col++) {
        CHECK(grid_at(&d->screen, row, col)->marks & MARK_REVERSE);
    }
    CHECK(!(grid_at(&d->screen, row - 1, 5)->marks & MARK_REVERSE));
    show("marked-80x24", d);
}

/* ---- no size and no state is too much ---- */

static void any_size(void)
{
    for (int i = 0; i < 400; i++) {
        int rows = 1 + i * 7 % 61;
        int cols = 1 + i * 13 % 211;
        struct dash *d =
            i % 3 ? fake_dash_full(rows, cols, i % 2) : fake_dash_new(rows, cols, i % 2);
        d->focus = i % PANE_COUNT;
        d->zoomed = i % 4 == 1;
        if (i % 2) {
            fake_dash_add_sync(d);
        }
        fake_dash_draw(d);
        fake_dash_free(d);
    }
}

static void make_extreme(struct dash *d)
{
    struct sync_shown *s = &d->others[0];
    struct progress *p = &s->progress;
    fake_dash_add_sync(d);
    memset(s->who, '@', sizeof s->who - 1);
    memset(s->note, 'n', sizeof s->note - 1);
    memset(p->in_hand, 'x', sizeof p->in_hand - 1);
    p->requests = p->least = p->most = INT64_MAX / 4;
    p->rows = p->failed = p->retries = p->dropped = INT64_MAX;
    p->rows_per_second = 1e18;
    p->requests_per_second = NAN;
    p->rate_left = p->rate_limit = 2000000000;
    p->eta_seconds = INT64_MAX / 1000;
    s->started_at = 1;
    d->stats.now = (struct stats_sum){.total = INT64_MAX,
                                      .average_ms = INT64_MAX,
                                      .success_rate = NAN,
                                      .rows = INT64_MAX,
                                      .errors = 1};
    d->stats.day[29].sum = d->stats.now;
    d->health.age_seconds = INT64_MAX / 1000;
    memset(d->health.reasons, 'r', sizeof d->health.reasons - 1);
    d->runs[0].at = d->now + 1000LL * 86400 * 365 * 900;
    memset(d->schedules[0].zone, 'Z', 3);
}

static void extremes(void)
{
    static const int sizes[][2] = {{60, 16}, {80, 24}, {110, 30}, {200, 60}};
    for (int i = 0; i < 8; i++) {
        struct dash *d = fake_dash_full(sizes[i / 2][1], sizes[i / 2][0], i % 2);
        make_extreme(d);
        d->focus = i % PANE_COUNT;
        fake_dash_draw(d);
        if (i == 2) {
            golden_check("extreme-80x24", &d->screen);
        }
        fake_dash_free(d);
    }
}

/* Where next to nothing changes, next to nothing is drawn. */
static void live_frames_are_small(void)
{
    struct dash *d = fake_dash_full(24, 80, false);
    struct buf before, now;
    int changed = 0;
    fake_dash_add_sync(d);
    fake_dash_draw(d);
    before = golden_picture(&d->screen);
    d->others[0].progress.rows += 462;
    d->others[0].progress.requests += 2;
    d->others[0].progress.least -= 2;
    d->others[0].progress.most -= 2;
    d->others[0].progress.rate_left -= 2;
    d->others[0].progress.eta_seconds -= 1;
    d->others[0].progress.rows_per_second -= 13;
    fake_dash_draw(d);
    now = golden_picture(&d->screen);
    CHECK_INT(before.len, now.len);
    for (size_t i = 0; i < now.len; i++) {
        changed += before.data[i] != now.data[i];
    }
    CHECK(changed < 24);
    buf_done(&before);
    buf_done(&now);
    fake_dash_free(d);
}

static const struct unit_case cases[] = {
    {"live", live},
    {"waiting", waiting},
    {"idle", idle},
    {"zoomed", zoomed},
    {"nothing_known", nothing_known},
    {"nothing_there", nothing_there},
    {"held_still", held_still},
    {"filtered", filtered},
    {"selected", selected},
    {"any_size", any_size},
    {"extremes", extremes},
    {"live_frames_are_small", live_frames_are_small},
};

int main(int argc, char **argv)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    return unit_main(argc, argv, cases, sizeof cases / sizeof *cases);
}
