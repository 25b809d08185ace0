/* The numbered steps of assets/schema/, embedded by the build in order of their names.
 * Step n brings a database from user_version n-1 to n; a published step is never changed. */
#ifndef DB_SCHEMA_H
#define DB_SCHEMA_H

#include <stddef.h>

struct schema_step {
    const char *name;
    const unsigned char *sql; /* NUL-terminated */
};

extern const struct schema_step schema_steps[];
extern const size_t schema_steps_len;

#endif
