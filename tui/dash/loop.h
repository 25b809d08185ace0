/* The dashboard's loop: sleeps in poll(2) on the terminal, signals, the engine's ring, the watch on
 * the database and a child's output; a key draws at once, everything else at the frame rate.
 * Main thread. */
#ifndef TUI_DASH_LOOP_H
#define TUI_DASH_LOOP_H

struct dash;

/* Blocks the signals that the loop takes from the descriptor it returns: before any thread is
 * started, and before the terminal is taken over. */
int loop_take_signals(void);
/* Draws the first frame, runs until it is time to leave, gives the terminal back; the exit code. */
int loop_run(struct dash *d, int signal_fd);

#endif
