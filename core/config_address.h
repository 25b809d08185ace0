/* An address of the web, cut into its parts. Strict on purpose: what one parser takes for the host,
 * another may take for the user. Pure, any thread; the parts point into the text. */
#ifndef CORE_CONFIG_ADDRESS_H
#define CORE_CONFIG_ADDRESS_H

#include <stdbool.h>
#include <stddef.h>

struct config_address {
    bool tls;
    const char *user; /* NULL = none */
    size_t user_len;
    const char *host; /* brackets of an IPv6 address not included */
    size_t host_len;
    const char *rest; /* from the path on */
};

/* "http(s)://[user@]host[:port]…"; false when it is no such address. */
bool config_address_split(const char *url, struct config_address *a);
/* "host[:port]", `len` bytes: sets the host alone. */
bool config_address_split_host(const char *s, size_t len, struct config_address *a);
/* Whether the host is "localhost" or a loopback number; no name is looked up. */
bool config_address_is_loopback(const struct config_address *a);

#endif
