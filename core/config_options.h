/* The one table of options, which the parser, `ipsync config`, the environment and the sample file
 * all follow. A new option is a row here and a member of struct config. Immutable, any thread. */
#ifndef CORE_CONFIG_OPTIONS_H
#define CORE_CONFIG_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

enum option_type {
    OPTION_TEXT,  /* any text */
    OPTION_INT,   /* whole number within min..max */
    OPTION_BOOL,  /* true/false, yes/no, on/off, 1/0 */
    OPTION_DATE,  /* YYYY-MM-DD */
    OPTION_ZONE,  /* a zone of the system's database */
    OPTION_PATH,  /* a file; "~/" is the home directory; relative paths are refused in a file */
    OPTION_WORD,  /* one of `words` */
    OPTION_URL,   /* https://…, or http:// to a loopback address; no user, no query */
    OPTION_LINK,  /* http(s)://… of any host; all after the host is hidden */
    OPTION_PROXY, /* [scheme://][user:password@]host[:port]; user and password are hidden */
    OPTION_SHELL, /* a command; all after its first word is hidden */
};

struct option {
    const char *section, *key;
    enum option_type type;
    const char *fallback; /* default as text; "" = unset */
    int64_t min, max;     /* OPTION_INT */
    const char *words;    /* OPTION_WORD: separated by '|' */
    const char *variable; /* the document's variable, NULL = none */
    size_t offset;        /* into struct config */
    const char *help;     /* one line, for the sample file and the manual */
};

extern const struct option config_options[];
extern const size_t config_option_count;

/* The first option of that section and key, NULL = any; NULL when there is none. */
const struct option *config_find_option(const char *section, const char *key);
/* IPSYNC_SECTION_KEY; the caller frees it. */
char *config_variable_by_rule(const struct option *o);

#endif
