#include "tests/torture/fault.h"

#include "core/http.h"
#include "tests/torture/world.h"

#include <curl/curl.h>
#include <stdio.h>
#include <time.h>

#define HTML "<html><body><h1>One moment please</h1></body></html>"
#define ANSWERED .arrives = true

const struct fault faults[] = {
    [FAULT_NONE] = {"none", .status = 200, ANSWERED},
    [FAULT_SLOW] = {"slow", .status = 200, ANSWERED, .lasts = 9000},
    [FAULT_THROTTLED] = {"429", .status = 429, ANSWERED, .body = "{\"message\":\"Too Many\"}"},
    [FAULT_FORBIDDEN] = {"403", .status = 403, ANSWERED, .body = "{\"message\":\"denied\"}"},
    {"no address", CURLE_COULDNT_RESOLVE_HOST, .lasts = 40},
    {"no connection", CURLE_COULDNT_CONNECT},
    {"no connection in time", CURLE_OPERATION_TIMEDOUT, .lasts = 30000},
    {"TLS handshake", CURLE_SSL_CONNECT_ERROR},
    {"certificate", CURLE_PEER_FAILED_VERIFICATION},
    {"nothing came back", CURLE_GOT_NOTHING, ANSWERED},
    {"reset", CURLE_RECV_ERROR, ANSWERED},
    {"no answer in time", CURLE_OPERATION_TIMEDOUT, ANSWERED, .lasts = 30000},
    {"cut short", CURLE_PARTIAL_FILE, 200, ANSWERED},
    {"damaged gzip", CURLE_BAD_CONTENT_ENCODING, 200, ANSWERED},
    {"HTTP/2 stream", CURLE_HTTP2_STREAM, ANSWERED},
    {"too large", CURLE_WRITE_ERROR, 200, ANSWERED},
    {"no room", CURLE_WRITE_ERROR, 200, ANSWERED, .crowded = true},
    {"408", .status = 408, ANSWERED, .body = ""},
    {"425", .status = 425, ANSWERED, .body = ""},
    {"500", .status = 500, ANSWERED, .body = "{\"message\":\"Server Error\"}"},
    {"502", .status = 502, .body = HTML},
    {"503", .status = 503, .body = HTML},
    {"504", .status = 504, .lasts = 20000, ANSWERED, .body = HTML},
    {"599", .status = 599, ANSWERED, .body = ""},
    {"204", .status = 204, ANSWERED, .body = ""},
    {"302", .status = 302, .body = HTML},
    {"400", .status = 400, ANSWERED, .body = "{\"message\":\"Bad\"}"},
    {"404", .status = 404, ANSWERED, .body = "{\"message\":\"Not found\"}"},
    {"HTML", .status = 200, .body = HTML},
    {"empty body", .status = 200, ANSWERED, .body = ""},
    {"null", .status = 200, ANSWERED, .body = "null"},
    {"a list", .status = 200, ANSWERED, .body = "[]"},
    {"no data", .status = 200, ANSWERED, .body = "{\"message\":\"ok\"}"},
    {"data is no list", .status = 200, ANSWERED, .body = "{\"data\":{},\"meta\":{\"total\":0}}"},
    {"no meta", .status = 200, ANSWERED, .body = "{\"data\":[]}"},
    {"cut JSON", .status = 200, ANSWERED, .cut = true},
    {"another page's number", .status = 200, ANSWERED, .odd = ODD_CURRENT_PAGE},
    {"unreadable record", .status = 200, ANSWERED, .odd = ODD_RECORD},
    {"lying total", .status = 200, ANSWERED, .odd = ODD_TOTAL},
    {"page repeated", .status = 200, ANSWERED, .odd = ODD_REPEATED, .lies = true},
    {"empty list", .status = 200, ANSWERED, .odd = ODD_EMPTY, .lies = true},
};

const int fault_count = sizeof faults / sizeof faults[0];

static bool is_out(const struct world *w, int *fault)
{
    for (int i = 0; i < OUTAGES; i++) {
        if (w->mono >= w->weather.outages[i].from && w->mono < w->weather.outages[i].to) {
            *fault = w->weather.outages[i].fault;
            return true;
        }
    }
    return false;
}

/* A row that comes twice shows by its keys; only batches without transactions have none, and
 * records that cannot be read. */
bool fault_deceives(const struct world *w, int fault)
{
    enum crm_oddity odd = faults[fault].odd;
    return odd == ODD_REPEATED ? w->crm.has_empty
           : odd == ODD_RECORD ? w->is_shuffled
                               : faults[fault].lies;
}

int fault_choose(struct world *w, const struct crm_query *q)
{
    int fault = FAULT_NONE;
    int forbidden = w->weather.forbidden;
    if (is_out(w, &fault)) {
        return fault;
    }
    if (q->list == CRM_BATCH_LIST && forbidden >= 0 && forbidden == crm_find(&w->crm, q->mid)) {
        return FAULT_FORBIDDEN;
    }
    if (!chance_permille(&w->chance, w->weather.permille)) {
        return FAULT_NONE;
    }
    fault = chance_range(&w->chance, FAULT_SLOW, fault_count - 1);
    for (int i = 0; i < fault_count && !w->weather.allowed[fault]; i++) {
        fault = fault + 1 < fault_count ? fault + 1 : FAULT_SLOW;
    }
    return w->weather.allowed[fault] ? fault : FAULT_NONE;
}

static void http_date(int64_t wall_ms, char *out, size_t size)
{
    time_t t = (time_t)(wall_ms / 1000);
    struct tm tm;
    gmtime_r(&t, &tm);
    strftime(out, size, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

int64_t fault_retry_after(struct world *w, struct http_answer *a)
{
    static const char *const unclear[] = {"", "soon", "-5", "99999999999999999999 s", "0x10"};
    struct chance *c = &w->chance;
    int64_t seconds = chance_once_in(c, 40)  ? chance_range(c, 600, 20000)
                      : chance_once_in(c, 3) ? chance_range(c, 30, 300)
                                             : chance_range(c, 0, 20);
    int64_t now = world_wall(w) / 1000 * 1000;
    int64_t server = now + chance_range(c, -2, 2) * 3600000; /* its clock may be wrong */
    switch (chance_range(c, 0, 6)) {
    case 0:
        snprintf(a->retry_after, sizeof a->retry_after, "%s", unclear[chance_range(c, 0, 4)]);
        return -1;
    case 1:
        snprintf(a->retry_after, sizeof a->retry_after, "%lld.25 ", (long long)seconds);
        return seconds * 1000 + 250;
    case 2:
        http_date(server, a->date, sizeof a->date);
        http_date(server + seconds * 1000, a->retry_after, sizeof a->retry_after);
        return seconds * 1000;
    case 3: /* no Date: only our own clock can tell, and that may jump before it is asked */
        http_date(now + seconds * 1000, a->retry_after, sizeof a->retry_after);
        return -1;
    default:
        snprintf(a->retry_after, sizeof a->retry_after, "%lld", (long long)seconds);
        return seconds * 1000;
    }
}
