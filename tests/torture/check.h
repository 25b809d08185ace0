/* Holds the database against the CRM's model and against itself. */
#ifndef TORTURE_CHECK_H
#define TORTURE_CHECK_H

#include "core/messages.h"

#include <stdbool.h>

struct world;

/* After each run that ended by itself. */
void check_run(struct world *w, enum sync_status status);
/* After one that was completed in calm weather: equal to the CRM, and nothing left open. */
void check_equal(struct world *w);
/* The newest run changed no row. */
void check_unchanged(struct world *w);

#endif
