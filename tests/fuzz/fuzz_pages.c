/* Pages of the CRM to rows, the whole way: bodies as they come, read, mapped and put into a real
 * database, whose every cell is then looked at (store_check.h). The first byte says which list;
 * 0x1e parts its pages. */
#include "core/base/civil.h"
#include "core/base/mem.h"
#include "core/base/ring.h"
#include "core/config.h"
#include "core/sync_state.h"
#include "core/walk_make.h"
#include "db/job_store.h"
#include "db/metrics_store.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/store_check.h"

#include <unistd.h>

enum { YEAR = 2026, MONTH = 2, PAGES_MAX = 6, ALL_AT_ONCE = 1000 };

static struct config config = {.api = {.concurrency = 1, .max_retries = 3, .backoff_base_ms = 1},
                               .sync = {.history_start = "2024-04-01", .checkpoint_hours = 24},
                               .schedule = {.timezone = "UTC"}};
static struct sync_request request = {.sync_type = "manual",
                                      .triggered_by = "manual",
                                      .from = "2024-04-01",
                                      .to = "2026-02-28",
                                      .streams = STREAM_ALL};
static struct db_writer *db;
static struct ring *events, *commands;
static struct arena *arena;

static char path[64];

static void clean_up(void)
{
    store_forget(path);
}

static void setup(void)
{
    struct err e = {0};
    json_setup();
    db_setup();
    snprintf(path, sizeof path, "/dev/shm/ipsync-fuzz-%d.db", (int)getpid());
    store_forget(path);
    db = db_writer_open(path, 64, &e);
    HOLDS_FOR(db, e.message);
    atexit(clean_up); /* not before: what has lost its name is not written to */
    arena = arena_new();
    events = ring_new(64, sizeof(struct event));
    commands = ring_new(16, sizeof(struct command));
}

static struct walk *walk_for(char which)
{
    static const struct merchant_span span = {.mid = "0017", .days = 30, .version = "1"};
    switch (which) {
    case 'g': /* general */
        return walk_of_merchant("0017");
    case 't':
        return walk_of_transactions(&span, request.from, request.to);
    case 's': /* summary */
        return walk_of_month(RESOURCE_REPORTS, civil_month_index(YEAR, MONTH));
    case 'r':
        return walk_of_rows(YEAR, MONTH, 5, 2);
    case 'l':
        return walk_of_month(RESOURCE_LINE_ITEMS, civil_month_index(YEAR, MONTH));
    default:
        return walk_of_merchants();
    }
}

/* As if it had just come in. */
static void hold(struct sync *s, struct walk *w, const uint8_t *body, size_t len)
{
    struct transfer *t = &s->transfers[0];
    buf_done(&t->answer.body);
    *t = (struct transfer){
        .state = TRANSFER_HELD, .walk = w, .generation = w->generation, .page = w->applied + 1};
    t->answer.status = 200;
    buf_add(&t->answer.body, body, len);
}

/* False when the walk is closed. */
static bool put_page(struct sync *s, struct walk *w, const uint8_t *body, size_t len)
{
    struct err e = {0};
    struct event event;
    hold(s, w, body, len);
    HOLDS_FOR(sync_apply_held(s, w, &e), e.message);
    HOLDS_FOR(!s->is_over, s->error.message);
    while (ring_pop(s->events, &event)) {
        HOLDS_FOR(event.type != EVENT_FAILED_ITEM || event.failed_item.message[0], NULL);
    }
    return s->walks == w;
}

static void put_pages(struct sync *s, const uint8_t *data, size_t size)
{
    struct walk *w = walk_for(size > 0 ? (char)data[0] : 'm');
    s->walks = w;
    s->walks_end = &w->next;
    size_t at = size > 0;
    for (int i = 0; i < PAGES_MAX && at <= size; i++) {
        const uint8_t *end = at < size ? memchr(data + at, 0x1e, size - at) : NULL;
        size_t len = end ? (size_t)(end - data) - at : size - at;
        if (!put_page(s, w, data + at, len)) {
            return;
        }
        at += len + 1;
    }
    sync_walk_close(s, w);
}

static void calculate_metrics(void)
{
    struct err e = {0};
    bool left = false;
    HOLDS_FOR(db_begin(db, &e) && metrics_calculate_some(db, ALL_AT_ONCE, &left, &e) &&
                  db_commit(db, &e),
              e.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    if (!db) {
        setup();
    }
    struct sync *s = mem_alloc(sizeof *s);
    s->config = &config;
    s->request = &request;
    s->events = events;
    s->commands = commands;
    s->db = db;
    s->checkpoints = db_writer_reader(db);
    s->arena = arena;
    s->transfer_count = 1;
    s->walks_end = &s->walks;
    s->checkpoint_type = request.sync_type;
    pace_init(&s->pace, 0, 0);
    store_fill(db);
    HOLDS_FOR(sync_job_begin(s, &e) && sync_source_begin(s, &e), e.message);
    put_pages(s, data, size);
    calculate_metrics();
    store_check(db);
    store_empty(db);
    sync_source_free(s);
    buf_done(&s->transfers[0].answer.body);
    buf_done(&s->warnings);
    buf_done(&s->told);
    buf_done(&s->saved);
    free(s->twins.items);
    keyset_done(&s->listed);
    free(s);
    return 0;
}
