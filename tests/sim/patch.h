/* patch: replaces single values in a JSON text, by path, and shuffles its rows. What the text does
 * not hold is added; what cannot be found or added is left. */
#ifndef SIM_PATCH_H
#define SIM_PATCH_H

#include <stdint.h>

#include "out.h"

/* `path` is like `data.0.amount` or `meta.total`; `raw` any JSON, or NULL to remove a member. */
void patch_set(struct out *body, const char *path, const char *raw);

/* The elements of `data` in another order, decided by `chance`. */
void patch_shuffle(struct out *body, uint64_t chance);

#endif
