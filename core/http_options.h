/* What every request to the CRM has in common: where it may go, how long it may take, what it
 * accepts. */
#ifndef CORE_HTTP_OPTIONS_H
#define CORE_HTTP_OPTIONS_H

#define HTTP_READ_BYTES 65536L /* at once: fewer wake-ups a page than with curl's 16 kB */

struct http_settings;

void http_options_set(void *easy, const struct http_settings *s); /* a CURL * */

#endif
