/* The yardstick of `make bench`: the bare pipeline, as fast as these libraries go on one thread,
 * with nothing of what makes a sync safe. It reads the merchants' list, then every page of each
 * merchant's transactions, eight merchants at a time; cJSON with an arena and one pass over the
 * children, one prepared upsert a row, page and cursor in one transaction.
 *
 *     bare [--gzip] BASE_URL DATABASE FROM TO SCHEMA.sql...
 *
 * It prints "PAGES TRANSACTIONS" and believes what it reads: no retries, no pace, no masking. */
#include "tests/bench/bare_store.h"

#include <cjson/cJSON.h>
#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IN_FLIGHT = 8, ARENA_BLOCK = 4 << 20 };

_Noreturn void die(const char *what, const char *why)
{
    fprintf(stderr, "bare: %s: %s\n", what, why);
    exit(1);
}

/* ---- cJSON's memory: blocks that are kept, reset before each page ---- */
struct block {
    struct block *next;
    size_t used;
    _Alignas(16) unsigned char bytes[ARENA_BLOCK];
};
static struct block *arena, *arena_now;

static void *arena_alloc(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size > ARENA_BLOCK) {
        return NULL;
    }
    if (arena_now == NULL || arena_now->used + size > ARENA_BLOCK) {
        struct block **place = arena_now != NULL ? &arena_now->next : &arena;
        if (*place == NULL) {
            *place = malloc(sizeof **place);
            if (*place == NULL) {
                die("memory", "none left");
            }
            (*place)->next = NULL;
        }
        arena_now = *place;
        arena_now->used = 0;
    }
    void *p = arena_now->bytes + arena_now->used;
    arena_now->used += size;
    return p;
}

static void arena_free(void *p)
{
    (void)p;
}

static void arena_reset(void)
{
    arena_now = arena;
    if (arena != NULL) {
        arena->used = 0;
    }
}

/* ---- HTTP ---- */
struct body {
    char *bytes;
    size_t len, cap;
};

/* A transfer, and the series of pages that it walks. */
struct slot {
    CURL *curl;
    struct body body;
    const char *mid;
    long page;
};
static const char *base, *from, *to;
static struct curl_slist *headers;
static bool gzip;

static size_t take(char *bytes, size_t size, size_t count, void *arg)
{
    struct body *b = arg;
    size_t len = size * count;
    if (b->len + len + 1 > b->cap) {
        b->cap = (b->len + len + 1) * 2;
        b->bytes = realloc(b->bytes, b->cap);
        if (b->bytes == NULL) {
            die("memory", "none left");
        }
    }
    memcpy(b->bytes + b->len, bytes, len);
    b->len += len;
    b->bytes[b->len] = '\0';
    return len;
}

static void slot_init(struct slot *s)
{
    s->curl = curl_easy_init();
    curl_easy_setopt(s->curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(s->curl, CURLOPT_PROXY, "");
    curl_easy_setopt(s->curl, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(s->curl, CURLOPT_WRITEDATA, (void *)&s->body);
    curl_easy_setopt(s->curl, CURLOPT_PRIVATE, (void *)s);
    curl_easy_setopt(s->curl, CURLOPT_NOSIGNAL, 1L);
    if (gzip) {
        curl_easy_setopt(s->curl, CURLOPT_ACCEPT_ENCODING, "gzip");
    }
}

static void slot_ask(struct slot *s)
{
    char url[512];
    if (s->mid == NULL) {
        snprintf(url, sizeof url, "%s/merchants?per_page=1000&sort_by=mid&page=%ld", base, s->page);
    } else {
        snprintf(url, sizeof url,
                 "%s/merchants/%s/transactions?start_date=%s&end_date=%s&per_page=100&page=%ld",
                 base, s->mid, from, to, s->page);
    }
    s->body.len = 0;
    curl_easy_setopt(s->curl, CURLOPT_URL, url);
}

/* The page in the slot's body, and whether another follows. */
static const cJSON *slot_page(struct slot *s, bool *more)
{
    long status = 0;
    curl_easy_getinfo(s->curl, CURLINFO_RESPONSE_CODE, &status);
    arena_reset();
    const cJSON *root = status == 200 ? cJSON_ParseWithLength(s->body.bytes, s->body.len) : NULL;
    const cJSON *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    const cJSON *links = cJSON_GetObjectItemCaseSensitive(root, "links");
    if (data == NULL || links == NULL) {
        die("answer", s->body.len > 0 ? s->body.bytes : "empty");
    }
    *more = cJSON_IsString(cJSON_GetObjectItemCaseSensitive(links, "next"));
    return data;
}

/* The merchants' numbers, NULL at the end. */
static char **read_merchants(void)
{
    static struct slot s = {.page = 1};
    char **mids = NULL;
    size_t len = 0;
    slot_init(&s);
    for (bool more = true; more; s.page++) {
        slot_ask(&s);
        if (curl_easy_perform(s.curl) != CURLE_OK) {
            die(base, "no answer");
        }
        for (const cJSON *m = slot_page(&s, &more)->child; m != NULL; m = m->next) {
            char **more_mids = realloc(mids, (len + 2) * sizeof *mids);
            if (more_mids == NULL) {
                die("memory", "none left");
            }
            mids = more_mids;
            mids[len++] = strdup(cJSON_GetObjectItemCaseSensitive(m, "mid")->valuestring);
            mids[len] = NULL;
        }
    }
    curl_easy_cleanup(s.curl);
    return mids;
}

static void read_transactions(char **mids)
{
    static struct slot slots[IN_FLIGHT];
    CURLM *multi = curl_multi_init();
    int running = 0;
    for (int i = 0; i < IN_FLIGHT && *mids != NULL; i++, running++) {
        slot_init(&slots[i]);
        slots[i].mid = *mids++;
        slots[i].page = 1;
        slot_ask(&slots[i]);
        curl_multi_add_handle(multi, slots[i].curl);
    }
    while (running > 0) {
        int active = 0, left = 0;
        curl_multi_perform(multi, &active);
        for (CURLMsg *m; (m = curl_multi_info_read(multi, &left)) != NULL;) {
            struct slot *s = NULL;
            curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &s);
            if (m->data.result != CURLE_OK) {
                die(s->mid, curl_easy_strerror(m->data.result));
            }
            bool more = false;
            const cJSON *data = slot_page(s, &more);
            store_page(s->mid, s->page, data);
            curl_multi_remove_handle(multi, s->curl);
            s->page = more ? s->page + 1 : 1;
            s->mid = more ? s->mid : *mids;
            mids += !more && *mids != NULL;
            if (s->mid == NULL) {
                running--;
                continue;
            }
            slot_ask(s);
            curl_multi_add_handle(multi, s->curl);
        }
        curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
}

int main(int argc, char **argv)
{
    gzip = argc > 1 && strcmp(argv[1], "--gzip") == 0;
    argv += gzip;
    argc -= gzip;
    if (argc < 6) {
        die("usage", "bare [--gzip] BASE_URL DATABASE FROM TO SCHEMA.sql...");
    }
    base = argv[1];
    from = argv[3];
    to = argv[4];
    cJSON_Hooks hooks = {.malloc_fn = arena_alloc, .free_fn = arena_free};
    cJSON_InitHooks(&hooks);
    curl_global_init(CURL_GLOBAL_DEFAULT);
    headers = curl_slist_append(NULL, "X-API-KEY: demo-key");
    store_open(argv[2], argv + 5);
    char **mids = read_merchants();
    read_transactions(mids);
    for (size_t i = 0; mids[i] != NULL; i++) {
        free(mids[i]);
    }
    free(mids);
    store_close();
    printf("%lld %lld\n", (long long)stored_pages, (long long)stored_transactions);
    return 0;
}
