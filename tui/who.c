#include "tui/who.h"
#include "core/base/text.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void who_am_i(char *out, size_t size)
{
    const char *sudo = geteuid() == 0 ? getenv("SUDO_USER") : NULL;
    const struct passwd *user = getpwuid(geteuid());
    if (sudo && *sudo) {
        text_copy(out, size, sudo);
    } else if (user) {
        text_copy(out, size, user->pw_name);
    } else {
        snprintf(out, size, "uid %u", (unsigned)geteuid());
    }
}
