/* Copies and formats, and an arena: alignment, no overlaps, and what a reset keeps. */
#include "core/base/mem.h"
#include "tests/unit/unit.h"

#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>

static void copies(void)
{
    char *s = mem_strdup("abc");
    CHECK_STR(s, "abc");
    free(s);
    CHECK_STR(mem_strdup(NULL), NULL);
    s = mem_strndup("abcdef", 3);
    CHECK_STR(s, "abc");
    free(s);
    s = mem_strndup("ab", 30);
    CHECK_STR(s, "ab");
    free(s);
    s = mem_printf("%d-%s", 7, "x");
    CHECK_STR(s, "7-x");
    free(s);
}

static void allocates_zeroed(void)
{
    char *p = mem_alloc(1000);
    for (int i = 0; i < 1000; i++)
        CHECK_INT(p[i], 0);
    p = mem_realloc(p, 2000);
    CHECK_INT(p[999], 0);
    free(p);
    p = mem_alloc(0);
    CHECK(p != NULL);
    p = mem_realloc(p, 0);
    CHECK(p != NULL);
    free(p);
}

#define PIECES 3000

/* Sizes on both sides of a block and of "big"; each piece filled with its own byte. */
static size_t piece_size(int i)
{
    static const size_t sizes[] = {70000, 0, 1, 15, 16, 17, 100, 4096, 16383, 16384, 16385};

    return i % 500 == 499 ? 2000000 : sizes[i % 11];
}

static void fill_and_check(struct arena *a)
{
    static unsigned char *pieces[PIECES];

    for (int i = 0; i < PIECES; i++) {
        pieces[i] = arena_alloc(a, piece_size(i));
        CHECK(pieces[i] != NULL && (uintptr_t)pieces[i] % 16 == 0);
        memset(pieces[i], i & 255, piece_size(i));
    }
    for (int i = 0; i < PIECES; i++)
        for (size_t at = 0; at < piece_size(i); at += 7)
            CHECK(pieces[i][at] == (i & 255));
}

static void arena_pieces_do_not_overlap(void)
{
    struct arena *a = arena_new();
    for (int round = 0; round < 4; round++) {
        fill_and_check(a);
        arena_reset(a);
    }
    arena_free(a);
    arena_free(NULL);
}

/* To the last byte of a block and no further, which a sanitizer would see. */
static void arena_fills_its_blocks(void)
{
    struct arena *a = arena_new();
    for (int i = 0; i < 300000; i++)
        memset(arena_alloc(a, 16), i & 255, 16);
    arena_free(a);
}

static void arena_makes_strings(void)
{
    struct arena *a = arena_new();
    char *ab = arena_strndup(a, "abc", 2);
    char *cd = arena_strndup(a, "cd", 99);
    char *n = arena_printf(a, "%05d", 42);
    char *empty = arena_strndup(a, "", 0);

    CHECK_STR(ab, "ab");
    CHECK_STR(cd, "cd");
    CHECK_STR(n, "00042");
    CHECK_STR(empty, "");
    arena_free(a);
}

/* Sanitizers replace malloc, and then mallinfo2 counts nothing. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HEAP_IS_COUNTED false
#else
#define HEAP_IS_COUNTED true
#endif

static size_t heap_in_use(void)
{
    struct mallinfo2 m = mallinfo2();

    return m.uordblks + m.hblkhd;
}

static void arena_reset_keeps_little(void)
{
    struct arena *a = arena_new();
    size_t before = heap_in_use();
    const size_t mib = 1024 * 1024;

    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 20000; i++)
            memset(arena_alloc(a, 1000), 1, 1000);
        memset(arena_alloc(a, 30 * mib), 1, 30 * mib);
        CHECK(!HEAP_IS_COUNTED || heap_in_use() - before > 49 * mib);
        arena_reset(a);
        CHECK(!HEAP_IS_COUNTED || heap_in_use() - before < 4 * mib + 64 * 1024);
        CHECK(!HEAP_IS_COUNTED || heap_in_use() - before > 2 * mib);
    }
    arena_free(a);
}

/* What a page of records takes again and again comes from the kept blocks, not from malloc. */
static void arena_reuses_blocks(void)
{
    struct arena *a = arena_new();
    char *first = arena_alloc(a, 100);

    arena_reset(a);
    CHECK(arena_alloc(a, 100) == first);
    arena_free(a);
}

static const struct unit_case cases[] = {
    {"copies", copies},
    {"allocates_zeroed", allocates_zeroed},
    {"arena_pieces_do_not_overlap", arena_pieces_do_not_overlap},
    {"arena_fills_its_blocks", arena_fills_its_blocks},
    {"arena_makes_strings", arena_makes_strings},
    {"arena_reset_keeps_little", arena_reset_keeps_little},
    {"arena_reuses_blocks", arena_reuses_blocks},
};
UNIT_MAIN(cases)
