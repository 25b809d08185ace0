/* What each resource does with a page's rows and at the end of its list; wired up in resource.c. */
#ifndef CORE_APPLY_H
#define CORE_APPLY_H

#include "core/sync_state.h"

bool apply_merchants(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                     struct err *e);
bool apply_merchant(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                    struct err *e);
bool finish_merchants(struct sync *s, struct walk *w, struct err *e);

bool apply_transactions(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                        struct err *e);
/* The adjustments that stand beside a page's batches. */
bool apply_adjustments(struct sync *s, struct walk *w, const cJSON *list, struct err *e);
/* What item ids of this merchant's records begin with. In the arena. */
const char *apply_item_mid(struct sync *s, const struct walk *w);
bool finish_transactions(struct sync *s, struct walk *w, struct err *e);

bool apply_reports(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                   struct err *e);
bool finish_reports(struct sync *s, struct walk *w, struct err *e);
bool apply_rows(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                struct err *e);
bool finish_rows(struct sync *s, struct walk *w, struct err *e);
bool apply_line_items(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                      struct err *e);
bool finish_line_items(struct sync *s, struct walk *w, struct err *e);

/* A merchant number from a residual endpoint: as text it stands as it is; as a number it means the
 * known merchant whose number it is without leading zeros. False with `problem` when it cannot be
 * told; `out` is "" when the field is absent. `e` is filled only when the database fails. */
bool apply_mid(struct sync *s, const cJSON *item, char out[MID_SIZE], struct map_problem *problem,
               struct err *e);

#endif
