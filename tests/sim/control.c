#include "control.h"

#include <stdlib.h>
#include <string.h>

#include "day.h"
#include "json.h"
#include "least.h"

struct control {
    struct sim *s;
    const struct query *q;
    const char *body;
    size_t len;
    struct control_answer *a;
};

static void bad(struct control *c, const char *why)
{
    reply_message(&c->a->reply, 422, why);
}

static void ok(struct control *c)
{
    c->a->reply.status = 200;
    c->a->reply.content_type = "application/json";
    out_str(&c->a->reply.body, "{\"ok\":true}");
}

/* from and to of the query, or what a fresh client reads; false after a 422. */
static bool range(struct control *c, int32_t *from, int32_t *to)
{
    const char *first = query_get(c->q, "from"), *last = query_get(c->q, "to");

    pthread_rwlock_rdlock(&c->s->portfolio.lock);
    *to = c->s->portfolio.today;
    pthread_rwlock_unlock(&c->s->portfolio.lock);
    *from = day_from_civil(2024, 4, 1);
    if ((first != NULL && !day_parse(first, from)) || (last != NULL && !day_parse(last, to))) {
        bad(c, "from and to must be YYYY-MM-DD");
        return false;
    }
    return true;
}

static void get_rows(struct control *c)
{
    const char *table = c->q->n_pieces > 2 ? c->q->pieces[2] : "";
    int32_t from, to;

    if (range(c, &from, &to)) {
        c->a->dump =
            dump_new(&c->s->portfolio, table, from, to, query_flag(c->q, "hide_null", true));
        if (c->a->dump == NULL) {
            bad(c, "no such table");
        }
    }
}

static void get_least(struct control *c)
{
    struct least l;
    int32_t from, to;

    if (!range(c, &from, &to)) {
        return;
    }
    l = least_count(&c->s->portfolio, from, to, query_flag(c->q, "hide_null", true));
    c->a->reply.status = 200;
    out_printf(&c->a->reply.body,
               "{\"least\":%llu,\"merchants\":%llu,\"transactions\":%llu,\"residuals\":%llu,"
               "\"empty_ranges\":%llu}",
               (unsigned long long)(l.merchants + l.transactions + l.residuals),
               (unsigned long long)l.merchants, (unsigned long long)l.transactions,
               (unsigned long long)l.residuals, (unsigned long long)l.empty);
}

static void get_log(struct control *c)
{
    c->a->fd = log_reader(&c->s->log, &c->a->size);
    if (c->a->fd < 0) {
        bad(c, "cannot read the log");
    }
}

static void reset_log(struct control *c)
{
    log_reset(&c->s->log);
    atomic_store(&c->s->requests, 0);
    atomic_store(&c->s->refused, 0);
    atomic_store(&c->s->most_in_flight, 0);
    ok(c);
}

static void get_stats(struct control *c)
{
    struct sim *s = c->s;

    c->a->reply.status = 200;
    out_printf(&c->a->reply.body,
               "{\"requests\":%lld,\"refused\":%lld,\"in_flight\":%lld,\"max_in_flight\":%lld,"
               "\"changes_waiting\":%ld,\"connections\":%lld}",
               atomic_load(&s->requests), atomic_load(&s->refused), atomic_load(&s->in_flight),
               atomic_load(&s->most_in_flight), mutations_waiting(&s->mutations),
               atomic_load(&s->connections));
}

static void get_faults(struct control *c)
{
    c->a->reply.status = 200;
    rules_render(&c->s->rules, &c->a->reply.body);
}

static void post_faults(struct control *c)
{
    if (rules_load(&c->s->rules, c->body, c->len, query_flag(c->q, "append", false))) {
        ok(c);
    } else {
        bad(c, "a rule is a JSON object; send one, or an array of them");
    }
}

static void delete_faults(struct control *c)
{
    rules_load(&c->s->rules, "[]", 2, false);
    ok(c);
}

static void mutate(struct control *c)
{
    struct json *change = json_parse(c->body, c->len);
    const char *reason = mutations_ask(&c->s->mutations, &c->s->portfolio, change);

    if (reason == NULL) {
        ok(c);
    } else {
        bad(c, reason);
    }
    json_free(change);
}

static void set_limit(struct control *c)
{
    struct json *json = json_parse(c->body, c->len);
    struct limit *l = &c->s->limit;

    limit_set(l, json_int(json_get(json, "limit"), -1),
              json_bool(json_get(json, "headers"), l->sends_headers),
              json_bool(json_get(json, "restart"), false));
    if (json_get(json, "eat") != NULL) {
        limit_eat(l, (int64_t)sim_now_ms(), json_int(json_get(json, "eat"), 0));
    }
    json_free(json);
    ok(c);
}

static void set_key(struct control *c)
{
    struct json *json = json_parse(c->body, c->len);
    const char *key = json_text(json_get(json, "key"), NULL);

    if (key == NULL) {
        bad(c, "key is missing");
    } else {
        sim_set_key(c->s, key);
        ok(c);
    }
    json_free(json);
}

static const struct {
    const char *method;
    const char *name;
    void (*handler)(struct control *c);
} calls[] = {
    {"GET", "rows", get_rows},       {"GET", "least", get_least},
    {"GET", "log", get_log},         {"POST", "reset_log", reset_log},
    {"GET", "stats", get_stats},     {"GET", "faults", get_faults},
    {"POST", "faults", post_faults}, {"DELETE", "faults", delete_faults},
    {"POST", "mutate", mutate},      {"POST", "limit", set_limit},
    {"POST", "key", set_key},
};

void control_answer(struct sim *s, const char *method, const struct query *q, const char *body,
                    size_t len, struct control_answer *a)
{
    struct control c = {s, q, body, len, a};
    const char *name = q->n_pieces > 1 ? q->pieces[1] : "";

    *a = (struct control_answer){.fd = -1};
    a->reply.content_type = "application/json";
    for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
        if (strcmp(calls[i].name, name) == 0 && strcmp(calls[i].method, method) == 0) {
            calls[i].handler(&c);
            return;
        }
    }
    reply_message(&a->reply, 404, "no such control call");
}
