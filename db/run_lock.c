#include "db/run_lock.h"

#include "db/file.h"

#include <unistd.h>

int run_lock_take(const char *database, struct err *e)
{
    int fd = file_lock_open(database, "-sync", e);
    if (fd >= 0 && !file_lock(fd, 0, e)) {
        close(fd);
        fd = -1;
    }
    return fd;
}

bool run_lock_is_held(const char *database)
{
    return file_is_locked(database, "-sync");
}
