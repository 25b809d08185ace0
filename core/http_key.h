/* The request headers that carry one API key. Counted by its users, so that transfers under way
 * keep the key they began with; the key is wiped with the last of them. One thread. */
#ifndef CORE_HTTP_KEY_H
#define CORE_HTTP_KEY_H

#include <stdbool.h>

struct curl_slist;
struct http_key;

/* Whether the key can go into a header: not empty, no control characters. */
bool http_key_is_sound(const char *key);
/* Copies `key`. Without a sound key (it may be NULL) the headers are made without one. */
struct http_key *http_key_new(const char *key);
struct http_key *http_key_share(struct http_key *k); /* one more user; gives `k` back */
void http_key_release(struct http_key *k);           /* one less; NULL is fine */

/* For CURLOPT_HTTPHEADER; lives as long as `k`. */
struct curl_slist *http_key_headers(const struct http_key *k);
/* The key as it stands in the headers, NULL = none; lives as long as `k`. */
const char *http_key_text(const struct http_key *k);

#endif
