#include "rng.h"

uint64_t rng_hash(uint64_t seed, enum rng_domain domain, uint64_t a, uint64_t b)
{
    uint64_t h = rng_step(seed, (uint64_t)domain);

    h = rng_step(h ^ a, 1);
    return rng_step(h ^ b, 2);
}
