#include "tui/schedule_preview.h"

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/config.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"
#include "tui/schedules.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

enum { DAYS_DEFAULT = 7, YEAR_FIRST = 1970, YEAR_END = 9900 };

/* Runs are wanted after the one instant and up to the other (wall ms). */
struct span {
    int64_t after, last;
};

/* From now, or from a day's first moment in the configured zone; as many days of its clocks. */
static bool find_span(const struct cli *cli, struct span *out, struct err *e)
{
    const char *zone = cli->config->schedule.timezone;
    int64_t now = clock_wall_ms();
    int second = 0;
    struct civil day = zone_moment(zone, now, &second);
    if (cli->from) {
        civil_parse_iso(cli->from, &day);
        second = 0;
    }
    int64_t end = civil_to_days(day) + (cli->days ? cli->days : DAYS_DEFAULT);
    if (day.year < YEAR_FIRST || end >= civil_to_days((struct civil){YEAR_END, 1, 1})) {
        return err_set(e, ERR_USAGE, "the days to preview must lie in the years %d to %d",
                       YEAR_FIRST, YEAR_END - 1);
    }
    out->after = cli->from ? zone_instant(zone, day, 0) - 1 : now;
    out->last =
        zone_instant(zone, civil_from_days((int32_t)end), second) + (cli->from ? -1 : now % 1000);
    return true;
}

/* The schedule with the soonest run, which whoever takes it moves on. NULL = no more in the span.
 */
static struct schedule *soonest(const struct schedules *l, const struct span *span)
{
    struct schedule *first = NULL;
    for (size_t i = 0; i < l->count; i++) {
        struct schedule *s = &l->rows[i];
        first = s->next <= span->last && (!first || s->next < first->next) ? s : first;
    }
    return first;
}

static void show_run(struct print_table *t, const struct schedule *s)
{
    char id[32];
    char local[32];
    char utc[25];
    civil_format_utc(s->next, utc);
    schedule_minute(s, utc, local);
    utc[strlen("2026-11-23T14:00")] = '\0';
    utc[strlen("2026-11-23")] = ' ';
    schedule_id(s, id);
    const char *cells[] = {local, s->zone, utc, id, s->type, s->cron};
    print_table_row(t, cells);
}

static void preview_table(struct schedules *l, const struct span *span)
{
    static const char *const headings[] = {"LOCAL TIME", "ZONE", "UTC", "ID", "TYPE", "CRON"};
    static const bool right[sizeof headings / sizeof headings[0]] = {[3] = true};
    struct schedule *s = soonest(l, span);
    if (!s) {
        schedules_say("Nothing is to run in that time.\n");
        return;
    }
    struct print_table *t = print_table_new(headings, right, sizeof right);
    for (; s && !print_error(); s = soonest(l, span)) {
        show_run(t, s);
        schedule_find_next(s, s->next);
    }
    print_table_end(t);
    schedules_explain_stars(l);
}

static void add_run_json(struct json_writer *j, const struct schedule *s)
{
    char utc[25];
    char local[32];
    civil_format_utc(s->next, utc);
    print_time(utc, s->zone, local);
    json_object(j);
    json_kv_string(j, "at", utc);
    json_kv_string(j, "local", local);
    json_kv_string(j, "zone", s->zone);
    json_kv_int(j, "scheduleId", s->id);
    json_kv_bool(j, "stored", s->is_stored);
    json_kv_string(j, "syncType", s->type);
    json_kv_string(j, "cronExpression", s->cron);
    json_end_object(j);
}

static void preview_json(struct schedules *l, const struct span *span)
{
    struct buf b = {0};
    struct json_writer j;
    json_begin(&j, &b);
    json_array(&j);
    for (struct schedule *s; (s = soonest(l, span)) && cmd_flush(&b, false);) {
        add_run_json(&j, s);
        schedule_find_next(s, s->next);
    }
    json_end_array(&j);
    buf_addc(&b, '\n');
    cmd_flush(&b, true);
    buf_done(&b);
}

/* One that is on and cannot run is missing in what follows: that is told. */
static void begin_span(struct schedules *l, const struct span *span)
{
    for (size_t i = 0; i < l->count; i++) {
        struct schedule *s = &l->rows[i];
        schedule_find_next(s, span->after);
        if (s->is_active && s->problem.kind != ERR_NONE) {
            struct err e = s->problem;
            err_wrap(&e, "schedule %" PRId64 " never runs", s->id);
            cli_fail(&e);
        }
    }
}

bool schedule_preview(const struct cli *cli, struct err *e)
{
    struct schedules l = {0};
    struct span span = {0};
    bool ok = find_span(cli, &span, e) && schedules_read(&l, cli, e);
    if (ok) {
        begin_span(&l, &span);
        (cli->json ? preview_json : preview_table)(&l, &span);
    }
    schedules_done(&l);
    return ok;
}
