/* Clocks that run, stand still when told to, and run again. */
#include "core/base/clock.h"
#include "tests/unit/unit.h"

#include <time.h>

static void runs(void)
{
    int64_t before = clock_mono_ms();
    const struct timespec nap = {.tv_nsec = 20 * 1000 * 1000};

    CHECK(clock_wall_ms() / 1000 - time(NULL) <= 1 && time(NULL) - clock_wall_ms() / 1000 <= 1);
    nanosleep(&nap, NULL);
    CHECK(clock_mono_ms() - before >= 19);
    CHECK(clock_mono_ms() - before < 5000);
}

static void mono_counts_from_boot(void)
{
    struct timespec boot = {0};

    clock_gettime(CLOCK_BOOTTIME, &boot);
    CHECK(clock_mono_ms() - (int64_t)boot.tv_sec * 1000 < 5000);
    CHECK(clock_mono_ms() >= (int64_t)boot.tv_sec * 1000);
}

static void freezes(void)
{
    clock_test_freeze(1711972800000, 42);
    CHECK_INT(clock_wall_ms(), 1711972800000);
    CHECK_INT(clock_mono_ms(), 42);
    clock_test_freeze(-1, 43);
    CHECK_INT(clock_wall_ms(), -1);
    CHECK_INT(clock_mono_ms(), 43);
    clock_test_release();
    CHECK(clock_wall_ms() > 1711972800000);
}

static const struct unit_case cases[] = {
    {"runs", runs},
    {"mono_counts_from_boot", mono_counts_from_boot},
    {"freezes", freezes},
};
UNIT_MAIN(cases)
