#include "tests/torture/world.h"

#include "core/base/civil.h"
#include "core/base/clock.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct world *the_world;

void world_say(struct world *w, const char *format, ...)
{
    va_list args;
    if (!w->verbose) {
        return;
    }
    va_start(args, format);
    printf("%10.3f  ", (double)w->mono / 1000);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
}

void world_broken(struct world *w, const char *format, ...)
{
    va_list args;
    if (w->is_broken) {
        return;
    }
    va_start(args, format);
    vsnprintf(w->broken, sizeof w->broken, format, args);
    va_end(args);
    w->is_broken = true;
    world_say(w, "BROKEN: %s", w->broken);
}

int64_t world_wall(const struct world *w)
{
    return w->mono + w->wall_offset;
}

void world_set_time(struct world *w, int64_t mono)
{
    w->mono = mono;
    clock_test_freeze(world_wall(w), mono);
}

int world_today(const struct world *w)
{
    return civil_to_days(zone_date(w->config.schedule.timezone, world_wall(w)));
}

void world_write_key(struct world *w)
{
    int fd = open(w->key_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0 || dprintf(fd, "key-%d\n", w->file_key) < 0) {
        perror(w->key_file);
        exit(2);
    }
    close(fd);
}
