/* Lines of the windows that tell one row's whole story: labels on the left, what they name on the
 * right. Main thread. */
#ifndef TUI_DASH_STORY_H
#define TUI_DASH_STORY_H

#include "tui/screen/grid.h"

struct dash;
struct viewer;

void story_heading(struct viewer *v, const char *words); /* with a blank line before it */
/* Nothing for NULL and "". */
void story_pair(struct viewer *v, const char *label, enum ink ink, const char *text);
/* "2026-11-23 14:00:00 (3 h ago)", or "(in 12 min)"; nothing for NULL and "". */
void story_moment(struct viewer *v, const struct dash *d, const char *label, const char *utc);
/* JSON as pairs under a heading; `leave_out` are members that are told elsewhere, NULL at the end.
 * Nothing when nothing is left. */
void story_json(struct viewer *v, const char *heading, const char *json,
                const char *const *leave_out);

#endif
