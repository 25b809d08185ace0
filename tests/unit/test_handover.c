/* The hand-over. What needs a CRM is in tests/test_handover.py, which drives this program as if it
 * were a dashboard:  test_handover drive IPSYNC sync TYPE [OPTIONS]  runs a sync, obeys the letters
 * on its standard input (g hands over to the program IPSYNC, x cancels, i interrupts), and tells
 * what happens in lines on its standard output. */
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/key.h"
#include "core/request.h"
#include "db/db.h"
#include "tests/unit/unit.h"
#include "tui/cli.h"
#include "tui/hand_over.h"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

struct drive {
    struct cli cli;
    struct engine *engine;
    char sync_id[37];
    struct event finished;
    bool is_finished;
};

static void take_letter(struct drive *d)
{
    char letter = 0;
    if (read(STDIN_FILENO, &letter, 1) == 1 && letter != '\n') {
        enum command_type type = letter == 'g'   ? COMMAND_HAND_OVER
                                 : letter == 'x' ? COMMAND_CANCEL
                                                 : COMMAND_INTERRUPT;
        CHECK(engine_command(d->engine, type));
    }
}

static void tell(struct drive *d, const struct event *event)
{
    switch (event->type) {
    case EVENT_STARTED:
        text_copy(d->sync_id, sizeof d->sync_id, event->started.sync_id);
        printf("started %s\n", event->started.sync_id);
        break;
    case EVENT_PROGRESS:
        printf("progress %d %lld\n", event->progress.overall, (long long)event->progress.requests);
        break;
    case EVENT_FINISHED:
        d->finished = *event;
        d->is_finished = true;
        break;
    default:
        break;
    }
    fflush(stdout);
}

static void listen_to(struct drive *d)
{
    struct event event;
    while (!d->is_finished) {
        struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                               {.fd = engine_fd(d->engine), .events = POLLIN}};
        poll(fds, 2, engine_sleep(d->engine) ? -1 : 0);
        engine_awake(d->engine);
        if (fds[0].revents & POLLIN) {
            take_letter(d);
        }
        while (engine_next_event(d->engine, &event)) {
            tell(d, &event);
        }
    }
}

static struct sync_request request_of_cli(const struct cli *cli)
{
    bool is_retry = !strcmp(cli->args[0], "retry");
    struct sync_request r = {.sync_type = is_retry ? "manual" : cli->args[0],
                             .triggered_by = "manual",
                             .user = "driver",
                             .streams = STREAM_ALL,
                             .mids = cli->mids,
                             .mid_count = cli->mid_count,
                             .fresh = cli->fresh,
                             .is_retry = is_retry,
                             .retry_all = is_retry};
    if (r.mid_count) {
        r.streams = STREAM_MERCHANTS | STREAM_TRANSACTIONS;
    }
    text_copy(r.from, sizeof r.from, cli->config->sync.history_start);
    civil_format(zone_date(cli->config->schedule.timezone, clock_wall_ms()), r.to);
    return r;
}

static int drive(int argc, char **argv)
{
    static struct drive d;
    struct err e = {0};
    pid_t pid = 0;
    signal(SIGPIPE, SIG_IGN);
    key_take_environment();
    CHECK(cli_parse(&d.cli, argc, argv, &e));
    db_setup();
    engine_setup();
    d.cli.config = config_load(d.cli.config_file, d.cli.database, &e);
    CHECK(d.cli.config);
    struct sync_request request = request_of_cli(&d.cli);
    d.engine = engine_start(d.cli.config, &request, NULL, NULL, &e);
    if (!d.engine) {
        printf("refused %s\n", e.message);
        return err_exit_code(e.kind);
    }
    listen_to(&d);
    printf("finished %s\n", sync_status_name(d.finished.finished.status));
    fflush(stdout);
    if (hand_over(&d.cli, d.engine, d.sync_id, request.sync_type, argv[0], &pid, &e)) {
        printf("pid %d\n", (int)pid);
    } else {
        printf("failed %s\n", e.message);
    }
    engine_join(d.engine);
    config_free(d.cli.config);
    return d.finished.finished.exit_code;
}

static void nothing_was_handed_over(void)
{
    struct config config = {.database.path = "ipsync.db"};
    struct cli cli = {.config = &config};
    struct err e = {0};
    int lock = 0;
    CHECK(!hand_over_take(&cli, &lock, &e));
    CHECK_INT(e.kind, ERR_USAGE);
    CHECK_INT(lock, -1);
    hand_over_confirm();
}

static const struct unit_case cases[] = {
    {"nothing_was_handed_over", nothing_was_handed_over},
};

int main(int argc, char **argv)
{
    if (argc > 2 && !strcmp(argv[1], "drive")) {
        return drive(argc - 2, argv + 2);
    }
    return unit_main(argc, argv, cases, sizeof cases / sizeof cases[0]);
}
