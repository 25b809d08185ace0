/* The operating-system user on whose behalf we run; under sudo the one who called it. Main thread.
 */
#ifndef TUI_WHO_H
#define TUI_WHO_H

#include <stddef.h>

void who_am_i(char *out, size_t size);

#endif
