#include "core/engine.h"

#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/base/ring.h"
#include "core/config.h"
#include "core/curl_late.h"
#include "core/http.h"
#include "core/json.h"
#include "core/key.h"
#include "core/request.h"
#include "core/sync.h"
#include "db/file.h"
#include "db/run_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EVENT_SLOTS = 1024, COMMAND_SLOTS = 16 };

void engine_setup(void)
{
    json_setup();
}

/* With the first sync, not with the process: few commands need the network. */
static bool load_network(struct err *e)
{
    static bool is_loaded;
    if (!is_loaded && curl_late_load(e)) {
        http_setup();
        is_loaded = true;
    }
    return is_loaded;
}

struct engine {
    struct ring *events, *commands;
    char *key;
    struct sync_setup setup;
    pthread_t thread;
    bool is_joined;
    enum sync_status status; /* the thread's until it is joined, like the lock */
    int run_lock;            /* -1 = none (any more) */
};

static void let_go(struct engine *g)
{
    if (g->run_lock >= 0) {
        close(g->run_lock);
    }
    g->run_lock = -1;
}

static void *run(void *data)
{
    struct engine *g = data;
    g->status = sync_run(&g->setup);
    if (g->status != SYNC_HANDED_OVER) {
        let_go(g);
    }
    return NULL;
}

static void free_parts(struct engine *g)
{
    let_go(g);
    ring_free(g->events);
    ring_free(g->commands);
    key_free(g->key);
    free(g);
}

/* Signals belong to the main thread; the new thread inherits a full mask. */
static int start_thread(struct engine *g)
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&g->thread, NULL, run, g);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

/* A plan asks for little, so it may be made while a sync runs. */
static bool take_lock(const struct config *config, const struct sync_request *request, int *lock,
                      struct err *e)
{
    bool is_held = request->continues || request->holds_lock;
    *lock = is_held ? request->run_lock : -1;
    if (request->plan_only || is_held) {
        return true;
    }
    *lock = file_prepare(config->database.path, e) ? run_lock_take(config->database.path, e) : -1;
    return *lock >= 0;
}

/* Few files may be open, and connections would fail one by one: that is said before any does. */
static bool make_room_for_files(const struct config *config, struct err *e)
{
    enum { OF_A_SYNC = 16, ENOUGH = 256 }; /* database, locks, rings, key, what curl waits with */
    struct rlimit files;
    rlim_t needed = (rlim_t)config->api.concurrency + OF_A_SYNC;
    if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= ENOUGH) {
        return true;
    }
    for (int fd = 0; fd < (int)files.rlim_cur; fd++) {
        needed += fcntl(fd, F_GETFD) >= 0;
    }
    if (files.rlim_cur < needed && files.rlim_max >= needed) {
        files.rlim_cur = needed;
        return !setrlimit(RLIMIT_NOFILE, &files) ||
               err_set(e, ERR_IO, "setrlimit: %s", strerror(errno));
    }
    return files.rlim_cur >= needed ||
           err_set(
               e, ERR_IO,
               "only %lu files may be open here, and a sync needs %lu: raise that (`ulimit -n`, "
               "the unit's LimitNOFILE) or lower [api] concurrency",
               (unsigned long)files.rlim_cur, (unsigned long)needed);
}

struct engine *engine_start(const struct config *config, const struct sync_request *request,
                            const char *api_key, const char *scratch_database, struct err *e)
{
    int lock = -1;
    if (!make_room_for_files(config, e) || !take_lock(config, request, &lock, e)) {
        return NULL;
    }
    if (!load_network(e)) {
        if (lock >= 0) {
            close(lock);
        }
        return NULL;
    }
    struct engine *g = mem_alloc(sizeof *g);
    g->events = ring_new(EVENT_SLOTS, sizeof(struct event));
    g->commands = ring_new(COMMAND_SLOTS, sizeof(struct command));
    g->key = mem_strdup(api_key);
    g->run_lock = lock;
    g->setup = (struct sync_setup){.config = config,
                                   .request = request,
                                   .api_key = g->key,
                                   .scratch_database = scratch_database,
                                   .events = g->events,
                                   .commands = g->commands};
    int code = g->events && g->commands ? start_thread(g) : errno;
    if (code) {
        free_parts(g);
        err_set(e, ERR_IO, "cannot start the engine's thread: %s", strerror(code));
        return NULL;
    }
    return g;
}

int engine_fd(const struct engine *g)
{
    return ring_fd(g->events);
}

bool engine_sleep(struct engine *g)
{
    return ring_sleep(g->events);
}

void engine_awake(struct engine *g)
{
    ring_wake(g->events);
}

bool engine_next_event(struct engine *g, struct event *out)
{
    return ring_pop(g->events, out);
}

bool engine_command(struct engine *g, enum command_type type)
{
    return ring_push(g->commands, &(struct command){type});
}

static void wait_for_thread(struct engine *g)
{
    if (!g->is_joined) {
        pthread_join(g->thread, NULL);
        g->is_joined = true;
    }
}

int engine_take_lock(struct engine *g)
{
    wait_for_thread(g);
    int lock = g->run_lock;
    g->run_lock = -1;
    return lock;
}

void engine_join(struct engine *g)
{
    if (g) {
        wait_for_thread(g);
        free_parts(g);
    }
}
