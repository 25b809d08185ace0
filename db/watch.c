#include "db/watch.h"

#include "core/base/mem.h"
#include "db/conn.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum watched {
    WATCHED_LOCK,   /* FILE-write: touched after each commit of ipsync's */
    WATCHED_FILE,   /* FILE: closed by a foreign program that wrote; readers open it read-only. Its
                     * last name goes: an attribute changes */
    WATCHED_FOLDER, /* or the nearest one above it that is there, until both files are */
    WATCHED_COUNT
};

struct watch {
    char *names[WATCHED_COUNT];
    int fd;
    int ids[WATCHED_COUNT]; /* -1 = not watched */
    bool has_looked;        /* at what the two below say */
    uint64_t connection;
    int64_t version;
};

static const uint32_t masks[WATCHED_COUNT] = {
    [WATCHED_LOCK] = IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF,
    [WATCHED_FILE] = IN_CLOSE_WRITE | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF,
    [WATCHED_FOLDER] = IN_CREATE | IN_MOVED_TO | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR,
};

static void add(struct watch *w, enum watched what)
{
    if (w->fd >= 0 && w->ids[what] < 0) {
        w->ids[what] = inotify_add_watch(w->fd, w->names[what], masks[what]);
    }
}

static void drop(struct watch *w, enum watched what)
{
    if (w->ids[what] >= 0) {
        inotify_rm_watch(w->fd, w->ids[what]);
        w->ids[what] = -1;
    }
}

/* The folder, or the nearest one above it that exists; -1 = none may be watched. */
static int watch_nearest(struct watch *w)
{
    char *path = mem_strdup(w->names[WATCHED_FOLDER]);
    int id = inotify_add_watch(w->fd, path, masks[WATCHED_FOLDER]);
    while (id < 0 && errno == ENOENT && strcmp(path, "/") != 0 && strcmp(path, ".") != 0) {
        char *above = mem_strdup(dirname(path));
        free(path);
        path = above;
        id = inotify_add_watch(w->fd, path, masks[WATCHED_FOLDER]);
    }
    free(path);
    return id;
}

/* Once more after each step down: a folder below may have been made before its watch was there. */
static void add_folder(struct watch *w)
{
    for (int id = -1; w->fd >= 0 && (id = watch_nearest(w)) != w->ids[WATCHED_FOLDER];) {
        drop(w, WATCHED_FOLDER);
        w->ids[WATCHED_FOLDER] = id;
    }
}

/* The folder first: a file made in between is then an event, and one made before is found. */
static void arm(struct watch *w)
{
    if (w->ids[WATCHED_LOCK] < 0 || w->ids[WATCHED_FILE] < 0) {
        add_folder(w);
        add(w, WATCHED_LOCK);
        add(w, WATCHED_FILE);
    }
    if (w->ids[WATCHED_LOCK] >= 0 && w->ids[WATCHED_FILE] >= 0) {
        drop(w, WATCHED_FOLDER);
    }
}

static char *folder_of(const char *database)
{
    char *copy = mem_strdup(database);
    char *folder = mem_strdup(dirname(copy));
    free(copy);
    return folder;
}

struct watch *watch_open(const char *database)
{
    struct watch *w = mem_alloc(sizeof *w);
    w->names[WATCHED_LOCK] = mem_printf("%s-write", database);
    w->names[WATCHED_FILE] = mem_strdup(database);
    w->names[WATCHED_FOLDER] = folder_of(database);
    w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    for (int i = 0; i < WATCHED_COUNT; i++) {
        w->ids[i] = -1;
    }
    arm(w);
    return w;
}

void watch_close(struct watch *w)
{
    if (!w) {
        return;
    }
    if (w->fd >= 0) {
        close(w->fd);
    }
    for (int i = 0; i < WATCHED_COUNT; i++) {
        free(w->names[i]);
    }
    free(w);
}

int watch_fd(const struct watch *w)
{
    return w->fd;
}

bool watch_needs_polling(const struct watch *w)
{
    /* While the lock's file is missing nobody of ours has written; one that may not be read stays
     * unwatched although it is there. */
    return w->ids[WATCHED_LOCK] < 0 &&
           (w->ids[WATCHED_FOLDER] < 0 || !access(w->names[WATCHED_LOCK], F_OK));
}

static void forget_if_gone(struct watch *w, const struct inotify_event *event)
{
    if (!(event->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED))) {
        return;
    }
    for (int i = 0; i < WATCHED_COUNT; i++) {
        if (w->ids[i] == event->wd) {
            if (event->mask & IN_MOVE_SELF) {
                inotify_rm_watch(w->fd, event->wd);
            }
            w->ids[i] = -1;
        }
    }
}

/* What happened does not matter, only that something did. */
static bool drain(struct watch *w)
{
    _Alignas(struct inotify_event) char events[4096];
    bool any = false;
    ssize_t len = w->fd < 0 ? -1 : read(w->fd, events, sizeof events);
    while (len > 0) {
        any = true;
        for (ssize_t at = 0; at < len;) {
            const struct inotify_event *event = (const void *)(events + at);
            forget_if_gone(w, event);
            at += (ssize_t)(sizeof *event + event->len);
        }
        len = read(w->fd, events, sizeof events);
    }
    return any;
}

bool watch_changed(struct watch *w, struct db_reader *r)
{
    bool any = drain(w) || !w->has_looked;
    int64_t version = 0;
    arm(w);
    if (!r) {
        any = (any || watch_needs_polling(w)) && !access(w->names[WATCHED_FILE], F_OK);
        w->has_looked = true;
        w->connection = 0;
        return any;
    }
    struct conn *c = reader_conn(r);
    if (db_reader_is_stale(r) || !conn_number(c, NULL, &version, 0, "PRAGMA data_version", "")) {
        return true; /* reading will tell what is the matter */
    }
    bool is_new = !w->has_looked || w->connection != c->serial || w->version != version;
    w->has_looked = true;
    w->connection = c->serial;
    w->version = version;
    return is_new;
}
