/* Memory that never comes back NULL, and an arena that is emptied in one go.
 *
 * Running out of memory is not survivable for this program: these functions print a line and abort.
 * An arena belongs to one thread; what it hands out is valid until arena_reset/arena_free. */
#ifndef CORE_BASE_MEM_H
#define CORE_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *mem_alloc(size_t size);            /* zeroed; free() it */
void *mem_realloc(void *p, size_t size); /* new bytes are not zeroed */
char *mem_strdup(const char *s);         /* NULL gives NULL */
char *mem_strndup(const char *s, size_t len);
char *mem_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *mem_vprintf(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

struct arena;
struct arena *arena_new(void);
void arena_free(struct arena *a);
void *arena_alloc(struct arena *a, size_t size); /* 16-byte aligned, not zeroed */
/* NULL, if it would then hold more than its limit; arena_alloc() and the others know none. */
void *arena_try(struct arena *a, size_t size);
void arena_limit(struct arena *a, size_t bytes); /* 0 = none */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_printf(struct arena *a, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets everything; keeps at most 4 MiB of blocks for the next use. */
void arena_reset(struct arena *a);

#endif
