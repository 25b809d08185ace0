/* The terminal given back by a program that crashes: on SEGV, BUS, FPE, ILL and ABRT the bytes and
 * modes kept here are set, a line tells what happened, and then the signal does what it would have
 * done without us (core, exit status, a sanitizer's report). Main thread; one terminal. */
#ifndef TUI_SCREEN_TERM_RESTORE_H
#define TUI_SCREEN_TERM_RESTORE_H

#include <stddef.h>
#include <termios.h>

enum { TERM_RESTORE_SIZE = 512 };

void term_restore_install(void);
void term_restore_uninstall(void);

/* From now on the terminal is to be restored: `out` (better never blocking) gets the bytes (copied,
 * at most TERM_RESTORE_SIZE), `tty` the modes. */
void term_restore_arm(int out, int tty, const struct termios *modes, const char *bytes, size_t len);
void term_restore_disarm(void);

#endif
