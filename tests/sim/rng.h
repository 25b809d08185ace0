/* rng: the only source of chance. A value is a pure function of the seed and of what it is for, so
 * any row can be made at any time, in any thread, without the rows before it. */
#ifndef SIM_RNG_H
#define SIM_RNG_H

#include <stdint.h>

enum rng_domain {
    RNG_MERCHANT = 1,
    RNG_SCHEDULE,
    RNG_BATCH,
    RNG_TRANSACTION,
    RNG_ADJUSTMENT,
    RNG_RESIDUAL,
    RNG_REPORT,
    RNG_LINE_ITEM,
    RNG_STYLE
};

/* A bijective scrambling of 64 bits (splitmix64's last step). */
static inline uint64_t rng_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* The n-th value of a stream that starts at `base`. */
static inline uint64_t rng_step(uint64_t base, uint64_t n)
{
    return rng_mix(base + (n + 1) * UINT64_C(0x9e3779b97f4a7c15));
}

/* One value for (seed, domain, a, b). */
uint64_t rng_hash(uint64_t seed, enum rng_domain domain, uint64_t a, uint64_t b);

#endif
