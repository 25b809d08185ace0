#include "core/base/buf.h"

#include "core/base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_CAP ((size_t)16 * 1024 * 1024)
#define FIRST_SIZE ((size_t)64)

void buf_done(struct buf *b)
{
    free(b->data);
    *b = (struct buf){.cap = b->cap};
}

void buf_clear(struct buf *b)
{
    b->len = 0;
    b->refused = false;
    if (b->data != NULL)
        b->data[0] = '\0';
}

/* Room for `more` bytes and the NUL. */
static bool reserve(struct buf *b, size_t more)
{
    size_t cap = b->cap > 0 ? b->cap : DEFAULT_CAP;

    if (b->len > cap || more > cap - b->len) {
        b->refused = true;
        return false;
    }
    size_t size = b->size > 0 ? b->size : FIRST_SIZE;
    while (size <= b->len + more)
        size *= 2;
    if (size > b->size) {
        b->data = mem_realloc(b->data, size);
        b->size = size;
    }
    return true;
}

bool buf_add(struct buf *b, const void *bytes, size_t len)
{
    if (!reserve(b, len))
        return false;
    if (len > 0) /* memcpy from NULL is undefined even for nothing */
        memcpy(b->data + b->len, bytes, len);
    b->len += len;
    b->data[b->len] = '\0';
    return true;
}

bool buf_adds(struct buf *b, const char *s)
{
    return buf_add(b, s, strlen(s));
}

bool buf_addc(struct buf *b, char c)
{
    return buf_add(b, &c, 1);
}

bool buf_addf(struct buf *b, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *s = mem_vprintf(format, args);
    va_end(args);
    bool fits = buf_adds(b, s);
    free(s);
    return fits;
}
