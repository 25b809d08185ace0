/* Requests to the CRM, several at a time on one thread: curl multi behind a small face.
 *
 * One owner thread. Redirects are not followed, proxies of the environment not obeyed, TLS always
 * verified, the key goes to the configured base URL alone. */
#ifndef CORE_HTTP_H
#define CORE_HTTP_H

#include "core/base/buf.h"

#include <stdbool.h>
#include <stdint.h>

struct err;
struct http;

struct http_settings {      /* borrowed for the life of the http */
    const char *base_url;   /* without trailing slash */
    const char *ca_file;    /* NULL = the system's authorities */
    const char *proxy;      /* NULL or "" = none */
    int concurrency;        /* most in flight, 1..64 */
    int timeout_seconds;    /* so long without a byte; the whole answer may take ten times that */
    int64_t max_body_bytes; /* of one body, and of all together (then at least 16 MB) */
};

struct http_answer {
    void *tag;          /* as given to http_get */
    int curl_code;      /* CURLcode; 0 = a whole answer */
    long status;        /* 0 = none arrived */
    struct buf body;    /* decompressed; moved out: whoever gets the answer owns it (buf_done) */
    int64_t wire_bytes; /* as received, compressed */
    int64_t sent_at, answered_at; /* monotonic ms */
    int rate_limit;               /* X-RateLimit-Limit, -1 = not named */
    int rate_remaining;           /* X-RateLimit-Remaining, -1 = not named */
    char retry_after[64];         /* "" = absent */
    char date[40];                /* the Date header, "" = absent */
    bool crowded;     /* there was no room for it beside the others: to be asked for again */
    char detail[160]; /* curl's words when curl_code is not 0 */
};

/* Loads TLS and resolver state: once per process, before any thread. */
void http_setup(void);
struct http *http_new(const struct http_settings *s, const char *api_key, struct err *e);
void http_free(struct http *h); /* at once: whatever is in flight is dropped */
void http_set_key(struct http *h, const char *api_key); /* for requests from now on */

int http_in_flight(const struct http *h);
bool http_has_room(const struct http *h);
/* `path` begins with "/", is complete with its query, and is copied. Needs http_has_room().
 * `fresh_connection`: on none that was kept, since libcurl repeats requests by itself on those. */
void http_get(struct http *h, const char *path, bool fresh_connection, void *tag);
/* So many bytes of bodies are kept elsewhere: they count for what all may hold together. */
void http_note_kept(struct http *h, int64_t bytes);
/* Drops the request with this tag, in flight or answered and not yet taken; else does nothing. */
void http_drop(struct http *h, void *tag);
/* Takes one finished answer; false when none is waiting. */
bool http_take(struct http *h, struct http_answer *out);
/* Moves transfers on and sleeps until something happens, a descriptor of `fds` is readable, or
 * timeout_ms has passed. Returns at once when an answer is waiting. */
void http_wait(struct http *h, const int *fds, int fd_count, int timeout_ms);

#endif
