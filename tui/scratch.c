#include "tui/scratch.h"

#include "core/base/err.h"
#include "core/base/mem.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void remove_files(const char *folder)
{
    static const char *const files[] = {"", "-wal", "-shm", "-journal", "-write", "-sync"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *file = mem_printf("%s/scratch.db%s", folder, files[i]);
        unlink(file);
        free(file);
    }
    rmdir(folder);
}

static void found(struct scratch *s, char *folder)
{
    s->folder = folder;
    s->database = mem_printf("%s/scratch.db", folder);
}

bool scratch_make_small(struct scratch *s, struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = mem_printf("%s/ipsync-plan-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
        free(folder);
        return false;
    }
    found(s, folder);
    return true;
}

/* Only a folder of ours is emptied, never what a link points to. */
static void remove_left_over(const char *folder)
{
    struct stat st;
    if (!lstat(folder, &st) && S_ISDIR(st.st_mode) && st.st_uid == geteuid()) {
        remove_files(folder);
    }
}

bool scratch_make_beside(struct scratch *s, const char *database, struct err *e)
{
    char *folder = mem_printf("%s-verify", database);
    remove_left_over(folder);
    if (mkdir(folder, 0700)) {
        err_set(e, errno == EACCES ? ERR_DENIED : ERR_IO, "%s: %s", folder, strerror(errno));
        free(folder);
        return false;
    }
    found(s, folder);
    return true;
}

bool scratch_is_beside(const char *database)
{
    char *folder = mem_printf("%s-verify", database);
    bool is_there = access(folder, F_OK) == 0;
    free(folder);
    return is_there;
}

void scratch_remove(struct scratch *s)
{
    if (s->folder) {
        remove_files(s->folder);
    }
    free(s->folder);
    free(s->database);
    *s = (struct scratch){0};
}
