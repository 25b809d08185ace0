#include "query.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* %XX and `+` in place. */
static void decode(char *s)
{
    char *to = s;

    for (; *s != '\0'; s++) {
        if (*s == '%' && isxdigit((unsigned char)s[1]) && isxdigit((unsigned char)s[2])) {
            char hex[3] = {s[1], s[2], '\0'};

            *to++ = (char)strtol(hex, NULL, 16);
            s += 2;
        } else {
            *to++ = *s == '+' ? ' ' : *s;
        }
    }
    *to = '\0';
}

void query_parse(struct query *q, const char *target)
{
    size_t path_len = strcspn(target, "?");
    char *save = NULL, *at;

    *q = (struct query){0};
    q->path = strndup(target, path_len);
    q->text = strdup(target[path_len] == '?' ? target + path_len + 1 : "");
    q->store = malloc(strlen(target) + 2);
    if (q->path == NULL || q->text == NULL || q->store == NULL) {
        abort();
    }
    strcpy(q->store, q->path);
    at = q->store + path_len + 1;
    strcpy(at, q->text);
    for (char *s = strtok_r(q->store, "/", &save); s != NULL && q->n_pieces < QUERY_PIECES_MAX;
         s = strtok_r(NULL, "/", &save)) {
        decode(s);
        q->pieces[q->n_pieces++] = s;
    }
    for (char *s = strtok_r(at, "&", &save); s != NULL && q->n_items < QUERY_ITEMS_MAX;
         s = strtok_r(NULL, "&", &save)) {
        char *value = strchr(s, '=');

        if (value != NULL) {
            *value++ = '\0';
            decode(value);
        }
        decode(s);
        q->items[q->n_items].name = s;
        q->items[q->n_items++].value = value;
    }
}

void query_done(struct query *q)
{
    free(q->path);
    free(q->text);
    free(q->store);
    *q = (struct query){0};
}

const char *query_get(const struct query *q, const char *name)
{
    for (size_t i = 0; i < q->n_items; i++) {
        if (strcmp(q->items[i].name, name) == 0) {
            return q->items[i].value == NULL ? "" : q->items[i].value;
        }
    }
    return NULL;
}

long query_digits(const char *s)
{
    size_t len = strlen(s);

    if (len == 0 || len > 18 || strspn(s, "0123456789") != len) {
        return -1;
    }
    return strtol(s, NULL, 10);
}

long query_number(const struct query *q, const char *name, long other)
{
    const char *s = query_get(q, name);

    return s == NULL || *s == '\0' ? other : query_digits(s);
}

bool query_flag(const struct query *q, const char *name, bool other)
{
    const char *s = query_get(q, name);

    if (s == NULL || *s == '\0') {
        return other;
    }
    return strcmp(s, "true") == 0 || strcmp(s, "1") == 0;
}
