/* The head of the screen: what this is, how it stands, and how old the data is. No I/O. Main
 * thread. */
#ifndef TUI_DASH_HEADER_H
#define TUI_DASH_HEADER_H

#include "tui/screen/grid.h"

struct dash;

/* In one row or two; where it is narrow the least important becomes short, and then goes. */
void draw_header(const struct dash *d, struct area a);

#endif
