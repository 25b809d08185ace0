/* reply: what goes back to the client, or what is done to the client instead. */
#ifndef SIM_REPLY_H
#define SIM_REPLY_H

#include <stdbool.h>

#include "out.h"

enum reply_way {
    REPLY_SEND,
    REPLY_CUT,   /* promise the whole body, send half of it, close */
    REPLY_STALL, /* promise the whole body, send half of it, and no more until the client goes */
    REPLY_RESET, /* close without an answer */
    REPLY_HANG   /* keep silent until the client goes */
};

enum { REPLY_HEADERS_MAX = 16 };

struct reply {
    enum reply_way way;
    int status;
    const char *content_type;
    struct out body;
    bool is_encoded; /* the body claims to be gzip already */
    bool is_chunked; /* without a Content-Length */
    int64_t drip_ms; /* wait so long before each piece of drip_bytes; 0: no wait */
    int64_t drip_bytes;
    bool hides_limits; /* send no X-RateLimit headers */
    int kill_pid;      /* 0: none; a process that gets a signal once all of this is sent */
    int kill_signal;
    struct {
        char *name;
        char *value;
    } headers[REPLY_HEADERS_MAX];
    int n_headers;
};

void reply_done(struct reply *r);
void reply_add_header(struct reply *r, const char *name, const char *value);

/* `{"message":"…"}` instead of what the body held. */
void reply_message(struct reply *r, int status, const char *message);

/* Packs the body, if that makes it smaller. */
void reply_gzip(struct reply *r);

#endif
