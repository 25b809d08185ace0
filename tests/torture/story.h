/* What one seed tells: some syncs in bad weather, then calm, and the database must be right. */
#ifndef TORTURE_STORY_H
#define TORTURE_STORY_H

#include <stdbool.h>
#include <stdint.h>

struct config;
struct world;

/* `w` is cleared but for folder and verbose. False: w->broken says what is wrong. */
bool story_tell(struct world *w, uint64_t seed, const struct config *defaults);

#endif
