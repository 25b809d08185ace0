/* The schedules as `ipsync schedule` knows them: stored ones, and the defaults where they were
 * never made, each with when it runs next. Main thread. */
#ifndef TUI_SCHEDULES_H
#define TUI_SCHEDULES_H

#include "core/base/err.h"
#include "core/cron.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cli;
struct db_reader;
struct schedule_row;

#define SCHEDULE_NEVER INT64_MAX

struct schedule {
    int64_t id;
    char *type, *cron, *zone;
    char *last_run, *last_status; /* NULL = has not run */
    bool is_active, is_stored;
    struct cron when;
    struct err problem; /* why it cannot run; ERR_NONE = it can */
    int64_t next;       /* wall ms, or SCHEDULE_NEVER: off, or it cannot run */
};

struct schedules {
    struct schedule *rows; /* by id */
    size_t count;
};

/* Reads the database of the configuration, and makes none. */
bool schedules_read(struct schedules *l, const struct cli *cli, struct err *e);
/* `r` NULL = there is no database yet. Takes the place of what the list held. */
bool schedules_load(struct schedules *l, const struct cli *cli, struct db_reader *r, struct err *e);
void schedules_done(struct schedules *l);
/* NULL with ERR_USAGE when there is none of that number. */
struct schedule *schedules_find(const struct schedules *l, int64_t id, struct err *e);
/* Adds one to the list (copied), with its first run from now. */
struct schedule *schedules_note(struct schedules *l, const struct schedule_row *row,
                                bool is_stored);

/* False with the reason: the expression cannot be read, there is no such zone, or the day it names
 * never comes. */
bool schedule_understand(const char *cron, const char *zone, struct cron *when, struct err *e);
/* Sets `next` to the first run after that instant. */
void schedule_find_next(struct schedule *s, int64_t after);

/* "2026-11-23 14:00" on the schedule's own clock; "-" for NULL. */
void schedule_minute(const struct schedule *s, const char *utc, char out[32]);
/* Its number, with a star while it is not stored; and the line that says what a star means. */
void schedule_id(const struct schedule *s, char out[32]);
void schedules_explain_stars(const struct schedules *l);
void schedules_say(const char *line);

#endif
