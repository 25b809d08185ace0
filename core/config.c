#include "core/config.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST ((size_t)1024 * 1024)

/* ---- the table ---- */

#define KEY(s, k) .section = #s, .key = #k, .offset = offsetof(struct config, s.k)
#define INT(d, low, high) .type = OPTION_INT, .fallback = #d, .min = low, .max = high
#define BOOL(d) .type = OPTION_BOOL, .fallback = #d
#define WORD(d, list) .type = OPTION_WORD, .fallback = d, .words = list
#define VALUE(t, d) .type = OPTION_##t, .fallback = d

const struct option config_options[] = {
    {KEY(api, base_url), VALUE(URL, "https://crm.ireland-pay.com/api/v1"),
     .variable = "IRELANDPAY_CRM_BASE_URL",
     .help = "where the CRM answers; plain http:// only to a loopback address"},
    {KEY(api, key_file), VALUE(PATH, ""),
     .help = "file with the API key, readable for its owner alone"},
    {KEY(api, key_command), VALUE(SHELL, ""),
     .help = "command that prints the API key, where there is no key_file"},
    {KEY(api, ca_file), VALUE(PATH, ""),
     .help = "certificate authorities to trust (PEM); empty = the system's"},
    {KEY(api, proxy), VALUE(PROXY, ""),
     .help = "proxy to go through; empty = none (the environment's are not obeyed)"},
    {KEY(api, timeout_seconds), INT(30, 1, 3600), .variable = "IRELANDPAY_TIMEOUT_SECONDS",
     .help = "so long without a byte; the whole answer may take ten times that"},
    {KEY(api, max_retries), INT(3, 0, 20), .variable = "IRELANDPAY_MAX_RETRIES",
     .help = "further tries of a request that fails for a passing reason"},
    {KEY(api, backoff_base_ms), INT(1000, 0, 60000), .variable = "IRELANDPAY_BACKOFF_BASE_MS",
     .help = "longest wait before the first further try; doubles with each"},
    {KEY(api, circuit_max_failures), INT(5, 1, 1000000),
     .variable = "IRELANDPAY_CIRCUIT_MAX_FAILURES",
     .help = "failures in a row after which no request goes out for a while"},
    {KEY(api, circuit_reset_seconds), INT(60, 1, 86400),
     .variable = "IRELANDPAY_CIRCUIT_RESET_SECONDS", .help = "how long that while is"},
    {KEY(api, requests_per_minute), INT(500, 0, 1000000),
     .help = "rate limit assumed where the server names none; 0 = none"},
    {KEY(api, concurrency), INT(8, 1, 64), .help = "most requests in flight"},
    {KEY(api, max_body_mb), INT(64, 1, 1024), .help = "largest answer taken, decompressed"},
    {KEY(api, hide_null_merchants), BOOL(true),
     .help = "leave inactive merchants out of the residual reports"},
    {KEY(sync, history_start), VALUE(DATE, "2024-04-01"), .help = "first day of an initial sync"},
    {KEY(sync, look_back_days), INT(7, 0, 3650),
     .help = "days before today that a sync reads again"},
    {KEY(sync, residual_months), INT(4, 0, 120),
     .help = "newest months whose residuals are looked at again"},
    {KEY(sync, checkpoint_hours), INT(24, 0, 8760),
     .help = "how old an interrupted sync's checkpoints may be to go on from them"},
    {KEY(sync, max_wait_minutes), INT(120, 0, 10080),
     .help = "a sync that has to wait longer in one piece ends, to go on later"},
    {KEY(sync, on_hangup), WORD("continue", "continue|stop"),
     .help = "what a sync does when its terminal goes away"},
    {KEY(database, path), VALUE(PATH, ""), .variable = "IPSYNC_DB",
     .help = "empty = $XDG_STATE_HOME/ipsync/ipsync.db (~/.local/state/ipsync/ipsync.db)"},
    {KEY(database, wal_max_mb), INT(64, 1, 65536),
     .help = "the write-ahead log is kept under this size"},
    {KEY(schedule, timezone), VALUE(ZONE, "America/New_York"),
     .help = "the zone whose calendar says what today is"},
    {KEY(schedule, in_dashboard), BOOL(true),
     .help = "an open dashboard runs the schedule where no daemon does"},
    {KEY(http, listen), VALUE(TEXT, ""), .help = "HOST:PORT for the daemon's HTTP; empty = none"},
    {KEY(http, admin_token_file), VALUE(PATH, ""),
     .help = "file with the token that HTTP callers must show"},
    {KEY(http, allowed_base_urls), VALUE(TEXT, ""),
     .help = "what HTTP callers may name instead of base_url, separated by blanks"},
    {KEY(access, admin_group), VALUE(TEXT, ""),
     .help = "group that may start and change things; empty = who may write the database"},
    {KEY(alerts, command), VALUE(SHELL, ""),
     .help = "gets each alert as a line of JSON on its standard input"},
    {KEY(alerts, webhook), VALUE(LINK, ""), .help = "URL that each alert is posted to as JSON"},
    {KEY(alerts, heartbeat_url), VALUE(LINK, ""),
     .help = "URL called when a sync begins, succeeds or fails"},
    {KEY(log, file), VALUE(PATH, ""),
     .help = "empty = standard error, or none while the dashboard is open"},
    {KEY(log, level), WORD("info", "error|warning|info|debug"),
     .help = "least important kind of line that is logged"},
    {KEY(dashboard, theme), VALUE(TEXT, "default"), .help = "colours of the dashboard"},
    {KEY(dashboard, fps), INT(5, 1, 30), .help = "most screens a second while a sync runs"},
    {KEY(dashboard, mouse), BOOL(false),
     .help = "take the mouse (the terminal's own selection then needs Shift)"},
    {KEY(retention, days), INT(0, 0, 36500),
     .help = "drop sync records older than this; 0 = never by itself"},
};

#define OPTION_COUNT (sizeof config_options / sizeof config_options[0])

const size_t config_option_count = OPTION_COUNT;

/* ---- what was loaded ---- */

enum source_kind { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_COMMAND_LINE };

struct source {
    enum source_kind kind;
    int line;       /* FROM_FILE */
    char *variable; /* FROM_ENVIRONMENT */
};

struct memory {
    struct source sources[OPTION_COUNT];
    int seen[OPTION_COUNT]; /* line of the file that names the option, also with an empty value */
    char *texts[OPTION_COUNT];
    char *file;
};

static struct source *source_of(const struct config *c, const struct option *o)
{
    struct memory *m = c->memory;

    return &m->sources[o - config_options];
}

static void *member(const struct config *c, const struct option *o)
{
    /* The address is of a member of a config that is still being made, or is only read. */
    return (void *)((uintptr_t)c + o->offset);
}

void config_free(struct config *c)
{
    if (!c)
        return;
    struct memory *m = c->memory;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        free(m->texts[i]);
        free(m->sources[i].variable);
    }
    free(m->file);
    free(m);
    free(c);
}

/* ---- values ---- */

/* Each parser sets the option or says in `e` what a sound value is. */
typedef bool parse_value(struct config *c, const struct option *o, const char *value,
                         struct err *e);

static bool keep_text(struct config *c, const struct option *o, char *value)
{
    struct memory *m = c->memory;
    size_t i = (size_t)(o - config_options);

    free(m->texts[i]);
    m->texts[i] = value;
    *(const char **)member(c, o) = value;
    return true;
}

static bool refuse(struct err *e, const char *value, const char *wanted)
{
    return err_set(e, ERR_CONFIG, "'%s' is not %s", value, wanted);
}

static bool parse_text(struct config *c, const struct option *o, const char *value, struct err *e)
{
    (void)e;
    return keep_text(c, o, mem_strdup(value));
}

static bool parse_int(struct config *c, const struct option *o, const char *value, struct err *e)
{
    char *end;
    const char *digits = value + (*value == '-' || *value == '+');

    errno = 0;
    long long n = strtoll(value, &end, 10);
    if (!isdigit((unsigned char)*digits) || *end || errno || n < o->min || n > o->max)
        return err_set(e, ERR_CONFIG, "'%s' is not a whole number from %" PRId64 " to %" PRId64,
                       value, o->min, o->max);
    *(int64_t *)member(c, o) = n;
    return true;
}

static bool parse_bool(struct config *c, const struct option *o, const char *value, struct err *e)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *(bool *)member(c, o) = i % 2 == 1;
            return true;
        }
    }
    return refuse(e, value, "true or false");
}

static bool parse_date(struct config *c, const struct option *o, const char *value, struct err *e)
{
    struct civil date;

    if (!civil_parse_iso(value, &date))
        return refuse(e, value, "a date (YYYY-MM-DD)");
    return parse_text(c, o, value, e);
}

static bool parse_zone(struct config *c, const struct option *o, const char *value, struct err *e)
{
    if (!zone_exists(value))
        return refuse(e, value, "a time zone that this system knows (such as America/New_York)");
    return parse_text(c, o, value, e);
}

static const char *home(void)
{
    const char *folder = getenv("HOME");

    if (folder && folder[0] == '/')
        return folder;
    struct passwd *user = getpwuid(getuid());

    return user && user->pw_dir ? user->pw_dir : "/";
}

static bool parse_path(struct config *c, const struct option *o, const char *value, struct err *e)
{
    if (value[0] == '~' && value[1] == '/')
        return keep_text(c, o, mem_printf("%s%s", home(), value + 1));
    /* A file serves whoever starts ipsync from wherever; a command line is of one folder. */
    if (value[0] != '/' && source_of(c, o)->kind == FROM_FILE)
        return refuse(e, value, "a path from the root (/…) or the home directory (~/…)");
    return parse_text(c, o, value, e);
}

static bool parse_word(struct config *c, const struct option *o, const char *value, struct err *e)
{
    size_t len = strlen(value);
    const char *word = o->words;

    for (;;) {
        size_t word_len = strcspn(word, "|");

        if (word_len == len && memcmp(word, value, len) == 0)
            return parse_text(c, o, value, e);
        if (!word[word_len])
            return err_set(e, ERR_CONFIG, "'%s' is not one of %s", value, o->words);
        word += word_len + 1;
    }
}

/* ---- addresses ---- */

struct address {
    bool tls;
    const char *user; /* NULL = none */
    size_t user_len;
    const char *host; /* brackets of an IPv6 address not included */
    size_t host_len;
    const char *rest; /* from the path on */
};

static bool is_host_char(char c, bool in_brackets)
{
    if (in_brackets)
        return isxdigit((unsigned char)c) || c == ':' || c == '.';
    return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

static bool is_port(const char *s, size_t len)
{
    long n = 0;

    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)s[i]) || n > 65535)
            return false;
        n = n * 10 + (s[i] - '0');
    }
    return n >= 1 && n <= 65535;
}

static bool split_host(const char *s, size_t len, struct address *a)
{
    bool in_brackets = len > 0 && s[0] == '[';
    size_t i = in_brackets;

    while (i < len && is_host_char(s[i], in_brackets))
        i++;
    a->host = s + in_brackets;
    a->host_len = i - in_brackets;
    if (in_brackets && (i == len || s[i++] != ']'))
        return false;
    return a->host_len > 0 && (i == len || (s[i] == ':' && is_port(s + i + 1, len - i - 1)));
}

/* Strict on purpose: what one parser takes for the host, another may take for the user. */
static bool split_address(const char *url, struct address *a)
{
    *a = (struct address){.tls = strncasecmp(url, "https://", 8) == 0};
    if (!a->tls && strncasecmp(url, "http://", 7) != 0)
        return false;
    for (const char *c = url; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\')
            return false;
    }
    const char *start = url + (a->tls ? 8 : 7);
    size_t len = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', len);

    a->rest = start + len;
    if (at) {
        a->user = start;
        a->user_len = (size_t)(at - start);
        len -= a->user_len + 1;
        start = at + 1;
    }
    return split_host(start, len, a);
}

static bool is_loopback(const struct address *a)
{
    struct in6_addr six;
    struct in_addr four;
    char host[64];

    if (a->host_len >= sizeof host)
        return false;
    memcpy(host, a->host, a->host_len);
    host[a->host_len] = '\0';
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(host, "localhost") == 0;
}

static bool parse_url(struct config *c, const struct option *o, const char *value, struct err *e)
{
    struct address a;
    size_t len = strlen(value);

    /* Not quoted back: what is wrong with it may be a password in it. */
    if (!split_address(value, &a))
        return err_set(e, ERR_CONFIG, "not an address such as https://host/path");
    if (a.user || strpbrk(a.rest, "?#"))
        return err_set(e, ERR_CONFIG, "an address without user, query and fragment is wanted");
    if (!a.tls && !is_loopback(&a))
        return err_set(e, ERR_CONFIG, "'%s' is not https:// (http:// only to a loopback address)",
                       value);
    while (len > 0 && value[len - 1] == '/')
        len--;
    return keep_text(c, o, mem_strndup(value, len));
}

static bool parse_link(struct config *c, const struct option *o, const char *value, struct err *e)
{
    struct address a;

    if (!split_address(value, &a))
        return err_set(e, ERR_CONFIG, "not an address such as https://host/path");
    return parse_text(c, o, value, e);
}

static bool parse_proxy(struct config *c, const struct option *o, const char *value, struct err *e)
{
    static const char *const schemes[] = {"http",    "https",  "socks4",
                                          "socks4a", "socks5", "socks5h"};
    const char *scheme_end = strstr(value, "://");
    const char *start = scheme_end ? scheme_end + 3 : value;
    const char *at = strrchr(start, '@');
    struct address a;
    bool known = !scheme_end;

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && scheme_end; i++)
        known = known || (strlen(schemes[i]) == (size_t)(scheme_end - value) &&
                          strncasecmp(value, schemes[i], strlen(schemes[i])) == 0);
    start = at ? at + 1 : start;
    if (!known || !split_host(start, strcspn(start, "/"), &a))
        return err_set(e, ERR_CONFIG, "not a proxy such as http://host:port");
    return parse_text(c, o, value, e);
}

static parse_value *const parsers[] = {
    [OPTION_TEXT] = parse_text,   [OPTION_INT] = parse_int,    [OPTION_BOOL] = parse_bool,
    [OPTION_DATE] = parse_date,   [OPTION_ZONE] = parse_zone,  [OPTION_PATH] = parse_path,
    [OPTION_WORD] = parse_word,   [OPTION_URL] = parse_url,    [OPTION_LINK] = parse_link,
    [OPTION_PROXY] = parse_proxy, [OPTION_SHELL] = parse_text,
};

static bool check_text(const char *value, struct err *e)
{
    if (!text_is_utf8(value, strlen(value)))
        return err_set(e, ERR_CONFIG, "the value is not valid UTF-8");
    for (const char *c = value; *c; c++) {
        if (((unsigned char)*c < 0x20 && *c != '\t') || *c == 0x7f)
            return err_set(e, ERR_CONFIG, "the value has control characters in it");
    }
    return true;
}

/* An empty value leaves what is there. The source must be known before the value is looked at. */
static bool set_option(struct config *c, const struct option *o, struct source from,
                       const char *value, struct err *e)
{
    if (!*value)
        return true;
    free(source_of(c, o)->variable);
    from.variable = mem_strdup(from.variable);
    *source_of(c, o) = from;
    return check_text(value, e) && parsers[o->type](c, o, value, e);
}

/* ---- the file ---- */

/* How many letters to change, add or drop to make one word of the other; SIZE_MAX when the two have
 * nothing to do with each other. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t len = strlen(b);

    if (len >= sizeof row / sizeof row[0])
        return SIZE_MAX;
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; *a; a++, i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t best = diagonal + (*a != b[j - 1]);

            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[len] < 4 && row[len] < len ? row[len] : SIZE_MAX;
}

static const struct option *find_option(const char *section, const char *key)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &config_options[i];

        if ((!section || strcmp(o->section, section) == 0) && (!key || strcmp(o->key, key) == 0))
            return o;
    }
    return NULL;
}

static bool unknown_key(const char *section, const char *key, struct err *e)
{
    const struct option *elsewhere = find_option(NULL, key);
    const struct option *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        size_t d = distance(key, config_options[i].key);

        if (strcmp(config_options[i].section, section) == 0 && d < least) {
            least = d;
            nearest = &config_options[i];
        }
    }
    if (elsewhere)
        return err_set(e, ERR_CONFIG, "unknown key '%s' in [%s]; it belongs in [%s]", key, section,
                       elsewhere->section);
    if (nearest)
        return err_set(e, ERR_CONFIG, "unknown key '%s' in [%s]; did you mean '%s'?", key, section,
                       nearest->key);
    return err_set(e, ERR_CONFIG, "unknown key '%s' in [%s]", key, section);
}

static bool unknown_section(const char *section, struct err *e)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        size_t d = distance(section, config_options[i].section);

        if (d < least) {
            least = d;
            nearest = config_options[i].section;
        }
    }
    if (nearest)
        return err_set(e, ERR_CONFIG, "unknown section [%s]; did you mean [%s]?", section, nearest);
    return err_set(e, ERR_CONFIG, "unknown section [%s]", section);
}

static char *trim(char *s)
{
    size_t len;

    while (isspace((unsigned char)*s))
        s++;
    len = strlen(s);
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        s[--len] = '\0';
    return s;
}

/* Takes the quotes off a value, in place; \" and \\ stand for the character itself. */
static bool unquote(char *value, struct err *e)
{
    char *out = value;
    char *in = value + 1;

    if (*value != '"')
        return true;
    for (; *in && *in != '"'; in++) {
        if (*in == '\\' && (in[1] == '"' || in[1] == '\\'))
            in++;
        *out++ = *in;
    }
    if (!*in)
        return err_set(e, ERR_CONFIG, "the quote is not closed");
    if (in[1])
        return err_set(e, ERR_CONFIG,
                       "text after the closing quote; put quotes around the whole "
                       "value and \\\" inside it");
    *out = '\0';
    return true;
}

struct reader {
    struct config *config;
    const char *section; /* NULL before the first */
    int line;
};

static bool read_section(struct reader *r, char *text, struct err *e)
{
    size_t len = strlen(text);

    if (text[len - 1] != ']')
        return err_set(e, ERR_CONFIG, "a section is written [name], alone on its line");
    text[len - 1] = '\0';
    char *name = trim(text + 1);
    const struct option *o = find_option(name, NULL);

    if (!o)
        return unknown_section(name, e);
    r->section = o->section;
    return true;
}

static bool read_key(struct reader *r, char *text, struct err *e)
{
    struct memory *m = r->config->memory;
    char *equals = strchr(text, '=');

    if (!equals)
        return err_set(e, ERR_CONFIG, "'key = value' is wanted");
    *equals = '\0';
    char *key = trim(text);
    char *value = trim(equals + 1);
    if (!r->section)
        return err_set(e, ERR_CONFIG, "'%s' stands before the first [section]", key);
    const struct option *o = find_option(r->section, key);
    if (!o)
        return unknown_key(r->section, key, e);
    int *seen = &m->seen[o - config_options];
    if (*seen)
        return err_set(e, ERR_CONFIG, "'%s' in [%s] is set in line %d already", key, r->section,
                       *seen);
    *seen = r->line;
    struct source from = {.kind = FROM_FILE, .line = r->line};
    if (!unquote(value, e) || !set_option(r->config, o, from, value, e))
        return err_wrap(e, "%s in [%s]", key, r->section);
    return true;
}

static bool read_line(struct reader *r, char *line, struct err *e)
{
    char *text = trim(line);

    if (!*text || *text == '#' || *text == ';')
        return true;
    return *text == '[' ? read_section(r, text, e) : read_key(r, text, e);
}

static bool read_lines(struct config *c, char *text, size_t len, struct err *e)
{
    struct reader r = {.config = c};
    char *end = text + len;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    if (memchr(text, '\0', (size_t)(end - text)))
        return err_set(e, ERR_CONFIG, "%s: not a text file", c->file);
    while (text && *text) {
        char *line = strsep(&text, "\n");

        r.line++;
        if (!read_line(&r, line, e))
            return err_wrap(e, "%s:%d", c->file, r.line);
    }
    return true;
}

/* Who can write this file can have the key sent anywhere and commands run. */
static bool check_writers(int fd, const char *file, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_CONFIG, "cannot look at %s: %s", file, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_CONFIG, "%s is a folder", file);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, ERR_CONFIG, "%s belongs to another user, who could change it", file);
    if ((st.st_mode & 022) && !S_ISCHR(st.st_mode))
        return err_set(e, ERR_CONFIG, "others can change %s; run: chmod go-w %s", file, file);
    return true;
}

static bool read_all(int fd, const char *file, struct buf *b, struct err *e)
{
    char piece[8192];

    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);

        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_CONFIG, "cannot read %s: %s", file, strerror(errno));
        if (!buf_add(b, piece, (size_t)n))
            return err_set(e, ERR_CONFIG, "%s is longer than 1 MiB", file);
    }
}

/* False without an error when there is no such file. */
static bool read_file(struct config *c, const char *file, struct err *e)
{
    struct memory *m = c->memory;
    struct buf b = {.cap = FILE_MOST};
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    if (fd < 0)
        return err_set(e, ERR_CONFIG, "cannot open %s: %s", file, strerror(errno));
    m->file = mem_strdup(file);
    c->file = m->file;
    bool read = check_writers(fd, file, e) && read_all(fd, file, &b, e) &&
                (b.len == 0 || read_lines(c, b.data, b.len, e));
    close(fd);
    buf_done(&b);
    return read;
}

/* ---- where things are ---- */

/* $`variable`/ipsync/`name`, or ~/`fallback`/ipsync/`name`: XDG has relative values ignored. */
static char *xdg_path(const char *variable, const char *fallback, const char *name)
{
    const char *folder = getenv(variable);

    if (folder && folder[0] == '/')
        return mem_printf("%s/ipsync/%s", folder, name);
    return mem_printf("%s/%s/ipsync/%s", home(), fallback, name);
}

static bool read_first_file(struct config *c, struct err *e)
{
    char *own = xdg_path("XDG_CONFIG_HOME", ".config", "ipsync.conf");
    bool read = read_file(c, own, e) || e->kind != ERR_NONE ||
                read_file(c, "/etc/ipsync/ipsync.conf", e) || e->kind == ERR_NONE;

    free(own);
    return read && e->kind == ERR_NONE;
}

static bool load_file(struct config *c, const char *file, struct err *e)
{
    const char *named = getenv("IPSYNC_CONFIG");

    if (!file && named && *named)
        file = named;
    if (!file)
        return read_first_file(c, e);
    if (read_file(c, file, e))
        return true;
    return e->kind != ERR_NONE ? false : err_set(e, ERR_CONFIG, "there is no %s", file);
}

/* ---- the environment ---- */

static char *variable_by_rule(const struct option *o)
{
    char *name = mem_printf("IPSYNC_%s_%s", o->section, o->key);

    for (char *c = name; *c; c++)
        *c = (char)toupper((unsigned char)*c);
    return name;
}

static bool load_option(struct config *c, const struct option *o, struct err *e)
{
    char *by_rule = variable_by_rule(o);
    char *own = o->variable ? mem_strdup(o->variable) : NULL;
    const char *value = own ? getenv(own) : NULL;
    bool sound = true;
    struct source from = {.kind = FROM_ENVIRONMENT, .variable = own};

    if (!value || !*value) {
        from.variable = by_rule;
        value = getenv(by_rule);
    }
    if (value && !set_option(c, o, from, value, e))
        sound = err_wrap(e, "%s", from.variable);
    free(own);
    free(by_rule);
    return sound;
}

static bool load_environment(struct config *c, struct err *e)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (!load_option(c, &config_options[i], e))
            return false;
    }
    return true;
}

/* ---- load ---- */

static struct config *config_new(void)
{
    struct config *c = mem_alloc(sizeof *c);

    c->memory = mem_alloc(sizeof(struct memory));
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &config_options[i];

        if (*o->fallback && o->type != OPTION_ZONE)
            set_option(c, o, (struct source){0}, o->fallback, NULL);
        else /* a zone is not looked up: the machine may lack it, and another be set */
            parse_text(c, o, o->fallback, NULL);
    }
    return c;
}

static bool load_database_path(struct config *c, const char *database, struct err *e)
{
    const struct option *o = find_option("database", "path");
    struct source from = {.kind = FROM_COMMAND_LINE};

    if (database && !*database)
        return err_set(e, ERR_CONFIG, "-d: the database needs a name");
    if (database && !set_option(c, o, from, database, e))
        return err_wrap(e, "-d");
    if (!*c->database.path)
        keep_text(c, o, xdg_path("XDG_STATE_HOME", ".local/state", "ipsync.db"));
    return true;
}

/* The default zone last: only now is it known whether it is the one that counts. */
static bool check_zone(const struct config *c, struct err *e)
{
    if (zone_exists(c->schedule.timezone))
        return true;
    return err_set(e, ERR_CONFIG,
                   "timezone in [schedule]: this system does not know %s; install tzdata",
                   c->schedule.timezone);
}

struct config *config_load(const char *file, const char *database, struct err *e)
{
    struct config *c = config_new();
    struct err own = {0};

    if (load_file(c, file, &own) && load_environment(c, &own) &&
        load_database_path(c, database, &own) && check_zone(c, &own))
        return c;
    config_free(c);
    err_set(e, own.kind, "%s", own.message);
    return NULL;
}

/* ---- print ---- */

/* scheme://host and no more, where more could be a secret. */
static void add_link(struct buf *b, const char *value)
{
    struct address a;

    if (!split_address(value, &a)) {
        buf_adds(b, "(hidden)");
        return;
    }
    bool more = a.user || (*a.rest && strcmp(a.rest, "/") != 0);
    const char *host = a.user ? a.user + a.user_len + 1 : strchr(value, '/') + 2;

    buf_adds(b, a.tls ? "https://" : "http://");
    buf_add(b, host, (size_t)(a.rest - host));
    buf_adds(b, more ? "/(hidden)" : a.rest);
}

static void add_proxy(struct buf *b, const char *value)
{
    const char *start = strstr(value, "://");
    const char *at = strrchr(value, '@');

    start = start ? start + 3 : value;
    if (!at) {
        buf_adds(b, value);
        return;
    }
    buf_add(b, value, at > start ? (size_t)(start - value) : 0);
    buf_adds(b, "(hidden)");
    buf_adds(b, at);
}

static void add_shell(struct buf *b, const char *value)
{
    size_t word = strcspn(value, " \t");

    /* NAME=secret command */
    if (memchr(value, '=', word))
        word = 0;
    buf_add(b, value, word);
    if (value[word])
        buf_adds(b, word > 0 ? " (hidden)" : "(hidden)");
}

static void add_value(struct buf *b, const struct config *c, const struct option *o)
{
    const char *text =
        o->type == OPTION_INT || o->type == OPTION_BOOL ? NULL : *(const char *const *)member(c, o);

    if (o->type == OPTION_INT)
        buf_addf(b, "%" PRId64, *(const int64_t *)member(c, o));
    else if (o->type == OPTION_BOOL)
        buf_adds(b, *(const bool *)member(c, o) ? "true" : "false");
    else if (o->type == OPTION_LINK && *text)
        add_link(b, text);
    else if (o->type == OPTION_PROXY)
        add_proxy(b, text);
    else if (o->type == OPTION_SHELL)
        add_shell(b, text);
    else
        text_add_visible(b, text);
}

static void add_source(struct buf *b, const struct config *c, const struct option *o)
{
    const struct source *from = source_of(c, o);

    if (from->kind == FROM_FILE)
        buf_addf(b, "%s:%d", c->file, from->line);
    else if (from->kind == FROM_ENVIRONMENT)
        buf_addf(b, "environment %s", from->variable);
    else
        buf_adds(b, from->kind == FROM_COMMAND_LINE ? "command line" : "default");
}

static bool begins_section(size_t i)
{
    return i == 0 || strcmp(config_options[i].section, config_options[i - 1].section) != 0;
}

void config_print(struct buf *b, const struct config *c)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &config_options[i];

        if (begins_section(i))
            buf_addf(b, "%s[%s]\n", i > 0 ? "\n" : "", o->section);
        size_t start = b->len;
        buf_addf(b, "%s = ", o->key);
        add_value(b, c, o);
        do {
            buf_addc(b, ' ');
        } while (b->len - start < 40);
        buf_adds(b, "# ");
        add_source(b, c, o);
        buf_addc(b, '\n');
    }
}

static void add_range(struct buf *b, const struct option *o)
{
    char *by_rule = variable_by_rule(o);

    buf_adds(b, "# (");
    if (o->type == OPTION_INT)
        buf_addf(b, "%" PRId64 " to %" PRId64 "; ", o->min, o->max);
    else if (o->type == OPTION_BOOL)
        buf_adds(b, "true or false; ");
    for (const char *c = o->words; c && *c; c++)
        buf_adds(b, *c == '|' ? ", " : (char[]){*c, '\0'});
    buf_addf(b, "%s%s)\n", o->words ? "; " : "", o->variable ? o->variable : by_rule);
    free(by_rule);
}

void config_print_sample(struct buf *b)
{
    buf_adds(
        b,
        "# ipsync's configuration: every key with its default. Copy it to\n"
        "# ~/.config/ipsync/ipsync.conf or /etc/ipsync/ipsync.conf and keep what you change.\n"
        "#\n"
        "# Lines that begin with # or ; are comments. A value may stand in \"quotes\"; an empty\n"
        "# one means the default. The variable in parentheses wins over the file, an option of\n"
        "# the command line over both. The API key itself comes from IRELANDPAY_CRM_API_KEY,\n"
        "# else from key_file, else from key_command.\n");
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option *o = &config_options[i];

        if (begins_section(i))
            buf_addf(b, "\n[%s]\n", o->section);
        buf_addf(b, "%s# %s\n", begins_section(i) ? "" : "\n", o->help);
        add_range(b, o);
        buf_addf(b, "%s =%s%s\n", o->key, *o->fallback ? " " : "", o->fallback);
    }
}
