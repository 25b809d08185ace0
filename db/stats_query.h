/* The analytics, from figures kept by day (sync_days, sync_error_days): under a millisecond
 * whatever the tables hold.
 *
 * Days are UTC days. A sync belongs to the day on which it started; it counts once it has ended. A
 * failed item belongs to the day on which it was recorded. What a file of an older schema (no kept
 * figures) does not tell is 0, "" or NAN. The reader's thread; false with ERR_DB. */
#ifndef DB_STATS_QUERY_H
#define DB_STATS_QUERY_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct err;

enum { STATS_DAYS_MAX = 366, STATS_TYPES = 3, STATS_STREAMS = 3, STATS_CLASSES_MAX = 32 };

struct stats_sum {
    int64_t total; /* that ended, however */
    int64_t completed, partial, failed, cancelled, interrupted;
    int64_t average_ms;                /* duration of the completed; -1 = none */
    double success_rate;               /* percent of `total` that completed; NAN = none ended */
    int64_t rows;                      /* new, updated and unchanged, of the three streams */
    int64_t fresh, updated, unchanged; /* the same apart */
    int64_t requests, retries;
    int64_t failed_items; /* as the syncs counted them: one that fails again counts again */
    int64_t errors;       /* failed items recorded (0 in stats_type) */
};

struct stats_day {
    char date[11]; /* YYYY-MM-DD */
    struct stats_sum sum;
};

struct stats_type {
    const char *sync_type; /* initial, daily, manual: static */
    struct stats_sum sum, before;
};

struct stats_class {
    char class[16]; /* transient, permanent, … */
    char kind[32];  /* "HTTP 500", else the code; "other" = the rest */
    int64_t items, before;
};

struct stats_stream {
    const char *name;      /* merchants, transactions, residuals: static */
    char completed_at[32]; /* when a completed or partial sync last covered it; "" = never */
};

struct stats {
    int days;                     /* 1..STATS_DAYS_MAX */
    struct stats_sum now, before; /* the last `days` days, today's among them; those before */
    char last_sync[32];           /* when a sync last ended, ever; "" = never */
    struct stats_day day[STATS_DAYS_MAX]; /* `days` of them, oldest first, today last */
    struct stats_type types[STATS_TYPES];
    struct stats_class classes[STATS_CLASSES_MAX]; /* most items first */
    int class_count;
    struct stats_stream streams[STATS_STREAMS];
};

/* Fills `out` (about 60 kB: not for the stack of a thread with little) as of `now_ms` (wall clock,
 * UTC). `days` is brought into 1..STATS_DAYS_MAX. */
bool stats_read(struct db_reader *r, int days, int64_t now_ms, struct stats *out, struct err *e);

#endif
