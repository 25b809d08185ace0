/* What goes through the two rings between the engine's thread and the main thread: small, fixed in
 * size, by value. Facts live in the database; an event only says what just happened. */
#ifndef CORE_MESSAGES_H
#define CORE_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

enum sync_phase {
    PHASE_MERCHANTS,
    PHASE_TRANSACTIONS,
    PHASE_RESIDUALS,
    PHASE_METRICS,
    PHASE_COUNT
};

/* The word of each phase in sync_progress: merchants, transactions, residuals, metrics. */
const char *phase_name(enum sync_phase phase);

/* How a sync ends, as in sync_jobs; SYNC_HANDED_OVER is no word of the database: the job goes on in
 * another process and its row says `running` (engine.h). */
enum sync_status {
    SYNC_COMPLETED,
    SYNC_PARTIAL,
    SYNC_FAILED,
    SYNC_CANCELLED,
    SYNC_INTERRUPTED,
    SYNC_HANDED_OVER
};
const char *sync_status_name(enum sync_status status);

/* What was done to the rows of a stream. */
struct stream_counts {
    int64_t fresh, updated, unchanged, failed, removed;
};

/* Why no request may go out for the present. */
enum wait_reason {
    WAIT_NONE,
    WAIT_RETRY_AFTER, /* the CRM said so (429, or Retry-After) */
    WAIT_BREAKER      /* the circuit breaker is open */
};
/* The word in JSON: "", "retry-after", "breaker". */
const char *wait_reason_name(enum wait_reason reason);

/* Where the sync stands: each one tells everything, so that only the newest counts. The same goes
 * to sync_jobs.progress as JSON: phase, percent (overall), phasePercent (an object: phases of this
 * sync by name), requests, least, most, rows, failed, retries, rateLeft, rateLimit, rowsPerSecond,
 * requestsPerSecond, etaSeconds, inHand, waitUntil, waitReason, at (when it was saved); and to
 * sync_progress.details of the phase in hand. Both are saved within 250 ms of a change, the ETA of
 * a wait, in which nothing else changes, every 15 s; so etaSeconds counts from `at`. */
struct progress {
    enum sync_phase phase;          /* in hand */
    int percent;                    /* of it, 0..100, never backwards within a phase */
    int phase_percent[PHASE_COUNT]; /* of each, never backwards; -1 = no part of this sync */
    int overall;                    /* of the sync, 0..100, never backwards */
    int64_t requests;               /* made so far */
    int64_t least, most;            /* requests still to make */
    int64_t rows;                   /* read so far */
    int64_t failed;                 /* failed items raised by this sync */
    int64_t retries;
    double rows_per_second, requests_per_second; /* smoothed, one decimal; 0 while it waits */
    int64_t dropped;           /* events so far that met a full ring: what they told is in the
                                  database only. Progress is no loss, the next one follows */
    int rate_left, rate_limit; /* requests left in the window, -1 = not known; limit 0 = none */
    int64_t eta_seconds;       /* -1 = not known */
    int64_t wait_until;        /* wall ms until which no request may go out; 0 = not waiting */
    enum wait_reason wait_reason;
    char in_hand[64]; /* what is being read: a merchant, a month */
};

enum event_type {
    EVENT_STARTED,
    EVENT_PROGRESS,
    EVENT_FAILED_ITEM,
    EVENT_NOTE,
    EVENT_PLAN,
    EVENT_FINISHED
};

struct event {
    enum event_type type;
    union {
        struct {
            char sync_id[37], sync_type[8], from[11], to[11];
            int64_t resumed; /* lists that an interrupted sync had already read */
        } started;
        struct progress progress;
        struct {
            char item_type[12], item_id[80], class[12], code[24], message[112];
        } failed_item;
        struct {
            char text[240];
        } note;
        struct {
            int64_t least[PHASE_COUNT], most[PHASE_COUNT]; /* requests still to make */
            int rate_limit;                                /* a minute; 0 = none */
        } plan;
        struct {
            enum sync_status status;
            int exit_code;
            struct stream_counts counts[3]; /* merchants, transactions, residuals */
            int64_t requests, retries, bytes, failed_items, changes, duration_ms;
            char message[480]; /* why it failed; "" otherwise */
        } finished;
    };
};

enum command_type {
    COMMAND_INTERRUPT, /* ends as `interrupted` */
    COMMAND_CANCEL,    /* ends as `cancelled` */
    COMMAND_HAND_OVER, /* ends as SYNC_HANDED_OVER, unless nothing is left to do */
};

struct command {
    enum command_type type;
};

#endif
