/* The only place that asks what time it is, so that tests can say.
 * Any thread; setting a test clock is for single-threaded tests only. */
#ifndef CORE_BASE_CLOCK_H
#define CORE_BASE_CLOCK_H

#include <stdint.h>

int64_t clock_wall_ms(void); /* milliseconds since 1970-01-01 UTC; can jump */
int64_t clock_mono_ms(void); /* since boot (CLOCK_BOOTTIME: suspend counts); never jumps */

/* Tests: freezes both clocks at these values; clock_test_release() lets them run again. */
void clock_test_freeze(int64_t wall_ms, int64_t mono_ms);
void clock_test_release(void);

#endif
