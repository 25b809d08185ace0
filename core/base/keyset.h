/* A set of 64-bit keys: what has been seen on the pages of one walk. Row ids go in as they are
 * mixed with a tag, texts as a hash; the same everywhere and for ever, since checkpoints store
 * them. Two of a million keys meet by chance once in 37 million walks, which then is walked again
 * and reported. One owner, one thread. */
#ifndef CORE_BASE_KEYSET_H
#define CORE_BASE_KEYSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct keyset {
    uint64_t *slots; /* open addressing; 0 = free */
    size_t size;     /* power of two, or 0 */
    size_t count;
};

uint64_t keyset_int(char tag, int64_t id);
uint64_t keyset_text(char tag, const char *text);

/* True when the key was not there yet. */
bool keyset_add(struct keyset *k, uint64_t key);
bool keyset_has(const struct keyset *k, uint64_t key);
void keyset_clear(struct keyset *k); /* keeps up to 64 Ki slots for the next walk */
void keyset_done(struct keyset *k);

#endif
