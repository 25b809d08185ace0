#include "core/base/mem.h"

#include <signal.h>
#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BLOCK_MIN ((size_t)64 * 1024)
#define BLOCK_MAX ((size_t)1024 * 1024)
#define BIG_REQUEST (BLOCK_MIN / 4) /* larger ones get their own block: little is wasted */
#define KEPT_MAX ((size_t)4 * 1024 * 1024)
#define ALIGNMENT ((size_t)16)
#define EXIT_OUT_OF_MEMORY 3 /* as when a sync fails */

/* Every block holds BIG_REQUEST or more, so any spare one serves any ordinary request. */
struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(16) char data[];
};

struct arena {
    struct block *blocks; /* in use; ordinary requests are cut from the first */
    struct block *spare;  /* kept by arena_reset */
    size_t next_size;
    size_t held;  /* in `blocks` */
    size_t limit; /* of `held`; 0 = none */
};

static _Noreturn void die(void)
{
    static const char line[] = "ipsync: out of memory: give it more (`ulimit -v`, the unit's "
                               "MemoryMax); what was fetched is kept\n";
    struct sigaction on_abort;

    /* Not stdio: it may want memory itself. Who has a terminal to give back does so on SIGABRT. */
    if (write(STDERR_FILENO, line, sizeof line - 1) < 0 || sigaction(SIGABRT, NULL, &on_abort) ||
        on_abort.sa_handler != SIG_DFL)
        abort();
    _exit(EXIT_OUT_OF_MEMORY);
}

void *mem_alloc(size_t size)
{
    void *p = calloc(1, size > 0 ? size : 1);

    if (p == NULL)
        die();
    return p;
}

void *mem_realloc(void *p, size_t size)
{
    void *moved = realloc(p, size > 0 ? size : 1);

    if (moved == NULL)
        die();
    return moved;
}

char *mem_strdup(const char *s)
{
    return s != NULL ? mem_strndup(s, strlen(s)) : NULL;
}

char *mem_strndup(const char *s, size_t len)
{
    char *copy = strndup(s, len);

    if (copy == NULL)
        die();
    return copy;
}

char *mem_vprintf(const char *format, va_list args)
{
    char *s = NULL;

    if (vasprintf(&s, format, args) < 0)
        die();
    return s;
}

char *mem_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *s = mem_vprintf(format, args);
    va_end(args);
    return s;
}

struct arena *arena_new(void)
{
    struct arena *a = mem_alloc(sizeof *a);

    a->next_size = BLOCK_MIN;
    return a;
}

static void free_blocks(struct block *b)
{
    while (b != NULL) {
        struct block *next = b->next;
        free(b);
        b = next;
    }
}

void arena_free(struct arena *a)
{
    if (a == NULL)
        return;
    free_blocks(a->blocks);
    free_blocks(a->spare);
    free(a);
}

static struct block *new_block(size_t size)
{
    struct block *b = aligned_alloc(ALIGNMENT, sizeof *b + size);

    if (b != NULL)
        *b = (struct block){.size = size};
    else
        die();
    return b;
}

static struct block *take_block(struct arena *a)
{
    struct block *b = a->spare;

    if (b != NULL) {
        a->spare = b->next;
        return b;
    }
    b = new_block(a->next_size);
    if (a->next_size < BLOCK_MAX)
        a->next_size *= 2;
    return b;
}

/* Behind the first block, which may still have room for ordinary requests. */
static void *alloc_big(struct arena *a, size_t size)
{
    struct block *b = new_block(size);
    struct block **place = a->blocks != NULL ? &a->blocks->next : &a->blocks;

    b->used = size;
    a->held += size;
    b->next = *place;
    *place = b;
    return b->data;
}

void *arena_alloc(struct arena *a, size_t size)
{
    if (size > SIZE_MAX / 2)
        die();
    size = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (a->blocks == NULL || a->blocks->size - a->blocks->used < size) {
        if (size > BIG_REQUEST)
            return alloc_big(a, size);
        struct block *b = take_block(a);
        b->next = a->blocks;
        a->blocks = b;
        a->held += b->size;
    }
    void *p = a->blocks->data + a->blocks->used;
    a->blocks->used += size;
    return p;
}

void arena_limit(struct arena *a, size_t bytes)
{
    a->limit = bytes;
}

void *arena_try(struct arena *a, size_t size)
{
    if (a->limit && (size > a->limit || a->held > a->limit - size))
        return NULL;
    return arena_alloc(a, size);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    size_t n = strnlen(s, len);
    char *copy = arena_alloc(a, n + 1);

    memcpy(copy, s, n);
    copy[n] = '\0';
    return copy;
}

char *arena_printf(struct arena *a, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    char *s = mem_vprintf(format, args);
    va_end(args);
    char *copy = arena_strndup(a, s, SIZE_MAX);
    free(s);
    return copy;
}

void arena_reset(struct arena *a)
{
    size_t kept = 0;

    a->held = 0;
    for (struct block *b = a->spare; b != NULL; b = b->next)
        kept += b->size;
    while (a->blocks != NULL) {
        struct block *b = a->blocks;
        a->blocks = b->next;
        if (b->size > KEPT_MAX - kept) {
            free(b);
            continue;
        }
        kept += b->size;
        b->used = 0;
        b->next = a->spare;
        a->spare = b;
    }
}
