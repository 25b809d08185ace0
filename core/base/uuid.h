/* Random (version 4) UUIDs, RFC 4122 text form. Any thread. */
#ifndef CORE_BASE_UUID_H
#define CORE_BASE_UUID_H

void uuid_make(char out[37]);

#endif
