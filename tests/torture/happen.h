/* What happens to the world while a sync runs: world.h's happenings. */
#ifndef TORTURE_HAPPEN_H
#define TORTURE_HAPPEN_H

#include <stdbool.h>
#include <stdint.h>

struct ring;
struct world;

/* Chooses what will happen during the next run, at random. */
void happen_plan(struct world *w);
void happen_none(struct world *w);
int64_t happen_next(const struct world *w); /* INT64_MAX = nothing any more */
/* Does what is due. True: a command was pushed. `used`: of the CRM's window. */
bool happen_now(struct world *w, struct ring *commands, int *used);
void happen_interrupt(struct ring *commands);

#endif
