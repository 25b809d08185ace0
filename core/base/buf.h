/* A growable run of bytes with a cap. `data` is always NUL-terminated once something was added.
 * One owner, one thread. */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
    char *data;
    size_t len;
    size_t size;  /* allocated */
    size_t cap;   /* most bytes it may hold; 0 = 16 MiB */
    bool refused; /* something did not fit since buf_clear: what was written is incomplete */
};

void buf_done(struct buf *b);  /* frees; the buf can be used again */
void buf_clear(struct buf *b); /* len = 0, keeps the memory */
/* False (and nothing added) when the cap would be passed. */
bool buf_add(struct buf *b, const void *bytes, size_t len);
bool buf_adds(struct buf *b, const char *s);
bool buf_addc(struct buf *b, char c);
bool buf_addf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
