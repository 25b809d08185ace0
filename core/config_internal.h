/* What the files of the configuration share: where each option's value came from, and the text it
 * keeps. Nobody else includes it. */
#ifndef CORE_CONFIG_INTERNAL_H
#define CORE_CONFIG_INTERNAL_H

#include "core/config.h"
#include "core/config_options.h"

enum config_source_kind { FROM_DEFAULT, FROM_FILE, FROM_ENVIRONMENT, FROM_COMMAND_LINE };

struct config_source {
    enum config_source_kind kind;
    int line;       /* FROM_FILE */
    char *variable; /* FROM_ENVIRONMENT */
};

/* One for each option; owns its texts. */
struct config_slot {
    struct config_source source;
    int seen;   /* line of the file that names the option, also with an empty value; 0 = none */
    char *text; /* the value, where it is one */
};

struct config_memory {
    char *file;
    struct config_slot slots[]; /* config_option_count, in the table's order */
};

struct config_slot *config_slot_of(const struct config *c, const struct option *o);
/* Where in `c` the option's value is: const char *, int64_t or bool, by its type. */
void *config_member(const struct config *c, const struct option *o);

/* The home directory, never NULL; borrowed from the environment or the user database. */
const char *config_home(void);

#endif
