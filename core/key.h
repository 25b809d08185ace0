/* The API key: from IRELANDPAY_CRM_API_KEY, else [api] key_file, else [api] key_command.
 *
 * Never logged, stored, printed or passed on: the variable is removed from the environment when it
 * was taken (child processes do not get it) and core dumps are switched off before the key is read.
 */
#ifndef CORE_KEY_H
#define CORE_KEY_H

#include <stdbool.h>

struct config;
struct err;

/* At start, before any thread or child: takes the variable out of the environment. */
void key_take_environment(void);
/* Reads the key from its source (again). malloc'd; wipe with key_free. NULL with ERR_CONFIG: no
 * source, a file that others can read, a command that fails, a key with control characters. Blanks
 * and line ends around it are dropped. ERR_STOPPED when stop_fd (-1 = none) becomes readable while
 * a command runs: it is killed with its children. Any thread. */
char *key_read(const struct config *c, int stop_fd, struct err *e);
void key_free(char *key);

/* For a successor (tui/hand_over.h): a key that came from the environment, which is no longer
 * there, in a pipe to read it from (close-on-exec); *fd = -1 when none did, then the successor
 * finds its source as we did. False with ERR_IO. */
bool key_pass_on(int *fd, struct err *e);
/* In the successor, in place of the environment's: takes the key out of the pipe, and closes it. An
 * empty one is no key. */
void key_take_descriptor(int fd);

#endif
