/* libcurl, loaded when it is first needed: it and its thirty libraries take longer to load than the
 * whole of a command that needs no network.
 *
 * curl_late.c defines the functions of <curl/curl.h> that core/ calls, each passed on to libcurl.
 * Whoever calls them does so as ever; ipsync is not linked with libcurl. */
#ifndef CORE_CURL_LATE_H
#define CORE_CURL_LATE_H

#include <stdbool.h>

struct err;

/* Once it has succeeded it does nothing more. To be called (on the main thread, while there is no
 * other) before a thread uses libcurl, so that a failure can be told: without it the functions load
 * libcurl themselves, and fail when it cannot be loaded. */
bool curl_late_load(struct err *e);

#endif
