/* rules: the faults to come: which requests each fits, and how often it has struck. A rule is a
 * JSON object; it never changes, and lives as long as the simulator, in force or not. */
#ifndef SIM_RULES_H
#define SIM_RULES_H

#include <pthread.h>
#include <stdbool.h>

#include "json.h"
#include "out.h"

struct rule {
    char *source;
    struct json *json;
    long seen; /* matching requests */
    long hits; /* those it struck */
    bool is_in_force;
    struct rule *next;
};

struct rules {
    pthread_mutex_t mutex;
    struct rule *first; /* in the order of their coming */
};

void rules_init(struct rules *r);
void rules_done(struct rules *r);

/* Adds an object, or an array of objects; what was before is dropped unless `append`. False, and
 * nothing is changed, if it is neither. */
bool rules_load(struct rules *r, const char *text, size_t len, bool append);

/* A file with one object a line; empty lines and lines with # are skipped. */
bool rules_load_file(struct rules *r, const char *path);

/* The first rule in force that strikes this request, counted; NULL if none. */
const struct rule *rules_match(struct rules *r, const char *target, long page);

/* Its rules in force as a JSON array, with `seen` and `hits`. */
void rules_render(struct rules *r, struct out *o);

/* A value of the rule's action; NULL when absent. They may stand under `action` or beside it. */
const struct json *rule_action(const struct rule *rule, const char *name);

#endif
