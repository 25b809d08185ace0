/* A dashboard for the tests of its dialogs: without a terminal, over an engine and figures from the
 * database that are made up here. Included once by each of those tests. */
#ifndef TESTS_UNIT_DIALOGS_H
#define TESTS_UNIT_DIALOGS_H

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/config.h"
#include "core/engine.h"
#include "db/expect_query.h"
#include "tests/unit/unit.h"
#include "tui/cli.h"
#include "tui/dash/child.h"
#include "tui/dash/state.h"

#include <locale.h>

/* ---- made up: the engine takes down what it was asked for ---- */

static struct {
    int starts;
    bool is_over; /* it says so at the next look */
    struct sync_request request;
    char mid[32];
    int64_t id;
} engine;
static char an_engine, a_database;

struct engine *engine_start(const struct config *config, const struct sync_request *request,
                            const char *api_key, const char *scratch_database, struct err *e)
{
    (void)config;
    (void)api_key;
    (void)scratch_database;
    (void)e;
    engine.starts++;
    engine.request = *request;
    engine.id = request->retry_count ? request->retry_ids[0] : 0;
    snprintf(engine.mid, sizeof engine.mid, "%s", request->mid_count ? request->mids[0] : "");
    return (struct engine *)(void *)&an_engine;
}

int engine_fd(const struct engine *g)
{
    (void)g;
    return -1;
}

bool engine_sleep(struct engine *g)
{
    (void)g;
    return true;
}

void engine_awake(struct engine *g)
{
    (void)g;
}

bool engine_next_event(struct engine *g, struct event *out)
{
    (void)g;
    bool is_over = engine.is_over;
    *out = (struct event){.type = EVENT_FINISHED};
    engine.is_over = false;
    return is_over;
}

bool engine_command(struct engine *g, enum command_type type)
{
    (void)g;
    (void)type;
    return true;
}

int engine_take_lock(struct engine *g)
{
    (void)g;
    return -1;
}

void engine_join(struct engine *g)
{
    (void)g;
}

void engine_setup(void)
{
}

/* 1,400 to 1,520 requests, known after two slices. */
bool expect_begin(struct db_reader *r, const struct expect_ask *ask, struct expect *x,
                  struct err *e)
{
    (void)r;
    (void)e;
    bool is_initial = !strcmp(ask->sync_type, "initial");
    *x = (struct expect){.ask = *ask, .has_last = is_initial};
    x->least[EXPECT_MERCHANTS] = x->most[EXPECT_MERCHANTS] = ask->merchants;
    x->last_requests = 4311;
    x->last_duration_ms = 552000;
    return true;
}

bool expect_some(struct db_reader *r, struct expect *x, int merchants, struct err *e)
{
    (void)r;
    (void)merchants;
    (void)e;
    x->is_known = x->is_done = x->merchants++ > 0;
    if (x->is_done && x->ask.transactions) {
        x->least[EXPECT_TRANSACTIONS] = x->has_last ? 4311 : 1399;
        x->most[EXPECT_TRANSACTIONS] = x->has_last ? 4311 : 1519;
    }
    return true;
}

/* ---- a dashboard ---- */

static struct dash d;
static struct config config = {
    .api = {.requests_per_minute = 500},
    .sync = {.history_start = "2024-04-01", .look_back_days = 7},
    .database = {.path = "/dev/null/ipsync.db"},
    .schedule = {.timezone = "America/New_York"},
};
static struct cli cli = {.config = &config, .config_file = "/etc/x.conf"};

enum { NOON = 1795449600 }; /* 2026-11-23T16:00:00Z */

static inline void begin(int rows, int cols, bool ascii)
{
    struct err e = {0};
    setlocale(LC_CTYPE, "C.UTF-8");
    clock_test_freeze((int64_t)NOON * 1000, 1000000);
    memset(&d, 0, sizeof d);
    memset(&engine, 0, sizeof engine);
    d.config = &config;
    d.cli = &cli;
    for (int i = 0; i < PANE_COUNT; i++) {
        d.panes[d.pane_count++] = (enum pane_id)i;
    }
    CHECK(keys_load(&d.keys, "", &e));
    grid_init(&d.screen, rows, cols, ascii);
    dash_layout(&d, rows, cols);
}

/* The sync that was started, if one was, comes to its end. */
static inline void finish_sync(void)
{
    engine.is_over = d.own.engine != NULL;
    own_sync_events(&d);
}

static inline void end(void)
{
    finish_sync();
    dialog_close_all(&d);
    child_done(&d);
    grid_done(&d.screen);
    buf_done(&d.commands);
    clock_test_release();
}

static inline void with_database(void)
{
    d.db = (struct db_reader *)(void *)&a_database;
}

static inline void press(uint32_t code)
{
    CHECK(dialogs_key(&d, &(struct key){.code = code}));
}

static inline void type(const char *text)
{
    for (; *text; text++) {
        press((unsigned char)*text);
    }
}

static inline void paste(const char *text)
{
    press(KEY_CODE_PASTE);
    for (; *text; text++) {
        dialogs_key(&d, &(struct key){.code = KEY_CODE_PASTED, .pasted = (unsigned char)*text});
    }
}

/* All that is drawn, without empty rows at the top and bottom. */
static inline const char *picture(void)
{
    static struct buf b;
    size_t keep = 0;
    grid_blank(&d.screen);
    dialogs_draw(&d, area_all(&d.screen));
    buf_clear(&b);
    buf_adds(&b, "");
    for (int row = 0; row < d.screen.rows; row++) {
        size_t before = b.len;
        grid_add_row(&d.screen, row, &b);
        bool is_empty = b.len == before;
        if (keep || !is_empty) {
            buf_addc(&b, '\n');
        }
        keep = is_empty ? keep : b.len;
    }
    if (b.data) {
        b.data[b.len = keep] = '\0';
    }
    return b.data ? b.data : "";
}

static inline bool shows(const char *text)
{
    bool found = strstr(picture(), text) != NULL;
    if (!found) {
        fprintf(stderr, "not there: %s\n%s", text, picture());
    }
    return found;
}

#endif
