#include "reply.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void reply_done(struct reply *r)
{
    out_done(&r->body);
    for (int i = 0; i < r->n_headers; i++) {
        free(r->headers[i].name);
        free(r->headers[i].value);
    }
    r->n_headers = 0;
}

void reply_add_header(struct reply *r, const char *name, const char *value)
{
    if (r->n_headers < REPLY_HEADERS_MAX) {
        r->headers[r->n_headers].name = strdup(name);
        r->headers[r->n_headers++].value = strdup(value);
    }
}

void reply_message(struct reply *r, int status, const char *message)
{
    r->status = status;
    r->content_type = "application/json";
    r->body.len = 0;
    OUT_LIT(&r->body, "{\"message\":");
    out_json(&r->body, message);
    out_char(&r->body, '}');
}

void reply_gzip(struct reply *r)
{
    struct out packed = {0};
    z_stream z = {0};
    int result;

    if (r->is_encoded || r->body.len < 200 ||
        deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
        return;
    }
    out_need(&packed, deflateBound(&z, r->body.len));
    z.next_in = (Bytef *)r->body.s;
    z.avail_in = (uInt)r->body.len;
    z.next_out = (Bytef *)packed.s;
    z.avail_out = (uInt)packed.cap;
    result = deflate(&z, Z_FINISH);
    packed.len = packed.cap - z.avail_out;
    deflateEnd(&z);
    if (result != Z_STREAM_END) {
        out_done(&packed);
        return;
    }
    out_done(&r->body);
    r->body = packed;
    r->is_encoded = true;
}
