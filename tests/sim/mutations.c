#include "mutate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void mutations_init(struct mutations *mu)
{
    mu->first = NULL;
    pthread_mutex_init(&mu->mutex, NULL);
}

static void free_pending(struct pending *item)
{
    free(item->source);
    free(item->path);
    free(item);
}

void mutations_done(struct mutations *mu)
{
    while (mu->first != NULL) {
        struct pending *item = mu->first;

        mu->first = item->next;
        free_pending(item);
    }
    pthread_mutex_destroy(&mu->mutex);
}

static void keep_for_later(struct mutations *mu, const struct json *change, long after)
{
    const char *path = json_text(json_get(change, "path"), NULL);
    struct pending **tail, *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        abort();
    }
    item->source = json_raw(change);
    item->path = path == NULL ? NULL : strdup(path);
    item->after = after;
    pthread_mutex_lock(&mu->mutex);
    for (tail = &mu->first; *tail != NULL; tail = &(*tail)->next) {
    }
    *tail = item;
    pthread_mutex_unlock(&mu->mutex);
}

const char *mutations_ask(struct mutations *mu, struct portfolio *p, const struct json *change)
{
    const char *reason = NULL;
    int64_t after;

    if (change == NULL || (change->type != JSON_OBJECT && change->type != JSON_ARRAY)) {
        return "a change is an object with op, or an array of such";
    }
    if (change->type == JSON_ARRAY) {
        for (change = change->child; change != NULL && reason == NULL; change = change->next) {
            reason = mutations_ask(mu, p, change);
        }
        return reason;
    }
    after = json_int(json_get(change, "after"), 0);
    if (after <= 0) {
        return mutate_now(p, change);
    }
    keep_for_later(mu, change, (long)after);
    return NULL;
}

/* Takes those that are due off the list. */
static struct pending *take_due(struct mutations *mu, const char *target)
{
    struct pending *due = NULL, **due_tail = &due;

    pthread_mutex_lock(&mu->mutex);
    for (struct pending **at = &mu->first; *at != NULL;) {
        struct pending *item = *at;

        if ((item->path == NULL || strstr(target, item->path) != NULL) && --item->after == 0) {
            *at = item->next;
            item->next = NULL;
            *due_tail = item;
            due_tail = &item->next;
        } else {
            at = &item->next;
        }
    }
    pthread_mutex_unlock(&mu->mutex);
    return due;
}

void mutations_tick(struct mutations *mu, struct portfolio *p, const char *target)
{
    struct pending *due = take_due(mu, target);

    while (due != NULL) {
        struct pending *item = due;
        struct json *change = json_parse(item->source, strlen(item->source));
        const char *reason = mutate_now(p, change);

        if (reason != NULL) {
            fprintf(stderr, "crm-sim: late change: %s: %s\n", reason, item->source);
        }
        json_free(change);
        due = item->next;
        free_pending(item);
    }
}

long mutations_waiting(struct mutations *mu)
{
    long n = 0;

    pthread_mutex_lock(&mu->mutex);
    for (struct pending *item = mu->first; item != NULL; item = item->next) {
        n++;
    }
    pthread_mutex_unlock(&mu->mutex);
    return n;
}
