#include "tui/schedules.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/config.h"
#include "db/db.h"
#include "db/schedule_store.h"
#include "db/state_store.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MINUTE_LEN = 16 };

/* ---- when ---- */

bool schedule_understand(const char *cron, const char *zone, struct cron *when, struct err *e)
{
    int64_t next = 0;
    if (!cron_parse(cron, when, e)) {
        return false;
    }
    if (!zone_exists(zone)) {
        return err_set(e, ERR_USAGE,
                       "there is no time zone '%.80s'; they have names like "
                       "America/New_York",
                       zone);
    }
    return cron_next(when, zone, clock_wall_ms(), &next) ||
           err_set(e, ERR_USAGE, "cron expression '%.80s': such a day never comes", cron);
}

void schedule_find_next(struct schedule *s, int64_t after)
{
    bool runs = s->is_active && s->problem.kind == ERR_NONE;
    if (!runs || !cron_next(&s->when, s->zone, after, &s->next)) {
        s->next = SCHEDULE_NEVER;
    }
}

/* ---- which ---- */

void schedules_done(struct schedules *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct schedule *s = &l->rows[i];
        free(s->type);
        free(s->cron);
        free(s->zone);
        free(s->last_run);
        free(s->last_status);
    }
    free(l->rows);
    *l = (struct schedules){0};
}

struct schedule *schedules_note(struct schedules *l, const struct schedule_row *row, bool is_stored)
{
    l->rows = mem_realloc(l->rows, (l->count + 1) * sizeof *l->rows);
    struct schedule *s = &l->rows[l->count++];
    *s = (struct schedule){.id = row->id,
                           .type = mem_strdup(row->sync_type),
                           .cron = mem_strdup(row->cron_expression),
                           .zone = mem_strdup(row->timezone),
                           .last_run = mem_strdup(row->last_run),
                           .last_status = mem_strdup(row->last_status),
                           .is_active = row->is_active,
                           .is_stored = is_stored};
    schedule_understand(s->cron, s->zone, &s->when, &s->problem);
    schedule_find_next(s, clock_wall_ms());
    return s;
}

static void note_stored(void *data, const struct schedule_row *row)
{
    schedules_note(data, row, true);
}

/* What schedule_make_defaults() will store, under the numbers that SQLite will give them. */
static void note_defaults(struct schedules *l, const char *zone)
{
    static const char *const crons[] = {"0 11 * * *", "0 19 * * *"};
    int64_t last = l->count ? l->rows[l->count - 1].id : 0;
    for (size_t i = 0; i < sizeof crons / sizeof crons[0]; i++) {
        struct schedule_row row = {.id = last + 1 + (int64_t)i,
                                   .sync_type = "daily",
                                   .cron_expression = crons[i],
                                   .timezone = zone,
                                   .is_active = true};
        schedules_note(l, &row, false);
    }
}

bool schedules_load(struct schedules *l, const struct cli *cli, struct db_reader *r, struct err *e)
{
    char value[8];
    bool was_made = false;
    schedules_done(l);
    if (r && (!schedule_each(r, note_stored, l, e) ||
              !state_get(r, "schedules_made", value, sizeof value, &was_made, e))) {
        return false;
    }
    if (!was_made) {
        note_defaults(l, cli->config->schedule.timezone);
    }
    return true;
}

bool schedules_read(struct schedules *l, const struct cli *cli, struct err *e)
{
    struct db_reader *r = NULL;
    bool ok = cmd_open_reader(cli, &r, e) && schedules_load(l, cli, r, e);
    db_reader_close(r);
    return ok;
}

struct schedule *schedules_find(const struct schedules *l, int64_t id, struct err *e)
{
    for (size_t i = 0; i < l->count; i++) {
        if (l->rows[i].id == id) {
            return &l->rows[i];
        }
    }
    err_set(e, ERR_USAGE, "there is no schedule %" PRId64 "; `ipsync schedule` lists them", id);
    return NULL;
}

/* ---- words ---- */

void schedule_minute(const struct schedule *s, const char *utc, char out[32])
{
    print_time(utc, zone_exists(s->zone) ? s->zone : "UTC", out);
    out[MINUTE_LEN] = '\0';
}

void schedule_id(const struct schedule *s, char out[32])
{
    snprintf(out, 32, "%" PRId64 "%s", s->id, s->is_stored ? "" : "*");
}

void schedules_say(const char *line)
{
    struct buf b = {0};
    buf_adds(&b, line);
    print_out(&b);
    buf_done(&b);
}

void schedules_explain_stars(const struct schedules *l)
{
    if (l->count && !l->rows[l->count - 1].is_stored) { /* the defaults come last */
        schedules_say("* a default, not stored yet: the first change stores it\n");
    }
}
