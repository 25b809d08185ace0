/* What the fuzzers share. Each is a program of one function: it takes any bytes, and aborts when
 * what the product makes of them is not what its headers promise. libFuzzer drives it (`make
 * fuzz`), or replay.c over the seeds (`make test`). A program has one thread. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Says what does not hold, and for which text (NULL = none), and aborts. */
#define HOLDS_FOR(cond, text)                                                                      \
    ((cond) ? (void)0 : fuzz_broken(__FILE__, __LINE__, __func__, #cond, (text)))
#define HOLDS(cond) HOLDS_FOR(cond, NULL)

static inline _Noreturn void fuzz_broken(const char *file, int line, const char *function,
                                         const char *what, const char *text)
{
    fprintf(stderr, "%s:%d: %s: does not hold: %s%s%s\n", file, line, function, what,
            text ? "\n  with: " : "", text ? text : "");
    abort();
}

/* The input as text that ends where the input does, so that reading on is seen; free() it. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    HOLDS(text);
    if (size > 0) {
        memcpy(text, data, size);
    }
    text[size] = '\0';
    return text;
}

/* Takes the part up to `end` (or all) off the text, as strsep does; "" when there is none. */
static inline char *fuzz_part(char **text, const char *end)
{
    static char none[1];
    char *part = strsep(text, end);
    return part ? part : none;
}

#endif
