#include "tests/torture/net.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/ring.h"
#include "core/http.h"
#include "tests/torture/fault.h"
#include "tests/torture/happen.h"
#include "tests/torture/watch.h"
#include "tests/torture/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SLOTS = 256, WINDOW_MS = 60000 };

enum stage { STAGE_FREE, STAGE_ON_WAY, STAGE_AT_CRM, STAGE_ANSWERED };

struct request {
    enum stage stage;
    bool is_dropped; /* the client has forgotten it; the CRM will count it all the same */
    int fault, key, number;
    int64_t arrives, answered;
    int64_t told; /* ms: Retry-After; -1 = nothing that can be understood */
    struct crm_query query;
    char path[200];
    struct http_answer answer;
};

struct http {
    int concurrency, key;
    struct request requests[SLOTS];
};

static struct {
    struct world *world;
    struct ring *commands;
    int64_t window_start; /* of the CRM's rate limit; 0 = none yet */
    int used;
} net;

/* ---- the face of core/http.h ---- */

static int key_number(const char *key)
{
    int number = -1;
    sscanf(key, "key-%d", &number);
    return number;
}

void http_setup(void)
{
}

struct http *http_new(const struct http_settings *s, const char *api_key, struct err *e)
{
    struct http *h = mem_alloc(sizeof *h);
    (void)e;
    h->concurrency = s->concurrency;
    h->key = key_number(api_key);
    return h;
}

void http_free(struct http *h)
{
    for (int i = 0; h && i < SLOTS; i++) {
        buf_done(&h->requests[i].answer.body);
    }
    free(h);
}

void http_set_key(struct http *h, const char *api_key)
{
    h->key = key_number(api_key);
}

int http_in_flight(const struct http *h)
{
    int count = 0;
    for (int i = 0; i < SLOTS; i++) {
        count += h->requests[i].stage != STAGE_FREE && !h->requests[i].is_dropped;
    }
    return count;
}

bool http_has_room(const struct http *h)
{
    return http_in_flight(h) < h->concurrency;
}

static struct request *free_slot(struct http *h)
{
    for (int i = 0; i < SLOTS; i++) {
        if (h->requests[i].stage == STAGE_FREE) {
            return &h->requests[i];
        }
    }
    fprintf(stderr, "more than %d requests on their way\n", SLOTS);
    abort();
}

static int64_t some_latency(struct world *w)
{
    return w->weather.latency_ms + chance_range(&w->chance, 0, w->weather.jitter_ms);
}

void http_get(struct http *h, const char *path, bool fresh_connection, void *tag)
{
    struct world *w = net.world;
    struct request *r = free_slot(h);
    (void)fresh_connection;
    if (!http_has_room(h)) {
        world_broken(w, "more than %d requests in flight", h->concurrency);
    }
    *r = (struct request){.stage = STAGE_ON_WAY, .key = h->key, .told = -1};
    r->number = (int)watch_sent(w, path);
    snprintf(r->path, sizeof r->path, "%s", path);
    if (!crm_parse(path, &r->query)) {
        world_broken(w, "an address that the CRM does not know: %s", path);
    }
    r->fault = fault_choose(w, &r->query);
    if (faults[r->fault].crowded && http_in_flight(h) == 1) {
        r->fault = FAULT_NONE; /* for one there is always room */
    }
    int64_t way = some_latency(w);
    r->arrives = w->mono + way / 2;
    r->answered = r->arrives + way - way / 2;
    if (faults[r->fault].lasts) {
        r->answered = w->mono + faults[r->fault].lasts + chance_range(&w->chance, 0, 20);
    }
    r->answer = (struct http_answer){
        .tag = tag, .sent_at = w->mono, .rate_limit = -1, .rate_remaining = -1};
    w->requests++;
    w->faults += r->fault != FAULT_NONE;
    world_say(w, "#%d GET %s%s%s", r->number, path, r->fault ? "   <- " : "",
              r->fault ? faults[r->fault].name : "");
    if (w->kill_at_request && !--w->kill_at_request) {
        world_kill(w);
        happen_interrupt(net.commands);
    }
}

static void forget(struct request *r)
{
    buf_done(&r->answer.body);
    r->stage = STAGE_FREE;
}

void http_drop(struct http *h, void *tag)
{
    for (int i = 0; i < SLOTS; i++) {
        struct request *r = &h->requests[i];
        if (r->stage == STAGE_FREE || r->is_dropped || r->answer.tag != tag) {
            continue;
        }
        world_say(net.world, "#%d is dropped", r->number);
        r->is_dropped = true;
        if (r->stage == STAGE_ANSWERED) {
            forget(r);
        }
    }
}

/* ---- at the CRM ---- */

/* A fixed window that begins with its first request; what is refused does not count. */
static bool is_let_in(struct world *w, struct request *r)
{
    if (!net.window_start || w->mono >= net.window_start + WINDOW_MS) {
        net.window_start = w->mono;
        net.used = 0;
    }
    bool in = !w->limit || net.used < w->limit;
    net.used += in;
    if (w->names_limit && w->limit) {
        r->answer.rate_limit = w->limit;
        r->answer.rate_remaining = w->limit - net.used;
    }
    return in;
}

static void refuse(struct world *w, struct request *r)
{
    int64_t left = net.window_start + WINDOW_MS - w->mono;
    r->told = (left + 999) / 1000 * 1000;
    r->answer.status = 429;
    snprintf(r->answer.retry_after, sizeof r->answer.retry_after, "%lld",
             (long long)(r->told / 1000));
    watch_refused(w);
    world_say(w, "#%d is refused: the limit of %d is used up for %lld ms", r->number, w->limit,
              (long long)left);
}

static void answer(struct world *w, struct request *r)
{
    const struct fault *f = &faults[r->fault];
    struct buf *body = &r->answer.body;
    r->answer.status = r->key != w->server_key ? 401 : f->status;
    if (r->answer.status == 429) {
        r->told = fault_retry_after(w, &r->answer);
    } else if (r->answer.status == 200 && !f->body) {
        r->answer.status = crm_answer(&w->crm, &r->query, f->odd, body);
        if (r->answer.status == 422) {
            world_broken(w, "a page size that this list does not have: %s", r->path);
        }
    }
    if (f->body && r->answer.status == f->status) {
        buf_adds(body, f->body);
    } else if (r->answer.status != 200 || f->curl_code) {
        buf_clear(body);
        buf_adds(body, "{\"message\":\"no\"}");
    } else if (f->cut) {
        body->len = (size_t)chance_range(&w->chance, 0, (int)body->len - 1);
        body->data[body->len] = '\0';
    }
    if (f->odd == ODD_TOTAL || f->odd == ODD_REPEATED) {
        w->was_odd = true;
    }
    w->is_unsure = w->is_unsure || (fault_deceives(w, r->fault) && r->answer.status == 200);
}

static void arrive(struct world *w, struct request *r)
{
    const struct fault *f = &faults[r->fault];
    r->stage = STAGE_AT_CRM;
    if (w->weather.shuffles && chance_once_in(&w->chance, 2)) {
        crm_shuffle(&w->crm);
    }
    if (!f->arrives) {
        r->answer.status = f->status;
        if (f->body) {
            buf_adds(&r->answer.body, f->body);
        }
    } else {
        watch_arrived(w);
        if (is_let_in(w, r)) {
            answer(w, r);
        } else {
            refuse(w, r);
        }
    }
    if (f->curl_code && r->answer.status < 300) {
        r->answer.curl_code = f->curl_code;
        r->answer.status = f->status;
        r->answer.crowded = f->crowded;
        snprintf(r->answer.detail, sizeof r->answer.detail, "%s", f->name);
        if (!f->status) {
            r->answer.rate_limit = r->answer.rate_remaining = -1;
        }
    }
    r->answer.wire_bytes = (int64_t)r->answer.body.len;
    if (r->is_dropped) {
        forget(r);
    }
}

/* ---- time ---- */

static int64_t next_at(const struct http *h, const struct request **out)
{
    int64_t next = INT64_MAX;
    *out = NULL;
    for (int i = 0; i < SLOTS; i++) {
        const struct request *r = &h->requests[i];
        int64_t at = r->stage == STAGE_ON_WAY   ? r->arrives
                     : r->stage == STAGE_AT_CRM ? r->answered
                                                : INT64_MAX;
        if (at < next) {
            next = at;
            *out = r;
        }
    }
    return next;
}

static bool is_answer_waiting(const struct http *h)
{
    for (int i = 0; i < SLOTS; i++) {
        if (h->requests[i].stage == STAGE_ANSWERED) {
            return true;
        }
    }
    return false;
}

/* The next thing that happens until `deadline`; false = nothing does. `wakes`: the product. */
static bool step(struct http *h, int64_t deadline, bool *wakes)
{
    struct world *w = net.world;
    const struct request *found = NULL;
    int64_t at = next_at(h, &found);
    int64_t happens = happen_next(w);
    if ((at < happens ? at : happens) > deadline) {
        return false;
    }
    if (happens < at) {
        world_set_time(w, happens > w->mono ? happens : w->mono);
        *wakes = happen_now(w, net.commands, &net.used);
        return true;
    }
    struct request *r = &h->requests[found - h->requests];
    world_set_time(w, at > w->mono ? at : w->mono);
    if (r->stage == STAGE_ON_WAY) {
        arrive(w, r);
    } else if (r->is_dropped) {
        forget(r);
    } else {
        r->stage = STAGE_ANSWERED;
        r->answer.answered_at = w->mono;
        *wakes = true;
    }
    return true;
}

void http_wait(struct http *h, const int *fds, int fd_count, int timeout_ms)
{
    struct world *w = net.world;
    int64_t start = w->mono;
    int64_t deadline = start + timeout_ms;
    bool wakes = is_answer_waiting(h);
    bool had_answer = wakes;
    (void)fds;
    (void)fd_count;
    while (!wakes && step(h, deadline, &wakes)) {
    }
    if (!wakes) {
        world_set_time(w, deadline > w->mono ? deadline : w->mono);
    }
    watch_waited(w, http_in_flight(h), w->mono - start, had_answer || wakes);
}

bool http_take(struct http *h, struct http_answer *out)
{
    struct world *w = net.world;
    struct request *oldest = NULL;
    for (int i = 0; i < SLOTS; i++) {
        struct request *r = &h->requests[i];
        if (r->stage == STAGE_ANSWERED && (!oldest || r->answered < oldest->answered)) {
            oldest = r;
        }
    }
    if (!oldest) {
        return false;
    }
    *out = oldest->answer;
    oldest->answer.body = (struct buf){0};
    oldest->stage = STAGE_FREE;
    world_say(w, "#%d is answered: %ld%s%s, %zu bytes%s%s", oldest->number, out->status,
              out->curl_code ? ", " : "", out->detail, out->body.len,
              out->retry_after[0] ? ", Retry-After " : "", out->retry_after);
    watch_taken(w, out, oldest->told, oldest->key == w->file_key);
    return true;
}

/* ---- runs ---- */

void net_begin_run(struct world *w, struct ring *commands, bool knows_before)
{
    net.world = w;
    net.commands = commands;
    watch_begin(w, knows_before);
}

void net_interrupt(void)
{
    happen_interrupt(net.commands);
}

void net_reset(void)
{
    net.window_start = 0;
    net.used = 0;
}

/* Pages of this network are small. */
void http_note_kept(struct http *h, int64_t bytes)
{
    (void)h;
    (void)bytes;
}
