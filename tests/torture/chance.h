/* The simulation's only source of chance: a stream of numbers from a seed. What the product asks
 * the kernel for (getrandom, getentropy) comes from a stream of its own, so that a change in how
 * often it asks does not change the world around it. */
#ifndef TORTURE_CHANCE_H
#define TORTURE_CHANCE_H

#include <stdbool.h>
#include <stdint.h>

struct chance {
    uint64_t state;
};

void chance_begin(struct chance *c, uint64_t seed);
uint64_t chance_next(struct chance *c);
/* low..high, both included. */
int chance_range(struct chance *c, int low, int high);
/* True once in `n` times. */
bool chance_once_in(struct chance *c, int n);
/* True in so many of a thousand cases. */
bool chance_permille(struct chance *c, int permille);

/* Seeds what the product draws. */
void chance_begin_product(uint64_t seed);

#endif
