/* json: a small reader of JSON that remembers where each value stands in the text, so that control
 * calls can be read and single values of an answer be replaced without touching the rest. */
#ifndef SIM_JSON_H
#define SIM_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum json_type {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_NUMBER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};

struct json {
    enum json_type type;
    const char *raw; /* in the text that was parsed */
    size_t raw_len;
    char *name; /* the key, in an object; else NULL */
    char *text; /* the decoded string, or the digits of a number; else NULL */
    struct json *child;
    struct json *next;
};

/* NULL if `s` is no JSON. The text must outlive the tree. */
struct json *json_parse(const char *s, size_t len);
void json_free(struct json *j);

/* A member of an object, an element of an array; NULL when absent (or j is NULL). */
const struct json *json_get(const struct json *j, const char *name);
const struct json *json_at(const struct json *j, size_t index);
size_t json_length(const struct json *j);

/* The value as text (string or number), as integer, as truth; `other` when it is none. */
const char *json_text(const struct json *j, const char *other);
int64_t json_int(const struct json *j, int64_t other);
bool json_bool(const struct json *j, bool other);

/* The raw JSON of the value, as a string of its own; NULL when j is NULL. */
char *json_raw(const struct json *j);

#endif
