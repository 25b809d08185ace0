/* The state of one running sync, shared by the files that make it up (sync_*.c, apply_*.c) and by
 * nobody else. Engine thread. */
#ifndef CORE_SYNC_STATE_H
#define CORE_SYNC_STATE_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/breaker.h"
#include "core/http.h"
#include "core/map.h"
#include "core/messages.h"
#include "core/outcome.h"
#include "core/pace.h"
#include "core/plan.h"
#include "core/request.h"
#include "core/resource.h"
#include "core/sync.h"
#include "core/walk.h"
#include "db/batch_store.h"
#include "db/db.h"
#include "db/table.h"

/* Places for pages: as many as may be in flight, and some for those that were set aside after they
 * failed, so that others go on meanwhile. */
enum { TRANSFERS_MAX = 64, ASIDE_MAX = 16, TRANSFER_SLOTS = TRANSFERS_MAX + ASIDE_MAX };

enum counted {
    COUNT_MERCHANTS,
    COUNT_TRANSACTIONS,
    COUNT_RESIDUALS,
    COUNT_BATCHES,
    COUNT_ADJUSTMENTS,
    COUNT_REPORTS,
    COUNT_LINE_ITEMS,
    COUNT_TABLES
};

/* One page on its way: waiting for its turn, in flight, arrived and held until the pages before it
 * are in the database; or parked: its tries are used up, but nothing else was answered since it
 * first failed, so that it may be the CRM that is ill and not the page. */
struct transfer {
    enum {
        TRANSFER_FREE,
        TRANSFER_WAITING,
        TRANSFER_IN_FLIGHT,
        TRANSFER_HELD,
        TRANSFER_PARKED
    } state;
    struct walk *walk;
    unsigned generation; /* of the walk when it was asked for */
    int page;
    int tries;          /* failed ones */
    unsigned failed_in; /* the streak of failures in which it failed last, 0 = in none */
    int streak_tries;   /* tries it has lost in that */
    unsigned breaker_epoch;
    bool is_judged;                /* held: the breaker has been told */
    const struct outcome *outcome; /* parked: what it fails of */
    int64_t not_before;            /* monotonic ms */
    uint64_t order;                /* older first */
    unsigned key_epoch;            /* which API key it went out with */
    struct http_answer answer;
};

struct json_writer;

struct phase_state {
    double weight_total, weight_done; /* of walks whose end is known and done */
    int percent, saved;               /* shown; and as last written to the database */
    bool in_hand;                     /* as last written: its words say what was being read */
    bool used;                        /* the sync has such a phase */
};

struct sync {
    const struct config *config;
    const struct sync_request *request;
    struct ring *events, *commands;
    struct db_writer *db;
    struct db_reader *checkpoints; /* where to look for them: the database's own, or when reading
                                      into a scratch one the real one (NULL = there is none yet) */
    struct http *http;
    struct arena *arena;
    struct pace pace;
    char *key; /* NULL: a hand-over came before it was read */
    unsigned key_epoch;
    bool key_was_reread;

    char id[37];
    char today[11];
    char checkpoint_since[25]; /* older checkpoints do not count */
    char scope[64];
    const char *checkpoint_type;

    struct transfer transfers[TRANSFER_SLOTS];
    int transfer_count; /* how many may be under way: [api] concurrency */
    int width;         /* most in flight: transfer_count, or fewer while answers are too large to */
    int width_answers; /* be held together; whole answers since that changed */
    uint64_t next_order;
    struct walk *walks, **walks_end; /* open, oldest first */
    struct source *source;           /* where walks come from: sync_source.c */

    struct keyset listed;     /* merchants of this listing, kept when many are missing */
    struct batch_twins twins; /* scratch */
    bool *later_twins;        /* of the page in hand, see apply_transactions.c; NULL = not known */
    struct stream_counts counts[COUNT_TABLES]; /* one a table */
    int64_t requests, retries, wire_bytes, failed_items, unproven, resumed;
    int64_t changes;           /* amounts and rejects that moved upstream; known at the end */
    int64_t transaction_pages; /* read so far, for the forecast */
    int64_t started_mono, started_wall;
    struct plan plan; /* requests still to make */
    int throttled_in_a_row;
    int64_t throttled_at; /* monotonic ms */
    struct breaker breaker;
    char ill_because[160]; /* why it opened */
    unsigned streak; /* of failures with no good answer between: the number of this one, from 1 */
    int64_t budget_used; /* retries that counted */
    int64_t wait_began;  /* since when the CRM makes us wait; 0 = it does not. Monotonic ms, like */
    int64_t look_due;    /* - when to look for a breaker closed by hand */
    int64_t turned_at;   /* - the last turn of the loop */
    int64_t stopped_at;  /* - the end of the last time in which the machine slept; 0 = never */
    int read[RESOURCE_COUNT];    /* good pages, */
    int lost[RESOURCE_COUNT];    /* walks that could not be read to their end, */
    int refused[RESOURCE_COUNT]; /* and of these because the API key may not (403) */
    struct phase_state phases[PHASE_COUNT];
    enum sync_phase phase;
    int overall;
    char in_hand[64];
    int64_t progress_due, cancel_due, told_at, saved_at; /* monotonic ms */
    struct buf told, saved; /* the last progress told and saved, without what time alone moves */
    int64_t wait_until;     /* wall ms; 0 = no wait */
    int64_t rate_mark_at, rate_mark_requests, rate_mark_rows;
    double rate, row_rate;            /* requests and rows a second, smoothed; -1 = not known yet */
    int64_t dropped;                  /* events that met a full ring */
    struct buf warnings;              /* members of a JSON array */
    struct handed_walk *handed_walks; /* sync_continue.c: those that the predecessor had open */
    size_t handed_walk_count;
    bool list_was_read; /* the merchants, by the predecessor */

    bool is_scratch; /* the database is thrown away afterwards */
    bool plan_only, planned, no_more_walks;
    bool is_ending, is_done; /* done: completed or partial */
    bool stop_interrupt, stop_cancel, stop_hand_over;
    bool is_handed_over;
    char cancelled_by[64];
    bool is_over; /* failed: `error` says why */
    struct err error;
};

/* sync.c */
void sync_fail(struct sync *s, const struct err *e);
/* When the job began, and with it which checkpoints count. */
void sync_set_start(struct sync *s, int64_t wall_ms);

/* sync_tell.c: events */
void sync_push(struct sync *s, const struct event *event);
void sync_note(struct sync *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sync_warn(struct sync *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sync_keep_warning(struct sync *s, const char *text); /* without a word */
/* The plan is made: tells it, once. */
void sync_planned(struct sync *s);
void sync_tell_started(struct sync *s);

/* sync_gate.c: whether requests may go out, and what a failed one costs */
/* Takes up what an earlier run has kept: an open breaker, a Retry-After. */
bool sync_gate_begin(struct sync *s, struct err *e);
int64_t sync_gate_next(struct sync *s, int64_t now); /* as pace_next() */
void sync_gate_sent(struct sync *s, struct transfer *t, int64_t now);
void sync_gate_dropped(struct sync *s, struct transfer *t); /* in flight, its answer not wanted */
void sync_gate_good(struct sync *s, struct transfer *t);
void sync_gate_neither(struct sync *s, struct transfer *t); /* answered, but neither good nor ill */
/* True: it costs the request a try. */
bool sync_gate_failed(struct sync *s, struct transfer *t, const struct outcome *o);
/* Takes one try and one of the run's retries; false when there is none left. */
bool sync_gate_may_retry(struct sync *s, struct transfer *t);
/* A 429, or another `status` with a Retry-After: no request for so long. */
void sync_gate_hold(struct sync *s, long status, int64_t wait_ms);
/* Before answers are looked at: did we, or the machine, sleep since the last turn? */
void sync_gate_woke(struct sync *s);
/* Each turn of the loop: a breaker closed by hand, a wait that has become too long. */
void sync_gate_tick(struct sync *s);
/* Why nothing may go out for now, and until when (monotonic ms). */
enum wait_reason sync_gate_waits(const struct sync *s, int64_t now, int64_t *until);

/* sync_answers.c */
/* Reads the key from its source. A command ends the wait for a slow one: NULL with ERR_STOPPED. */
char *sync_read_key(struct sync *s, struct err *e);
void sync_take_answers(struct sync *s);
/* Parked pages fail: those of earlier streaks, since the CRM has been seen to work; or `one`, the
 * oldest, since nothing else is left to do. */
void sync_fail_parked(struct sync *s, bool one);
/* Of bodies that arrived and wait for the pages before them. */
int64_t sync_kept_bytes(const struct sync *s);
/* A held page turned out to be unusable: asked for again, or the walk fails. */
void sync_bad_body(struct sync *s, struct transfer *t);
/* A page that can be used. Before its transaction. */
void sync_good_page(struct sync *s, struct transfer *t);

/* sync_job.c: the job's row and results */
bool sync_job_begin(struct sync *s, struct err *e);
/* Tells it as well. */
enum sync_status sync_job_end(struct sync *s);
bool sync_save_results(struct sync *s, struct err *e);
extern const char *const sync_count_keys[COUNT_TABLES]; /* of each table in the results */
void sync_count(struct sync *s, struct walk *w, enum counted table, enum table_put put);
/* The walk begins anew (or is complete): what it counts a second time is taken back. */
void sync_count_again(struct sync *s, struct walk *w);
void sync_count_complete(struct sync *s, struct walk *w);

/* sync_failure.c */
struct failure {
    const char *item_type, *item_id;
    const char *class, *code, *message;
    long http_status;      /* 0 = none */
    const char *request;   /* path; NULL = none */
    const cJSON *raw;      /* the record; NULL = none */
    const char *from, *to; /* days; NULL = any */
};
/* Records a failed item and tells the screen. In a write transaction. */
bool sync_fail_item(struct sync *s, const struct failure *f, struct err *e);
/* `w` will be read by this retry, or, should that end before, by the next. In a write transaction.
 */
bool sync_owe(struct sync *s, const struct walk *w, struct err *e);
/* An unreadable record of walk `w`: marks walk and counter. `id` is the item's id. */
bool sync_fail_record(struct sync *s, struct walk *w, enum counted table, const char *id,
                      const struct map_problem *problem, const cJSON *raw, const char *day,
                      struct err *e);

/* sync_progress.c */
void sync_progress_tick(struct sync *s);
/* Every phase is saved and told, before the first request. */
void sync_progress_begin(struct sync *s);
/* Inside a page's transaction; writes only when it is due, or at the end. */
bool sync_progress_save(struct sync *s, struct err *e);
void sync_progress_tell_last(struct sync *s);
int64_t sync_rows(const struct sync *s); /* read so far, of all tables */
/* The walk's share of its phase is done. */
void sync_walk_weighs(struct sync *s, const struct walk *w);

/* sync_source.c: which walks there are, in order */
bool sync_source_begin(struct sync *s, struct err *e);
/* The next walk to open; NULL = none now (`*more` tells whether there may be later). */
bool sync_source_next(struct sync *s, struct walk **out, bool *more, struct err *e);
void sync_source_free(struct sync *s);
/* The merchants were read to their end, and nothing of that is known here alone. */
bool sync_source_list_is_read(const struct sync *s);
/* Reads `w` later. */
void sync_queue(struct sync *s, struct walk *w);
/* The plan counts what is queued by then; what comes later adds itself. */
bool sync_source_is_planned(const struct sync *s);
/* Reads `w` later; several failed items of one list need it read only once, over all their days. */
void sync_queue_once(struct sync *s, struct walk *w);

/* sync_follow.c: what has to be read because of what was read */
/* The walk's list is in the database: what follows from it. In a write transaction unless it is
 * `known` from a checkpoint. */
bool sync_follow(struct sync *s, const struct walk *w, bool known, struct err *e);
/* A retry brought a merchant that could not be read before: its transactions are to be read too. In
 * a write transaction. */
bool sync_read_transactions_of(struct sync *s, const char *mid, struct err *e);
/* The rows of `w` do not meet their report's totals: report and rows are read once more. */
void sync_read_report_again(struct sync *s, struct walk *w);

/* sync_retry.c: queues what heals open failed items: those that a retry asks for; for any other
 * sync those of its streams that are due */
bool sync_queue_retries(struct sync *s, struct err *e);

/* sync_continue.c: the same job in two processes, one after the other */
/* Instead of sync_job_begin: the job of s->request->continues is ours, and where it stood is where
 * we stand. */
bool sync_continue_begin(struct sync *s, struct err *e);
/* A walk is opened that the predecessor had open: what it had counted is counted. */
void sync_continue_walk(struct sync *s, struct walk *w);
/* Appends what a successor must know besides, as a member of the object: ,"handOver":{…} */
void sync_continue_add(const struct sync *s, struct json_writer *j);

/* sync_checkpoint.c */
/* Takes up a walk's checkpoint, if one counts: pages read, what is still to read. */
bool sync_walk_recall(struct sync *s, struct walk *w, struct err *e);
/* Saves where it stands, and the keys of the page in hand. In the page's transaction. */
bool sync_walk_save(struct sync *s, struct walk *w, struct err *e);

/* sync_finish.c: the last page is in (same transaction); or it cannot be read on */
bool sync_walk_complete(struct sync *s, struct walk *w, struct err *e);
void sync_walk_failed(struct sync *s, struct transfer *t, const char *class, const char *code,
                      const char *message);

/* sync_walks.c: opening walks, applying pages in order, closing */
bool sync_open_walks(struct sync *s, struct err *e);
bool sync_apply_held(struct sync *s, struct walk *w, struct err *e);
void sync_walk_close(struct sync *s, struct walk *w);
void sync_drop_transfers(struct sync *s, const struct walk *w);
/* The page cannot be had whole: its list is read anew in smaller pages. That costs no try; with the
 * smallest pages the walk fails at once. `words` say how large is too large. */
void sync_page_too_large(struct sync *s, struct transfer *t, const char *words);
void sync_page_path(const struct sync *s, const struct walk *w, int page, struct buf *b);

#endif
