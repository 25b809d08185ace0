#include "rules.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void rules_init(struct rules *r)
{
    r->first = NULL;
    pthread_mutex_init(&r->mutex, NULL);
}

void rules_done(struct rules *r)
{
    while (r->first != NULL) {
        struct rule *rule = r->first;

        r->first = rule->next;
        json_free(rule->json);
        free(rule->source);
        free(rule);
    }
    pthread_mutex_destroy(&r->mutex);
}

static const struct json *either(const struct rule *rule, const char *group, const char *name)
{
    const struct json *grouped = json_get(json_get(rule->json, group), name);

    return grouped != NULL ? grouped : json_get(rule->json, name);
}

const struct json *rule_action(const struct rule *rule, const char *name)
{
    return either(rule, "action", name);
}

static void add_rule(struct rules *r, const struct json *object)
{
    struct rule **tail = &r->first, *rule = calloc(1, sizeof(*rule));

    if (rule == NULL) {
        abort();
    }
    rule->source = json_raw(object);
    rule->json = json_parse(rule->source, strlen(rule->source));
    rule->is_in_force = true;
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    *tail = rule;
}

bool rules_load(struct rules *r, const char *text, size_t len, bool append)
{
    struct json *json = json_parse(text, len);
    bool ok = json != NULL && (json->type == JSON_OBJECT || json->type == JSON_ARRAY);

    for (const struct json *j = ok && json->type == JSON_ARRAY ? json->child : NULL; j != NULL;
         j = j->next) {
        ok = ok && j->type == JSON_OBJECT;
    }
    pthread_mutex_lock(&r->mutex);
    for (struct rule *rule = r->first; ok && !append && rule != NULL; rule = rule->next) {
        rule->is_in_force = false;
    }
    if (ok && json->type == JSON_OBJECT) {
        add_rule(r, json);
    } else if (ok) {
        for (const struct json *j = json->child; j != NULL; j = j->next) {
            add_rule(r, j);
        }
    }
    pthread_mutex_unlock(&r->mutex);
    json_free(json);
    return ok;
}

bool rules_load_file(struct rules *r, const char *path)
{
    FILE *f = fopen(path, "re");
    char *line = NULL;
    size_t cap = 0;
    bool ok = f != NULL;

    while (ok && getline(&line, &cap, f) >= 0) {
        size_t blank = strspn(line, " \t\r\n");

        if (line[blank] != '\0' && line[blank] != '#') {
            ok = rules_load(r, line, strlen(line), true);
        }
    }
    if (!ok) {
        fprintf(stderr, "crm-sim: %s: %s\n", path, f == NULL ? "cannot open" : line);
    }
    free(line);
    if (f != NULL) {
        fclose(f);
    }
    return ok;
}

static bool fits(const struct rule *rule, const char *target, long page)
{
    const char *path = json_text(either(rule, "match", "path"), NULL);
    const struct json *wanted = either(rule, "match", "page");

    if (path != NULL && strstr(target, path) == NULL && fnmatch(path, target, 0) != 0) {
        return false;
    }
    return wanted == NULL || json_int(wanted, 1) == page;
}

const struct rule *rules_match(struct rules *r, const char *target, long page)
{
    const struct rule *found = NULL;

    pthread_mutex_lock(&r->mutex);
    for (struct rule *rule = r->first; rule != NULL && found == NULL; rule = rule->next) {
        long times = json_int(either(rule, "match", "times"), 0);

        if (!rule->is_in_force || !fits(rule, target, page)) {
            continue;
        }
        rule->seen++;
        if (rule->seen > json_int(either(rule, "match", "after"), 0) &&
            (times == 0 || rule->hits < times)) {
            rule->hits++;
            found = rule;
        }
    }
    pthread_mutex_unlock(&r->mutex);
    return found;
}

void rules_render(struct rules *r, struct out *o)
{
    const char *comma = "";

    out_char(o, '[');
    pthread_mutex_lock(&r->mutex);
    for (const struct rule *rule = r->first; rule != NULL; rule = rule->next) {
        if (rule->is_in_force) {
            out_printf(o, "%s{\"seen\":%ld,\"hits\":%ld,\"rule\":%s}", comma, rule->seen,
                       rule->hits, rule->source);
            comma = ",";
        }
    }
    pthread_mutex_unlock(&r->mutex);
    out_char(o, ']');
}
