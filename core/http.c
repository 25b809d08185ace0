#include "core/http.h"

#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/http_guard.h"
#include "core/http_headers.h"
#include "core/http_key.h"
#include "core/http_options.h"

#include <assert.h>
#include <curl/curl.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define MOST_EXTRA_FDS 8
#define TOGETHER_LEAST ((int64_t)16 * 1024 * 1024)

enum transfer_state {
    TRANSFER_FREE,
    TRANSFER_RUNNING,
    TRANSFER_DONE, /* waits for http_take() */
};

struct transfer {
    CURL *easy;
    struct http *owner;
    enum transfer_state state;
    struct http_guard guard;
    int64_t heard_at;    /* when the last byte came; monotonic ms */
    int64_t heard_bytes; /* of the body, as received */
    struct http_key *key;
    struct http_answer answer;
    char words[CURL_ERROR_SIZE];
    struct transfer *next_done;
};

struct http {
    CURLM *multi;
    struct http_settings settings;
    struct http_key *key; /* for requests from now on */
    struct transfer *transfers;
    struct transfer *first_done;
    struct transfer **last_done;
    int running;
    int waiting;  /* done and not taken */
    int64_t kept; /* bytes of bodies that were taken and are still there */
};

void http_note_kept(struct http *h, int64_t bytes)
{
    h->kept = bytes;
}

void http_set_key(struct http *h, const char *api_key)
{
    http_key_release(h->key);
    h->key = http_key_new(api_key);
}

/* ---- what comes in ---- */

static size_t on_header(char *line, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    size_t len = size * count;

    t->heard_at = clock_mono_ms();
    /* Only the final answer's headers count: a "100 Continue" or "103" has some of its own. */
    if (len >= 5 && strncmp(line, "HTTP/", 5) == 0)
        http_headers_forget(&t->answer);
    else
        http_headers_note(&t->answer, line, len);
    return http_guard_header(&t->guard, line, len) ? len : 0;
}

/* Whether all bodies together stay within what one of them may be. */
static bool fits_beside(const struct http *h, size_t more)
{
    int64_t most = h->settings.max_body_bytes;
    int64_t all = h->kept + (int64_t)more;

    for (int i = 0; i < h->settings.concurrency; i++)
        all += (int64_t)h->transfers[i].answer.body.len;
    return all <= (most > TOGETHER_LEAST ? most : TOGETHER_LEAST);
}

/* curl has already decompressed what comes here, so the cap stops a gzip bomb as well. */
static size_t on_body(char *bytes, size_t size, size_t count, void *user)
{
    struct transfer *t = user;
    size_t len = size * count;

    if (!fits_beside(t->owner, len) && len <= t->answer.body.cap - t->answer.body.len)
        t->guard.refusal = HTTP_CROWDED;
    else if (buf_add(&t->answer.body, bytes, len))
        return len;
    else
        t->guard.refusal = HTTP_BODY_TOO_LARGE;
    buf_done(&t->answer.body);
    return 0;
}

/* ---- set up ---- */

void http_setup(void)
{
    /* libcurl would write the TLS secrets to the file that this names. */
    unsetenv("SSLKEYLOGFILE");
    curl_global_init(CURL_GLOBAL_DEFAULT);
}

static bool transfer_init(struct transfer *t, const struct http_settings *s)
{
    t->easy = curl_easy_init();
    if (!t->easy)
        return false;
    http_options_set(t->easy, s);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->words);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    return true;
}

static bool http_init(struct http *h)
{
    h->multi = curl_multi_init();
    if (!h->multi)
        return false;
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, (long)h->settings.concurrency);
    curl_multi_setopt(h->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)h->settings.concurrency);
    for (int i = 0; i < h->settings.concurrency; i++) {
        if (!transfer_init(&h->transfers[i], &h->settings))
            return false;
        h->transfers[i].owner = h;
    }
    return true;
}

struct http *http_new(const struct http_settings *s, const char *api_key, struct err *e)
{
    assert(s->concurrency >= 1 && s->concurrency <= 64);
    if (!http_key_is_sound(api_key)) {
        err_set(e, ERR_CONFIG, "the API key is empty or has control characters in it");
        return NULL;
    }
    if (s->ca_file && *s->ca_file && access(s->ca_file, R_OK) != 0) {
        err_set(e, ERR_CONFIG, "[api] ca_file: cannot read %s: %s", s->ca_file, strerror(errno));
        return NULL;
    }

    struct http *h = mem_alloc(sizeof *h);

    h->settings = *s;
    h->transfers = mem_alloc((size_t)s->concurrency * sizeof *h->transfers);
    h->last_done = &h->first_done;
    h->key = http_key_new(api_key);
    if (!http_init(h)) {
        http_free(h);
        err_set(e, ERR_IO, "the HTTP library cannot be started");
        return NULL;
    }
    return h;
}

/* ---- one transfer's life ---- */

static void transfer_release(struct http *h, struct transfer *t)
{
    http_key_release(t->key);
    t->key = NULL;
    t->answer = (struct http_answer){0};
    if (t->state == TRANSFER_RUNNING)
        h->running--;
    else if (t->state == TRANSFER_DONE)
        h->waiting--;
    t->state = TRANSFER_FREE;
}

void http_free(struct http *h)
{
    if (!h)
        return;
    for (int i = 0; i < h->settings.concurrency; i++) {
        struct transfer *t = &h->transfers[i];

        if (t->state == TRANSFER_RUNNING)
            curl_multi_remove_handle(h->multi, t->easy);
        buf_done(&t->answer.body);
        transfer_release(h, t);
        curl_easy_cleanup(t->easy);
    }
    curl_multi_cleanup(h->multi);
    http_key_release(h->key);
    free(h->transfers);
    free(h);
}

int http_in_flight(const struct http *h)
{
    return h->running;
}

bool http_has_room(const struct http *h)
{
    return h->running + h->waiting < h->settings.concurrency;
}

static struct transfer *find_state(struct http *h, enum transfer_state state)
{
    for (int i = 0; i < h->settings.concurrency; i++) {
        if (h->transfers[i].state == state)
            return &h->transfers[i];
    }
    return NULL;
}

void http_get(struct http *h, const char *path, bool fresh_connection, void *tag)
{
    struct transfer *t = find_state(h, TRANSFER_FREE);

    assert(t && path[0] == '/');
    t->state = TRANSFER_RUNNING;
    t->guard = (struct http_guard){0};
    t->words[0] = '\0';
    t->answer = (struct http_answer){
        .tag = tag,
        .body = {.cap = (size_t)h->settings.max_body_bytes},
    };
    http_headers_forget(&t->answer);
    t->key = http_key_share(h->key);
    h->running++;

    char *url = mem_printf("%s%s", h->settings.base_url, path);
    curl_easy_setopt(t->easy, CURLOPT_URL, url);
    free(url);
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, http_key_headers(t->key));
    curl_easy_setopt(t->easy, CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
    t->answer.sent_at = t->heard_at = clock_mono_ms();
    t->heard_bytes = 0;
    curl_multi_add_handle(h->multi, t->easy);
}

static void unlink_done(struct http *h, struct transfer *t)
{
    struct transfer **link = &h->first_done;

    while (*link != t)
        link = &(*link)->next_done;
    *link = t->next_done;
    if (h->last_done == &t->next_done)
        h->last_done = link;
    t->next_done = NULL;
}

void http_drop(struct http *h, void *tag)
{
    for (int i = 0; i < h->settings.concurrency; i++) {
        struct transfer *t = &h->transfers[i];

        if (t->state == TRANSFER_FREE || t->answer.tag != tag)
            continue;
        if (t->state == TRANSFER_RUNNING)
            curl_multi_remove_handle(h->multi, t->easy);
        else
            unlink_done(h, t);
        buf_done(&t->answer.body);
        transfer_release(h, t);
    }
}

/* ---- finishing ---- */

static void describe(struct transfer *t, CURLcode code)
{
    const char *key = http_key_text(t->key);
    char *at;

    if (!t->words[0])
        snprintf(t->words, sizeof t->words, "%s", curl_easy_strerror(code));
    /* Before it is cut: half a key is one too many. */
    while (key && (at = strstr(t->words, key)) != NULL)
        memset(at, '*', strlen(key));
    snprintf(t->answer.detail, sizeof t->answer.detail, "%.*s", (int)sizeof t->answer.detail - 1,
             t->words);
}

static void finish(struct http *h, struct transfer *t, CURLcode code)
{
    curl_off_t received = 0;
    const char *words = NULL;

    code = (CURLcode)http_guard_code(&t->guard, (int)code, &words);
    if (words)
        snprintf(t->words, sizeof t->words, "%s", words);
    t->answer.curl_code = (int)code;
    t->answer.answered_at = clock_mono_ms();
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &t->answer.status);
    curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
    t->answer.wire_bytes = received;
    /* A refusal stands, however large its page is. */
    t->answer.crowded = t->guard.refusal == HTTP_CROWDED && t->answer.status < 300;
    if (code != CURLE_OK)
        describe(t, code);
    curl_multi_remove_handle(h->multi, t->easy);
    t->state = TRANSFER_DONE;
    h->running--;
    h->waiting++;
    t->next_done = NULL;
    *h->last_done = t;
    h->last_done = &t->next_done;
}

/* libcurl's own LOW_SPEED_TIME goes by a smoothed speed and notices a stop up to 5 s late. */
static void expire_stalled(struct http *h)
{
    int64_t now = clock_mono_ms();

    for (int i = 0; i < h->settings.concurrency; i++) {
        struct transfer *t = &h->transfers[i];
        curl_off_t received = 0;

        if (t->state != TRANSFER_RUNNING)
            continue;
        curl_easy_getinfo(t->easy, CURLINFO_SIZE_DOWNLOAD_T, &received);
        if (received >
            h->settings.max_body_bytes + HTTP_READ_BYTES) { /* and nothing comes out of it */
            t->guard.refusal = HTTP_BODY_TOO_LARGE;
            finish(h, t, CURLE_OK);
        } else if (received != t->heard_bytes) {
            t->heard_bytes = received;
            t->heard_at = now;
        } else if (now - t->heard_at >= h->settings.timeout_seconds * (int64_t)1000) {
            snprintf(t->words, sizeof t->words, "no byte for %d s", h->settings.timeout_seconds);
            finish(h, t, CURLE_OPERATION_TIMEDOUT);
        }
    }
}

static void move_on(struct http *h)
{
    int unused;
    CURLMsg *m;

    curl_multi_perform(h->multi, &unused);
    while ((m = curl_multi_info_read(h->multi, &unused)) != NULL) {
        struct transfer *t = NULL;
        CURLcode code = m->data.result;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&t);
        finish(h, t, code);
    }
    expire_stalled(h);
}

bool http_take(struct http *h, struct http_answer *out)
{
    struct transfer *t = h->first_done;

    if (!t)
        return false;
    unlink_done(h, t);
    *out = t->answer;
    transfer_release(h, t);
    return true;
}

void http_wait(struct http *h, const int *fds, int fd_count, int timeout_ms)
{
    struct curl_waitfd extra[MOST_EXTRA_FDS];

    assert(fd_count <= MOST_EXTRA_FDS);
    move_on(h);
    if (h->first_done)
        return;
    for (int i = 0; i < fd_count; i++)
        extra[i] = (struct curl_waitfd){.fd = fds[i], .events = CURL_WAIT_POLLIN};
    curl_multi_poll(h->multi, extra, (unsigned)fd_count, timeout_ms, NULL);
    move_on(h);
}
