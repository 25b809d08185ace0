/* The database's files: fresh ones from a template, and what a process leaves that is killed. */
#include "core/base/err.h"
#include "db/db.h"
#include "tests/torture/net.h"
#include "tests/torture/world.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool copy(const char *from, const char *to, off_t most)
{
    char block[64 * 1024];
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = out >= 0;
    ssize_t got = 0;
    while (ok && in >= 0 && most > 0 && (got = read(in, block, sizeof block)) > 0) {
        got = got < most ? got : (ssize_t)most;
        ok = write(out, block, (size_t)got) == got;
        most -= got;
    }
    if (in >= 0) {
        close(in);
    }
    if (out >= 0) {
        close(out);
    }
    return ok && got >= 0;
}

static void name_of(const struct world *w, const char *what, char out[128])
{
    snprintf(out, 128, "%s%s", w->database, what);
}

static off_t size_of(const char *path)
{
    struct stat st;
    return stat(path, &st) ? 0 : st.st_size;
}

void world_drop_files(struct world *w)
{
    static const char *const files[] = {"",      "-wal",    "-shm",       "-write",
                                        "-sync", ".killed", ".killed-wal"};
    char path[128];
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        name_of(w, files[i], path);
        unlink(path);
    }
}

bool world_new_database(struct world *w)
{
    char template[128];
    struct err e = {0};
    snprintf(template, sizeof template, "%s/template.db", w->folder);
    if (access(template, F_OK)) {
        struct db_writer *db = db_writer_open(template, 64, &e);
        if (!db) {
            fprintf(stderr, "%s\n", e.message);
            return false;
        }
        db_checkpoint(db);
        db_writer_close(db);
    }
    return copy(template, w->database, size_of(template));
}

/* Less than a thousand pages: nothing of it is in the database's file yet, so a machine that loses
 * its power may lose any end of it. */
static off_t kept_of_wal(struct world *w, const char *wal)
{
    off_t size = size_of(wal);
    if (w->kill_loses_tail && size > 0 && size < (off_t)900 * 4096) {
        return chance_range(&w->chance, 0, (int)size);
    }
    return size;
}

void world_kill(struct world *w)
{
    char wal[128];
    char killed[128];
    char killed_wal[128];
    name_of(w, "-wal", wal);
    name_of(w, ".killed", killed);
    name_of(w, ".killed-wal", killed_wal);
    if (w->is_killed) {
        return;
    }
    w->is_killed = true;
    if (!copy(w->database, killed, size_of(w->database)) ||
        !copy(wal, killed_wal, kept_of_wal(w, wal))) {
        world_broken(w, "cannot copy the database");
    }
    world_say(w, "* killed%s; from here on nothing counts%s", w->kill_before_commit ? "" : " here",
              w->kill_loses_tail ? ", and the last commits are lost" : "");
}

void world_rise(struct world *w)
{
    char path[128];
    char killed[128];
    name_of(w, "-shm", path);
    unlink(path);
    name_of(w, "-wal", path);
    name_of(w, ".killed-wal", killed);
    rename(killed, path);
    name_of(w, ".killed", killed);
    rename(killed, w->database);
    w->is_killed = false;
}

/* ---- the product's commits (linked with --wrap) ---- */

bool __real_db_commit(struct db_writer *db, struct err *e);
bool __wrap_db_commit(struct db_writer *db, struct err *e);

bool __wrap_db_commit(struct db_writer *db, struct err *e)
{
    struct world *w = the_world;
    bool kills = w && w->kill_at_commit && !--w->kill_at_commit;
    if (kills && w->kill_before_commit) {
        world_kill(w);
    }
    bool ok = __real_db_commit(db, e);
    if (w) {
        world_say(w, "commit%s", ok ? "" : " FAILED");
    }
    if (kills) {
        world_kill(w);
        net_interrupt();
    }
    return ok;
}
