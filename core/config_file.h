/* The configuration file: "[section]" and "key = value" lines, as config_print_sample() writes
 * them. Used while a configuration is loaded, on that thread alone. */
#ifndef CORE_CONFIG_FILE_H
#define CORE_CONFIG_FILE_H

#include <stdbool.h>

struct config;
struct err;

/* Sets what `file` names. False without an error (ERR_NONE) when there is no such file; else with
 * ERR_CONFIG naming file, line and key. A file that others could change is refused. */
bool config_file_read(struct config *c, const char *file, struct err *e);

#endif
