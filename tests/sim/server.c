#include "server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control.h"
#include "exchange.h"

enum { POST_MAX = 16 << 20 };

struct server {
    struct sim *s;
    struct MHD_Daemon *daemon;
};

/* One HTTP request as the library hands it over, piece by piece. */
struct incoming {
    char *target;
    bool is_started;
    struct out posted;
    int kill_pid, kill_signal; /* as in struct reply */
};

static void *on_target(void *server, const char *target, struct MHD_Connection *connection)
{
    struct incoming *in = calloc(1, sizeof(*in));

    (void)server;
    (void)connection;
    if (in == NULL || (in->target = strdup(target)) == NULL) {
        abort();
    }
    return in;
}

static void on_completed(void *server, struct MHD_Connection *connection, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct incoming *in = *state;

    (void)server;
    (void)connection;
    (void)code;
    if (in != NULL) {
        if (in->kill_pid > 0) {
            kill(in->kill_pid, in->kill_signal);
        }
        out_done(&in->posted);
        free(in->target);
        free(in);
    }
    *state = NULL;
}

static void on_connection(void *server, struct MHD_Connection *connection, void **state,
                          enum MHD_ConnectionNotificationCode code)
{
    (void)connection;
    (void)state;
    atomic_fetch_add(&((struct server *)server)->s->connections,
                     code == MHD_CONNECTION_NOTIFY_STARTED ? 1 : -1);
}

static int socket_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static ssize_t read_dump(void *dump, uint64_t pos, char *to, size_t max)
{
    size_t n = dump_read(dump, to, max);

    (void)pos;
    return n == 0 ? MHD_CONTENT_READER_END_OF_STREAM : (ssize_t)n;
}

static void free_dump(void *dump)
{
    dump_free(dump);
}

/* A body that does not simply go out at once. */
struct trickle {
    struct sim *s;
    int socket_fd;
    struct reply how; /* its body is this one's own */
    size_t end;       /* where it breaks off */
};

static ssize_t read_trickle(void *state, uint64_t pos, char *to, size_t max)
{
    struct trickle *t = state;
    size_t left = t->end - (size_t)pos, piece = (size_t)t->how.drip_bytes;

    if (left == 0) {
        if (t->how.way == REPLY_STALL) {
            sim_wait(t->s, t->socket_fd, -1);
        }
        return t->how.way == REPLY_SEND ? MHD_CONTENT_READER_END_OF_STREAM
                                        : MHD_CONTENT_READER_END_WITH_ERROR;
    }
    left = left < max ? left : max;
    if (t->how.drip_ms > 0) {
        if (!sim_wait(t->s, t->socket_fd, t->how.drip_ms)) {
            return MHD_CONTENT_READER_END_WITH_ERROR;
        }
        left = piece > 0 && left > piece ? piece : left;
    }
    memcpy(to, t->how.body.s + pos, left);
    return (ssize_t)left;
}

static void free_trickle(void *state)
{
    struct trickle *t = state;

    out_done(&t->how.body);
    free(t);
}

static struct MHD_Response *trickle_of(struct sim *s, int socket_fd, struct reply *r)
{
    struct trickle *t = calloc(1, sizeof(*t));
    size_t len = r->body.len;

    if (t == NULL) {
        abort();
    }
    *t = (struct trickle){.s = s, .socket_fd = socket_fd, .how = *r};
    t->end = r->way == REPLY_SEND ? len : len / 2;
    r->body = (struct out){0};
    return MHD_create_response_from_callback(r->is_chunked ? MHD_SIZE_UNKNOWN : len, 8192,
                                             read_trickle, t, free_trickle);
}

static struct MHD_Response *response_to(struct sim *s, struct MHD_Connection *connection,
                                        struct reply *r)
{
    struct MHD_Response *response;

    if (r->way != REPLY_SEND || r->is_chunked || r->drip_ms > 0) {
        return trickle_of(s, socket_of(connection), r);
    }
    response = MHD_create_response_from_buffer(r->body.len, r->body.s, MHD_RESPMEM_MUST_FREE);
    r->body = (struct out){0}; /* the library's now */
    return response;
}

static enum MHD_Result reset(struct MHD_Connection *connection)
{
    struct linger linger = {.l_onoff = 1, .l_linger = 0};

    setsockopt(socket_of(connection), SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
    return MHD_NO;
}

static enum MHD_Result send_reply(struct sim *s, struct MHD_Connection *connection, struct reply *r)
{
    struct MHD_Response *response;
    enum MHD_Result result;

    if (r->way == REPLY_RESET || r->way == REPLY_HANG) {
        reply_done(r);
        return reset(connection);
    }
    response = response_to(s, connection, r);
    if (r->content_type != NULL) {
        MHD_add_response_header(response, "Content-Type", r->content_type);
    }
    if (r->is_encoded) {
        MHD_add_response_header(response, "Content-Encoding", "gzip");
    }
    for (int i = 0; i < r->n_headers; i++) {
        MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    }
    result = MHD_queue_response(connection, (unsigned)r->status, response);
    MHD_destroy_response(response);
    reply_done(r);
    return result;
}

static enum MHD_Result control(struct sim *s, struct MHD_Connection *connection, const char *method,
                               const struct query *q, struct incoming *in)
{
    struct MHD_Response *response;
    struct control_answer a;
    enum MHD_Result result;

    control_answer(s, method, q, out_text(&in->posted), in->posted.len, &a);
    if (a.dump == NULL && a.fd < 0) {
        return send_reply(s, connection, &a.reply);
    }
    reply_done(&a.reply);
    if (a.dump != NULL) {
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 65536, read_dump, a.dump,
                                                     free_dump);
    } else {
        response = MHD_create_response_from_fd64(a.size, a.fd);
    }
    MHD_add_response_header(response, "Content-Type", "application/jsonl");
    result = MHD_queue_response(connection, 200, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result api(struct sim *s, struct MHD_Connection *connection, const char *method,
                           const struct query *q, struct incoming *in)
{
    const char *encodings =
        MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Accept-Encoding");
    struct exchange x = {
        .method = method, .target = in->target, .q = q, .socket_fd = socket_of(connection)};
    struct reply r = {0};

    x.key = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-API-KEY");
    x.accepts_gzip = encodings != NULL && strstr(encodings, "gzip") != NULL;
    exchange_run(s, &x, &r);
    in->kill_pid = r.kill_pid;
    in->kill_signal = r.kill_signal;
    return send_reply(s, connection, &r);
}

static enum MHD_Result on_request(void *server, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *size, void **state)
{
    struct sim *s = ((struct server *)server)->s;
    struct incoming *in = *state;
    enum MHD_Result result;
    struct query q;

    (void)url;
    (void)version;
    if (!in->is_started) {
        in->is_started = true;
        return MHD_YES;
    }
    if (*size > 0) {
        if (in->posted.len + *size > POST_MAX) {
            return MHD_NO;
        }
        out_bytes(&in->posted, data, *size);
        *size = 0;
        return MHD_YES;
    }
    query_parse(&q, in->target);
    if (q.n_pieces > 0 && strcmp(q.pieces[0], "_sim") == 0) {
        result = control(s, connection, method, &q, in);
    } else {
        result = api(s, connection, method, &q, in);
    }
    query_done(&q);
    return result;
}

/* A listening socket, made here so that the base URL is known before the first request; -1 after
 * a message. */
static int listen_at(struct sim *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)s->opt->port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;
    socklen_t size = sizeof(address);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0) {
        perror("crm-sim: cannot listen");
        if (fd >= 0) {
            close(fd);
        }
        return -1;
    }
    snprintf(s->base, sizeof(s->base), "http://127.0.0.1:%u", (unsigned)ntohs(address.sin_port));
    return fd;
}

struct server *server_start(struct sim *s)
{
    struct server *server = calloc(1, sizeof(*server));
    int fd = listen_at(s);

    if (server == NULL) {
        abort();
    }
    server->s = s;
    if (fd >= 0) {
        server->daemon = MHD_start_daemon(
            MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL,
            NULL, on_request, server, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_URI_LOG_CALLBACK,
            on_target, server, MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
            MHD_OPTION_NOTIFY_CONNECTION, on_connection, server, MHD_OPTION_CONNECTION_LIMIT, 4096u,
            MHD_OPTION_THREAD_STACK_SIZE, (size_t)512 * 1024, MHD_OPTION_END);
    }
    if (server->daemon == NULL) {
        free(server);
        return NULL;
    }
    return server;
}

void server_stop(struct server *server)
{
    uint64_t one = 1;

    if (write(server->s->stop_fd, &one, sizeof(one)) != sizeof(one)) {
        perror("crm-sim: eventfd");
    }
    MHD_stop_daemon(server->daemon);
    free(server);
}
