/* The short words that the panes share: durations, counts, moments, and what ink a status has. They
 * keep to a width, so that a table stays calm. Pure, any thread; `out` is 32 bytes. */
#ifndef TUI_DASH_WORDS_H
#define TUI_DASH_WORDS_H

#include "tui/screen/grid.h"

#include <stdint.h>

enum { WORD_SIZE = 32 };

/* Six columns: "0.4s", "42s", "9m12s", "1h05m", "3d04h"; "-" when negative. */
void word_duration(int64_t ms, char out[WORD_SIZE]);
/* Five columns: "999", "1,204", "12.3k", "123k", "1.2M"; of a negative number six. */
void word_count(int64_t n, char out[WORD_SIZE]);
/* In the largest unit alone, so that it seldom changes: "12 min", "3 h", "2 d"; "under 1 min". */
void word_age(int64_t ms, char out[WORD_SIZE]);
/* "in 3 h 12 min", to the minute, or "due". */
void word_until(int64_t ms, char out[WORD_SIZE]);
/* Local: "11-23 14:00", eleven columns; "2025-11-23" in another year than `now`; "-" for 0. */
void word_time(int64_t at, const char *zone, int64_t now, char out[WORD_SIZE]);
/* The same of UTC text; "-" for NULL, "" and what is none. */
void word_time_of(const char *utc, const char *zone, int64_t now, char out[WORD_SIZE]);
/* Local: "14:03:20" on the day of `now`, else as word_time(). */
void word_clock(int64_t at, const char *zone, int64_t now, char out[WORD_SIZE]);
/* "+12 %", "-3 %", "same"; "" when there is nothing to compare. Above 999 "x 12". */
void word_trend(double now, double before, char out[WORD_SIZE]);

/* Of a word of sync_jobs, or of error_state_names. */
enum ink ink_of_status(const char *status);

#endif
