#include "core/base/clock.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

static atomic_bool frozen;
static _Atomic int64_t frozen_wall_ms;
static _Atomic int64_t frozen_mono_ms;

static int64_t read_ms(clockid_t id)
{
    struct timespec t = {0};

    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int64_t clock_wall_ms(void)
{
    return atomic_load(&frozen) ? atomic_load(&frozen_wall_ms) : read_ms(CLOCK_REALTIME);
}

int64_t clock_mono_ms(void)
{
    return atomic_load(&frozen) ? atomic_load(&frozen_mono_ms) : read_ms(CLOCK_BOOTTIME);
}

void clock_test_freeze(int64_t wall_ms, int64_t mono_ms)
{
    atomic_store(&frozen_wall_ms, wall_ms);
    atomic_store(&frozen_mono_ms, mono_ms);
    atomic_store(&frozen, true);
}

void clock_test_release(void)
{
    atomic_store(&frozen, false);
}
