/* dump: the oracle: the rows that a right database holds after a complete sync, as JSON lines, made
 * from the integers of the portfolio and not from its answers. Streams; memory stays flat. */
#ifndef SIM_DUMP_H
#define SIM_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "batches.h"
#include "out.h"
#include "portfolio.h"

struct dump;

/* NULL for an unknown table. Takes the portfolio's lock whenever it makes rows. */
struct dump *dump_new(struct portfolio *p, const char *table, int32_t from, int32_t to,
                      bool hide_null);
void dump_free(struct dump *d);

/* The next bytes, at most `max`; 0 at the end. */
size_t dump_read(struct dump *d, char *to, size_t max);

/* One row each; used by dump alone, and apart for their length. */
void dump_merchant(struct out *o, const struct portfolio *p, const struct merchant *m);
void dump_batch(struct out *o, const struct merchant *m, const struct batch *b, int ordinal);
void dump_transactions(struct out *o, const struct merchant *m, const struct batch *b, int ordinal);
void dump_adjustments(struct out *o, const struct portfolio *p, const struct merchant *m, int month,
                      int32_t from, int32_t to);
void dump_reports(struct out *o, const struct portfolio *p, int month, bool hide_null);
void dump_residual(struct out *o, const struct portfolio *p, const struct merchant *m, int month,
                   bool hide_null);
void dump_line_item(struct out *o, const struct portfolio *p, int month, uint32_t place,
                    bool hide_null);

#endif
