#include "core/http_options.h"

#include "core/base/mem.h"
#include "core/base/version.h"
#include "core/http.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <strings.h>

#define IDLE_SECONDS 55L /* common servers close an idle connection after 60 s or more */
#define WHOLE_ANSWER_FACTOR 10

static void set_transport(CURL *easy, const struct http_settings *s)
{
    bool plain = strncasecmp(s->base_url, "http://", 7) == 0;

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, plain ? "http" : "https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L); /* dots in it are part of a merchant number */
    curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, "https");
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    /* "" and not unset: curl would look at http_proxy, and at no_proxy, in the environment. */
    curl_easy_setopt(easy, CURLOPT_PROXY, s->proxy ? s->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_HEADEROPT, (long)CURLHEADER_SEPARATE);
    curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    if (s->ca_file && *s->ca_file)
        curl_easy_setopt(easy, CURLOPT_CAINFO, s->ca_file);
}

static void set_limits(CURL *easy, const struct http_settings *s)
{
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)s->timeout_seconds);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)s->timeout_seconds * WHOLE_ANSWER_FACTOR);
    curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)s->max_body_bytes);
    curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, IDLE_SECONDS);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, HTTP_READ_BYTES);
}

void http_options_set(void *easy, const struct http_settings *s)
{
    char *agent = mem_printf("ipsync/%s", ipsync_version);

    set_transport(easy, s);
    set_limits(easy, s);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, agent);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip");
    free(agent);
}
