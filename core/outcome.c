#include "core/outcome.h"

#include <ctype.h>
#include <curl/curl.h>
#include <stddef.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#define BACKOFF_CAP_MS 60000
/* Far enough to be "never" and still safe to add to any clock. */
#define WAIT_MOST_MS (INT64_MAX / 4)
#define YEAR_10000 INT64_C(253402300800) /* in seconds since 1970 */

struct row {
    long first, last; /* curl code or status, both ends included */
    struct outcome outcome;
};

#define TRANSIENT(code, text)                                                                      \
    {                                                                                              \
        OUTCOME_TRANSIENT, code, text, false                                                       \
    }
/* Of one answer or of us, not of the CRM's health. */
#define SPARED(code, text)                                                                         \
    {                                                                                              \
        OUTCOME_TRANSIENT, code, text, true                                                        \
    }
#define PERMANENT(code, text)                                                                      \
    {                                                                                              \
        OUTCOME_PERMANENT, code, text, false                                                       \
    }

/* Only what curl can answer to an HTTP GET; everything else is `unknown`. */
static const struct row curl_rows[] = {
    {CURLE_UNSUPPORTED_PROTOCOL, CURLE_UNSUPPORTED_PROTOCOL,
     PERMANENT("bad_url",
               "The CRM's address is of a kind that ipsync does not speak; check base_url")},
    {CURLE_URL_MALFORMAT, CURLE_URL_MALFORMAT,
     PERMANENT("bad_url", "The CRM's address cannot be understood; check base_url")},
    {CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_RESOLVE_PROXY,
     TRANSIENT("resolve_proxy", "The proxy's name has no address right now; trying again")},
    {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_HOST,
     TRANSIENT("resolve", "The CRM's name has no address right now; trying again")},
    {CURLE_COULDNT_CONNECT, CURLE_COULDNT_CONNECT,
     TRANSIENT("connect", "No connection to the CRM; trying again")},
    {CURLE_WEIRD_SERVER_REPLY, CURLE_WEIRD_SERVER_REPLY,
     TRANSIENT("bad_reply", "The answer is not HTTP; trying again")},
    {CURLE_HTTP2, CURLE_HTTP2, TRANSIENT("http2", "The connection broke (HTTP/2); trying again")},
    {CURLE_PARTIAL_FILE, CURLE_PARTIAL_FILE,
     TRANSIENT("cut_body", "The answer was cut short; trying again")},
    {CURLE_OUT_OF_MEMORY, CURLE_OUT_OF_MEMORY,
     SPARED("out_of_memory", "Not enough memory for the answer; trying again")},
    {CURLE_WRITE_ERROR, CURLE_WRITE_ERROR,
     SPARED("too_large", "The answer is larger than max_body_mb; asking for less at a time")},
    {CURLE_OPERATION_TIMEDOUT, CURLE_OPERATION_TIMEDOUT,
     TRANSIENT("timeout", "The CRM did not answer in time; trying again")},
    {CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CONNECT_ERROR,
     TRANSIENT("tls_handshake", "No secure connection came about (TLS handshake); trying again")},
    {CURLE_GOT_NOTHING, CURLE_GOT_NOTHING,
     TRANSIENT("reset", "The connection was closed without an answer; trying again")},
    {CURLE_SEND_ERROR, CURLE_RECV_ERROR, TRANSIENT("reset", "The connection broke; trying again")},
    {CURLE_SSL_CERTPROBLEM, CURLE_SSL_CERTPROBLEM,
     PERMANENT("certificate", "The local TLS certificate cannot be used; not tried again")},
    {CURLE_SSL_CIPHER, CURLE_SSL_CIPHER,
     PERMANENT("tls_cipher", "The CRM and this machine share no TLS cipher; not tried again")},
    {CURLE_PEER_FAILED_VERIFICATION, CURLE_PEER_FAILED_VERIFICATION,
     PERMANENT(
         "certificate",
         "The CRM's TLS certificate is not valid for it; not tried again until that is mended")},
    {CURLE_BAD_CONTENT_ENCODING, CURLE_BAD_CONTENT_ENCODING,
     TRANSIENT("bad_encoding", "The answer's compression is damaged; trying again")},
    {CURLE_FILESIZE_EXCEEDED, CURLE_FILESIZE_EXCEEDED,
     SPARED("too_large", "The answer is larger than max_body_mb; asking for less at a time")},
    {CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CACERT_BADFILE,
     PERMANENT("ca_file", "The file of certificate authorities cannot be used; check ca_file")},
    {CURLE_SSL_SHUTDOWN_FAILED, CURLE_SSL_SHUTDOWN_FAILED,
     TRANSIENT("reset", "The secure connection was not closed properly; trying again")},
    {CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR,
     PERMANENT("certificate", "The CRM's TLS certificate cannot be checked; not tried again")},
    {CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS,
     PERMANENT("certificate", "The CRM's TLS certificate is not accepted; not tried again")},
    {CURLE_HTTP2_STREAM, CURLE_HTTP2_STREAM,
     TRANSIENT("http2", "The CRM broke the answer off (HTTP/2); trying again")},
    {CURLE_HTTP3, CURLE_HTTP3, TRANSIENT("http3", "The connection broke (HTTP/3); trying again")},
    {CURLE_PROXY, CURLE_PROXY,
     TRANSIENT("proxy", "The proxy refuses the connection; trying again")},
};

/* The first row that fits counts: the particular before the range it lies in. */
static const struct row status_rows[] = {
    {200, 200, {OUTCOME_OK, "ok", "Answered", false}},
    {204, 204, TRANSIENT("http_204", "The CRM answered without content (204); trying again")},
    {201, 299, TRANSIENT("http_2xx", "The CRM answered with an unexpected status; trying again")},
    {300, 399,
     PERMANENT("redirect", "The CRM points to another address, which ipsync never follows; "
                           "check base_url")},
    {400, 400,
     PERMANENT("http_400", "The CRM refuses the request as malformed (400); not tried again")},
    {401, 401, {OUTCOME_AUTH, "auth", "The CRM rejects the API key (401); the sync ends", false}},
    {403, 403, PERMANENT("http_403", "The API key may not read this (403); not tried again")},
    {404, 404, PERMANENT("http_404", "The CRM does not know this (404); not tried again")},
    {405, 405, PERMANENT("http_405", "The CRM refuses the method (405); not tried again")},
    {408, 408, SPARED("http_408", "The CRM gave up waiting for the request (408); trying again")},
    {410, 410, PERMANENT("http_410", "The CRM says this is gone (410); not tried again")},
    {422, 422, PERMANENT("http_422", "The CRM refuses a parameter (422); not tried again")},
    {425, 425, SPARED("http_425", "The CRM asks to come again later (425); trying again")},
    {429,
     429,
     {OUTCOME_THROTTLED, "http_429", "The CRM's rate limit is used up (429); waiting as it says",
      false}},
    {400, 499, PERMANENT("http_4xx", "The CRM refuses the request; not tried again")},
    {500, 500, TRANSIENT("http_500", "The CRM failed (500); trying again")},
    {502, 502,
     TRANSIENT("http_502", "A server before the CRM does not reach it (502); trying again")},
    {503, 503, TRANSIENT("http_503", "The CRM is not available (503); trying again")},
    {504, 504,
     TRANSIENT("http_504", "The CRM did not answer its own front in time (504); trying again")},
    {500, 599, TRANSIENT("http_5xx", "The CRM failed; trying again")},
};

static const struct outcome unknown_transfer =
    TRANSIENT("transport", "The request failed on the way; trying again");
static const struct outcome unknown_status =
    TRANSIENT("bad_status", "The CRM answered with a status that does not exist; trying again");
static const struct outcome bad_body =
    TRANSIENT("bad_body", "The answer is not what was asked for; trying again");

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

static const struct outcome *find(const struct row *rows, size_t count, long number)
{
    for (size_t i = 0; i < count; i++) {
        if (number >= rows[i].first && number <= rows[i].last)
            return &rows[i].outcome;
    }
    return NULL;
}

const struct outcome *outcome_of_transfer(int curl_code, long status)
{
    const struct outcome *o;

    /* A refusal stands whether its body arrived whole or not: a cut 429 must still be waited for.
     */
    if (curl_code != CURLE_OK && status < 300) {
        o = find(curl_rows, COUNT(curl_rows), curl_code);
        return o ? o : &unknown_transfer;
    }
    o = find(status_rows, COUNT(status_rows), status);
    return o ? o : &unknown_status;
}

const struct outcome *outcome_bad_body(void)
{
    return &bad_body;
}

bool outcome_is_too_large(const struct outcome *o)
{
    return strcmp(o->code, "too_large") == 0;
}

const char *outcome_class_name(enum outcome_class c)
{
    static const char *const names[] = {
        [OUTCOME_OK] = "ok",
        [OUTCOME_TRANSIENT] = "transient",
        [OUTCOME_PERMANENT] = "permanent",
        [OUTCOME_THROTTLED] = "throttled",
        [OUTCOME_AUTH] = "auth",
    };

    return names[c];
}

int64_t outcome_backoff_ms(int64_t base_ms, int attempt)
{
    int64_t most = base_ms < BACKOFF_CAP_MS ? base_ms : BACKOFF_CAP_MS;
    uint64_t random = 0;

    if (most <= 0)
        return 0;
    for (int i = 0; i < attempt && most < BACKOFF_CAP_MS; i++)
        most *= 2;
    if (most > BACKOFF_CAP_MS)
        most = BACKOFF_CAP_MS;
    /* The kernel's own randomness: processes started together must not wait alike. */
    if (getrandom(&random, sizeof random, 0) != (ssize_t)sizeof random)
        return most;
    return (int64_t)(random % ((uint64_t)most + 1));
}

/* ---- Retry-After ---- */

static const char *skip_blanks(const char *s)
{
    while (*s == ' ' || *s == '\t')
        s++;
    return s;
}

/* "120" or "1.5", with blanks around; -1 when it is anything else. */
static int64_t parse_seconds(const char *s)
{
    int64_t ms = 0;

    if (!isdigit((unsigned char)*s))
        return -1;
    for (; isdigit((unsigned char)*s); s++)
        ms = ms < WAIT_MOST_MS / 10 ? ms * 10 + (*s - '0') * 1000 : WAIT_MOST_MS;
    if (*s == '.') {
        int64_t scale = 100;

        if (!isdigit((unsigned char)*++s))
            return -1;
        /* A thousandth and less counts as one: never earlier than told. */
        for (bool rounded = false; isdigit((unsigned char)*s); s++, scale /= 10) {
            if (scale > 0) {
                ms += (*s - '0') * scale;
            } else if (*s != '0' && !rounded) {
                ms++;
                rounded = true;
            }
        }
    }
    return *skip_blanks(s) ? -1 : ms < WAIT_MOST_MS ? ms : WAIT_MOST_MS;
}

/* Milliseconds since 1970, or -1. curl_getdate() reads the three forms of RFC 9110, and besides
 * dates without a time of day and with years of ten digits, which nobody means here. */
static int64_t parse_http_date(const char *s)
{
    time_t t = strchr(s, ':') ? curl_getdate(s, NULL) : -1;

    return t < 0 || t >= YEAR_10000 ? -1 : (int64_t)t * 1000;
}

int64_t outcome_retry_after_ms(const char *retry_after, const char *date, int64_t wall_ms)
{
    if (!retry_after)
        return -1;

    const char *s = skip_blanks(retry_after);
    int64_t wait = parse_seconds(s);

    if (wait >= 0)
        return wait;

    int64_t then = parse_http_date(s);
    int64_t now = date ? parse_http_date(skip_blanks(date)) : -1;

    if (then < 0)
        return -1;
    if (now < 0)
        now = wall_ms;
    return then > now ? then - now : 0;
}
