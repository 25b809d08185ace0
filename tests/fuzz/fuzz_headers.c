/* Header lines of an answer, and how long a 429 makes us wait: never shorter than was said, never
 * so long that a sum with a clock overflows. */
#include "core/http.h"
#include "core/http_headers.h"
#include "core/outcome.h"
#include "tests/fuzz/fuzz.h"

static const int64_t NOW = INT64_C(1767225600000); /* 2026-01-01 */

static void check_text(const char *text, size_t size)
{
    const char *end = memchr(text, '\0', size);
    HOLDS(end);
    HOLDS_FOR(end == text || (*text != ' ' && *text != '\t'), text);
}

/* The digits alone, as seconds in ms; -1 when it is no such number or a very long one. */
static int64_t plain_seconds(const char *text)
{
    size_t len = strspn(text, "0123456789");
    return len > 0 && len < 12 && !text[len] ? strtoll(text, NULL, 10) * 1000 : -1;
}

static void check_wait(const char *retry_after, const char *date)
{
    int64_t wait = outcome_retry_after_ms(retry_after, date, NOW);
    int64_t said = plain_seconds(retry_after);
    HOLDS_FOR(wait >= -1 && wait <= INT64_MAX / 4, retry_after);
    HOLDS_FOR(said < 0 || wait == said, retry_after);
    HOLDS_FOR(*retry_after || wait == -1, retry_after);
    HOLDS_FOR(*retry_after != '-' || plain_seconds(retry_after + 1) < 0 || wait == -1, retry_after);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_answer a;
    memset(&a, 0xa5, sizeof a); /* as a struct that served before */
    http_headers_forget(&a);
    for (size_t at = 0; at < size;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) + 1 - at : size - at;
        char *line = malloc(len); /* no NUL behind it, as curl gives it */
        HOLDS(line);
        memcpy(line, data + at, len);
        http_headers_note(&a, line, len);
        free(line);
        at += len;
    }
    HOLDS(a.rate_limit >= -1 && a.rate_remaining >= -1);
    check_text(a.retry_after, sizeof a.retry_after);
    check_text(a.date, sizeof a.date);
    check_wait(a.retry_after, a.date);
    check_wait(a.retry_after, NULL);
    char *all = fuzz_text(data, size);
    check_wait(all, a.date);
    free(all);
    return 0;
}
