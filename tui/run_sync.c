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
#include "tui/cli.h"
#include "tui/sync_view.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum { STOP_WITHIN_MS = 1700, EXIT_STOPPED = 130 };

static sigset_t stop_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    return set;
}

/* Before the engine's thread starts, which inherits it. */
static void take_signals(void)
{
    sigset_t set = stop_signals();
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    signal(SIGHUP, SIG_IGN); /* a terminal that goes away does not end a sync */
}

struct running {
    struct engine *engine;
    struct sync_view view;
    struct event plan;     /* EVENT_PLAN, when it came */
    struct event finished;
    bool is_finished;
    int signal_fd;
    int64_t stop_by;       /* monotonic ms; 0 = not told to stop */
};

static void take_signal(struct running *r)
{
    struct signalfd_siginfo info;
    if (read(r->signal_fd, &info, sizeof info) != sizeof info) {
        return;
    }
    if (r->stop_by || !engine_command(r->engine, COMMAND_INTERRUPT)) {
        _exit(EXIT_STOPPED); /* a second signal; the database takes back what was not committed */
    }
    r->stop_by = clock_mono_ms() + STOP_WITHIN_MS;
}

static void take_events(struct running *r)
{
    struct event event;
    while (engine_next_event(r->engine, &event)) {
        if (event.type == EVENT_FINISHED) {
            r->finished = event;
            r->is_finished = true;
        } else {
            r->plan = event.type == EVENT_PLAN ? event : r->plan;
            sync_view_event(&r->view, &event);
        }
    }
}

static void listen_until_finished(struct running *r)
{
    while (!r->is_finished) {
        struct pollfd fds[] = {{.fd = r->signal_fd, .events = POLLIN},
                               {.fd = engine_fd(r->engine), .events = POLLIN}};
        int timeout = -1;
        if (r->stop_by) {
            int64_t left = r->stop_by - clock_mono_ms();
            if (left <= 0) {
                _exit(EXIT_STOPPED); /* promised within two seconds; the job is found stale later */
            }
            timeout = (int)left;
        }
        if (engine_sleep(r->engine)) {
            poll(fds, 2, timeout);
        }
        engine_awake(r->engine);
        if (fds[0].revents & POLLIN) {
            take_signal(r);
        }
        take_events(r);
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

/* ---- planning happens in a throw-away database ---- */

static char *make_plan_folder(struct err *e)
{
    const char *tmp = getenv("TMPDIR");
    char *folder = mem_printf("%s/ipsync-plan-XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(folder)) {
        err_set(e, ERR_IO, "%s: %s", folder, strerror(errno));
        free(folder);
        return NULL;
    }
    return folder;
}

static void remove_plan_folder(const char *folder)
{
    static const char *const files[] = {"", "-wal", "-shm", "-write", "-sync"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char *file = mem_printf("%s/plan.db%s", folder, files[i]);
        unlink(file);
        free(file);
    }
    rmdir(folder);
}

/* ---- */

static int fail_busy(const struct cli *cli, struct err *e)
{
    char who[240] = "";
    struct err ignored;
    struct db_reader *db = db_reader_open(cli->config->database.path, &ignored);
    if (db) {
        job_describe_running(db, who, NULL);
        db_reader_close(db);
    }
    err_set(e, ERR_BUSY, "another sync is running%s%s", who[0] ? ": " : "", who);
    return cli_fail(e);
}

static int run_with_key(const struct cli *cli, const struct sync_request *request, const char *key,
                        const char *plan_database)
{
    struct err e = {0};
    sigset_t set = stop_signals();
    struct running r = {.signal_fd = signalfd(-1, &set, SFD_CLOEXEC)};
    sync_view_begin(&r.view, cli->json, cli->quiet || cli->plan, cli->config->schedule.timezone);
    r.view.json = cli->json && !cli->plan;
    r.engine = engine_start(cli->config, request, key, plan_database, &e);
    if (!r.engine) {
        close(r.signal_fd);
        return e.kind == ERR_BUSY ? fail_busy(cli, &e) : cli_fail(&e);
    }
    listen_until_finished(&r);
    engine_join(r.engine);
    close(r.signal_fd);
    r.view.json = cli->json;
    tell_end(&r, cli);
    return r.finished.finished.exit_code;
}

int run_sync(const struct cli *cli, const struct sync_request *request)
{
    struct err e = {0};
    char *folder = NULL;
    char *plan_database = NULL;
    take_signals();
    char *key = key_read(cli->config, &e);
    if (!key || (cli->plan && !(folder = make_plan_folder(&e)))) {
        key_free(key);
        return cli_fail(&e);
    }
    if (folder) {
        plan_database = mem_printf("%s/plan.db", folder);
    }
    int code = run_with_key(cli, request, key, plan_database);
    key_free(key);
    if (folder) {
        remove_plan_folder(folder);
    }
    free(folder);
    free(plan_database);
    return code;
}
