#include "core/config_value.h"

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config_address.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Each parser sets the option or says in `e` what a sound value is. */
typedef bool parse_value(struct config *c, const struct option *o, const char *value,
                         struct err *e);

void config_value_keep(struct config *c, const struct option *o, char *text)
{
    struct config_slot *slot = config_slot_of(c, o);

    free(slot->text);
    slot->text = text;
    *(const char **)config_member(c, o) = text;
}

static bool keep_text(struct config *c, const struct option *o, char *text)
{
    config_value_keep(c, o, text);
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
    *(int64_t *)config_member(c, o) = n;
    return true;
}

static bool parse_bool(struct config *c, const struct option *o, const char *value, struct err *e)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on", "0", "1"};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcasecmp(value, words[i]) == 0) {
            *(bool *)config_member(c, o) = i % 2 == 1;
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

static bool parse_path(struct config *c, const struct option *o, const char *value, struct err *e)
{
    if (value[0] == '~' && value[1] == '/')
        return keep_text(c, o, mem_printf("%s%s", config_home(), value + 1));
    /* A file serves whoever starts ipsync from wherever; a command line is of one folder. */
    if (value[0] != '/' && config_slot_of(c, o)->source.kind == FROM_FILE)
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

static bool parse_url(struct config *c, const struct option *o, const char *value, struct err *e)
{
    struct config_address a;
    size_t len = strlen(value);

    /* Not quoted back: what is wrong with it may be a password in it. */
    if (!config_address_split(value, &a))
        return err_set(e, ERR_CONFIG, "not an address such as https://host/path");
    if (a.user || strpbrk(a.rest, "?#"))
        return err_set(e, ERR_CONFIG, "an address without user, query and fragment is wanted");
    if (!a.tls && !config_address_is_loopback(&a))
        return err_set(e, ERR_CONFIG, "'%s' is not https:// (http:// only to a loopback address)",
                       value);
    while (len > 0 && value[len - 1] == '/')
        len--;
    return keep_text(c, o, mem_strndup(value, len));
}

static bool parse_link(struct config *c, const struct option *o, const char *value, struct err *e)
{
    struct config_address a;

    if (!config_address_split(value, &a))
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
    struct config_address a;
    bool known = !scheme_end;

    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0] && scheme_end; i++)
        known = known || (strlen(schemes[i]) == (size_t)(scheme_end - value) &&
                          strncasecmp(value, schemes[i], strlen(schemes[i])) == 0);
    start = at ? at + 1 : start;
    if (!known || !config_address_split_host(start, strcspn(start, "/"), &a))
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

bool config_value_set(struct config *c, const struct option *o, struct config_source from,
                      const char *value, struct err *e)
{
    struct config_slot *slot = config_slot_of(c, o);

    if (!*value)
        return true;
    free(slot->source.variable);
    from.variable = mem_strdup(from.variable);
    slot->source = from; /* before the value is looked at: what a path may be hangs on it */
    return check_text(value, e) && parsers[o->type](c, o, value, e);
}
