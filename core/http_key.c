#include "core/http_key.h"

#include "core/base/mem.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#define KEY_HEADER "X-API-KEY: "

struct http_key {
    struct curl_slist *list;
    int users;
};

static void wipe_list(struct curl_slist *list)
{
    for (struct curl_slist *l = list; l; l = l->next)
        explicit_bzero(l->data, strlen(l->data));
    curl_slist_free_all(list);
}

void http_key_release(struct http_key *k)
{
    if (!k || --k->users > 0)
        return;
    wipe_list(k->list);
    free(k);
}

/* curl passes a line end in a header on as it is: the rest would be a header of its own. */
bool http_key_is_sound(const char *key)
{
    for (const char *c = key; *c; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            return false;
    }
    return *key != '\0';
}

static void add_header(struct http_key *k, const char *line)
{
    struct curl_slist *list = curl_slist_append(k->list, line);

    if (list)
        k->list = list;
}

struct http_key *http_key_new(const char *key)
{
    struct http_key *k = mem_alloc(sizeof *k);

    k->users = 1;
    add_header(k, "Accept: application/json");
    if (key && http_key_is_sound(key)) {
        char *line = mem_printf(KEY_HEADER "%s", key);

        add_header(k, line);
        explicit_bzero(line, strlen(line));
        free(line);
    }
    return k;
}

struct http_key *http_key_share(struct http_key *k)
{
    k->users++;
    return k;
}

struct curl_slist *http_key_headers(const struct http_key *k)
{
    return k->list;
}

const char *http_key_text(const struct http_key *k)
{
    const size_t name_len = sizeof KEY_HEADER - 1;

    for (const struct curl_slist *l = k->list; l; l = l->next) {
        if (strncmp(l->data, KEY_HEADER, name_len) == 0)
            return l->data + name_len;
    }
    return NULL;
}
