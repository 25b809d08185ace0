/* Words at the foot of the screen, and the log of commands. */
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "tui/dash/state.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOAST_MS = 8000 };

static void say(struct dash *d, bool is_bad, const char *format, va_list args)
{
    vsnprintf(d->toast, sizeof d->toast, format, args);
    d->toast_is_bad = is_bad;
    d->toast_until = clock_mono_ms() + TOAST_MS;
    d->is_dirty = true;
}

void dash_say(struct dash *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(d, false, format, args);
    va_end(args);
}

void dash_complain(struct dash *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    say(d, true, format, args);
    va_end(args);
}

void dash_log_command(struct dash *d, const char *format, ...)
{
    char time[9];
    va_list args;
    va_start(args, format);
    char *line = mem_vprintf(format, args);
    va_end(args);
    zone_time(d->config->schedule.timezone, clock_wall_ms(), time);
    buf_addf(&d->commands, "%s  %s\n", time, line);
    free(line);
}
