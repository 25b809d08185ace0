/* The state of the dashboard, shared by the files of tui/dash and by nobody else. What is drawn is
 * here and plain, so that tests fill it and look at the picture. Main thread. */
#ifndef TUI_DASH_STATE_H
#define TUI_DASH_STATE_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/health.h"
#include "core/messages.h"
#include "core/request.h"
#include "db/stats_query.h"
#include "tui/dash/dialog.h"
#include "tui/dash/feed.h"
#include "tui/dash/keymap.h"
#include "tui/screen/edit.h"
#include "tui/screen/layout.h"

#include <stdbool.h>
#include <stdint.h>

struct cli;
struct config;
struct db_reader;
struct db_writer;
struct engine;
struct term;
struct watch;

enum { SYNCS_SHOWN = 4, SCHEDULES_SHOWN = 32, RUNS_SHOWN = 32 };

/* A sync as the pane shows it: ours from the ring, another's from the database. */
struct sync_shown {
    bool is_ours, is_cancelled;
    char id[37], type[8], status[12]; /* the words of sync_jobs */
    char who[64], host[64];
    int64_t pid;
    int64_t started_at; /* wall ms */
    struct progress progress;
    char note[240]; /* the last one; "" */
};

/* The dashboard's own sync. */
struct own_sync {
    struct engine *engine; /* NULL = none runs */
    struct sync_request request;
    char **mids; /* what request points to */
    int64_t *retry_ids;
    struct sync_shown shown;
    struct progress latest; /* shown, unless the screen is frozen */
    bool is_stopping;
};

/* The end of the last sync, in words for the Active pane and the header. */
struct last_sync {
    char type[8], status[12], words[200];
    int64_t ended_at; /* wall ms, 0 = none yet */
};

struct schedule_shown {
    int64_t id; /* negative = a default, not yet in the database */
    char type[8], cron[64], zone[48];
    bool is_active;
    char last_run[32], last_status[12]; /* "" = never */
};

struct run_to_come {
    int64_t at;   /* wall ms; 0 = none: the schedule is off or never fires */
    int schedule; /* place in schedules[] */
};

enum { LIST_HISTORY, LIST_ERRORS };

/* A list pane. */
struct list_state {
    struct feed *feed;
    struct edit filter;
    bool is_typing; /* the filter has the keys */
};

enum collect_for { COLLECT_NOTHING, COLLECT_MARKS, COLLECT_RETRY };

enum quit_state { RUNNING, LEAVING, SUSPENDING };

struct dash {
    const struct cli *cli;
    const struct config *config;
    const char *version; /* to show; NULL = ipsync_version */
    struct keys keys;
    struct term *term; /* NULL once it has gone, and in tests */
    struct grid screen;
    struct layout layout;
    enum pane_id panes[PANE_COUNT]; /* those wanted, in their order */
    int pane_count;
    enum pane_id focus;
    bool zoomed, mouse, color;

    bool read_only;
    char read_only_why[64];
    struct db_reader *db; /* NULL until opened, or while there is no database */
    bool database_missing;
    char trouble[400]; /* why the database cannot be read; "" */
    struct db_writer *writer;
    struct watch *watch;

    int64_t now; /* wall ms of this frame */
    struct own_sync own;
    bool sync_runs; /* somebody holds the run lock */
    struct sync_shown others[SYNCS_SHOWN];
    int other_count;
    struct last_sync last;
    struct health health;
    bool health_known;

    struct list_state lists[2]; /* LIST_HISTORY, LIST_ERRORS */
    int64_t *marks;             /* marked failed items, ascending */
    size_t mark_count, mark_size;
    bool with_resolved; /* the error log shows healed and given-up items too */
    int64_t opened_at;  /* wall ms: what is resolved after it stays in sight */

    struct stats stats;
    bool stats_known;
    int days; /* 7, 30, 90 */

    struct schedule_shown schedules[SCHEDULES_SHOWN];
    int schedule_count;
    bool schedules_stored; /* false: the defaults, not yet in the database */
    struct run_to_come
        runs[RUNS_SHOWN]; /* the next of each schedule, soonest first, then those off */
    int run_count;
    int64_t run_selected; /* id of the selected schedule; 0 = the first */

    struct dialog *dialogs; /* upmost */
    struct child *child;    /* child.h: the palette's commands that run */
    char toast[200];        /* a word at the foot of the screen */
    bool toast_is_bad;
    int64_t toast_until; /* monotonic ms */
    bool is_frozen;
    int64_t held_back;            /* events while frozen */
    enum collect_for collect_for; /* what is to be done with the rows being collected */
    struct buf commands;          /* the command log, a line each */

    /* what the loop is to do */
    bool is_resized;
    bool is_dirty;     /* something of the picture has changed */
    bool is_dirty_now; /* and a key did it */
    bool database_changed;
    enum quit_state quit;
    bool is_forced;   /* leave without waiting for the engine's end */
    int stop_signal;  /* that told us to leave, 0 = none */
    int64_t leave_by; /* monotonic ms: then we leave without the engine; 0 = no such promise */
    int exit_code;
    char farewell[640]; /* a line for the main screen; "" */
};

/* ---- words ---- */

/* Says something at the foot of the screen for some seconds. */
void dash_say(struct dash *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
void dash_complain(struct dash *d, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds to the command log. */
void dash_log_command(struct dash *d, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* ---- what can be done (actions.c, own_sync.c); each says what it did, or why not ---- */

/* Starts one of our own. `mids` and `retry_ids` are copied. */
void own_sync_start(struct dash *d, const struct sync_request *request);
void own_sync_command(struct dash *d, enum command_type type);
/* NULL, or why none can be started now. */
const char *own_sync_why_not(const struct dash *d);
/* Takes the events that are there; true when something was. */
bool own_sync_events(struct dash *d);
/* The sync that the Active pane shows first; NULL = none runs. */
const struct sync_shown *dash_sync(const struct dash *d);

/* Runs a line of the palette: what the dashboard does itself, or `ipsync LINE` as a process of its
 * own whose output is shown. */
void run_command_line(struct dash *d, const char *line);

/* The list of the pane that has the focus, NULL when it is none. */
struct list_state *dash_list(struct dash *d);
/* The row under the cursor of the list that has the focus; NULL = none. */
const struct row *dash_selected_row(const struct dash *d);
/* The place in runs[] of the schedule under the cursor; -1 = none. */
int dash_selected_run(const struct dash *d);
bool dash_is_marked(const struct dash *d, int64_t number);

/* The feed has collected what was asked for: marks it, or asks whether to retry it (actions.c). */
void dash_collected(struct dash *d);

/* ---- what the database says (reload.c) ---- */

/* Opens what there is to open; called until there is a database. */
void reload_open(struct dash *d);
/* Something was committed: reads what is short, has the lists read again. */
void reload_changed(struct dash *d);
/* A slice of what is to be read, at most a few milliseconds. True: there is more. */
bool reload_some(struct dash *d);
bool reload_has_work(const struct dash *d);
/* The runs to come, after the schedules or the minute have changed. */
void reload_runs(struct dash *d);
/* A connection for a short write that does not wait; NULL with a word on the screen. */
struct db_writer *reload_writer(struct dash *d);
void reload_close(struct dash *d);

/* ---- drawing (frame.c); no I/O ---- */
bool dash_has_pane(const struct dash *d, int pane);
void dash_layout(struct dash *d, int rows, int cols);
void dash_draw(struct dash *d);

#endif
