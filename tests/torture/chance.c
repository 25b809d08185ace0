#include "tests/torture/chance.h"

#include <string.h>
#include <sys/random.h>

static struct chance product;

static uint64_t mixed(uint64_t x)
{
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

void chance_begin(struct chance *c, uint64_t seed)
{
    c->state = mixed(mixed(seed + UINT64_C(0x9e3779b97f4a7c15)) + seed);
}

/* splitmix64 */
uint64_t chance_next(struct chance *c)
{
    return mixed(c->state += UINT64_C(0x9e3779b97f4a7c15));
}

int chance_range(struct chance *c, int low, int high)
{
    return low + (int)(chance_next(c) % (uint64_t)(high - low + 1));
}

bool chance_once_in(struct chance *c, int n)
{
    return chance_next(c) % (uint64_t)n == 0;
}

bool chance_permille(struct chance *c, int permille)
{
    return chance_range(c, 0, 999) < permille;
}

void chance_begin_product(uint64_t seed)
{
    chance_begin(&product, seed ^ UINT64_C(0x6a09e667f3bcc908));
}

/* Instead of the C library's: the same seed makes the same jitter and the same ids. */
ssize_t getrandom(void *out, size_t size, unsigned flags)
{
    (void)flags;
    for (size_t at = 0; at < size; at += 8) {
        uint64_t x = chance_next(&product);
        memcpy((char *)out + at, &x, size - at < 8 ? size - at : 8);
    }
    return (ssize_t)size;
}

int getentropy(void *out, size_t size)
{
    return getrandom(out, size, 0) == (ssize_t)size ? 0 : -1;
}
