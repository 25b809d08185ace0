/* Lines and tables on standard output for the commands. What the CRM sent is made visible text when
 * standard output is a terminal; into a file or pipe it goes as it is. Main thread. */
#ifndef TUI_PRINT_H
#define TUI_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

/* Writes the buffer, all of it or as much as the reader takes; a broken pipe is no error. */
void print_out(const struct buf *b);
/* 0, or the errno of the first write to standard output that failed: there is no point in more. */
int print_error(void);
/* Adds text from outside, made visible if standard output is a terminal. */
void print_add(struct buf *b, const char *text);

/* A table: add the heading, then rows; columns are as wide as their widest cell, the last is cut to
 * the terminal's width, or stands on a line of its own where it is long and too little would be
 * left. Cells are copied, NULL is "-". right[i] (kept, not copied) aligns a column right. */
struct print_table;
struct print_table *print_table_new(const char *const *headings, const bool *right, int columns);
void print_table_row(struct print_table *t, const char *const *cells);
void print_table_end(struct print_table *t); /* writes and frees */

int print_columns(void); /* of the terminal; 0 = standard output is none */

/* For people: "3 min 20 s", "2 h 5 min", "under 1 s" → out; and 1,234,567. Static-free. */
void print_duration(int64_t ms, char out[32]);
void print_count(int64_t n, char out[32]);
/* "2026-11-23T19:00:00.000Z" in the zone as "2026-11-23 14:00:00"; "" and NULL stay "-". */
void print_time(const char *utc, const char *zone, char out[32]);

#endif
