/* One option's value: read from its text, checked by the option's type, and put in its place. Used
 * while a configuration is loaded, on that thread alone. */
#ifndef CORE_CONFIG_VALUE_H
#define CORE_CONFIG_VALUE_H

#include "core/config_internal.h"

/* Sets the option and notes where the value is from (`from` is copied). An empty value leaves what
 * is there. False with ERR_CONFIG saying what a sound value is; `e` may be NULL. */
bool config_value_set(struct config *c, const struct option *o, struct config_source from,
                      const char *value, struct err *e);
/* Sets an option kept as text without looking at the text, which it takes over. */
void config_value_keep(struct config *c, const struct option *o, char *text);

#endif
