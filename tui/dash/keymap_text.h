/* The key table in plain lines, for `ipsync help keys`. The other forms: keymap.h. Main thread. */
#ifndef TUI_DASH_KEYMAP_TEXT_H
#define TUI_DASH_KEYMAP_TEXT_H

struct buf;

/* The keys as shipped, under a heading for the panes they work in; lines of 79 columns at most. */
void keymap_add_text(struct buf *out);

#endif
