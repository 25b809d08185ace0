#include "tests/torture/story.h"

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/ring.h"
#include "core/request.h"
#include "core/sync.h"
#include "db/conn.h"
#include "db/db.h"
#include "tests/torture/check.h"
#include "tests/torture/fault.h"
#include "tests/torture/happen.h"
#include "tests/torture/net.h"
#include "tests/torture/watch.h"
#include "tests/torture/world.h"

#include <stdio.h>
#include <string.h>

enum { CALM_RUNS_MOST = 6, STORMS_MOST = 5 };

/* ---- one run ---- */

/* What is shown as progress never goes back. */
static void check_progress(struct world *w, const struct progress *now, struct progress *last)
{
    bool goes_back = now->overall < last->overall || now->requests < last->requests;
    for (int i = 0; i < PHASE_COUNT; i++) {
        goes_back = goes_back || now->phase_percent[i] < last->phase_percent[i];
    }
    if (goes_back) {
        world_broken(w, "progress goes back: %d %% after %d %%", now->overall, last->overall);
    }
    if (now->least < 0 || now->least > now->most || now->overall > 100) {
        world_broken(w, "progress that cannot be: %lld to %lld requests still to make, %d %%",
                     (long long)now->least, (long long)now->most, now->overall);
    }
    *last = *now;
}

static void say_event(struct world *w, const struct event *event)
{
    if (event->type == EVENT_NOTE) {
        world_say(w, "  note: %s", event->note.text);
    }
    if (event->type == EVENT_FAILED_ITEM) {
        world_say(w, "  failed item %s %s: %s", event->failed_item.item_type,
                  event->failed_item.item_id, event->failed_item.code);
    }
    if (event->type == EVENT_FINISHED) {
        world_say(w, "= %s: %lld requests, %lld failed items %s",
                  sync_status_name(event->finished.status), (long long)event->finished.requests,
                  (long long)event->finished.failed_items, event->finished.message);
    }
}

/* EVENT_FINISHED comes once, last, and tells how it ended. */
static void check_events(struct world *w, struct ring *events, enum sync_status status,
                         bool is_whole)
{
    struct event event = {0};
    struct progress last = {.phase_percent = {-1, -1, -1, -1}};
    int finished = 0;
    while (ring_pop(events, &event)) {
        say_event(w, &event);
        finished += event.type == EVENT_FINISHED;
        if (event.type == EVENT_PROGRESS) {
            check_progress(w, &event.progress, &last);
        }
    }
    if (finished != 1 || event.type != EVENT_FINISHED) {
        world_broken(w, "%d events tell the end of one sync", finished);
    } else if (event.finished.status != status) {
        world_broken(w, "the event says another end than the sync");
    } else if (is_whole && event.finished.requests != watch_requests()) {
        world_broken(w, "%lld requests are told, %lld were made",
                     (long long)event.finished.requests, (long long)watch_requests());
    }
}

/* False: it did not come back, or was killed; then nothing is known of its end. */
static bool run_sync(struct world *w, const struct sync_request *request, enum sync_status *status)
{
    char key[16];
    struct ring *volatile events =
        ring_new(chance_once_in(&w->chance, 3) ? 16 : 1024, sizeof(struct event));
    struct ring *volatile commands = ring_new(16, sizeof(struct command));
    snprintf(key, sizeof key, "key-%d", w->file_key);
    struct sync_setup setup = {.config = &w->config,
                               .request = request,
                               .api_key = chance_once_in(&w->chance, 2) ? key : NULL,
                               .events = events,
                               .commands = commands};
    w->syncs++;
    world_say(w, "= %s %s%s%s %s..%s streams %u, %zu merchants", request->sync_type,
              request->is_retry ? "retry " : "", request->fresh ? "fresh " : "",
              request->continues ? "goes on" : "", request->from, request->to, request->streams,
              request->mid_count);
    net_begin_run(w, commands, w->ended_well);
    w->ended_well = false;
    if (setjmp(w->away)) {
        return false; /* what it holds is lost */
    }
    *status = sync_run(&setup);
    bool counts = w->ended_well = !w->is_killed;
    if (counts) {
        check_events(w, events, *status, !request->continues);
        watch_end(w);
    }
    ring_free(events);
    ring_free(commands);
    if (counts) {
        check_run(w, *status);
    } else {
        world_rise(w);
    }
    return counts;
}

/* ---- requests ---- */

static void set_days(struct world *w, struct sync_request *r, int from, int to)
{
    w->latest_day = to > w->latest_day ? to : w->latest_day;
    crm_day(from, r->from);
    crm_day(to, r->to);
}

static struct sync_request whole(struct world *w)
{
    struct sync_request r = {
        .sync_type = "initial", .triggered_by = "manual", .streams = STREAM_ALL, .run_lock = -1};
    int today = world_today(w);
    set_days(w, &r, w->crm.first_day, today > w->crm.first_day ? today : w->crm.first_day);
    return r;
}

static struct sync_request some_request(struct world *w, const char *mids[2])
{
    struct chance *c = &w->chance;
    struct sync_request r = whole(w);
    int today = world_today(w) > w->crm.first_day ? world_today(w) : w->crm.first_day;
    r.fresh = chance_once_in(c, 10);
    switch (chance_range(c, 0, 9)) {
    case 0:
        r.sync_type = "daily";
        set_days(w, &r, today - 7 > w->crm.first_day ? today - 7 : w->crm.first_day, today);
        break;
    case 1:
    case 2: {
        int from = chance_range(c, w->crm.first_day, today);
        r.sync_type = "manual";
        r.streams = (unsigned)chance_range(c, 1, 7);
        set_days(w, &r, from, chance_range(c, from, today));
        break;
    }
    case 3:
        r.sync_type = "manual";
        r.mids = mids;
        for (int i = 0; i < 2 && w->crm.merchant_count; i++) {
            mids[i] = w->crm.merchants[chance_range(c, 0, w->crm.merchant_count - 1)].mid;
            r.mid_count += i == 0 || mids[1] != mids[0];
        }
        break;
    case 4:
    case 5:
        r.sync_type = "manual";
        r.is_retry = true;
        r.retry_all = chance_once_in(c, 2);
        break;
    default:
        break;
    }
    return r;
}

/* ---- weather ---- */

static void set_calm(struct world *w)
{
    memset(&w->weather, 0, sizeof w->weather);
    w->weather.forbidden = -1;
    w->weather.latency_ms = 40;
    w->weather.jitter_ms = 100;
    w->kill_at_request = w->kill_at_commit = 0;
    happen_none(w);
    /* Somebody sets the clock, and the days that were asked for have come. */
    watch_jump();
    w->wall_offset = w->true_offset;
    while (world_today(w) < w->latest_day) {
        w->mono += 6 * 3600000;
    }
    world_set_time(w, w->mono);
    w->file_key = w->server_key = w->file_key > w->server_key ? w->file_key : w->server_key;
    world_write_key(w);
}

static void set_storm(struct world *w)
{
    static const int chances[] = {0, 20, 60, 150, 400, 900};
    struct chance *c = &w->chance;
    struct weather *a = &w->weather;
    a->permille = chances[chance_range(c, 0, 5)];
    a->latency_ms = chance_range(c, 1, 400);
    a->jitter_ms = chance_once_in(c, 5) ? 8000 : chance_range(c, 0, 300);
    a->forbidden = chance_once_in(c, 6) && w->crm.merchant_count
                       ? chance_range(c, 0, w->crm.merchant_count - 1)
                       : -1;
    a->shuffles = w->is_shuffled && !chance_once_in(c, 4);
    int rarity = chance_range(c, 1, 8);
    bool only_odd = chance_once_in(c, 4); /* all is well but what the answers say */
    for (int i = FAULT_SLOW; i < fault_count; i++) {
        a->allowed[i] = (only_odd ? faults[i].odd != ODD_NONE : chance_once_in(c, rarity)) &&
                        !(w->is_static && fault_deceives(w, i));
    }
    for (int i = 0; i < OUTAGES; i++) {
        a->outages[i].from = w->mono + chance_range(c, 0, 60000);
        a->outages[i].to = a->outages[i].from;
        if (chance_once_in(c, 4)) {
            a->outages[i].to += chance_range(c, 100, 300000);
            do {
                a->outages[i].fault = chance_range(c, FAULT_SLOW, fault_count - 1);
            } while (w->is_static && fault_deceives(w, a->outages[i].fault));
        }
    }
    happen_plan(w);
    if (chance_once_in(c, 4)) {
        w->kill_at_request = chance_once_in(c, 2) ? chance_range(c, 1, 60) : 0;
        w->kill_at_commit = w->kill_at_request ? 0 : chance_range(c, 1, 60);
        w->kill_before_commit = chance_once_in(c, 2);
        w->kill_loses_tail = chance_once_in(c, 3);
    }
}

static void let_time_pass(struct world *w)
{
    struct chance *c = &w->chance;
    int seconds = chance_once_in(c, 6)   ? chance_range(c, 3600, 30 * 3600)
                  : chance_once_in(c, 2) ? 0
                                         : chance_range(c, 0, 600);
    world_set_time(w, w->mono + (int64_t)seconds * 1000 + 1);
    for (int i = chance_range(c, 0, 6); i > 0 && !w->is_static; i--) {
        world_say(w, "* the CRM: %s", crm_change(&w->crm));
        w->is_unsure = true;
    }
}

/* ---- the story ---- */

static void choose_limits(struct world *w)
{
    static const int limits[] = {0, 40, 120, 500, 500, 500};
    struct chance *c = &w->chance;
    w->limit = limits[chance_range(c, 0, 5)];
    w->names_limit = !chance_once_in(c, 4);
    w->config.api.requests_per_minute =
        !w->names_limit || chance_once_in(c, 2) ? w->limit : chance_range(c, 1, 600);
    w->config.api.concurrency = chance_range(c, 1, 12);
    w->config.api.max_retries = chance_range(c, 0, 5);
    w->config.api.backoff_base_ms = chance_once_in(c, 4) ? 0 : chance_range(c, 1, 2000);
    w->config.api.circuit_max_failures = chance_range(c, 1, 9);
    w->config.api.circuit_reset_seconds = chance_range(c, 1, 90);
    w->config.sync.max_wait_minutes = chance_range(c, 1, 120);
}

static void begin(struct world *w, uint64_t seed, const struct config *defaults)
{
    static char first_day[11];
    struct chance *c = &w->chance;
    w->seed = seed;
    chance_begin(c, seed);
    chance_begin_product(seed);
    w->config = *defaults;
    snprintf(w->key_file, sizeof w->key_file, "%s/key", w->folder);
    w->config.database.path = w->database;
    w->config.api.key_file = w->key_file;
    w->wall_offset = INT64_C(1718000000000) + chance_range(c, 0, 700 * 86400) * INT64_C(1000);
    w->true_offset = w->wall_offset;
    world_set_time(w, 1000000);
    choose_limits(w);
    int today = world_today(w);
    struct civil first = civil_from_days(today);
    int month = civil_month_index(first.year, first.month) - chance_range(c, 0, 2);
    first = (struct civil){month / 12, month % 12 + 1, 1};
    crm_make(&w->crm, chance_next(c), civil_to_days(first), today);
    crm_day(w->crm.first_day, first_day);
    w->config.sync.history_start = first_day;
    w->is_static = w->crm.names_no_total || chance_once_in(c, 2);
    w->is_shuffled = w->is_static && !w->crm.has_empty && chance_once_in(c, 2);
    w->server_key = w->file_key = 1;
    world_write_key(w);
    net_reset();
    world_say(w,
              "seed %llu: %d merchants, pages of %d rows%s, limit %d%s, assumed %lld, "
              "concurrency %lld, tries %lld%s",
              (unsigned long long)seed, w->crm.merchant_count, w->crm.page_rows,
              w->crm.names_no_total ? ", no totals" : "", w->limit, w->names_limit ? " named" : "",
              (long long)w->config.api.requests_per_minute, (long long)w->config.api.concurrency,
              (long long)w->config.api.max_retries + 1,
              w->is_shuffled ? ", shuffled"
              : w->is_static ? ", static"
                             : "");
}

/* What was handed over goes on where it stood, if its job is still known. */
static void run_handed_over(struct world *w, enum sync_status *status)
{
    struct err e = {0};
    char id[37] = "";
    struct db_reader *r = db_reader_open(w->database, &e);
    sqlite3_stmt *s =
        r ? conn_bind(reader_conn(r), &e, "SELECT id FROM sync_jobs WHERE status = 'running'", "")
          : NULL;
    if (s && conn_step(reader_conn(r), s, &e) == 1) {
        snprintf(id, sizeof id, "%s", conn_text(s, 0));
        sqlite3_reset(s);
    }
    struct sync_request *request = r ? request_of_job(r, id, &e) : NULL;
    db_reader_close(r);
    if (!request) {
        world_broken(w, "what was handed over is not to be found: %s", e.message);
        return;
    }
    run_sync(w, request, status);
    request_free(request);
}

static void run_storms(struct world *w)
{
    enum sync_status status = SYNC_COMPLETED;
    for (int n = chance_range(&w->chance, 0, STORMS_MOST); n > 0 && !w->is_broken; n--) {
        const char *mids[2];
        struct sync_request request = some_request(w, mids);
        set_storm(w);
        if (run_sync(w, &request, &status) && status == SYNC_HANDED_OVER) {
            set_storm(w);
            run_handed_over(w, &status);
        }
        if (!w->is_broken) {
            let_time_pass(w);
        }
    }
}

static bool run_calm(struct world *w, enum sync_status *status)
{
    struct sync_request request = whole(w);
    if (!run_sync(w, &request, status)) {
        return false;
    }
    world_set_time(w, w->mono + (*status == SYNC_FAILED ? 4 * 3600000 : 600000));
    return !w->is_broken;
}

static void end_well(struct world *w)
{
    enum sync_status status = SYNC_FAILED;
    set_calm(w);
    for (int i = 0; i < CALM_RUNS_MOST && status != SYNC_COMPLETED; i++) {
        if (!run_calm(w, &status)) {
            return;
        }
    }
    if (status == SYNC_COMPLETED && w->is_unsure && !run_calm(w, &status)) {
        return;
    }
    if (status != SYNC_COMPLETED) {
        world_broken(w, "no sync is completed, though nothing is wrong any more");
    }
    check_equal(w);
    if (w->is_broken || !run_calm(w, &status)) {
        return;
    }
    struct sync_request request = whole(w);
    int64_t least = crm_least(&w->crm, w->crm.first_day, world_today(w));
    if (watch_requests() > least) {
        world_broken(w, "%lld requests for %s..%s, %lld would do", (long long)watch_requests(),
                     request.from, request.to, (long long)least);
    }
    check_unchanged(w);
    check_equal(w);
}

bool story_tell(struct world *w, uint64_t seed, const struct config *defaults)
{
    the_world = w;
    begin(w, seed, defaults);
    if (!world_new_database(w)) {
        world_broken(w, "no database");
    }
    run_storms(w);
    if (!w->is_broken) {
        end_well(w);
    }
    the_world = NULL;
    return !w->is_broken;
}
