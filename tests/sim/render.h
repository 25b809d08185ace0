/* render: rows as the CRM's JSON, with all the liberties the live service takes: numbers as strings
 * and the other way round, nulls and "", escapes, unknown fields. */
#ifndef SIM_RENDER_H
#define SIM_RENDER_H

#include "batches.h"
#include "out.h"
#include "portfolio.h"
#include "residuals.h"

void render_merchant(struct out *o, const struct portfolio *p, const struct merchant *m);
void render_merchant_page(struct out *o, const struct portfolio *p, const struct merchant *m);
void render_batch(struct out *o, const struct batch *b);
void render_adjustment(struct out *o, const struct adjustment *a);
void render_report(struct out *o, const struct report *r);
void render_residual(struct out *o, const struct portfolio *p, const struct residual *r);
void render_line_item(struct out *o, const struct portfolio *p, const struct line_item *item);

#endif
