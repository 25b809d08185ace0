/* One seed's world: its CRM, its weather, its clocks and its database. One thread, one world at a
 * time. */
#ifndef TORTURE_WORLD_H
#define TORTURE_WORLD_H

#include "core/config.h"
#include "tests/torture/chance.h"
#include "tests/torture/crm.h"

#include <setjmp.h>
#include <stdbool.h>
#include <stdint.h>

enum { FAULT_KINDS_MOST = 48, OUTAGES = 2, HAPPENINGS = 48 };

/* What is to happen to the world while a sync runs, and when (monotonic ms). */
enum happening_kind {
    HAPPEN_NOTHING,
    HAPPEN_CHANGE,   /* the CRM's data changes */
    HAPPEN_JUMP,     /* the wall clock jumps */
    HAPPEN_NEW_KEY,  /* the CRM takes another key from now on */
    HAPPEN_KEY_FILE, /* and the operator puts it into the file */
    HAPPEN_OTHERS,   /* another client uses the limit */
    HAPPEN_INTERRUPT,
    HAPPEN_CANCEL,
    HAPPEN_CANCEL_ROW, /* asked for through the database, as `ipsync cancel` does */
    HAPPEN_HAND_OVER,
    HAPPEN_KINDS
};

struct happening {
    enum happening_kind kind; /* HAPPEN_NOTHING: over */
    int64_t at;
};

struct weather {  /* what the network and the CRM do to requests */
    int permille; /* so many requests meet a fault of those allowed */
    bool allowed[FAULT_KINDS_MOST];
    struct {
        int64_t from, to; /* every request meets it */
        int fault;
    } outages[OUTAGES];
    int forbidden; /* a merchant that may not be read; -1 = none */
    int latency_ms, jitter_ms;
    bool shuffles; /* the order of rows changes from request to request */
};

struct world {
    uint64_t seed;
    bool verbose;
    struct chance chance;
    struct crm crm;
    struct config config;
    char folder[64], database[96], key_file[96];

    int64_t mono, wall_offset; /* ms */
    int64_t true_offset;       /* before the wall clock jumped */
    int latest_day;            /* that was asked for */
    struct weather weather;
    struct happening happenings[HAPPENINGS];
    int server_key, file_key;
    int limit;        /* requests a minute, 0 = none */
    bool names_limit; /* in every answer */

    bool is_static; /* nothing changes and nobody lies: the database may never hold anything else */
    bool is_shuffled; /* but the order of its lists changes */
    bool is_unsure;   /* the CRM changed or lied: only another whole reading proves anything */
    bool was_odd;     /* an answer did not fit the other pages: its list has to be read again */
    int64_t syncs, requests, faults; /* of this seed */

    /* what ends a process without a word: so many requests or commits from now; 0 = never */
    int kill_at_request, kill_at_commit;
    bool kill_before_commit, kill_loses_tail;
    bool ended_well; /* the last run */
    bool is_killed;  /* the files were copied: what the run does from here on is void */

    bool is_broken;
    char broken[400]; /* the first thing found to be wrong */
    jmp_buf away;     /* out of a sync that does not end */
};

extern struct world *the_world;

/* Something is wrong. The first one counts. */
void world_broken(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* A line for --verbose. */
void world_say(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

void world_set_time(struct world *w, int64_t mono);
int64_t world_wall(const struct world *w);
int world_today(const struct world *w); /* in the schedule's zone */
void world_write_key(struct world *w);

/* crash.c: a process that is killed at this moment. Copies the database's files as they are. */
void world_kill(struct world *w);
/* Goes on from the copy. */
void world_rise(struct world *w);
void world_drop_files(struct world *w);
/* A fresh database; the first call makes the template in `folder`. */
bool world_new_database(struct world *w);

#endif
