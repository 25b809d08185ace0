#include "tests/torture/watch.h"

#include "core/http.h"
#include "tests/torture/world.h"

#include <string.h>

enum { PATHS = 2048, ARRIVALS = 8192, WINDOW_MS = 60000 };
enum { SLACK_MS = 30 * 60 * 1000 }; /* tries and their backoff before it is a wait */
enum { IDLE_MOST = 2000, STALLED_MS = 4 * 3600 * 1000 };

struct path {
    uint64_t hash;
    int sent;
};

static struct {
    int64_t requests, refusals;
    bool others;
    int64_t hold_until;    /* told by a Retry-After */
    int64_t breaker_until; /* the circuit breaker is open */
    int openings;
    bool jumped;      /* the wall clock */
    bool key_is_dead; /* refused, and its source has no other */
    int64_t waits, began, active_at, good_at;
    int idle; /* waits in a row that saw no time pass */
    int excused;
    int limit_named; /* the last one */
    struct path paths[PATHS];
    int64_t arrivals[ARRIVALS];
    int64_t arrived;
} run;

/* Whether the product keeps for the next run until when it must wait. */
#if __has_include("core/breaker.h")
static const bool keeps_waits = true;
#else
static const bool keeps_waits = false;
#endif

void watch_begin(struct world *w, bool knows_before)
{
    int64_t hold = run.hold_until;
    int64_t breaker = run.breaker_until;
    bool is_kept = keeps_waits && knows_before && !run.jumped;
    memset(&run, 0, sizeof run);
    run.hold_until = is_kept ? hold : 0;
    run.breaker_until = is_kept ? breaker : 0;
    run.began = run.active_at = run.good_at = w->mono;
}

static uint64_t hash_of(const char *text)
{
    uint64_t h = UINT64_C(14695981039346656037);
    for (; *text; text++) {
        h = (h ^ (unsigned char)*text) * UINT64_C(1099511628211);
    }
    return h ? h : 1;
}

/* A page is asked for as often as it may be tried, and anew after each opening of the breaker,
 * which takes no try; in each of a few readings of its list, where that may have to be read again.
 */
static int most_of_a_path(const struct world *w, const char *path)
{
    int tries = (int)w->config.api.max_retries + 1;
    int readings = !w->is_static || w->is_shuffled || w->was_odd ? 17
                   : strstr(path, "/summary/")
                       ? 2 + CRM_PROCESSORS /* each report's item needs it */
                       : 2;                 /* in turn, and for an item that is due */
    return (tries * (run.openings + 1) + 3 * run.openings) * readings + run.excused;
}

static void count_path(struct world *w, const char *path)
{
    uint64_t hash = hash_of(path);
    size_t at = hash % PATHS;
    while (run.paths[at].hash && run.paths[at].hash != hash) {
        at = (at + 1) % PATHS;
    }
    run.paths[at].hash = hash;
    if (++run.paths[at].sent > most_of_a_path(w, path)) {
        world_broken(w, "asked %d times in one run for %s", run.paths[at].sent, path);
        longjmp(w->away, 1);
    }
}

int64_t watch_sent(struct world *w, const char *path)
{
    run.requests++;
    run.active_at = w->mono;
    count_path(w, path);
    if (w->mono < run.hold_until) {
        world_broken(w, "request %lld went out %lld ms before its time (Retry-After): %s",
                     (long long)run.requests, (long long)(run.hold_until - w->mono), path);
    }
    if (w->mono < run.breaker_until) {
        world_broken(w, "request %lld went out %lld ms before the circuit breaker's time: %s",
                     (long long)run.requests, (long long)(run.breaker_until - w->mono), path);
    }
    if (run.key_is_dead) {
        world_broken(w, "a request went out with a key that was refused: %s", path);
    }
    return run.requests;
}

/* No 60 seconds may hold more than the limit, whatever window the CRM keeps. */
void watch_arrived(struct world *w)
{
    int64_t limit = run.limit_named ? run.limit_named : w->config.api.requests_per_minute;
    run.arrivals[run.arrived % ARRIVALS] = w->mono;
    if (limit && limit < ARRIVALS && run.arrived >= limit) {
        int64_t before = run.arrivals[(run.arrived - limit) % ARRIVALS];
        if (w->mono - before < WINDOW_MS) {
            world_broken(w, "%lld requests within %lld ms, the limit is %lld a minute",
                         (long long)limit + 1, (long long)(w->mono - before), (long long)limit);
        }
    }
    run.arrived++;
}

void watch_refused(struct world *w)
{
    (void)w;
    run.refusals++;
}

void watch_breaker(int64_t until)
{
    run.openings += until && until != run.breaker_until;
    run.breaker_until = until;
}

void watch_jump(void)
{
    run.jumped = true;
}

void watch_others(void)
{
    run.others = true;
}

/* The CRM is there and says something, be it no. */
static bool is_sound(const struct http_answer *a)
{
    static const long unsound[] = {401, 408, 425, 429};
    for (size_t i = 0; i < sizeof unsound / sizeof unsound[0]; i++) {
        if (a->status == unsound[i]) {
            return false;
        }
    }
    return a->status / 100 == 4 || (a->status == 200 && !a->curl_code);
}

void watch_taken(struct world *w, const struct http_answer *a, int64_t told, bool with_newest_key)
{
    run.active_at = w->mono;
    run.good_at = is_sound(a) ? w->mono : run.good_at;
    if (a->status == 429) {
        run.excused++;
        int64_t until = w->mono + told;
        run.hold_until = told > 100 && until > run.hold_until ? until : run.hold_until;
    }
    run.excused += a->crowded;
    if (a->status == 401) {
        run.excused++;
        run.key_is_dead = run.key_is_dead || with_newest_key;
    }
    run.limit_named = a->rate_limit > 0 ? a->rate_limit : run.limit_named;
}

void watch_waited(struct world *w, int in_flight, int64_t passed, bool woken)
{
    run.waits++;
    run.idle = passed || woken ? 0 : run.idle + 1;
    if (run.idle > IDLE_MOST) {
        world_broken(w, "a busy loop: it waits for nothing, again and again");
        longjmp(w->away, 1);
    }
    int64_t longest = w->config.sync.max_wait_minutes * 60000 + SLACK_MS;
    if (keeps_waits && w->mono - run.good_at > longest) {
        world_broken(w, "it goes on for %lld min without an answer",
                     (long long)(w->mono - run.good_at) / 60000);
        longjmp(w->away, 1);
    }
    int64_t since = run.hold_until > run.active_at ? run.hold_until : run.active_at;
    since = run.breaker_until > since ? run.breaker_until : since;
    if (!in_flight && w->mono - since > STALLED_MS) {
        world_broken(w, "it waits for ever: nothing is in flight and nothing goes out");
        longjmp(w->away, 1);
    }
    /* It looks around every 250 ms; an answer, a pace's slot and a try's time are some more. */
    int64_t most = 500 + 12 * run.requests + (w->mono - run.began) / 200;
    if (run.waits > most) {
        world_broken(w, "%lld waits for %lld requests in %lld ms", (long long)run.waits,
                     (long long)run.requests, (long long)(w->mono - run.began));
        longjmp(w->away, 1);
    }
}

int64_t watch_requests(void)
{
    return run.requests;
}

/* Who is alone with its limit, and is told of it, need not meet a refusal: but for the first
 * request, which finds out how much is left. */
void watch_end(struct world *w)
{
    if (w->names_limit && !run.others && run.refusals > 1) {
        world_broken(w, "%lld requests of a run were refused, and nobody else used the limit",
                     (long long)run.refusals);
    }
}
