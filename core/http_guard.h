/* What one answer may bring in before it is refused, whatever the server goes on sending. Memory is
 * what it is for: headers that never end, compression in layers, bodies. One thread. */
#ifndef CORE_HTTP_GUARD_H
#define CORE_HTTP_GUARD_H

#include <stdbool.h>
#include <stddef.h>

enum http_refusal {
    HTTP_TAKEN,
    HTTP_HEAD_TOO_LONG,
    HTTP_COMPRESSED_TWICE, /* each layer can make a thousand bytes of one */
    HTTP_BODY_TOO_LARGE,
    HTTP_CROWDED, /* would fit alone, but not beside the other answers */
};

struct http_guard {
    enum http_refusal refusal;
    size_t head_bytes; /* of all heads: an answer can have several ("100 Continue") */
    int layers;        /* of compression, in the head at hand */
    bool has_head;     /* the final one is complete */
};

/* False: no more of this answer; `refusal` says why. */
bool http_guard_header(struct http_guard *g, const char *line, size_t len);
/* What the transfer's end is to be called: a CURLcode for the one curl gives, and words (or NULL:
 * curl's own will do). */
int http_guard_code(const struct http_guard *g, int curl_code, const char **words);

#endif
