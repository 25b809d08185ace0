/* Which ipsync this is: "1.2.0", or "1.2.0-3-gabc1234-dirty" for a build between releases. The
 * build generates the definition. Any thread. */
#ifndef CORE_BASE_VERSION_H
#define CORE_BASE_VERSION_H

extern const char ipsync_version[];

#endif
