#include "core/config_address.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <string.h>
#include <strings.h>

static bool is_host_char(char c, bool in_brackets)
{
    if (in_brackets)
        return isxdigit((unsigned char)c) || c == ':' || c == '.';
    return isalnum((unsigned char)c) || c == '-' || c == '.' || c == '_';
}

static bool is_port(const char *s, size_t len)
{
    long n = 0;

    for (size_t i = 0; i < len; i++) {
        if (!isdigit((unsigned char)s[i]) || n > 65535)
            return false;
        n = n * 10 + (s[i] - '0');
    }
    return n >= 1 && n <= 65535;
}

bool config_address_split_host(const char *s, size_t len, struct config_address *a)
{
    bool in_brackets = len > 0 && s[0] == '[';
    size_t i = in_brackets;

    while (i < len && is_host_char(s[i], in_brackets))
        i++;
    a->host = s + in_brackets;
    a->host_len = i - in_brackets;
    if (in_brackets && (i == len || s[i++] != ']'))
        return false;
    return a->host_len > 0 && (i == len || (s[i] == ':' && is_port(s + i + 1, len - i - 1)));
}

bool config_address_split(const char *url, struct config_address *a)
{
    *a = (struct config_address){.tls = strncasecmp(url, "https://", 8) == 0};
    if (!a->tls && strncasecmp(url, "http://", 7) != 0)
        return false;
    for (const char *c = url; *c; c++) {
        if ((unsigned char)*c <= ' ' || *c == 0x7f || *c == '\\')
            return false;
    }
    const char *start = url + (a->tls ? 8 : 7);
    size_t len = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', len);

    a->rest = start + len;
    if (at) {
        a->user = start;
        a->user_len = (size_t)(at - start);
        len -= a->user_len + 1;
        start = at + 1;
    }
    return config_address_split_host(start, len, a);
}

bool config_address_is_loopback(const struct config_address *a)
{
    struct in6_addr six;
    struct in_addr four;
    char host[64];

    if (a->host_len >= sizeof host)
        return false;
    memcpy(host, a->host, a->host_len);
    host[a->host_len] = '\0';
    if (inet_pton(AF_INET, host, &four) == 1)
        return ntohl(four.s_addr) >> 24 == 127;
    if (inet_pton(AF_INET6, host, &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six);
    return strcasecmp(host, "localhost") == 0;
}
