#include "tui/run_sync.h"

#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/key.h"
#include "core/request.h"
#include "db/db.h"
#include "db/job_store.h"
#include "db/run_lock.h"
#include "tui/cli.h"
#include "tui/hand_over.h"
#include "tui/scratch.h"
#include "tui/sync_view.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    STOP_WITHIN_MS = 1700,
    EVENTS_AT_ONCE = 256, /* between two looks at the signals */
    EXIT_STOPPED = 130
};

struct running {
    struct engine *engine;
    struct sync_view view;
    struct event plan; /* EVENT_PLAN, when it came */
    struct event finished;
    bool is_finished;
    sigset_t stop_signals;
    int signal_fd;
    int64_t stop_by; /* monotonic ms; 0 = not told to stop */
    struct scratch scratch;
    bool is_aside; /* read into the scratch database, to be looked at */
};

/* ---- signals ---- */

/* Before the engine's thread starts, which inherits it. */
static void take_signals(struct running *r, const struct config *config)
{
    sigemptyset(&r->stop_signals);
    sigaddset(&r->stop_signals, SIGINT);
    sigaddset(&r->stop_signals, SIGTERM);
    if (!strcmp(config->sync.on_hangup, "stop")) {
        sigaddset(&r->stop_signals, SIGHUP);
    } else {
        signal(SIGHUP, SIG_IGN); /* a terminal that goes away does not end a sync */
    }
    pthread_sigmask(SIG_BLOCK, &r->stop_signals, NULL);
    r->signal_fd = signalfd(-1, &r->stop_signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* When nothing runs (any more): from here on a signal ends the program, whatever it waits for. */
static void give_signals_back(struct running *r)
{
    struct signalfd_siginfo info;
    ssize_t got = 0;
    do { /* those that came have ended what was to be ended */
        got = read(r->signal_fd, &info, sizeof info);
    } while (got == sizeof info);
    close(r->signal_fd);
    pthread_sigmask(SIG_UNBLOCK, &r->stop_signals, NULL);
}

static void leave_at_once(struct running *r)
{
    scratch_remove(&r->scratch);
    _exit(EXIT_STOPPED);
}

static void take_signal(struct running *r)
{
    struct signalfd_siginfo info;
    if (read(r->signal_fd, &info, sizeof info) != sizeof info) {
        return;
    }
    if (r->stop_by || !engine_command(r->engine, COMMAND_INTERRUPT)) {
        leave_at_once(r); /* a second signal; the database takes back what was not committed */
    }
    r->stop_by = clock_mono_ms() + STOP_WITHIN_MS;
}

/* ---- the loop ---- */

/* A reading aside is no sync of its own. */
static void tell_reading(struct running *r, const struct event *started)
{
    struct event note = {.type = EVENT_NOTE};
    snprintf(note.note.text, sizeof note.note.text, "reading %s to %s from the CRM",
             started->started.from, started->started.to);
    sync_view_event(&r->view, &note);
}

static void take_event(struct running *r, const struct event *event)
{
    r->plan = event->type == EVENT_PLAN ? *event : r->plan;
    if (event->type == EVENT_FINISHED) {
        r->finished = *event;
        r->is_finished = true;
    } else if (event->type == EVENT_STARTED && r->is_aside) {
        tell_reading(r, event);
    } else {
        sync_view_event(&r->view, event);
    }
    if (event->type == EVENT_STARTED) {
        hand_over_confirm();
    }
}

static void take_events(struct running *r)
{
    struct event event;
    for (int i = 0; i < EVENTS_AT_ONCE && engine_next_event(r->engine, &event); i++) {
        take_event(r, &event);
    }
}

/* Milliseconds that are left of those promised after a signal; -1 = there was none. */
static int time_left(const struct running *r)
{
    int64_t left = r->stop_by ? r->stop_by - clock_mono_ms() : -1;
    return r->stop_by && left < 0 ? 0 : (int)left;
}

static void listen_until_finished(struct running *r)
{
    while (!r->is_finished) {
        struct pollfd fds[2 + SYNC_VIEW_FDS] = {{.fd = r->signal_fd, .events = POLLIN},
                                                {.fd = engine_fd(r->engine), .events = POLLIN}};
        sync_view_is_waiting(&r->view, fds + 2);
        int left = time_left(r);
        if (left == 0) {
            leave_at_once(r); /* promised within two seconds; the job is found stale later */
        }
        poll(fds, 2 + SYNC_VIEW_FDS, engine_sleep(r->engine) ? left : 0);
        engine_awake(r->engine);
        if (fds[0].revents & POLLIN) {
            take_signal(r);
        }
        take_events(r);
        sync_view_flush(&r->view);
    }
}

static void tell_end(struct running *r, const struct cli *cli)
{
    struct buf results = {0};
    struct err ignored;
    struct db_reader *db = cli->plan ? NULL : db_reader_open(cli->config->database.path, &ignored);
    if (db && r->view.sync_id[0]) {
        job_add_results(db, r->view.sync_id, &results, NULL);
    }
    db_reader_close(db);
    bool planned = cli->plan && r->plan.type == EVENT_PLAN;
    if (planned) {
        sync_view_plan(&r->view, &r->plan);
    } else {
        sync_view_finished(&r->view, &r->finished, results.data);
    }
    buf_done(&results);
}

/* What is still to be said waits for its reader, and a signal ends the wait. False: it did. */
static bool tell_rest(struct running *r)
{
    struct pollfd fds[1 + SYNC_VIEW_FDS] = {{.fd = r->signal_fd, .events = POLLIN}};
    while (sync_view_is_waiting(&r->view, fds + 1)) {
        int left = time_left(r);
        poll(fds, 1 + SYNC_VIEW_FDS, left);
        if (left == 0 || fds[0].revents & POLLIN) {
            return false;
        }
        sync_view_flush(&r->view);
    }
    return true;
}

/* ---- */

static void add_who_runs(const struct cli *cli, struct err *e)
{
    char who[240] = "";
    struct err ignored;
    struct db_reader *db = db_reader_open(cli->config->database.path, &ignored);
    if (db) {
        job_describe_running(db, who, NULL);
        db_reader_close(db);
    }
    if (!who[0] && scratch_is_beside(cli->config->database.path)) {
        snprintf(who, sizeof who, "`ipsync verify`");
    }
    err_set(e, ERR_BUSY, "another sync is running%s%s", who[0] ? ": " : "", who);
}

/* False with what kept it from starting in `e`. */
static bool run_engine(struct running *r, const struct cli *cli, const struct sync_request *request,
                       const char *key, struct err *e)
{
    r->engine = engine_start(cli->config, request, key, r->scratch.database, e);
    if (!r->engine) {
        if (e->kind == ERR_BUSY) {
            add_who_runs(cli, e);
        }
        return false;
    }
    sync_view_begin(&r->view, cli->json, cli->quiet || cli->plan, cli->config->schedule.timezone);
    r->view.json = cli->json && !cli->plan && !r->is_aside;
    listen_until_finished(r);
    engine_join(r->engine);
    return true;
}

int run_sync(const struct cli *cli, const struct sync_request *request)
{
    struct err e = {0};
    struct running r = {0};
    int code = 0;
    take_signals(&r, cli->config);
    char *key = key_read(cli->config, r.signal_fd, &e);
    if (key && (!cli->plan || scratch_make_small(&r.scratch, &e)) &&
        run_engine(&r, cli, request, key, &e)) {
        r.view.json = cli->json;
        tell_end(&r, cli);
        code = tell_rest(&r) ? r.finished.finished.exit_code : EXIT_STOPPED;
        sync_view_done(&r.view);
    }
    key_free(key);
    scratch_remove(&r.scratch);
    give_signals_back(&r);
    return e.kind ? cli_fail(&e) : code;
}

/* ---- reading aside ---- */

/* The engine gets a descriptor of its own for the lock, which ends with the last of them. */
static bool read_aside(struct running *r, const struct cli *cli, struct sync_request *request,
                       const char *key, int lock, struct err *e)
{
    request->holds_lock = true;
    request->fresh = true; /* checkpoints tell of the kept database */
    request->run_lock = fcntl(lock, F_DUPFD_CLOEXEC, 3);
    if (request->run_lock < 0) {
        return err_set(e, ERR_IO, "%s", strerror(errno));
    }
    if (!run_engine(r, cli, request, key, e)) {
        return false;
    }
    sync_view_end_line(&r->view);
    bool all_told = tell_rest(r);
    sync_view_done(&r->view);
    const struct event *end = &r->finished;
    switch (end->finished.status) {
    case SYNC_COMPLETED:
    case SYNC_PARTIAL:
        return all_told || err_set(e, ERR_STOPPED, "interrupted");
    case SYNC_FAILED:
        return err_set(e,
                       end->finished.exit_code == err_exit_code(ERR_CONFIG) ? ERR_CONFIG : ERR_NET,
                       "%s; nothing was compared", end->finished.message);
    default:
        return err_set(e, ERR_STOPPED, "interrupted; nothing was compared");
    }
}

int run_sync_aside(const struct cli *cli, struct sync_request *request, sync_aside_use use,
                   void *data)
{
    struct err e = {0};
    struct running r = {.is_aside = true};
    int code = 0;
    take_signals(&r, cli->config);
    int lock = run_lock_take(cli->config->database.path, &e);
    if (lock < 0 && e.kind == ERR_BUSY) {
        add_who_runs(cli, &e);
    }
    char *key = lock >= 0 ? key_read(cli->config, r.signal_fd, &e) : NULL;
    if (key && scratch_make_beside(&r.scratch, cli->config->database.path, &e) &&
        read_aside(&r, cli, request, key, lock, &e)) {
        code = use(data, r.scratch.database, r.signal_fd, &e);
    }
    key_free(key);
    scratch_remove(&r.scratch);
    if (lock >= 0) {
        close(lock);
    }
    give_signals_back(&r);
    return e.kind ? cli_fail(&e) : code;
}
