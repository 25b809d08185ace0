/* What an answer's headers tell: the rate limit, when to come again, and the server's clock. Pure,
 * any thread. */
#ifndef CORE_HTTP_HEADERS_H
#define CORE_HTTP_HEADERS_H

#include <stddef.h>

struct http_answer;

/* As if no header had come yet. */
void http_headers_forget(struct http_answer *a);
/* Takes in one header line of `len` bytes, its line end included; what is of no use is passed over.
 */
void http_headers_note(struct http_answer *a, const char *line, size_t len);

#endif
