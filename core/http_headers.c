#include "core/http_headers.h"

#include "core/http.h"

#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <strings.h>

static void copy_value(char *out, size_t size, const char *value, size_t len)
{
    if (len >= size)
        len = 0; /* nothing that we understand is so long */
    memcpy(out, value, len);
    out[len] = '\0';
}

/* "500" or "500, 500;w=60"; -1 when it does not begin with a number. */
static int parse_count(const char *value, size_t len)
{
    int64_t n = 0;
    size_t i = 0;

    for (; i < len && isdigit((unsigned char)value[i]); i++)
        n = n < INT_MAX ? n * 10 + (value[i] - '0') : INT_MAX;
    if (i == 0 || (i < len && !strchr(", ;\t", value[i])))
        return -1;
    return n < INT_MAX ? (int)n : INT_MAX;
}

void http_headers_forget(struct http_answer *a)
{
    a->rate_limit = -1;
    a->rate_remaining = -1;
    a->retry_after[0] = '\0';
    a->date[0] = '\0';
}

static bool is_named(const char *line, size_t name_len, const char *name)
{
    return name_len == strlen(name) && strncasecmp(line, name, name_len) == 0;
}

void http_headers_note(struct http_answer *a, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);

    if (!colon)
        return;
    size_t name_len = (size_t)(colon - line);
    const char *value = colon + 1;
    size_t value_len = len - name_len - 1;

    while (value_len > 0 && (*value == ' ' || *value == '\t')) {
        value++;
        value_len--;
    }
    while (value_len > 0 && isspace((unsigned char)value[value_len - 1]))
        value_len--;
    if (is_named(line, name_len, "X-RateLimit-Limit"))
        a->rate_limit = parse_count(value, value_len);
    else if (is_named(line, name_len, "X-RateLimit-Remaining"))
        a->rate_remaining = parse_count(value, value_len);
    else if (is_named(line, name_len, "Retry-After"))
        copy_value(a->retry_after, sizeof a->retry_after, value, value_len);
    else if (is_named(line, name_len, "Date"))
        copy_value(a->date, sizeof a->date, value, value_len);
}
