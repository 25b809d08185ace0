/* sync_schedules: when which sync is to run. Cron expressions and zones are stored, not understood,
 * here. Strings are borrowed for the call of `visit`, NULL where the database has none. */
#ifndef DB_SCHEDULE_STORE_H
#define DB_SCHEDULE_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

struct schedule_row {
    int64_t id;
    const char *sync_type, *cron_expression;
    const char *timezone; /* a zone of the system's, never "" */
    bool is_active;
    const char *next_run, *last_run; /* UTC text */
    const char *last_status;         /* a job's status */
};

/* All of them by id; none in a file of an older schema. The reader's thread. */
bool schedule_each(struct db_reader *r,
                   void (*visit)(void *data, const struct schedule_row *schedule), void *data,
                   struct err *e);

/* At the first start: daily at 11:00 and 19:00 in `zone`. Only once for a database, so that one
 * that was removed does not come back; `made` says whether it was now. Makes its own transaction,
 * and none when there is nothing to do. ERR_BUSY as db_begin. */
bool schedule_make_defaults(struct db_writer *w, const char *zone, bool *made, struct err *e);

/* These work in a write transaction; found = false when there is no such schedule. */
bool schedule_set_active(struct db_writer *w, int64_t id, bool is_active, bool *found,
                         struct err *e);
bool schedule_set_next_run(struct db_writer *w, int64_t id, const char *next_run, bool *found,
                           struct err *e); /* NULL = not known */
bool schedule_set_last(struct db_writer *w, int64_t id, const char *last_run, const char *status,
                       bool *found, struct err *e);
bool schedule_add(struct db_writer *w, const struct schedule_row *schedule, int64_t *id,
                  struct err *e);
bool schedule_remove(struct db_writer *w, int64_t id, bool *found, struct err *e);

#endif
