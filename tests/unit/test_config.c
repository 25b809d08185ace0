#include "core/config.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/config_options.h"
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ipsync-config-XXXXXX";
static char path[64];

static void write_bytes(const char *bytes, size_t len, mode_t mode)
{
    unlink(path);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0 && write(fd, bytes, len) == (ssize_t)len && fchmod(fd, mode) == 0);
    close(fd);
}

static struct config *load_text(const char *text)
{
    struct err e = {0};

    write_bytes(text, strlen(text), 0600);
    struct config *c = config_load(path, NULL, &e);
    CHECK_STR(e.message, "");
    CHECK(c != NULL);
    return c;
}

/* The message that a file, a command line and the environment as it is lead to. */
static const char *refusal(const char *file, const char *database)
{
    static struct err e;

    e = (struct err){0};
    struct config *c = config_load(file, database, &e);
    CHECK(c == NULL);
    CHECK_INT(e.kind, ERR_CONFIG);
    return e.message;
}

static const char *refusal_of(const char *text)
{
    write_bytes(text, strlen(text), 0600);
    return refusal(path, NULL);
}

static bool contains(const char *s, const char *part)
{
    return strstr(s, part) != NULL;
}

/* The message without the file's name; "line: what". */
static void check_refused(const char *text, const char *expected)
{
    const char *message = refusal_of(text);

    CHECK(strncmp(message, path, strlen(path)) == 0);
    CHECK_STR(message + strlen(path) + 1, expected);
}

/* ---- defaults ---- */

static void defaults(void)
{
    struct config *c = load_text("");

    CHECK_STR(c->api.base_url, "https://crm.ireland-pay.com/api/v1");
    CHECK_STR(c->api.key_file, "");
    CHECK_STR(c->api.key_command, "");
    CHECK_STR(c->api.ca_file, "");
    CHECK_STR(c->api.proxy, "");
    CHECK_INT(c->api.timeout_seconds, 30);
    CHECK_INT(c->api.max_retries, 3);
    CHECK_INT(c->api.backoff_base_ms, 1000);
    CHECK_INT(c->api.circuit_max_failures, 5);
    CHECK_INT(c->api.circuit_reset_seconds, 60);
    CHECK_INT(c->api.requests_per_minute, 500);
    CHECK_INT(c->api.concurrency, 8);
    CHECK_INT(c->api.max_body_mb, 64);
    CHECK(c->api.hide_null_merchants);
    CHECK_STR(c->sync.history_start, "2024-04-01");
    CHECK_INT(c->sync.look_back_days, 7);
    CHECK_INT(c->sync.residual_months, 4);
    CHECK_INT(c->sync.checkpoint_hours, 24);
    CHECK_INT(c->sync.max_wait_minutes, 120);
    CHECK_STR(c->sync.on_hangup, "continue");
    CHECK_STR(c->database.path, "/home/of/me/.local/state/ipsync/ipsync.db");
    CHECK_INT(c->database.wal_max_mb, 64);
    CHECK_STR(c->schedule.timezone, "America/New_York");
    CHECK(c->schedule.in_dashboard);
    CHECK_STR(c->http.listen, "");
    CHECK_STR(c->http.admin_token_file, "");
    CHECK_STR(c->http.allowed_base_urls, "");
    CHECK_STR(c->access.admin_group, "");
    CHECK_STR(c->alerts.command, "");
    CHECK_STR(c->alerts.webhook, "");
    CHECK_STR(c->alerts.heartbeat_url, "");
    CHECK_STR(c->log.file, "");
    CHECK_STR(c->log.level, "info");
    CHECK_STR(c->dashboard.theme, "default");
    CHECK_INT(c->dashboard.fps, 5);
    CHECK(!c->dashboard.mouse);
    CHECK_INT(c->retention.days, 0);
    CHECK_STR(c->file, path);
    config_free(c);
    config_free(NULL);
}

static void every_option_is_in_order(void)
{
    for (size_t i = 0; i < config_option_count; i++) {
        const struct option *o = &config_options[i];

        CHECK(*o->section && *o->key && *o->help && strlen(o->help) < 90);
        CHECK((o->type == OPTION_INT) == (o->max > o->min));
        CHECK((o->type == OPTION_WORD) == (o->words != NULL));
        for (size_t j = 0; j < i; j++) {
            const struct option *p = &config_options[j];
            CHECK(p->offset != o->offset);
            CHECK(strcmp(p->section, o->section) != 0 || strcmp(p->key, o->key) != 0);
        }
    }
    CHECK_INT(config_option_count, 39);
}

/* ---- the file's form ---- */

static void a_file_in_every_form(void)
{
    struct config *c = load_text("\xef\xbb\xbf# a comment\r\n"
                                 "; another\r\n"
                                 "\r\n"
                                 "  [ api ]  \r\n"
                                 "\ttimeout_seconds=45\r\n"
                                 "   max_retries   =   0  \r\n"
                                 "key_command = \"pass \\\"show\\\" \\\\ # ; = x \"\r\n"
                                 "hide_null_merchants = No\n"
                                 "key_file = \"~/my key\"\n"
                                 "[sync]\n"
                                 "on_hangup=stop\n"
                                 "look_back_days =\n"
                                 "residual_months = \"\"\n"
                                 "[api]\n"
                                 "concurrency = 16\n"
                                 "[log]\nfile = /var/log/ipsync log # 1\nlevel = debug");

    CHECK_INT(c->api.timeout_seconds, 45);
    CHECK_INT(c->api.max_retries, 0);
    CHECK_STR(c->api.key_command, "pass \"show\" \\ # ; = x ");
    CHECK(!c->api.hide_null_merchants);
    CHECK_STR(c->api.key_file, "/home/of/me/my key");
    CHECK_INT(c->api.concurrency, 16);
    CHECK_STR(c->sync.on_hangup, "stop");
    CHECK_INT(c->sync.look_back_days, 7);
    CHECK_INT(c->sync.residual_months, 4);
    CHECK_STR(c->log.file, "/var/log/ipsync log # 1");
    CHECK_STR(c->log.level, "debug");
    config_free(c);
}

static void a_file_that_is_wrong(void)
{
    check_refused("x = 1\n", "1: 'x' stands before the first [section]");
    check_refused("[api]\n\nfps = 3\n", "3: unknown key 'fps' in [api]; it belongs in [dashboard]");
    check_refused("[api]\ntimout_seconds = 3\n",
                  "2: unknown key 'timout_seconds' in [api]; did you mean 'timeout_seconds'?");
    check_refused("[api]\nfoo_bar_baz = 3\n", "2: unknown key 'foo_bar_baz' in [api]");
    check_refused("[api]\nTimeout_Seconds = 3\n",
                  "2: unknown key 'Timeout_Seconds' in [api]; did you mean 'timeout_seconds'?");
    check_refused("[apis]\n", "1: unknown section [apis]; did you mean [api]?");
    check_refused("[something]\n", "1: unknown section [something]");
    check_refused("[]\n", "1: unknown section []");
    check_refused("[api\n", "1: a section is written [name], alone on its line");
    check_refused("[api] # x\n", "1: a section is written [name], alone on its line");
    check_refused("[\n", "1: a section is written [name], alone on its line");
    check_refused("[api]\nconcurrency\n", "2: 'key = value' is wanted");
    check_refused("[api]\n= 3\n", "2: unknown key '' in [api]");
    check_refused("[api]\nconcurrency = 3\n[sync]\n[api]\nconcurrency =\n",
                  "5: 'concurrency' in [api] is set in line 2 already");
    check_refused("[api]\nca_file = \"/x\n", "2: ca_file in [api]: the quote is not closed");
    check_refused("[api]\nca_file = \"/x\" y\n",
                  "2: ca_file in [api]: text after the closing quote; put quotes around the whole "
                  "value and \\\" inside it");
    check_refused("[log]\nfile = /x\x1b[2J\n",
                  "2: file in [log]: the value has control characters in it");
    check_refused("[log]\nfile = /x\xff\n", "2: file in [log]: the value is not valid UTF-8");
}

static void a_key_of_any_length_is_measured(void)
{
    char text[9000] = "[api]\n";

    memset(text + 6, 'k', 8000);
    memcpy(text + 8006, " = 1\n", 6);
    CHECK(contains(refusal_of(text), "2: unknown key 'kkk"));
    text[0] = '[';
    memset(text + 1, 's', 8000);
    memcpy(text + 8001, "]\n", 3);
    CHECK(contains(refusal_of(text), "1: unknown section [sss"));
}

static void a_file_that_is_none(void)
{
    struct err e = {0};

    CHECK(contains(refusal("/nowhere/ipsync.conf", NULL), "/nowhere/ipsync.conf"));
    CHECK(contains(refusal(folder, NULL), "is a folder"));
    write_bytes("[api]\n\0\n", 8, 0600);
    CHECK(contains(refusal(path, NULL), "not a text file"));
    struct config *c = config_load("/dev/null", NULL, &e);
    CHECK(c != NULL);
    config_free(c);

    size_t len = 1024 * 1024 + 1;
    char *large = malloc(len);
    CHECK(large != NULL);
    memset(large, '\n', len);
    write_bytes(large, len - 1, 0600);
    c = config_load(path, NULL, &e);
    CHECK(c != NULL);
    config_free(c);
    write_bytes(large, len, 0600);
    CHECK(contains(refusal(path, NULL), "longer than 1 MiB"));
    free(large);
}

static void a_file_that_others_can_change(void)
{
    static const mode_t bad[] = {0620, 0602, 0664, 0646, 0666};

    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        write_bytes("[api]\n", 6, bad[i]);
        CHECK(contains(refusal(path, NULL), "chmod go-w"));
    }
    write_bytes("[api]\n", 6, 0644);
    struct config *c = config_load(path, NULL, NULL);
    CHECK(c != NULL);
    config_free(c);
    if (geteuid() == 0) {
        CHECK(chown(path, 12345, 12345) == 0);
        CHECK(contains(refusal(path, NULL), "another user"));
    }
}

/* ---- values ---- */

struct value_case {
    const char *line; /* "section key", then the value */
    const char *value;
    const char *error; /* NULL = taken */
};

static void check_values(const struct value_case *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char text[300];
        char section[32];
        char key[32];
        struct err e = {0};

        CHECK(sscanf(rows[i].line, "%31s %31s", section, key) == 2);
        snprintf(text, sizeof text, "[%s]\n%s = %s\n", section, key, rows[i].value);
        write_bytes(text, strlen(text), 0600);
        struct config *c = config_load(path, NULL, &e);
        if (rows[i].error == NULL) {
            CHECK_STR(e.message, "");
        } else {
            CHECK(contains(e.message, rows[i].error));
            CHECK(contains(e.message, ":2: ") && contains(e.message, key));
        }
        CHECK((c == NULL) == (rows[i].error != NULL));
        config_free(c);
    }
}

static void values_of_each_type(void)
{
    static const struct value_case rows[] = {
        {"api timeout_seconds", "1", NULL},
        {"api timeout_seconds", "3600", NULL},
        {"api timeout_seconds", "+5", NULL},
        {"api timeout_seconds", "0", "'0' is not a whole number from 1 to 3600"},
        {"api timeout_seconds", "3601", "from 1 to 3600"},
        {"api timeout_seconds", "-1", "from 1 to 3600"},
        {"api timeout_seconds", "30s", "from 1 to 3600"},
        {"api timeout_seconds", "3.5", "from 1 to 3600"},
        {"api timeout_seconds", "0x10", "from 1 to 3600"},
        {"api timeout_seconds", "- 5", "from 1 to 3600"},
        {"api timeout_seconds", "99999999999999999999999", "from 1 to 3600"},
        {"api max_retries", "20", NULL},
        {"api max_retries", "21", "from 0 to 20"},
        {"api concurrency", "65", "from 1 to 64"},
        {"api requests_per_minute", "0", NULL},
        {"dashboard fps", "31", "from 1 to 30"},
        {"dashboard mouse", "TRUE", NULL},
        {"dashboard mouse", "on", NULL},
        {"dashboard mouse", "0", NULL},
        {"dashboard mouse", "maybe", "'maybe' is not true or false"},
        {"sync history_start", "2024-02-29", NULL},
        {"sync history_start", "2023-02-29", "'2023-02-29' is not a date"},
        {"sync history_start", "04/01/2024", "is not a date"},
        {"schedule timezone", "Europe/Dublin", NULL},
        {"schedule timezone", "UTC", NULL},
        {"schedule timezone", "Mars/Olympus", "'Mars/Olympus' is not a time zone"},
        {"schedule timezone", "../../etc/passwd", "is not a time zone"},
        {"sync on_hangup", "stop", NULL},
        {"sync on_hangup", "sto", "'sto' is not one of continue|stop"},
        {"sync on_hangup", "continue|stop", "is not one of continue|stop"},
        {"log level", "warning", NULL},
        {"log level", "Info", "is not one of"},
        {"log file", "/x", NULL},
        {"log file", "x.log", "'x.log' is not a path from the root"},
        {"log file", "~root/x", "is not a path from the root"},
        {"database path", "./x.db", "is not a path from the root"},
        {"api proxy", "http://p:8080", NULL},
        {"api proxy", "socks5h://user:pa:ss@10.0.0.1:1080/", NULL},
        {"api proxy", "proxy.local", NULL},
        {"api proxy", "proxy.local:3128", NULL},
        {"api proxy", "ftp://p:8080", "not a proxy"},
        {"api proxy", "http://user:secret@p:x", "not a proxy"},
        {"alerts webhook", "https://hooks.example.com/a/b?c=d", NULL},
        {"alerts webhook", "http://alertmanager:9093/x", NULL},
        {"alerts webhook", "hooks.example.com", "not an address"},
    };

    check_values(rows, sizeof rows / sizeof rows[0]);
}

static void base_urls(void)
{
    static const struct value_case rows[] = {
        {"api base_url", "https://crm.example.com", NULL},
        {"api base_url", "HTTPS://crm.example.com:8443/api/v1/", NULL},
        {"api base_url", "https://[2001:db8::1]:8443/api", NULL},
        {"api base_url", "http://localhost:8080/api", NULL},
        {"api base_url", "http://LOCALHOST", NULL},
        {"api base_url", "http://127.0.0.1:8080", NULL},
        {"api base_url", "http://127.8.9.10/x", NULL},
        {"api base_url", "http://[::1]:8080/x", NULL},
        {"api base_url", "https://crm.example.com:65535", NULL},
        {"api base_url",
         "http://127.0.0.1.a-name-that-is-far-longer-than-any-address-could-be.example.com",
         "is not https://"},
        {"api base_url", "http://crm.example.com", "is not https://"},
        {"api base_url", "http://10.0.0.1", "is not https://"},
        {"api base_url", "http://128.0.0.1", "is not https://"},
        {"api base_url", "http://127.0.0.1.example.com", "is not https://"},
        {"api base_url", "http://localhost.example.com", "is not https://"},
        {"api base_url", "http://127.1", "is not https://"},
        {"api base_url", "http://2130706433", "is not https://"},
        {"api base_url", "http://[::2]", "is not https://"},
        {"api base_url", "http://[::ffff:127.0.0.1]", "is not https://"},
        {"api base_url", "https://user:pa@crm.example.com", "without user"},
        {"api base_url", "http://127.0.0.1@evil.example.com", "without user"},
        {"api base_url", "http://evil.example.com\\@127.0.0.1", "not an address"},
        {"api base_url", "https://crm.example.com/?a=b", "without user, query"},
        {"api base_url", "https://crm.example.com#x", "without user, query"},
        {"api base_url", "https://crm.example.com:0", "not an address"},
        {"api base_url", "https://crm.example.com:65536", "not an address"},
        {"api base_url", "https://crm.example.com:", "not an address"},
        {"api base_url", "https://crm.example.com:99999999999", "not an address"},
        {"api base_url", "https://crm example.com", "not an address"},
        {"api base_url", "https://crm%2eexample.com", "not an address"},
        {"api base_url", "https://", "not an address"},
        {"api base_url", "https:///api", "not an address"},
        {"api base_url", "https://[::1", "not an address"},
        {"api base_url", "https://[]", "not an address"},
        {"api base_url", "https://[::1]x", "not an address"},
        {"api base_url", "ftp://crm.example.com", "not an address"},
        {"api base_url", "file:///etc/passwd", "not an address"},
        {"api base_url", "crm.example.com", "not an address"},
    };

    check_values(rows, sizeof rows / sizeof rows[0]);
    CHECK(!contains(refusal_of("[api]\nbase_url = https://me:sekret@x\n"), "sekret"));
    CHECK(!contains(refusal_of("[api]\nbase_url = https://me:sekret@x y\n"), "sekret"));
    CHECK(!contains(refusal_of("[api]\nproxy = http://me:sekret@x:y\n"), "sekret"));
    struct config *c = load_text("[api]\nbase_url = https://x.example/api/v1//\n");
    CHECK_STR(c->api.base_url, "https://x.example/api/v1");
    config_free(c);
}

/* ---- environment and command line ---- */

static void the_environment_wins_over_the_file(void)
{
    setenv("IPSYNC_API_CONCURRENCY", "9", 1);
    setenv("IPSYNC_DASHBOARD_FPS", "", 1); /* empty: as if it were not there */
    setenv("IPSYNC_NO_SUCH_KEY", "x", 1);
    setenv("IPSYNC_API_MAX_RETRIES", "bad, but the other one counts", 1);
    setenv("IRELANDPAY_MAX_RETRIES", "5", 1);
    setenv("IRELANDPAY_CRM_BASE_URL", "http://127.0.0.1:1/", 1);
    setenv("IPSYNC_LOG_FILE", "here.log", 1);
    struct config *c = load_text("[api]\nconcurrency = 3\nmax_retries = 4\n[dashboard]\nfps = 7\n");
    CHECK_INT(c->api.concurrency, 9);
    CHECK_INT(c->api.max_retries, 5);
    CHECK_INT(c->dashboard.fps, 7);
    CHECK_STR(c->api.base_url, "http://127.0.0.1:1");
    CHECK_STR(c->log.file, "here.log");
    config_free(c);
    unsetenv("IRELANDPAY_MAX_RETRIES");
    const char *said = refusal(path, NULL);
    CHECK_STR(said, "IPSYNC_API_MAX_RETRIES: 'bad, but the other one counts' is not a whole number "
                    "from 0 to 20");
    setenv("IPSYNC_API_MAX_RETRIES", "2", 1);
    setenv("IRELANDPAY_MAX_RETRIES", "", 1);
    c = config_load(path, NULL, NULL);
    CHECK_INT(c->api.max_retries, 2);
    config_free(c);
    setenv("IRELANDPAY_TIMEOUT_SECONDS", "0", 1);
    CHECK(contains(refusal(path, NULL), "IRELANDPAY_TIMEOUT_SECONDS: '0'"));
    unsetenv("IRELANDPAY_TIMEOUT_SECONDS");
    unsetenv("IPSYNC_API_CONCURRENCY");
    unsetenv("IPSYNC_DASHBOARD_FPS");
    unsetenv("IPSYNC_NO_SUCH_KEY");
    unsetenv("IPSYNC_API_MAX_RETRIES");
    unsetenv("IRELANDPAY_MAX_RETRIES");
    unsetenv("IRELANDPAY_CRM_BASE_URL");
    unsetenv("IPSYNC_LOG_FILE");
}

static void every_document_variable_is_known(void)
{
    setenv("IRELANDPAY_CRM_BASE_URL", "https://a.example", 1);
    setenv("IRELANDPAY_MAX_RETRIES", "11", 1);
    setenv("IRELANDPAY_BACKOFF_BASE_MS", "12", 1);
    setenv("IRELANDPAY_TIMEOUT_SECONDS", "13", 1);
    setenv("IRELANDPAY_CIRCUIT_MAX_FAILURES", "14", 1);
    setenv("IRELANDPAY_CIRCUIT_RESET_SECONDS", "15", 1);
    struct config *c = load_text("");
    CHECK_STR(c->api.base_url, "https://a.example");
    CHECK_INT(c->api.max_retries, 11);
    CHECK_INT(c->api.backoff_base_ms, 12);
    CHECK_INT(c->api.timeout_seconds, 13);
    CHECK_INT(c->api.circuit_max_failures, 14);
    CHECK_INT(c->api.circuit_reset_seconds, 15);
    config_free(c);
    unsetenv("IRELANDPAY_CRM_BASE_URL");
    unsetenv("IRELANDPAY_MAX_RETRIES");
    unsetenv("IRELANDPAY_BACKOFF_BASE_MS");
    unsetenv("IRELANDPAY_TIMEOUT_SECONDS");
    unsetenv("IRELANDPAY_CIRCUIT_MAX_FAILURES");
    unsetenv("IRELANDPAY_CIRCUIT_RESET_SECONDS");
}

static void check_database(const char *option, const char *expected)
{
    struct config *c = config_load(path, option, NULL);

    CHECK(c != NULL);
    CHECK_STR(c->database.path, expected);
    config_free(c);
}

static void where_the_database_is(void)
{
    write_bytes("", 0, 0600);
    check_database(NULL, "/home/of/me/.local/state/ipsync/ipsync.db");
    setenv("XDG_STATE_HOME", "relative", 1);
    check_database(NULL, "/home/of/me/.local/state/ipsync/ipsync.db");
    setenv("XDG_STATE_HOME", "/state", 1);
    check_database(NULL, "/state/ipsync/ipsync.db");
    write_bytes("[database]\npath = ~/x.db\n", 25, 0600);
    check_database(NULL, "/home/of/me/x.db");
    setenv("IPSYNC_DATABASE_PATH", "/rule.db", 1);
    check_database(NULL, "/rule.db");
    setenv("IPSYNC_DB", "env.db", 1);
    check_database(NULL, "env.db");
    check_database("./option.db", "./option.db");
    CHECK(contains(refusal(path, ""), "-d"));
    unsetenv("IPSYNC_DB");
    unsetenv("IPSYNC_DATABASE_PATH");
    unsetenv("XDG_STATE_HOME");
}

/* ---- which file ---- */

static void check_file(const char *option, const char *expected)
{
    struct config *c = config_load(option, NULL, NULL);

    CHECK(c != NULL);
    CHECK_STR(c->file, expected);
    config_free(c);
}

static void the_first_file_that_exists(void)
{
    char own[128];
    char xdg[128];
    const char *etc =
        access("/etc/ipsync/ipsync.conf", F_OK) == 0 ? "/etc/ipsync/ipsync.conf" : NULL;

    check_file(NULL, etc);
    snprintf(xdg, sizeof xdg, "%s/ipsync", folder);
    CHECK(mkdir(xdg, 0700) == 0);
    snprintf(own, sizeof own, "%s/ipsync/ipsync.conf", folder);
    setenv("XDG_CONFIG_HOME", folder, 1);
    check_file(NULL, etc);
    int fd = open(own, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    close(fd);
    check_file(NULL, own);
    write_bytes("", 0, 0600);
    setenv("IPSYNC_CONFIG", path, 1);
    check_file(NULL, path);
    check_file(own, own);
    setenv("IPSYNC_CONFIG", "/nowhere/x.conf", 1);
    CHECK(contains(refusal(NULL, NULL), "/nowhere/x.conf"));
    setenv("IPSYNC_CONFIG", "", 1);
    check_file(NULL, own);
    CHECK(chmod(own, 0666) == 0);
    CHECK(contains(refusal(NULL, NULL), own));
    unlink(own);
    rmdir(xdg);
    unsetenv("IPSYNC_CONFIG");
    unsetenv("XDG_CONFIG_HOME");
}

/* ---- printing ---- */

static char *printed(const struct config *c)
{
    struct buf b = {0};

    config_print(&b, c);
    return b.data;
}

/* That a line of the print begins and ends so. */
static void check_line(const char *text, const char *begin, const char *end)
{
    const char *line = strstr(text, begin);

    CHECK(line != NULL && (line == text || line[-1] == '\n'));
    size_t len = strcspn(line, "\n");
    CHECK(len >= strlen(end) && strncmp(line + len - strlen(end), end, strlen(end)) == 0);
}

static void print_says_where_each_value_is_from(void)
{
    char from_file[128];

    setenv("IPSYNC_API_MAX_BODY_MB", "65", 1);
    setenv("IRELANDPAY_MAX_RETRIES", "6", 1);
    write_bytes("[api]\n\nconcurrency = 3\nproxy =\n", 31, 0600);
    struct config *c = config_load(path, "/x.db", NULL);
    CHECK(c != NULL);
    char *text = printed(c);
    snprintf(from_file, sizeof from_file, " # %s:3", path);
    check_line(text, "concurrency = 3 ", from_file);
    check_line(text, "max_body_mb = 65 ", " # environment IPSYNC_API_MAX_BODY_MB");
    check_line(text, "max_retries = 6 ", " # environment IRELANDPAY_MAX_RETRIES");
    check_line(text, "path = /x.db ", " # command line");
    check_line(text, "timeout_seconds = 30 ", " # default");
    check_line(text, "proxy = ", " # default");
    check_line(text, "mouse = false ", " # default");
    check_line(text, "[retention]", "[retention]");
    free(text);
    config_free(c);
    unsetenv("IPSYNC_API_MAX_BODY_MB");
    unsetenv("IRELANDPAY_MAX_RETRIES");
}

static void check_hidden(const char *lines, const char *begin)
{
    char text[400];

    snprintf(text, sizeof text, "%s\n", lines);
    struct config *c = load_text(text);
    char *print = printed(c);
    check_line(print, begin, "");
    CHECK(!contains(print, "sekret"));
    free(print);
    config_free(c);
}

static void print_hides_what_is_secret(void)
{
    check_hidden("[api]\nproxy = http://me:sekret@proxy:8080",
                 "proxy = http://(hidden)@proxy:8080 ");
    check_hidden("[api]\nproxy = sekret:pw@proxy", "proxy = (hidden)@proxy ");
    check_hidden("[api]\nproxy = http://sek@sekret@proxy", "proxy = http://(hidden)@proxy ");
    check_hidden("[api]\nproxy = http://proxy:8080", "proxy = http://proxy:8080 ");
    check_hidden("[alerts]\nwebhook = https://hooks.slack.com/services/sekret",
                 "webhook = https://hooks.slack.com/(hidden) ");
    check_hidden("[alerts]\nwebhook = https://hooks.slack.com?sekret",
                 "webhook = https://hooks.slack.com/(hidden) ");
    check_hidden("[alerts]\nwebhook = https://sekret:x@[::1]:80/",
                 "webhook = https://[::1]:80/(hidden) ");
    check_hidden("[alerts]\nheartbeat_url = http://hc.example.com/",
                 "heartbeat_url = http://hc.example.com/ ");
    check_hidden("[api]\nkey_command = echo sekret", "key_command = echo (hidden) ");
    check_hidden("[api]\nkey_command = /usr/bin/get-key", "key_command = /usr/bin/get-key ");
    check_hidden("[api]\nkey_command = TOKEN=sekret get key", "key_command = (hidden) ");
    check_hidden("[alerts]\ncommand = \"curl\t-H sekret\"", "command = curl (hidden) ");
}

static char *read_whole(const char *file)
{
    char *text = calloc(1, 65536);
    FILE *f = fopen(file, "re");

    CHECK(text != NULL && f != NULL);
    CHECK(fread(text, 1, 65535, f) > 0);
    fclose(f);
    return text;
}

/* IPSYNC_WRITE_SAMPLE=1 writes it again. */
static void the_sample_in_the_tree_is_up_to_date(void)
{
    const char *source = getenv("IPSYNC_SOURCE_DIR");
    char file[500];
    struct buf b = {0};

    snprintf(file, sizeof file, "%s/ipsync.conf.sample", source ? source : ".");
    config_print_sample(&b);
    if (getenv("IPSYNC_WRITE_SAMPLE")) { /* after a change of the table */
        FILE *f = fopen(file, "we");
        CHECK(f != NULL && fputs(b.data, f) >= 0 && fclose(f) == 0);
    }
    char *text = read_whole(file);
    CHECK_STR(text, b.data);
    free(text);
    buf_done(&b);
}

static void the_sample_is_the_default(void)
{
    struct buf sample = {0};

    config_print_sample(&sample);
    struct config *c = load_text(sample.data);
    struct config *d = load_text("");
    for (size_t i = 0; i < config_option_count; i++) {
        const struct option *o = &config_options[i];
        const void *a = (const char *)c + o->offset;
        const void *b = (const char *)d + o->offset;

        if (o->type == OPTION_INT)
            CHECK_INT(*(const int64_t *)a, *(const int64_t *)b);
        else if (o->type == OPTION_BOOL)
            CHECK_INT(*(const bool *)a, *(const bool *)b);
        else
            CHECK_STR(*(const char *const *)a, *(const char *const *)b);
        CHECK(contains(sample.data, o->help));
    }
    config_free(c);
    config_free(d);
    buf_done(&sample);
}

static const struct unit_case cases[] = {
    {"defaults", defaults},
    {"options", every_option_is_in_order},
    {"form", a_file_in_every_form},
    {"wrong", a_file_that_is_wrong},
    {"long", a_key_of_any_length_is_measured},
    {"no-file", a_file_that_is_none},
    {"mode", a_file_that_others_can_change},
    {"values", values_of_each_type},
    {"base-url", base_urls},
    {"environment", the_environment_wins_over_the_file},
    {"document", every_document_variable_is_known},
    {"database", where_the_database_is},
    {"which-file", the_first_file_that_exists},
    {"print", print_says_where_each_value_is_from},
    {"secrets", print_hides_what_is_secret},
    {"sample", the_sample_in_the_tree_is_up_to_date},
    {"sample-loads", the_sample_is_the_default},
};

/* The environment of whoever runs the tests must not count. */
static void clear_environment(void)
{
    static const char *const names[] = {"XDG_STATE_HOME", "XDG_CONFIG_HOME", "IPSYNC_CONFIG",
                                        "IPSYNC_DB"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
    for (size_t i = 0; i < config_option_count; i++) {
        if (config_options[i].variable)
            unsetenv(config_options[i].variable);
    }
    setenv("HOME", "/home/of/me", 1);
}

int main(int argc, char **argv)
{
    clear_environment();
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/ipsync.conf", folder);
    int status = unit_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
    unlink(path);
    rmdir(folder);
    return status;
}
