/* Screens as text, compared with tests/golden/NAME.txt. A run with UPDATE_GOLDEN=1 writes them
 * anew: look at the difference before you keep it. */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include "core/base/buf.h"

struct grid;

struct buf golden_picture(const struct grid *g);
/* Ends the test with the first line that differs. */
void golden_check(const char *name, const struct grid *g);

#endif
