#include "tui/dash/loop.h"

#include "core/base/clock.h"
#include "core/config.h"
#include "core/engine.h"
#include "db/watch.h"
#include "tui/cli.h"
#include "tui/dash/child.h"
#include "tui/dash/frame_pace.h"
#include "tui/dash/input.h"
#include "tui/dash/state.h"
#include "tui/screen/term.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
    LEAVE_WITHIN_MS = 600, /* after a signal; giving the terminal back takes up to 300 more */
    HOLDER_LOOK_MS = 2000, /* whether who runs a sync is still there: a killed one says nothing */
    POLL_LOOK_MS = 1000,   /* at the database, where it cannot be watched */
    RESIZE_MS = 50,        /* between two frames while a window is dragged */
    SETTLE_MS = 100,       /* a picture waits so long for lists that are being read */
    MINUTE_MS = 60000
};

struct loop {
    struct dash *d;
    struct frame_pace pace;
    int signal_fd;
    int test_fd; /* gets a byte whenever there is nothing more to do; -1 = none */
    bool was_busy;
    int64_t minute;                 /* wall ms / 60000, as drawn */
    int64_t next_look, next_resize; /* monotonic ms */
    int64_t work_since;             /* the lists are being read; 0 = they are not */
    bool settling;                  /* what a key asked for is being read */
};

/* ---- leaving ---- */

/* Nobody looks any more: a sync of ours goes on in place, or stops at its next page. */
static void lose_terminal(struct loop *l)
{
    struct dash *d = l->d;
    term_close(d->term, NULL);
    d->term = NULL;
    d->quit = LEAVING;
    if (d->own.engine && !strcmp(d->config->sync.on_hangup, "stop")) {
        engine_command(d->own.engine, COMMAND_INTERRUPT);
    }
}

static void told_to_leave(struct loop *l, int number)
{
    struct dash *d = l->d;
    d->is_forced = d->stop_signal != 0; /* told twice */
    d->stop_signal = number;
    d->quit = LEAVING;
    if (d->own.engine) {
        engine_command(d->own.engine, COMMAND_INTERRUPT);
        d->leave_by = clock_mono_ms() + LEAVE_WITHIN_MS;
    }
}

static void return_to_terminal(struct loop *l)
{
    if (l->d->term) {
        term_return(l->d->term);
        l->d->is_resized = l->d->is_dirty_now = l->d->database_changed = true;
    }
}

static void take_signals(struct loop *l)
{
    struct signalfd_siginfo info;
    while (read(l->signal_fd, &info, sizeof info) == sizeof info) {
        switch (info.ssi_signo) {
        case SIGWINCH:
            l->d->is_resized = true;
            break;
        case SIGCONT: /* stopped by somebody else: the shell may have set the terminal as it likes
                       */
            return_to_terminal(l);
            break;
        case SIGTSTP:
            input_action(l->d, "suspend");
            break;
        case SIGHUP:
            lose_terminal(l);
            break;
        default:
            told_to_leave(l, (int)info.ssi_signo);
        }
    }
}

static void suspend(struct loop *l)
{
    struct dash *d = l->d;
    d->quit = RUNNING;
    if (!d->term) {
        return;
    }
    term_leave(d->term);
    raise(SIGSTOP);
    return_to_terminal(l);
}

static bool is_over(struct loop *l)
{
    struct dash *d = l->d;
    if (d->quit == SUSPENDING && !d->own.engine) {
        suspend(l);
    }
    bool is_late = d->leave_by && clock_mono_ms() >= d->leave_by;
    d->is_forced = d->is_forced || is_late;
    return d->quit == LEAVING && (!d->own.engine || d->is_forced);
}

/* ---- frames ---- */

static void resize(struct loop *l)
{
    struct dash *d = l->d;
    int rows = 0;
    int cols = 0;
    d->is_resized = false;
    term_resized(d->term);
    term_size(d->term, &rows, &cols);
    grid_resize(&d->screen, rows, cols);
    dash_layout(d, rows, cols);
}

static void draw(struct loop *l)
{
    struct dash *d = l->d;
    d->now = clock_wall_ms();
    l->minute = d->now / MINUTE_MS;
    health_judge(&d->health, d->now);
    dash_draw(d);
    int bytes = term_show(d->term, &d->screen);
    if (bytes >= 0) {
        frame_pace_shown(&l->pace, clock_mono_ms(), d->is_dirty_now ? 0 : bytes);
        d->is_dirty = d->is_dirty_now = false;
    }
}

/* What came since the last frame goes into the picture in one go. */
static void update(struct loop *l)
{
    struct dash *d = l->d;
    own_sync_events(d);
    if (d->database_changed && !d->is_frozen) {
        reload_open(d);
        reload_changed(d);
        d->is_dirty = true;
    }
}

/* What is being read now belongs into the next picture, not into one of its own. */
static bool is_settled(struct loop *l, int64_t now)
{
    if (l->d->is_frozen || !reload_has_work(l->d)) {
        l->work_since = 0;
        return true;
    }
    l->work_since = l->work_since ? l->work_since : now;
    return now - l->work_since >= SETTLE_MS;
}

static void frame(struct loop *l)
{
    struct dash *d = l->d;
    int64_t now = clock_mono_ms();
    if (!d->term) {
        own_sync_events(d);
        return;
    }
    bool is_due = frame_pace_wait(&l->pace, now) == 0 && term_is_ready(d->term);
    if (d->is_resized && now >= l->next_resize) {
        l->next_resize = now + RESIZE_MS;
        resize(l);
        d->is_dirty_now = true;
    }
    if (d->is_dirty_now && !d->is_resized) {
        if (l->settling && d->database_changed) {
            update(l);
        }
        draw(l);
    } else if (is_due && (d->is_dirty || d->database_changed || d->own.engine)) {
        update(l);
        if (d->is_dirty && is_settled(l, now)) {
            draw(l);
        }
    }
}

/* ---- sleeping ---- */

static int sooner(int a, int64_t b)
{
    int ms = b < 0 ? 0 : b > MINUTE_MS ? MINUTE_MS : (int)b;
    return a < 0 || ms < a ? ms : a;
}

/* The look at what tells of itself neither by a commit nor by an event. */
static bool wants_looks(const struct dash *d)
{
    return d->watch && (d->other_count > 0 || (d->own.engine && watch_needs_polling(d->watch)));
}

static int timeout_of(struct loop *l, bool has_work, bool frame_waits, int key_wait)
{
    struct dash *d = l->d;
    int64_t now = clock_mono_ms();
    int64_t wall = clock_wall_ms();
    int timeout = has_work ? 0 : key_wait;
    if (d->leave_by) {
        timeout = sooner(timeout, d->leave_by - now);
    }
    if (!d->term) {
        return timeout;
    }
    if (d->is_resized) {
        timeout = sooner(timeout, l->next_resize - now);
    } else if (frame_waits && term_is_flushed(d->term)) {
        int64_t wait = frame_pace_wait(&l->pace, now);
        timeout = sooner(timeout, term_is_ready(d->term) ? wait : wait > 100 ? wait : 100);
    }
    if (d->toast[0]) {
        timeout = sooner(timeout, d->toast_until - now);
    }
    if (wants_looks(d)) {
        timeout = sooner(timeout, l->next_look - now);
    }
    return sooner(timeout, (wall / MINUTE_MS + 1) * MINUTE_MS - wall);
}

/* Time alone has changed something. */
static void pass_time(struct loop *l)
{
    struct dash *d = l->d;
    int64_t now = clock_mono_ms();
    if (d->toast[0] && now >= d->toast_until) {
        d->toast[0] = '\0';
        d->is_dirty = true;
    }
    if (clock_wall_ms() / MINUTE_MS != l->minute && d->term) {
        l->minute = clock_wall_ms() / MINUTE_MS;
        reload_runs(d);
        feed_refresh(d->lists[LIST_ERRORS].feed); /* a next try may have become due */
        d->is_dirty = true;
        d->database_changed =
            (d->watch && watch_changed(d->watch, d->db)) || d->database_changed || !d->db;
    }
    if (wants_looks(d) && now >= l->next_look) {
        bool polls = watch_needs_polling(d->watch);
        l->next_look = now + (polls ? POLL_LOOK_MS : HOLDER_LOOK_MS);
        d->database_changed = watch_changed(d->watch, d->db) || !polls || d->database_changed;
    }
}

static void tell_idle(struct loop *l)
{
    if (l->was_busy && l->test_fd >= 0 && write(l->test_fd, "i", 1) < 0) {
        l->test_fd = -1;
    }
    l->was_busy = false;
}

enum { FD_SIGNAL = TERM_FDS, FD_ENGINE, FD_WATCH, FD_CHILD, FDS };

static void wait_for_something(struct loop *l, bool has_work, int key_wait)
{
    struct dash *d = l->d;
    struct pollfd fds[FDS];
    bool frame_waits =
        d->is_dirty || d->is_dirty_now || d->is_resized || (d->database_changed && !d->is_frozen);
    bool may_sleep = !has_work && !frame_waits;
    for (int i = 0; i < FDS; i++) {
        fds[i] = (struct pollfd){.fd = -1, .events = POLLIN};
    }
    if (d->term) {
        term_poll(d->term, fds);
    }
    fds[FD_SIGNAL].fd = l->signal_fd;
    fds[FD_WATCH].fd = d->watch && !d->is_frozen ? watch_fd(d->watch) : -1;
    fds[FD_CHILD].fd = child_poll_fd(d);
    /* While a frame is on its way the ring fills up without a system call an event. */
    bool listens = d->own.engine && (may_sleep || !d->term);
    if (listens) {
        fds[FD_ENGINE].fd = engine_fd(d->own.engine);
        has_work = !engine_sleep(d->own.engine) || has_work;
    }
    if (may_sleep && key_wait < 0 && (!d->term || term_is_flushed(d->term))) {
        tell_idle(l);
    }
    int ready = poll(fds, FDS, timeout_of(l, has_work, frame_waits, key_wait));
    l->was_busy = l->was_busy || ready > 0;
    if (listens) {
        engine_awake(d->own.engine);
        d->is_dirty = d->is_dirty || fds[FD_ENGINE].revents || has_work;
    }
    if (fds[FD_SIGNAL].revents) {
        take_signals(l);
    }
    if (d->term && !term_serve(d->term, fds)) {
        lose_terminal(l);
    }
    if (fds[FD_WATCH].revents) {
        d->database_changed = watch_changed(d->watch, d->db) || d->database_changed;
    }
    if (fds[FD_CHILD].revents) {
        child_serve(d);
        d->is_dirty = true;
    }
}

/* ---- */

static int serve_keys(struct loop *l)
{
    struct key key;
    int wait_ms = -1;
    while (l->d->term && term_next_key(l->d->term, &key, &wait_ms)) {
        l->d->toast[0] = '\0';
        input_key(l->d, &key);
        l->d->is_dirty_now = l->settling = true;
        wait_ms = -1;
    }
    return wait_ms;
}

static void run(struct loop *l)
{
    struct dash *d = l->d;
    for (;;) {
        int key_wait = serve_keys(l);
        pass_time(l);
        frame(l);
        if (is_over(l)) {
            return;
        }
        bool has_work = d->term && !d->is_frozen && reload_some(d);
        has_work = dialogs_work(d) || has_work;
        if (l->settling && !has_work) { /* what the key asked for is there */
            l->settling = false;
            d->is_dirty_now = d->is_dirty;
            continue;
        }
        wait_for_something(l, has_work, key_wait);
    }
}

int loop_take_signals(void)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGQUIT, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT};
    sigset_t set;
    sigemptyset(&set);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        sigaddset(&set, numbers[i]);
    }
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static int test_descriptor(void)
{
    const char *text = getenv("IPSYNC_TEST_FD");
    return text && *text ? (int)strtol(text, NULL, 10) : -1;
}

/* --start TYPE */
static void start_at_once(struct dash *d)
{
    char line[64];
    snprintf(line, sizeof line, "sync %.40s", d->cli->start);
    run_command_line(d, line);
}

int loop_run(struct dash *d, int signal_fd)
{
    struct loop l = {.d = d, .signal_fd = signal_fd, .test_fd = test_descriptor()};
    frame_pace_init(&l.pace, (int)d->config->dashboard.fps);
    grid_init(&d->screen, 1, 1, !term_is_utf8());
    l.was_busy = true;
    resize(&l);
    d->is_dirty_now = true;
    draw(&l); /* before the database has answered */
    d->is_dirty_now = l.settling = true;
    if (d->cli->start) {
        start_at_once(d);
    }
    run(&l);
    term_close(d->term, d->farewell[0] ? d->farewell : NULL);
    own_sync_events(d); /* it may have ended meanwhile */
    if (d->own.engine) {
        _exit(d->exit_code); /* promised to be gone by now; what was not committed is taken back */
    }
    close(l.signal_fd);
    return d->exit_code;
}
