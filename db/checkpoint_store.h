/* Where the walks of an unfinished sync stand. In a write transaction, the one with the page's
 * rows. */
#ifndef DB_CHECKPOINT_STORE_H
#define DB_CHECKPOINT_STORE_H

#include "core/base/keyset.h"

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

struct checkpoint {
    const char *sync_type, *walk, *scope, *version; /* borrowed */
    int pages;                                      /* 1..pages are in the database */
    int64_t total;                                  /* meta.total of this reading, -1 = not named */
    int64_t rows_seen;
    int per_page; /* how large its pages are; 0 = the resource's largest */
    bool whole;   /* no unreadable record so far */
    bool complete;
    char started_at[25]; /* when this reading began */
};

bool checkpoint_save(struct db_writer *w, const struct checkpoint *p, const char *now,
                     struct err *e);
/* Looks for the checkpoint of (sync_type, walk) with the same scope and version, saved between
 * `not_before` and `not_after` (UTC text; what a wrong clock has dated years ahead would count for
 * years), and fills in the rest. */
bool checkpoint_find(struct db_reader *r, struct checkpoint *p, const char *not_before,
                     const char *not_after, bool *found, struct err *e);

/* The keys of one page of a walk that goes on; and all of them back into a set. */
bool checkpoint_save_keys(struct db_writer *w, const struct checkpoint *p, const uint64_t *keys,
                          size_t count, struct err *e);
bool checkpoint_load_keys(struct db_reader *r, const struct checkpoint *p, struct keyset *into,
                          struct err *e);
/* A walk that begins again, or is complete, needs its keys no more. */
bool checkpoint_drop_keys(struct db_writer *w, const struct checkpoint *p, struct err *e);

/* All of one sync type: it has come to its end, or is to start afresh. */
bool checkpoint_drop_all(struct db_writer *w, const char *sync_type, struct err *e);

#endif
