#include "core/config.h"

#include "core/base/buf.h"
#include "core/base/text.h"
#include "core/config_address.h"
#include "core/config_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* scheme://host and no more, where more could be a secret. */
static void add_link(struct buf *b, const char *value)
{
    struct config_address a;

    if (!config_address_split(value, &a)) {
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
    const char *text = o->type == OPTION_INT || o->type == OPTION_BOOL
                           ? NULL
                           : *(const char *const *)config_member(c, o);

    if (o->type == OPTION_INT)
        buf_addf(b, "%" PRId64, *(const int64_t *)config_member(c, o));
    else if (o->type == OPTION_BOOL)
        buf_adds(b, *(const bool *)config_member(c, o) ? "true" : "false");
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
    const struct config_source *from = &config_slot_of(c, o)->source;

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
    for (size_t i = 0; i < config_option_count; i++) {
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
    char *by_rule = config_variable_by_rule(o);

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
    for (size_t i = 0; i < config_option_count; i++) {
        const struct option *o = &config_options[i];

        if (begins_section(i))
            buf_addf(b, "\n[%s]\n", o->section);
        buf_addf(b, "%s# %s\n", begins_section(i) ? "" : "\n", o->help);
        add_range(b, o);
        buf_addf(b, "%s =%s%s\n", o->key, *o->fallback ? " " : "", o->fallback);
    }
}
