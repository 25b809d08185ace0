#include "db/run_lock.h"

#include "core/base/err.h"
#include "core/base/mem.h"
#include "db/file.h"

#include <stdlib.h>
#include <sys/stat.h>
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

bool run_lock_adopt(const char *database, int fd, struct err *e)
{
    struct stat inherited;
    struct stat lock;
    char *name = mem_printf("%s-sync", database);
    bool is_it = !fstat(fd, &inherited) && !stat(name, &lock) && inherited.st_dev == lock.st_dev &&
                 inherited.st_ino == lock.st_ino;
    free(name);
    if (!is_it) {
        return err_set(e, ERR_USAGE, "no run lock of this database was handed over");
    }
    return file_lock(fd, 0, e); /* held by this very open file, it is simply held on */
}

bool run_lock_is_held(const char *database)
{
    return file_is_locked(database, "-sync");
}
