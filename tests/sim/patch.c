#include "patch.h"

#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "rng.h"

/* Replaces the bytes from..to of the body. */
static void splice(struct out *body, size_t from, size_t to, const struct out *by)
{
    struct out copy = {.php = body->php};

    out_bytes(&copy, body->s, from);
    out_bytes(&copy, by->s == NULL ? "" : by->s, by->len);
    out_bytes(&copy, body->s + to, body->len - to);
    out_done(body);
    *body = copy;
}

static const struct json *step_into(const struct json *at, const char *name)
{
    if (at->type == JSON_ARRAY) {
        return json_at(at, strtoul(name, NULL, 10));
    }
    return json_get(at, name);
}

/* The span of a member with its name and one of the commas around it. */
static void remove_member(struct out *body, const struct json *member)
{
    size_t from = (size_t)(member->raw - body->s), to = from + member->raw_len;
    struct out nothing = {0};

    from -= 3; /* past `":` and the last character of the name */
    while (body->s[from] != '"') {
        from--;
    }
    if (body->s[from - 1] == ',') {
        from--;
    } else if (body->s[to] == ',') {
        to++;
    }
    splice(body, from, to, &nothing);
}

static void add_member(struct out *body, const struct json *parent, const char *name,
                       const char *raw)
{
    size_t at = (size_t)(parent->raw - body->s) + parent->raw_len - 1;
    struct out text = {0};

    if (parent->type != JSON_OBJECT) {
        return;
    }
    out_str(&text, parent->child == NULL ? "" : ",");
    out_json(&text, name);
    out_char(&text, ':');
    out_str(&text, raw);
    splice(body, at, at, &text);
    out_done(&text);
}

void patch_set(struct out *body, const char *path, const char *raw)
{
    struct json *tree = json_parse(body->s, body->len);
    const struct json *at = tree, *parent = NULL;
    char *copy = strdup(path), *save = NULL, *name = NULL;
    char *next = copy == NULL ? NULL : strtok_r(copy, ".", &save);

    while (at != NULL && next != NULL) {
        name = next;
        parent = at;
        at = step_into(at, name);
        next = strtok_r(NULL, ".", &save);
    }
    if (at != NULL && parent != NULL && raw == NULL) {
        remove_member(body, at);
    } else if (at != NULL && parent != NULL) {
        struct out text = {0};
        size_t from = (size_t)(at->raw - body->s);

        out_str(&text, raw);
        splice(body, from, from + at->raw_len, &text);
        out_done(&text);
    } else if (parent != NULL && next == NULL && raw != NULL) {
        add_member(body, parent, name, raw);
    }
    free(copy);
    json_free(tree);
}

void patch_shuffle(struct out *body, uint64_t chance)
{
    struct json *tree = json_parse(body->s, body->len);
    const struct json *data = json_get(tree, "data");
    size_t n = json_length(data), i = 0;
    const struct json **rows = calloc(n + 1, sizeof(*rows));
    struct out text = {0};

    if (rows != NULL && data != NULL && data->type == JSON_ARRAY && n > 1) {
        for (const struct json *row = data->child; row != NULL; row = row->next) {
            rows[i++] = row;
        }
        for (i = n - 1; i > 0; i--) {
            size_t other = (size_t)(rng_step(chance, i) % (i + 1));
            const struct json *kept = rows[i];

            rows[i] = rows[other];
            rows[other] = kept;
        }
        for (i = 0; i < n; i++) {
            out_char(&text, i == 0 ? '[' : ',');
            out_bytes(&text, rows[i]->raw, rows[i]->raw_len);
        }
        out_char(&text, ']');
        splice(body, (size_t)(data->raw - body->s), (size_t)(data->raw - body->s) + data->raw_len,
               &text);
    }
    out_done(&text);
    free(rows);
    json_free(tree);
}
