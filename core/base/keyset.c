#include "core/base/keyset.h"

#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SIZE = 1024, KEPT_SIZE = 65536 };

/* The finaliser of MurmurHash3 (public domain): every input bit reaches every output bit. */
static uint64_t mix(uint64_t x)
{
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    x ^= x >> 33;
    return x ? x : 1; /* 0 marks a free slot */
}

uint64_t keyset_int(char tag, int64_t id)
{
    return mix((uint64_t)id + (uint64_t)(unsigned char)tag * 0x9e3779b97f4a7c15ULL);
}

uint64_t keyset_text(char tag, const char *text)
{
    uint64_t h = (uint64_t)(unsigned char)tag * 0x9e3779b97f4a7c15ULL;
    for (const char *c = text; *c; c++) {
        h = (h ^ (unsigned char)*c) * 0x100000001b3ULL;
        h ^= h >> 29;
    }
    return mix(h);
}

static size_t slot_of(const struct keyset *k, uint64_t key)
{
    size_t at = key & (k->size - 1);
    while (k->slots[at] && k->slots[at] != key) {
        at = (at + 1) & (k->size - 1);
    }
    return at;
}

static void grow(struct keyset *k)
{
    struct keyset bigger = {.size = k->size ? k->size * 2 : FIRST_SIZE, .count = k->count};
    bigger.slots = mem_alloc(bigger.size * sizeof *bigger.slots);
    for (size_t i = 0; i < k->size; i++) {
        if (k->slots[i]) {
            bigger.slots[slot_of(&bigger, k->slots[i])] = k->slots[i];
        }
    }
    free(k->slots);
    *k = bigger;
}

bool keyset_add(struct keyset *k, uint64_t key)
{
    if ((k->count + 1) * 4 > k->size * 3) {
        grow(k);
    }
    size_t at = slot_of(k, key);
    if (k->slots[at]) {
        return false;
    }
    k->slots[at] = key;
    k->count++;
    return true;
}

bool keyset_has(const struct keyset *k, uint64_t key)
{
    return k->size && k->slots[slot_of(k, key)];
}

void keyset_clear(struct keyset *k)
{
    if (k->size > KEPT_SIZE) {
        keyset_done(k);
    } else if (k->count) {
        memset(k->slots, 0, k->size * sizeof *k->slots);
    }
    k->count = 0;
}

void keyset_done(struct keyset *k)
{
    free(k->slots);
    *k = (struct keyset){0};
}
