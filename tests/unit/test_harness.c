/* The harness itself: what passes passes, and what fails ends a process with 1. */
#include "tests/unit/unit.h"

#include <sys/wait.h>
#include <unistd.h>

/* The exit code of a case run in a child, its complaints thrown away. */
static int exit_of(const char *name, const struct unit_case *cases, size_t len)
{
    fflush(NULL);
    pid_t child = fork();
    CHECK(child >= 0);
    if (child == 0) {
        char program[] = "child", only[64];
        snprintf(only, sizeof only, "%s", name);
        char *argv[] = {program, only, NULL};
        if (freopen("/dev/null", "w", stderr) == NULL ||
            freopen("/dev/null", "w", stdout) == NULL) {
            _exit(99);
        }
        _exit(unit_main(2, argv, cases, len));
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void bad_condition(void)
{
    CHECK(1 + 1 == 3);
}

static void bad_text(void)
{
    CHECK_STR("a", "b");
}

static void bad_null(void)
{
    CHECK_STR(NULL, "");
}

static void bad_number(void)
{
    CHECK_INT(INT64_MAX, INT64_MIN);
}

static void good(void)
{
    CHECK(1);
    CHECK_STR("same", "same");
    CHECK_STR(NULL, NULL);
    CHECK_INT(-1, -1LL);
}

static const struct unit_case inner[] = {
    {"bad_condition", bad_condition}, {"bad_text", bad_text}, {"bad_null", bad_null},
    {"bad_number", bad_number},       {"good", good},
};
static const size_t inner_len = sizeof inner / sizeof inner[0];

static void failing_checks_exit_1(void)
{
    for (size_t i = 0; i < inner_len - 1; i++) {
        CHECK_INT(exit_of(inner[i].name, inner, inner_len), 1);
    }
}

static void passing_checks_exit_0(void)
{
    CHECK_INT(exit_of("good", inner, inner_len), 0);
    CHECK_INT(exit_of("--list", inner, inner_len), 0);
}

static void unknown_case_exits_2(void)
{
    CHECK_INT(exit_of("nothing of the kind", inner, inner_len), 2);
}

static const struct unit_case cases[] = {
    {"failing_checks_exit_1", failing_checks_exit_1},
    {"passing_checks_exit_0", passing_checks_exit_0},
    {"unknown_case_exits_2", unknown_case_exits_2},
};
UNIT_MAIN(cases)
