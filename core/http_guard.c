#include "core/http_guard.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HEAD_MOST ((size_t)256 * 1024) /* libcurl's own limits begin beyond */

static bool begins_with(const char *line, size_t len, const char *word)
{
    size_t word_len = strlen(word);

    return len >= word_len && strncasecmp(line, word, word_len) == 0;
}

static bool is_between(char c)
{
    return strchr(", \t\r\n", c) != NULL;
}

/* How many compressions a list of codings names; "identity" and "chunked" are none. */
static int count_layers(const char *list, const char *end)
{
    int layers = 0;

    while (list < end) {
        const char *word = list;

        while (list < end && !is_between(*list))
            list++;
        size_t len = (size_t)(list - word);
        layers +=
            len > 0 && !begins_with(word, len, "identity") && !begins_with(word, len, "chunked");
        while (list < end && is_between(*list))
            list++;
    }
    return layers;
}

/* libcurl undoes both kinds, whether asked for or not. */
static int layers_of(const char *line, size_t len)
{
    static const char *const names[] = {"Content-Encoding:", "Transfer-Encoding:"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (begins_with(line, len, names[i]))
            return count_layers(line + strlen(names[i]), line + len);
    }
    return 0;
}

static bool refuse(struct http_guard *g, enum http_refusal why)
{
    g->refusal = why;
    return false;
}

bool http_guard_header(struct http_guard *g, const char *line, size_t len)
{
    g->head_bytes += len;
    if (g->head_bytes > HEAD_MOST)
        return refuse(g, HTTP_HEAD_TOO_LONG);
    if (begins_with(line, len, "HTTP/")) {
        g->layers = 0;
        g->has_head = false;
    }
    g->has_head = g->has_head || *line == '\r' || *line == '\n';
    g->layers += layers_of(line, len);
    return g->layers <= 1 || refuse(g, HTTP_COMPRESSED_TWICE);
}

int http_guard_code(const struct http_guard *g, int curl_code, const char **words)
{
    bool is_long_line = curl_code == CURLE_OUT_OF_MEMORY && !g->has_head; /* of 100 kB and more */

    *words = NULL;
    if (g->refusal == HTTP_HEAD_TOO_LONG || is_long_line) {
        *words = "its headers are too long";
        return CURLE_WEIRD_SERVER_REPLY;
    }
    if (g->refusal == HTTP_COMPRESSED_TWICE) {
        *words = "compressed more than once";
        return CURLE_BAD_CONTENT_ENCODING;
    }
    if (g->refusal == HTTP_BODY_TOO_LARGE)
        return CURLE_FILESIZE_EXCEEDED;
    if (g->refusal == HTTP_TAKEN && curl_code == CURLE_WRITE_ERROR) { /* not ours, but zlib's */
        *words = "something follows the compressed body";
        return CURLE_BAD_CONTENT_ENCODING;
    }
    return curl_code;
}
