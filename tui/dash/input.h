/* Where a key goes: to the dialog on top, to the filter being typed, or to the action that the key
 * table names. Main thread. */
#ifndef TUI_DASH_INPUT_H
#define TUI_DASH_INPUT_H

struct dash;
struct key;

void input_key(struct dash *d, const struct key *key);
/* Does what the key of this action would do, or says why not. */
void input_action(struct dash *d, const char *name);

#endif
