/* The unit tests' harness: one program a file, one function a case, a table at the end.
 *
 *     static void adds_up(void) { CHECK_INT(1 + 1, 2); }
 *     static const struct unit_case cases[] = {{"adds_up", adds_up}};
 *     UNIT_MAIN(cases)
 *
 * `program --list` prints the names of the cases, `program NAME` runs one, `program` runs all. A
 * check that fails says where and what, and ends the program with exit code 1. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_case {
    const char *name;
    void (*run)(void);
};

#define CHECK(cond)                                                                                \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            unit_fail(__FILE__, __LINE__, #cond);                                                  \
        }                                                                                          \
    } while (0)

/* Texts; NULL equals NULL alone. */
#define CHECK_STR(a, b) unit_check_str(__FILE__, __LINE__, #a " == " #b, (a), (b))

/* Whole numbers of any type that fits int64_t. */
#define CHECK_INT(a, b) unit_check_int(__FILE__, __LINE__, #a " == " #b, (int64_t)(a), (int64_t)(b))

#define UNIT_MAIN(cases)                                                                           \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return unit_main(argc, argv, (cases), sizeof(cases) / sizeof((cases)[0]));                 \
    }

static inline _Noreturn void unit_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: %s\n", file, line, what);
    exit(1);
}

static inline void unit_check_str(const char *file, int line, const char *what, const char *a,
                                  const char *b)
{
    if (a == b || (a != NULL && b != NULL && strcmp(a, b) == 0)) {
        return;
    }
    fprintf(stderr, "%s:%d: %s\n  left:  %s\n  right: %s\n", file, line, what, a ? a : "(NULL)",
            b ? b : "(NULL)");
    exit(1);
}

static inline void unit_check_int(const char *file, int line, const char *what, int64_t a,
                                  int64_t b)
{
    if (a == b) {
        return;
    }
    fprintf(stderr, "%s:%d: %s\n  left:  %lld\n  right: %lld\n", file, line, what, (long long)a,
            (long long)b);
    exit(1);
}

static inline int unit_main(int argc, char **argv, const struct unit_case *cases, size_t len)
{
    const char *only = argc > 1 ? argv[1] : NULL;
    size_t ran = 0;
    for (size_t i = 0; i < len; i++) {
        if (only != NULL && strcmp(only, "--list") == 0) {
            puts(cases[i].name);
            ran++;
        } else if (only == NULL || strcmp(only, cases[i].name) == 0) {
            cases[i].run();
            ran++;
        }
    }
    if (ran == 0) {
        fprintf(stderr, "%s: no case named %s\n", argv[0], only != NULL ? only : "anything");
        return 2;
    }
    return 0;
}

#endif
