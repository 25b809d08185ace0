#include "core/outcome.h"
#include "tests/unit/unit.h"

#include <curl/curl.h>
#include <stdbool.h>

static void check(int curl_code, long status, enum outcome_class class, const char *code)
{
    const struct outcome *o = outcome_of_transfer(curl_code, status);

    CHECK_STR(o->code, code);
    CHECK_STR(outcome_class_name(o->class), outcome_class_name(class));
    CHECK(strlen(o->message) > 5);
}

static void statuses(void)
{
    static const struct {
        long status;
        enum outcome_class class;
        const char *code;
    } rows[] = {
        {200, OUTCOME_OK, "ok"},
        {201, OUTCOME_TRANSIENT, "http_2xx"},
        {204, OUTCOME_TRANSIENT, "http_204"},
        {206, OUTCOME_TRANSIENT, "http_2xx"},
        {301, OUTCOME_PERMANENT, "redirect"},
        {302, OUTCOME_PERMANENT, "redirect"},
        {304, OUTCOME_PERMANENT, "redirect"},
        {399, OUTCOME_PERMANENT, "redirect"},
        {400, OUTCOME_PERMANENT, "http_400"},
        {401, OUTCOME_AUTH, "auth"},
        {402, OUTCOME_PERMANENT, "http_4xx"},
        {403, OUTCOME_PERMANENT, "http_403"},
        {404, OUTCOME_PERMANENT, "http_404"},
        {405, OUTCOME_PERMANENT, "http_405"},
        {407, OUTCOME_PERMANENT, "http_4xx"},
        {408, OUTCOME_TRANSIENT, "http_408"},
        {410, OUTCOME_PERMANENT, "http_410"},
        {422, OUTCOME_PERMANENT, "http_422"},
        {425, OUTCOME_TRANSIENT, "http_425"},
        {429, OUTCOME_THROTTLED, "http_429"},
        {499, OUTCOME_PERMANENT, "http_4xx"},
        {500, OUTCOME_TRANSIENT, "http_500"},
        {501, OUTCOME_TRANSIENT, "http_5xx"},
        {502, OUTCOME_TRANSIENT, "http_502"},
        {503, OUTCOME_TRANSIENT, "http_503"},
        {504, OUTCOME_TRANSIENT, "http_504"},
        {599, OUTCOME_TRANSIENT, "http_5xx"},
        {0, OUTCOME_TRANSIENT, "bad_status"},
        {101, OUTCOME_TRANSIENT, "bad_status"},
        {600, OUTCOME_TRANSIENT, "bad_status"},
        {999, OUTCOME_TRANSIENT, "bad_status"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check(CURLE_OK, rows[i].status, rows[i].class, rows[i].code);
}

static void transfers(void)
{
    static const struct {
        CURLcode curl;
        enum outcome_class class;
        const char *code;
    } rows[] = {
        {CURLE_COULDNT_RESOLVE_HOST, OUTCOME_TRANSIENT, "resolve"},
        {CURLE_COULDNT_RESOLVE_PROXY, OUTCOME_TRANSIENT, "resolve_proxy"},
        {CURLE_COULDNT_CONNECT, OUTCOME_TRANSIENT, "connect"},
        {CURLE_SSL_CONNECT_ERROR, OUTCOME_TRANSIENT, "tls_handshake"},
        {CURLE_OPERATION_TIMEDOUT, OUTCOME_TRANSIENT, "timeout"},
        {CURLE_GOT_NOTHING, OUTCOME_TRANSIENT, "reset"},
        {CURLE_SEND_ERROR, OUTCOME_TRANSIENT, "reset"},
        {CURLE_RECV_ERROR, OUTCOME_TRANSIENT, "reset"},
        {CURLE_PARTIAL_FILE, OUTCOME_TRANSIENT, "cut_body"},
        {CURLE_BAD_CONTENT_ENCODING, OUTCOME_TRANSIENT, "bad_encoding"},
        {CURLE_FILESIZE_EXCEEDED, OUTCOME_TRANSIENT, "too_large"},
        {CURLE_WRITE_ERROR, OUTCOME_TRANSIENT, "too_large"},
        {CURLE_HTTP2, OUTCOME_TRANSIENT, "http2"},
        {CURLE_HTTP2_STREAM, OUTCOME_TRANSIENT, "http2"},
        {CURLE_PEER_FAILED_VERIFICATION, OUTCOME_PERMANENT, "certificate"},
        {CURLE_SSL_CERTPROBLEM, OUTCOME_PERMANENT, "certificate"},
        {CURLE_SSL_ISSUER_ERROR, OUTCOME_PERMANENT, "certificate"},
        {CURLE_SSL_INVALIDCERTSTATUS, OUTCOME_PERMANENT, "certificate"},
        {CURLE_SSL_CACERT_BADFILE, OUTCOME_PERMANENT, "ca_file"},
        {CURLE_URL_MALFORMAT, OUTCOME_PERMANENT, "bad_url"},
        {CURLE_UNSUPPORTED_PROTOCOL, OUTCOME_PERMANENT, "bad_url"},
        {CURLE_WEIRD_SERVER_REPLY, OUTCOME_TRANSIENT, "bad_reply"},
        {CURLE_FTP_WEIRD_PASV_REPLY, OUTCOME_TRANSIENT, "transport"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check((int)rows[i].curl, 0, rows[i].class, rows[i].code);
    check(9999, 0, OUTCOME_TRANSIENT, "transport");
}

static void every_code_has_a_class(void)
{
    for (int code = 0; code < CURL_LAST + 5; code++) {
        for (long status = 0; status < 700; status++) {
            const struct outcome *o = outcome_of_transfer(code, status);
            CHECK(o && *o->code && *o->message);
            CHECK((o->class == OUTCOME_OK) == (code == 0 && status == 200));
        }
    }
}

static void a_refusal_stands_though_its_body_is_cut(void)
{
    check(CURLE_PARTIAL_FILE, 200, OUTCOME_TRANSIENT, "cut_body");
    check(CURLE_PARTIAL_FILE, 429, OUTCOME_THROTTLED, "http_429");
    check(CURLE_BAD_CONTENT_ENCODING, 401, OUTCOME_AUTH, "auth");
    check(CURLE_RECV_ERROR, 300, OUTCOME_PERMANENT, "redirect");
    check(CURLE_RECV_ERROR, 299, OUTCOME_TRANSIENT, "reset");
    check(CURLE_FILESIZE_EXCEEDED, 503, OUTCOME_TRANSIENT, "http_503");
}

static void bad_body_is_transient(void)
{
    CHECK_STR(outcome_bad_body()->code, "bad_body");
    CHECK_INT(outcome_bad_body()->class, OUTCOME_TRANSIENT);
}

/* ---- backoff ---- */

static int64_t longest(int64_t base_ms, int attempt)
{
    int64_t most = 0;

    for (int i = 0; i < 3000; i++) {
        int64_t wait = outcome_backoff_ms(base_ms, attempt);
        CHECK(wait >= 0);
        most = wait > most ? wait : most;
    }
    return most;
}

static void backoff_doubles_up_to_its_cap(void)
{
    int64_t expected = 1000;

    for (int attempt = 0; attempt < 12; attempt++) {
        int64_t most = longest(1000, attempt);
        CHECK(most <= expected && most >= expected * 98 / 100);
        expected = expected * 2 < 60000 ? expected * 2 : 60000;
    }
    CHECK(longest(1000, 1000000) <= 60000);
    CHECK(longest(INT64_MAX, 5) <= 60000);
    CHECK(longest(1, 3) == 8);
    CHECK_INT(longest(0, 5), 0);
    CHECK_INT(longest(-5, 5), 0);
}

static void backoff_is_spread_over_the_whole_range(void)
{
    int quarters[4] = {0};

    for (int i = 0; i < 4000; i++) {
        int64_t wait = outcome_backoff_ms(1000, 2);
        quarters[wait * 4 / 4001]++;
    }
    for (int i = 0; i < 4; i++)
        CHECK(quarters[i] > 850 && quarters[i] < 1150);
}

/* ---- Retry-After ---- */

#define WALL 1767225600000 /* Thu, 01 Jan 2026 00:00:00 GMT */

static void seconds_to_wait(void)
{
    static const struct {
        const char *value;
        int64_t ms;
    } rows[] = {
        {"120", 120000},
        {" 120 ", 120000},
        {"\t5\t", 5000},
        {"0", 0},
        {"000", 0},
        {"86400", 86400000},
        {"1.5", 1500},
        {"0.001", 1},
        {"0.0001", 1},
        {"2.0000", 2000},
        {"1.2345", 1235},
        {"1.9999", 2000},
        {"31536000000", 31536000000000},
        {"99999999999999999999999", INT64_MAX / 4},
        {"", -1},
        {" ", -1},
        {"-1", -1},
        {"-0", -1},
        {"+5", -1},
        {"1.", -1},
        {".5", -1},
        {"1,5", -1},
        {"5 s", -1},
        {"1e3", -1},
        {"0x10", -1},
        {"soon", -1},
        {"20040911", 20040911000},
        {"10:30", -1},
        {"120, 60", -1},
    };

    CHECK_INT(outcome_retry_after_ms(NULL, NULL, WALL), -1);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        CHECK_INT(outcome_retry_after_ms(rows[i].value, NULL, WALL), rows[i].ms);
}

static void dates_to_wait_for(void)
{
    static const char *const forms[] = {
        "Thu, 01 Jan 2026 00:01:30 GMT",
        "Thursday, 01-Jan-26 00:01:30 GMT",
        "Thu Jan  1 00:01:30 2026",
        "  thu, 01 jan 2026 00:01:30 gmt ",
    };

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        CHECK_INT(outcome_retry_after_ms(forms[i], NULL, WALL), 90000);
        CHECK_INT(outcome_retry_after_ms(forms[i], "", WALL), 90000);
        CHECK_INT(outcome_retry_after_ms(forms[i], "not a date", WALL + 500), 89500);
        /* The server's clock counts, however wrong ours is. */
        CHECK_INT(outcome_retry_after_ms(forms[i], "Thu, 01 Jan 2026 00:01:00 GMT", 5), 30000);
        CHECK_INT(outcome_retry_after_ms(forms[i], forms[i], 5), 0);
        CHECK_INT(outcome_retry_after_ms(forms[i], "Thu, 01 Jan 2026 03:00:00 GMT", WALL), 0);
    }
    CHECK_INT(outcome_retry_after_ms("Thu, 01 Jan 1970 00:00:00 GMT", NULL, WALL), 0);
    CHECK_INT(outcome_retry_after_ms("Thu, 32 Foo 2026 00:01:30 GMT", NULL, WALL), -1);
    CHECK_INT(outcome_retry_after_ms("Thursday", NULL, WALL), -1);
    CHECK_INT(outcome_retry_after_ms("06 Nov 2094", NULL, WALL), -1);
    CHECK_INT(outcome_retry_after_ms("Thu, 01 Jan 2026 00:01:30 GMT", "1 Jan 2026", WALL), 90000);
    CHECK_INT(outcome_retry_after_ms("2026-01-01T00:01:30Z", NULL, WALL), -1);
}

static const struct unit_case cases[] = {
    {"statuses", statuses},
    {"transfers", transfers},
    {"every-code", every_code_has_a_class},
    {"refusal", a_refusal_stands_though_its_body_is_cut},
    {"bad-body", bad_body_is_transient},
    {"backoff", backoff_doubles_up_to_its_cap},
    {"jitter", backoff_is_spread_over_the_whole_range},
    {"seconds", seconds_to_wait},
    {"dates", dates_to_wait_for},
};
UNIT_MAIN(cases)
