#include "exchange.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "api.h"
#include "fault.h"
#include "rng.h"

/* This key is known, but may see nothing. */
static const char key_without_permission[] = "no-permission";

static int64_t arrive(struct sim *s)
{
    long long now = atomic_fetch_add(&s->in_flight, 1) + 1;
    long long most = atomic_load(&s->most_in_flight);

    while (now > most && !atomic_compare_exchange_weak(&s->most_in_flight, &most, now)) {
    }
    atomic_fetch_add(&s->requests, 1);
    return now;
}

static void add_limit_headers(const struct verdict *v, struct reply *r)
{
    char text[32];

    if (!v->sends_headers || r->hides_limits) {
        return;
    }
    snprintf(text, sizeof(text), "%lld", (long long)v->per_window);
    reply_add_header(r, "X-RateLimit-Limit", text);
    snprintf(text, sizeof(text), "%lld", (long long)v->remaining);
    reply_add_header(r, "X-RateLimit-Remaining", text);
}

static void refuse(struct sim *s, const struct verdict *v, struct reply *r)
{
    char text[32];

    atomic_fetch_add(&s->refused, 1);
    snprintf(text, sizeof(text), "%lld", (long long)v->retry_after_s);
    reply_add_header(r, "Retry-After", text);
    reply_message(r, 429, "Too Many Attempts.");
}

/* The true answer, bent as the rule wants. */
static void make_page(struct sim *s, const struct exchange *x, const struct rule *rule,
                      uint64_t chance, struct reply *r)
{
    struct call call = {.p = &s->portfolio, .base = s->base, .q = x->q};
    struct answer answer = {0};

    if (strcmp(x->method, "GET") != 0) {
        reply_message(r, 405, "Method not allowed");
        return;
    }
    if (!sim_key_is_right(s, x->key)) {
        if (x->key != NULL && strcmp(x->key, key_without_permission) == 0) {
            reply_message(r, 403, "Access denied");
        } else {
            reply_message(r, 401, "Unauthenticated");
        }
        return;
    }
    if (rule != NULL) {
        call.twist = fault_twist(rule, chance);
    }
    sem_wait(&s->makers);
    pthread_rwlock_rdlock(&s->portfolio.lock);
    api_answer(&call, &answer);
    pthread_rwlock_unlock(&s->portfolio.lock);
    sem_post(&s->makers);
    r->status = answer.status;
    r->content_type = "application/json";
    r->body = answer.body;
    if (rule != NULL) {
        fault_spoil(rule, chance, r);
    }
}

static void kill_client(const struct rule *rule, struct reply *r)
{
    int signal;
    bool after;
    int pid = fault_kills(rule, &signal, &after);

    if (pid > 0 && after) {
        r->kill_pid = pid;
        r->kill_signal = signal;
    } else if (pid > 0) {
        kill(pid, signal);
    }
}

static void work_through(struct sim *s, const struct exchange *x, const struct verdict *v,
                         const struct rule *rule, struct reply *r)
{
    uint64_t chance = rng_mix((uint64_t)atomic_load(&s->requests));
    int64_t delay_ms = s->opt->latency_ms + (rule == NULL ? 0 : fault_delay_ms(rule));

    if (rule != NULL) {
        kill_client(rule, r);
    }
    if (delay_ms > 0 && !sim_wait(s, x->socket_fd, delay_ms)) {
        r->way = REPLY_RESET;
        return;
    }
    if (!v->is_admitted) {
        refuse(s, v, r);
    } else if (rule == NULL || !fault_replaces(rule, r)) {
        make_page(s, x, rule, chance, r);
    }
    add_limit_headers(v, r);
    if (v->is_admitted) {
        mutations_tick(&s->mutations, &s->portfolio, x->target);
    }
    if (x->accepts_gzip && !s->opt->no_gzip) {
        reply_gzip(r);
    }
    if (r->way == REPLY_HANG) {
        sim_wait(s, x->socket_fd, -1);
    }
}

void exchange_run(struct sim *s, const struct exchange *x, struct reply *r)
{
    struct log_line line = {.arrived_ms = sim_now_ms(),
                            .method = x->method,
                            .path = x->q->path,
                            .query = x->q->text,
                            .key_is_right = sim_key_is_right(s, x->key)};
    const struct rule *rule = NULL;
    struct verdict v;

    line.in_flight = arrive(s);
    v = limit_ask(&s->limit, (int64_t)line.arrived_ms);
    if (v.is_admitted) {
        rule = rules_match(&s->rules, x->target, query_number(x->q, "page", 1));
    }
    work_through(s, x, &v, rule, r);
    if (r->way != REPLY_RESET && r->way != REPLY_HANG) {
        line.status = r->status;
        line.bytes = (int64_t)r->body.len / (r->way == REPLY_SEND ? 1 : 2);
    }
    line.is_fault = rule != NULL;
    log_write(&s->log, &line);
    atomic_fetch_sub(&s->in_flight, 1); /* whoever sees none in flight finds all in the log */
}
