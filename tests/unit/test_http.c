#include "core/http.h"

#include "core/base/clock.h"
#include "core/base/err.h"
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#define KEY "sekret-Key/123"
#define MOST_CONNECTIONS 64

/* ---- a server that says what it is told, byte for byte ---- */

enum after { KEEP, CLOSE, RESET, STAY };

struct reply {
    const char *path;
    const char *bytes;
    size_t len; /* 0 = strlen(bytes) */
    enum after after;
};

struct connection {
    int fd;
    size_t len;
    char request[4096];
};

struct server {
    int fd, stop_fd, port;
    pthread_t thread;
    const struct reply *replies;
    struct connection connections[MOST_CONNECTIONS];
    int count;
    pthread_mutex_t lock; /* for what follows */
    int accepted;
    size_t log_len;
    char log[65536]; /* every request as it came */
};

static void send_all(int fd, const char *bytes, size_t len)
{
    while (len > 0) {
        ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
        if (n <= 0)
            return;
        bytes += n;
        len -= (size_t)n;
    }
}

static const struct reply *find_reply(const struct server *s, const char *request)
{
    const struct reply *r = s->replies;

    for (; r->path; r++) {
        size_t len = strlen(r->path);
        if (strncmp(request, "GET ", 4) == 0 && strncmp(request + 4, r->path, len) == 0 &&
            request[4 + len] == ' ')
            break;
    }
    return r; /* the last row answers whatever is not named */
}

static void close_connection(struct server *s, int i, bool reset)
{
    struct linger at_once = {1, 0};

    if (reset)
        setsockopt(s->connections[i].fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(s->connections[i].fd);
    s->connections[i] = s->connections[--s->count];
}

static void note_request(struct server *s, const struct connection *c)
{
    pthread_mutex_lock(&s->lock);
    size_t room = sizeof s->log - 1 - s->log_len;
    size_t len = c->len < room ? c->len : room;
    memcpy(s->log + s->log_len, c->request, len);
    s->log_len += len;
    s->log[s->log_len] = '\0';
    pthread_mutex_unlock(&s->lock);
}

static void serve(struct server *s, int i)
{
    struct connection *c = &s->connections[i];
    ssize_t n = recv(c->fd, c->request + c->len, sizeof c->request - 1 - c->len, 0);

    if (n <= 0) {
        close_connection(s, i, false);
        return;
    }
    c->len += (size_t)n;
    c->request[c->len] = '\0';
    if (!strstr(c->request, "\r\n\r\n"))
        return;
    note_request(s, c);
    const struct reply *r = find_reply(s, c->request);
    c->len = 0;
    send_all(c->fd, r->bytes, r->len ? r->len : strlen(r->bytes));
    if (r->after == CLOSE || r->after == RESET)
        close_connection(s, i, r->after == RESET);
}

static void accept_one(struct server *s)
{
    int fd = accept(s->fd, NULL, NULL);

    pthread_mutex_lock(&s->lock);
    s->accepted++;
    pthread_mutex_unlock(&s->lock);
    s->connections[s->count++] = (struct connection){.fd = fd};
}

static void *run_server(void *user)
{
    struct server *s = user;

    for (;;) {
        struct pollfd fds[MOST_CONNECTIONS + 2];

        fds[0] = (struct pollfd){.fd = s->stop_fd, .events = POLLIN};
        fds[1] = (struct pollfd){.fd = s->fd, .events = POLLIN};
        for (int i = 0; i < s->count; i++)
            fds[2 + i] = (struct pollfd){.fd = s->connections[i].fd, .events = POLLIN};
        int count = s->count;
        poll(fds, (nfds_t)(2 + count), -1);
        if (fds[0].revents)
            break;
        for (int i = count - 1; i >= 0; i--) {
            if (fds[2 + i].revents)
                serve(s, i);
        }
        if (fds[1].revents)
            accept_one(s);
    }
    while (s->count > 0)
        close_connection(s, s->count - 1, false);
    return NULL;
}

static int listen_somewhere(int *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    CHECK(fd >= 0 && bind(fd, (struct sockaddr *)&a, sizeof a) == 0 && listen(fd, 64) == 0);
    CHECK(getsockname(fd, (struct sockaddr *)&a, &len) == 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static struct server *server_start(const struct reply *replies)
{
    struct server *s = calloc(1, sizeof *s);

    CHECK(s != NULL);
    s->fd = listen_somewhere(&s->port);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    s->replies = replies;
    pthread_mutex_init(&s->lock, NULL);
    CHECK(pthread_create(&s->thread, NULL, run_server, s) == 0);
    return s;
}

static void server_stop(struct server *s)
{
    eventfd_write(s->stop_fd, 1);
    pthread_join(s->thread, NULL);
    pthread_mutex_destroy(&s->lock);
    close(s->fd);
    close(s->stop_fd);
    free(s);
}

static int accepted(struct server *s)
{
    pthread_mutex_lock(&s->lock);
    int n = s->accepted;
    pthread_mutex_unlock(&s->lock);
    return n;
}

/* Only when no request can come any more. */
static bool logged(struct server *s, const char *text)
{
    pthread_mutex_lock(&s->lock);
    bool found = strcasestr(s->log, text) != NULL;
    pthread_mutex_unlock(&s->lock);
    return found;
}

/* ---- asking it ---- */

static char base[64];

static struct http *open_http(const struct server *s, int concurrency, int timeout_seconds)
{
    struct http_settings settings = {
        .base_url = base,
        .concurrency = concurrency,
        .timeout_seconds = timeout_seconds,
        .max_body_bytes = 100000,
    };
    struct err e = {0};

    snprintf(base, sizeof base, "http://127.0.0.1:%d/api", s->port);
    struct http *h = http_new(&settings, KEY, &e);
    CHECK_STR(e.message, "");
    CHECK(h != NULL);
    return h;
}

static struct http_answer wait_for_answer(struct http *h)
{
    struct http_answer a;

    while (!http_take(h, &a))
        http_wait(h, NULL, 0, 10000);
    return a;
}

static struct http_answer ask(struct http *h, const char *path)
{
    http_get(h, path, false, &base);
    struct http_answer a = wait_for_answer(h);
    CHECK(a.tag == &base);
    CHECK(strstr(a.detail, KEY) == NULL);
    return a;
}

/* A request of its own, with a server of its own. */
static struct http_answer ask_once(const struct reply *replies, const char *path)
{
    struct server *s = server_start(replies);
    struct http *h = open_http(s, 2, 30);
    struct http_answer a = ask(h, path);

    http_free(h);
    server_stop(s);
    return a;
}

#define LAST                                                                                       \
    {                                                                                              \
        NULL, "HTTP/1.1 404 Not found\r\nContent-Length: 0\r\n\r\n", 0, KEEP                       \
    }

/* ---- cases ---- */

static const struct reply ok_replies[] = {
    {"/api/ok?page=1&d=2019%2B",
     "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n"
     "DATE:   Thu, 01 Jan 2026 00:00:00 GMT  \r\n"
     "x-ratelimit-LIMIT: 500\r\nX-RateLimit-Remaining:499\r\n"
     "Retry-After: 7\r\n\r\n{\"data\":[]}",
     0, KEEP},
    {"/api/empty", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 0, KEEP},
    LAST,
};

static void a_whole_answer(void)
{
    struct http_answer a = ask_once(ok_replies, "/ok?page=1&d=2019%2B");

    CHECK_INT(a.curl_code, 0);
    CHECK_INT(a.status, 200);
    CHECK_STR(a.body.data, "{\"data\":[]}");
    CHECK_INT(a.body.len, 11);
    CHECK_INT(a.wire_bytes, 11);
    CHECK_INT(a.rate_limit, 500);
    CHECK_INT(a.rate_remaining, 499);
    CHECK_STR(a.retry_after, "7");
    CHECK_STR(a.date, "Thu, 01 Jan 2026 00:00:00 GMT");
    CHECK_STR(a.detail, "");
    CHECK(a.sent_at > 0 && a.answered_at >= a.sent_at);
    CHECK(a.answered_at - a.sent_at < 5000);
    buf_done(&a.body);
}

static void what_is_not_named_is_absent(void)
{
    struct http_answer a = ask_once(ok_replies, "/empty");

    CHECK_INT(a.curl_code, 0);
    CHECK_INT(a.status, 200);
    CHECK_INT(a.body.len, 0);
    CHECK_INT(a.rate_limit, -1);
    CHECK_INT(a.rate_remaining, -1);
    CHECK_STR(a.retry_after, "");
    CHECK_STR(a.date, "");
    buf_done(&a.body);
    a = ask_once(ok_replies, "/unknown");
    CHECK_INT(a.status, 404);
    buf_done(&a.body);
}

static void the_request_is_as_it_should_be(void)
{
    struct server *s = server_start(ok_replies);
    struct http *h = open_http(s, 1, 30);

    for (int i = 0; i < 3; i++) {
        struct http_answer a = ask(h, "/empty");
        buf_done(&a.body);
    }
    http_set_key(h, "other-key");
    struct http_answer a = ask(h, "/unknown");
    buf_done(&a.body);
    http_set_key(h, "two\r\nX-Injected: lines");
    a = ask(h, "/third");
    buf_done(&a.body);
    http_free(h);
    CHECK_INT(accepted(s), 1); /* the connection is used again */
    CHECK(logged(s, "GET /api/empty HTTP/1.1\r\n"));
    CHECK(logged(s, "\r\nX-API-KEY: " KEY "\r\n"));
    CHECK(logged(s, "\r\nX-API-KEY: other-key\r\n"));
    CHECK(logged(s, "\r\nAccept: application/json\r\n"));
    CHECK(logged(s, "\r\nAccept-Encoding: gzip\r\n"));
    CHECK(logged(s, "\r\nUser-Agent: ipsync/"));
    CHECK(!logged(s, "Injected"));
    server_stop(s);
}

static void several_at_a_time(void)
{
    struct server *s = server_start(ok_replies);
    struct http *h = open_http(s, 8, 30);
    int tags[200];
    int asked = 0;
    bool seen[200] = {false};

    for (int answered = 0; answered < 200;) {
        struct http_answer a;

        while (asked < 200 && http_has_room(h))
            http_get(h, "/empty", false, &tags[asked++]);
        CHECK(http_in_flight(h) <= 8);
        http_wait(h, NULL, 0, 10000);
        while (http_take(h, &a)) {
            ptrdiff_t i = (int *)a.tag - tags;
            CHECK(i >= 0 && i < 200 && !seen[i]);
            seen[i] = true;
            CHECK_INT(a.status, 200);
            buf_done(&a.body);
            answered++;
        }
    }
    CHECK_INT(http_in_flight(h), 0);
    CHECK(accepted(s) <= 8);
    http_free(h);
    server_stop(s);
}

/* ---- headers ---- */

static const struct reply header_replies[] = {
    {"/api/early",
     "HTTP/1.1 103 Early\r\nX-RateLimit-Limit: 3\r\nRetry-After: 9\r\nDate: x\r\n\r\n"
     "HTTP/1.1 200 OK\r\nX-RateLimit-Remaining: 8\r\nContent-Length: 0\r\n\r\n",
     0, KEEP},
    {"/api/odd",
     "HTTP/1.1 429 Slow down\r\nX-RateLimit-Limit: 500, 500;w=60\r\n"
     "X-RateLimit-Remaining: 99999999999999\r\n"
     "Retry-After: Thu, 01 Jan 2026 00:00:00 GMT\r\n"
     "X-Retry-After: 5\r\nDated: no\r\nFate: no\r\nContent-Length: 0\r\n\r\n",
     0, KEEP},
    {"/api/bad",
     "HTTP/1.1 200 OK\r\nX-RateLimit-Limit: many\r\nX-RateLimit-Remaining: -3\r\n"
     "Retry-After: 1234567890123456789012345678901234567890123456789012345678901234\r\n"
     "Date:\r\nNo colon\r\nContent-Length: 0\r\n\r\n",
     0, KEEP},
    {"/api/5x", "HTTP/1.1 200 OK\r\nX-RateLimit-Limit: 5x\r\nContent-Length: 0\r\n\r\n", 0, KEEP},
    LAST,
};

static void only_the_final_headers_count(void)
{
    struct http_answer a = ask_once(header_replies, "/early");

    CHECK_INT(a.status, 200);
    CHECK_INT(a.rate_limit, -1);
    CHECK_INT(a.rate_remaining, 8);
    CHECK_STR(a.retry_after, "");
    CHECK_STR(a.date, "");
    buf_done(&a.body);
}

static void odd_headers(void)
{
    struct http_answer a = ask_once(header_replies, "/odd");

    CHECK_INT(a.status, 429);
    CHECK_INT(a.rate_limit, 500);
    CHECK_INT(a.rate_remaining, INT32_MAX);
    CHECK_STR(a.retry_after, "Thu, 01 Jan 2026 00:00:00 GMT");
    CHECK_STR(a.date, "");
    buf_done(&a.body);
    a = ask_once(header_replies, "/bad");
    CHECK_INT(a.rate_limit, -1);
    CHECK_INT(a.rate_remaining, -1);
    CHECK_STR(a.retry_after, "");
    CHECK_STR(a.date, "");
    buf_done(&a.body);
    a = ask_once(header_replies, "/5x");
    CHECK_INT(a.rate_limit, -1);
    buf_done(&a.body);
}

/* ---- bodies ---- */

static char gzipped[300000];

static size_t gzip_into(char *out, size_t size, const char *text, size_t len)
{
    z_stream z = {0};
    int head = snprintf(out, size,
                        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n"
                        "Connection: close\r\n\r\n");

    CHECK(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = (uInt)len;
    z.next_out = (Bytef *)out + head;
    z.avail_out = (uInt)(size - (size_t)head);
    CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t total = (size_t)head + z.total_out;
    deflateEnd(&z);
    return total;
}

static struct http_answer ask_gzip(const char *text, size_t len, size_t damaged_at)
{
    size_t size = gzip_into(gzipped, sizeof gzipped, text, len);
    struct reply replies[] = {{"/api/z", gzipped, size, CLOSE}, LAST};

    if (damaged_at)
        memset(gzipped + size - damaged_at, 'x', 8);
    return ask_once(replies, "/z");
}

static void gzip_is_unpacked(void)
{
    char text[50000];

    memset(text, ' ', sizeof text);
    memcpy(text, "{\"data\":", 8);
    struct http_answer a = ask_gzip(text, sizeof text, 0);
    CHECK_INT(a.curl_code, 0);
    CHECK_INT(a.body.len, sizeof text);
    CHECK(memcmp(a.body.data, text, sizeof text) == 0);
    CHECK(a.wire_bytes > 0 && a.wire_bytes < 1000);
    buf_done(&a.body);
}

static void damaged_gzip_is_named(void)
{
    struct http_answer a = ask_gzip("{\"data\":[1,2,3]}", 16, 20);

    CHECK_INT(a.curl_code, CURLE_BAD_CONTENT_ENCODING);
    CHECK(a.detail[0] != '\0');
    buf_done(&a.body);
}

static void a_bomb_stops_at_the_cap(void)
{
    size_t len = 64 * 1024 * 1024;
    char *zeros = calloc(1, len);

    CHECK(zeros != NULL);
    struct http_answer a = ask_gzip(zeros, len, 0);
    free(zeros);
    CHECK_INT(a.curl_code, CURLE_FILESIZE_EXCEEDED);
    CHECK_INT(a.status, 200);
    CHECK(a.body.len <= 100000);
    CHECK(a.wire_bytes < 100000);
    buf_done(&a.body);
}

static char large[200000];

static void large_bodies_are_refused(void)
{
    int head = snprintf(large, sizeof large, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    struct reply replies[] = {
        {"/api/large", large, sizeof large, CLOSE},
        {"/api/just", large, (size_t)head + 100000, CLOSE},
        {"/api/declared", "HTTP/1.1 200 OK\r\nContent-Length: 300000000\r\n\r\nxx", 0, STAY},
        LAST,
    };

    memset(large + head, 'x', sizeof large - (size_t)head);
    struct http_answer a = ask_once(replies, "/large");
    CHECK_INT(a.curl_code, CURLE_FILESIZE_EXCEEDED);
    buf_done(&a.body);
    a = ask_once(replies, "/just");
    CHECK_INT(a.curl_code, 0);
    CHECK_INT(a.body.len, 100000);
    buf_done(&a.body);
    a = ask_once(replies, "/declared");
    CHECK_INT(a.curl_code, CURLE_FILESIZE_EXCEEDED);
    buf_done(&a.body);
}

static void a_handle_forgets_what_was_too_large(void)
{
    int head = snprintf(large, sizeof large, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    struct reply replies[] = {
        {"/api/large", large, sizeof large, CLOSE},
        {"/api/ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0, KEEP},
        LAST,
    };
    memset(large + head, 'x', sizeof large - (size_t)head);
    struct server *s = server_start(replies);
    struct http *h = open_http(s, 1, 30);

    for (int i = 0; i < 4; i++) {
        struct http_answer a = ask(h, i % 2 ? "/ok" : "/large");
        CHECK_INT(a.curl_code, i % 2 ? 0 : CURLE_FILESIZE_EXCEEDED);
        CHECK((a.detail[0] == '\0') == (i % 2 == 1));
        buf_done(&a.body);
    }
    http_free(h);
    server_stop(s);
}

/* ---- what breaks ---- */

static const struct reply broken_replies[] = {
    {"/api/cut", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"data\":[", 0, CLOSE},
    {"/api/chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\n{\"da", 0, CLOSE},
    {"/api/reset", "", 0, RESET},
    {"/api/half", "HTTP/1.1 200 OK\r\nContent-Le", 0, RESET},
    {"/api/silent", "", 0, CLOSE},
    {"/api/ssh", "SSH-2.0-OpenSSH_9.2\r\n", 0, CLOSE},
    {"/api/hang", "", 0, STAY},
    {"/api/stall", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", 0, STAY},
    {"/api/ok", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", 0, KEEP},
    LAST,
};

static void check_broken(const char *path, int code, int other)
{
    struct http_answer a = ask_once(broken_replies, path);

    CHECK(a.curl_code == code || a.curl_code == other);
    CHECK(a.detail[0] != '\0');
    buf_done(&a.body);
}

static void broken_answers(void)
{
    check_broken("/cut", CURLE_PARTIAL_FILE, CURLE_PARTIAL_FILE);
    check_broken("/chunk", CURLE_PARTIAL_FILE, CURLE_RECV_ERROR);
    check_broken("/reset", CURLE_RECV_ERROR, CURLE_GOT_NOTHING);
    check_broken("/half", CURLE_RECV_ERROR, CURLE_GOT_NOTHING);
    check_broken("/silent", CURLE_GOT_NOTHING, CURLE_GOT_NOTHING);
    check_broken("/ssh", CURLE_UNSUPPORTED_PROTOCOL, CURLE_WEIRD_SERVER_REPLY);
}

static void nobody_listens(void)
{
    struct server *s = server_start(broken_replies);
    struct http *h = open_http(s, 1, 30);

    server_stop(s);
    struct http_answer a = ask(h, "/ok");
    CHECK_INT(a.curl_code, CURLE_COULDNT_CONNECT);
    CHECK_INT(a.status, 0);
    CHECK(strstr(a.detail, "127.0.0.1") != NULL);
    http_free(h);
}

static void a_stalled_answer_times_out(void)
{
    struct server *s = server_start(broken_replies);
    struct http *h = open_http(s, 2, 1);
    int64_t began = clock_mono_ms();
    int hanging;
    int stalled;

    http_get(h, "/hang", false, &hanging);
    http_get(h, "/stall", false, &stalled);
    for (int i = 0; i < 2; i++) {
        struct http_answer a = wait_for_answer(h);
        CHECK_INT(a.curl_code, CURLE_OPERATION_TIMEDOUT);
        CHECK_INT(a.status, a.tag == &stalled ? 200 : 0);
        buf_done(&a.body);
    }
    CHECK(clock_mono_ms() - began >= 900);
    http_free(h);
    server_stop(s);
}

static void drop_and_free_leave_at_once(void)
{
    struct server *s = server_start(broken_replies);
    struct http *h = open_http(s, 2, 30);
    int64_t began = clock_mono_ms();
    struct http_answer a;
    int hanging;
    int stalled;

    http_get(h, "/hang", false, &hanging);
    http_get(h, "/stall", false, &stalled);
    http_wait(h, NULL, 0, 50);
    CHECK_INT(http_in_flight(h), 2);
    CHECK(!http_has_room(h));
    http_drop(h, &hanging);
    CHECK_INT(http_in_flight(h), 1);
    a = ask(h, "/ok");
    CHECK_STR(a.body.data, "{}");
    buf_done(&a.body);
    http_get(h, "/ok", false, &hanging);
    while (http_in_flight(h) == 2)
        http_wait(h, NULL, 0, 1000);
    http_drop(h, &hanging); /* its answer waits: gone as well */
    CHECK(!http_take(h, &a));
    CHECK(http_has_room(h));
    http_get(h, "/ok", false, &hanging);
    a = wait_for_answer(h);
    buf_done(&a.body);
    http_get(h, "/ok", false, &hanging); /* answered and not taken, when freed */
    while (http_in_flight(h) == 2)
        http_wait(h, NULL, 0, 1000);
    http_free(h);
    CHECK(clock_mono_ms() - began < 3000);
    server_stop(s);
}

static void free_does_not_wait_for_a_name(void)
{
    struct http_settings settings = {.base_url = "https://ipsync-no-such-name.invalid",
                                     .concurrency = 1,
                                     .timeout_seconds = 30,
                                     .max_body_bytes = 1000};
    struct http *h = http_new(&settings, KEY, NULL);
    int64_t began = clock_mono_ms();

    http_get(h, "/", false, NULL);
    http_wait(h, NULL, 0, 5);
    http_free(h);
    CHECK(clock_mono_ms() - began < 2000);
    http_free(NULL);
}

/* ---- waiting ---- */

static void waiting_ends_with_a_readable_descriptor(void)
{
    struct server *s = server_start(broken_replies);
    struct http *h = open_http(s, 1, 30);
    int fds[2] = {eventfd(0, EFD_CLOEXEC), eventfd(0, EFD_CLOEXEC)};

    int64_t began = clock_mono_ms();
    http_wait(h, fds, 2, 80);
    CHECK(clock_mono_ms() - began >= 75);
    http_get(h, "/hang", false, NULL);
    http_wait(h, fds, 2, 50);
    eventfd_write(fds[1], 1);
    began = clock_mono_ms();
    for (int i = 0; i < 5; i++)
        http_wait(h, fds, 2, 10000);
    eventfd_t count;
    eventfd_read(fds[1], &count);
    eventfd_write(fds[0], 1);
    for (int i = 0; i < 5; i++)
        http_wait(h, fds, 2, 10000);
    CHECK(clock_mono_ms() - began < 1000);
    http_drop(h, NULL);
    http_get(h, "/ok", false, NULL);
    while (http_in_flight(h) > 0)
        http_wait(h, NULL, 0, 1000);
    CHECK(!http_has_room(h)); /* the one place is taken by the answer */
    began = clock_mono_ms();
    http_wait(h, NULL, 0, 10000);
    CHECK(clock_mono_ms() - began < 1000);
    http_free(h);
    close(fds[0]);
    close(fds[1]);
    server_stop(s);
}

/* ---- the key stays where it belongs ---- */

static void redirects_are_not_followed(void)
{
    struct server *trap = server_start(ok_replies);
    char redirect[200];
    struct reply replies[] = {{"/api/away", redirect, 0, KEEP}, LAST};

    snprintf(redirect, sizeof redirect,
             "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:%d/stolen\r\n"
             "Content-Length: 0\r\n\r\n",
             trap->port);
    struct http_answer a = ask_once(replies, "/away");
    CHECK_INT(a.curl_code, 0);
    CHECK_INT(a.status, 302);
    buf_done(&a.body);
    CHECK_INT(accepted(trap), 0);
    server_stop(trap);
}

static void proxies_of_the_environment_are_not_obeyed(void)
{
    static const char *const names[] = {"http_proxy", "HTTP_PROXY", "https_proxy",
                                        "all_proxy",  "ALL_PROXY",  "HTTPS_PROXY"};
    struct server *trap = server_start(ok_replies);
    char proxy[64];

    snprintf(proxy, sizeof proxy, "http://127.0.0.1:%d", trap->port);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        setenv(names[i], proxy, 1);
    struct http_answer a = ask_once(ok_replies, "/empty");
    CHECK_INT(a.status, 200);
    buf_done(&a.body);
    CHECK_INT(accepted(trap), 0);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    server_stop(trap);
}

static const struct reply proxy_replies[] = {
    {"http://127.0.0.1:1/api/x", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nproxy", 0, KEEP},
    LAST,
};

static void a_configured_proxy_is_used_whatever_no_proxy_says(void)
{
    struct server *proxy = server_start(proxy_replies);
    char url[64];
    struct http_settings settings = {.base_url = "http://127.0.0.1:1/api",
                                     .proxy = url,
                                     .concurrency = 1,
                                     .timeout_seconds = 5,
                                     .max_body_bytes = 1000};

    snprintf(url, sizeof url, "http://127.0.0.1:%d", proxy->port);
    setenv("no_proxy", "*", 1);
    struct http *h = http_new(&settings, KEY, NULL);
    struct http_answer a = ask(h, "/x");
    CHECK_STR(a.body.data, "proxy");
    buf_done(&a.body);
    http_free(h);
    unsetenv("no_proxy");
    server_stop(proxy);
}

static const struct reply tunnel_replies[] = {
    {NULL, "HTTP/1.1 200 Connected\r\nX-RateLimit-Limit: 7\r\n\r\nthis is no TLS and never will be",
     0, CLOSE},
};

/* With CONNECT the proxy sees its own request: the key belongs into the tunnel alone. */
static void a_tunnel_does_not_see_the_key(void)
{
    struct server *proxy = server_start(tunnel_replies);
    char url[64];
    struct http_settings settings = {.base_url = "https://crm.invalid",
                                     .proxy = url,
                                     .concurrency = 1,
                                     .timeout_seconds = 5,
                                     .max_body_bytes = 1000};

    snprintf(url, sizeof url, "http://127.0.0.1:%d", proxy->port);
    struct http *h = http_new(&settings, KEY, NULL);
    struct http_answer a = ask(h, "/x");
    CHECK_INT(a.curl_code, CURLE_SSL_CONNECT_ERROR);
    CHECK_INT(a.rate_limit, -1);
    buf_done(&a.body);
    http_free(h);
    CHECK(logged(proxy, "CONNECT crm.invalid:443"));
    CHECK(!logged(proxy, KEY) && !logged(proxy, "X-API-KEY"));
    server_stop(proxy);
}

static void an_error_text_does_not_show_the_key(void)
{
    struct http_settings settings = {.base_url = "http://sekret.invalid",
                                     .concurrency = 1,
                                     .timeout_seconds = 2,
                                     .max_body_bytes = 1000};
    struct http *h = http_new(&settings, "sekret", NULL);
    struct http_answer a = ask(h, "/x");

    CHECK(a.curl_code != 0);
    CHECK(strstr(a.detail, "sekret") == NULL);
    CHECK(a.curl_code != CURLE_COULDNT_RESOLVE_HOST || strstr(a.detail, "******.invalid"));
    buf_done(&a.body);
    http_free(h);
}

static void plain_and_encrypted_do_not_mix(void)
{
    struct server *s = server_start(ok_replies);
    struct http *h = open_http(s, 1, 5);

    snprintf(base, sizeof base, "https://127.0.0.1:%d/api", s->port);
    struct http_answer a = ask(h, "/empty"); /* made for http:// */
    CHECK_INT(a.curl_code, CURLE_UNSUPPORTED_PROTOCOL);
    http_free(h);
    snprintf(base, sizeof base, "http://user:pass@127.0.0.1:%d/api", s->port);
    struct http_settings settings = {
        .base_url = base, .concurrency = 1, .timeout_seconds = 5, .max_body_bytes = 1000};
    h = http_new(&settings, KEY, NULL);
    a = ask(h, "/empty");
    CHECK(a.curl_code != 0);
    http_free(h);
    CHECK_INT(accepted(s), 0);
    server_stop(s);
}

static void settings_that_cannot_work_are_refused(void)
{
    struct http_settings settings = {.base_url = "https://crm.invalid",
                                     .ca_file = "/nowhere/ca.pem",
                                     .concurrency = 1,
                                     .timeout_seconds = 5,
                                     .max_body_bytes = 1000};
    struct err e = {0};

    CHECK(http_new(&settings, KEY, &e) == NULL);
    CHECK_INT(e.kind, ERR_CONFIG);
    CHECK(strstr(e.message, "/nowhere/ca.pem") != NULL);
    settings.ca_file = NULL;
    CHECK(http_new(&settings, "a\r\nb", &e) == NULL);
    CHECK_INT(e.kind, ERR_CONFIG);
    CHECK(http_new(&settings, "", &e) == NULL);
}

static const struct unit_case cases[] = {
    {"ok", a_whole_answer},
    {"absent", what_is_not_named_is_absent},
    {"request", the_request_is_as_it_should_be},
    {"several", several_at_a_time},
    {"early-hints", only_the_final_headers_count},
    {"odd-headers", odd_headers},
    {"gzip", gzip_is_unpacked},
    {"bad-gzip", damaged_gzip_is_named},
    {"bomb", a_bomb_stops_at_the_cap},
    {"large", large_bodies_are_refused},
    {"reuse", a_handle_forgets_what_was_too_large},
    {"broken", broken_answers},
    {"connect", nobody_listens},
    {"stall", a_stalled_answer_times_out},
    {"drop", drop_and_free_leave_at_once},
    {"name", free_does_not_wait_for_a_name},
    {"wait", waiting_ends_with_a_readable_descriptor},
    {"redirect", redirects_are_not_followed},
    {"environment-proxy", proxies_of_the_environment_are_not_obeyed},
    {"proxy", a_configured_proxy_is_used_whatever_no_proxy_says},
    {"tunnel", a_tunnel_does_not_see_the_key},
    {"detail", an_error_text_does_not_show_the_key},
    {"schemes", plain_and_encrypted_do_not_mix},
    {"settings", settings_that_cannot_work_are_refused},
};

int main(int argc, char **argv)
{
    http_setup();
    return unit_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
