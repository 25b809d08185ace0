/* `ipsync status`: what runs now, how the last sync ended, how old the data is, what is wrong. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/config.h"
#include "core/health.h"
#include "db/db.h"
#include "db/job_query.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LABEL = 11 };

/* What was found. `active` and `last` are text or JSON already, as the command was asked. */
struct status {
    const char *zone;
    int64_t now;
    struct buf active, last;
    struct json_writer active_json;
    struct health health;
};

/* ---- for people ---- */

static void add_label(struct buf *b, const char *label)
{
    buf_addf(b, "%-*s", LABEL, label);
}

/* "2026-11-23 14:00:00 (3 h 5 min ago)" */
static void add_moment(const struct status *s, struct buf *b, const char *utc)
{
    char local[32];
    char ago[32];
    int64_t then = 0;
    print_time(utc, s->zone, local);
    print_add(b, local);
    if (utc && civil_parse_utc(utc, &then)) {
        print_duration(s->now - then, ago);
        buf_addf(b, s->now - then < 1000 ? " (just now)" : " (%s ago)", ago);
    }
}

static void add_who(struct buf *b, const struct job_progress *job)
{
    buf_adds(b, " by ");
    print_add(b, job->user && *job->user ? job->user : job->triggered_by);
    if (job->host && *job->host) {
        buf_adds(b, " on ");
        print_add(b, job->host);
    }
    if (job->pid) {
        buf_addf(b, ", pid %" PRId64, job->pid);
    }
}

static void add_forecast(const struct status *s, struct buf *b, const struct job_progress *job)
{
    char words[32];
    if (job->eta_seconds >= 0) {
        print_duration(job->eta_seconds * 1000, words);
        buf_addf(b, "about %s left; ", words);
    }
    if (job->wait_until) {
        print_time(job->wait_until, s->zone, words);
        buf_adds(b, job->wait_reason && !strcmp(job->wait_reason, "breaker")
                        ? "the circuit breaker is open until "
                        : "the CRM asked to wait (429/503) until ");
        print_add(b, words);
        buf_adds(b, "; ");
    }
    buf_adds(b, job->is_cancelled ? "asked to stop; " : "");
    if (b->len > 2 && !memcmp(b->data + b->len - 2, "; ", 2)) {
        b->len -= 2;
        b->data[b->len] = '\0';
        buf_addc(b, '\n');
        add_label(b, "");
    }
}

static void tell_active(void *data, const struct job_progress *job)
{
    struct status *s = data;
    struct buf *b = &s->active;
    add_label(b, "Now");
    buf_addf(b, "%s sync, %" PRId64 " %%", job->sync_type, job->percent);
    buf_addf(b, job->phase ? ", %s" : "", job->phase);
    if (job->message && *job->message) {
        buf_adds(b, ": ");
        print_add(b, job->message);
    }
    buf_addc(b, '\n');
    add_label(b, "");
    add_forecast(s, b, job);
    buf_adds(b, "since ");
    add_moment(s, b, job->started_at);
    buf_addc(b, '\n');
    add_label(b, "");
    buf_adds(b, "started");
    add_who(b, job);
    buf_addc(b, '\n');
    add_label(b, "");
    buf_addf(b, "%s\n", job->id);
}

static void add_counts(struct buf *b, const struct job_row *job)
{
    char words[4][32];
    print_count(job->fresh, words[0]);
    print_count(job->updated, words[1]);
    print_count(job->unchanged, words[2]);
    print_count(job->requests, words[3]);
    add_label(b, "");
    buf_addf(b, "%s new, %s updated, %s unchanged; %s requests", words[0], words[1], words[2],
             words[3]);
    if (job->duration_ms >= 0) {
        print_duration(job->duration_ms, words[0]);
        buf_addf(b, " in %s", words[0]);
    }
    buf_addc(b, '\n');
    if (job->failed_items) {
        add_label(b, "");
        buf_addf(b, "%" PRId64 " failed item%s\n", job->failed_items,
                 job->failed_items == 1 ? "" : "s");
    }
}

static void tell_last(void *data, const struct job_row *job)
{
    struct status *s = data;
    struct buf *b = &s->last;
    add_label(b, "Last sync");
    buf_addf(b, "%s, %s ", job->sync_type, job->status);
    add_moment(s, b, job->completed_at);
    buf_addc(b, '\n');
    if (job->has_counts) {
        add_counts(b, job);
    }
    if (job->error_message && *job->error_message) {
        add_label(b, "");
        print_add(b, job->error_message);
        buf_addc(b, '\n');
    }
}

static void add_failed(const struct health *h, struct buf *b)
{
    char pending[32];
    char permanent[32];
    print_count(h->failed_pending, pending);
    print_count(h->failed_permanent, permanent);
    add_label(b, "Failed");
    if (h->failed_pending + h->failed_permanent) {
        buf_addf(b, "%s pending, %s permanent; `ipsync failed` lists them\n", pending, permanent);
    } else {
        buf_adds(b, "no failed items\n");
    }
}

static void add_age(int64_t seconds, struct buf *b)
{
    char words[32];
    add_label(b, "Data");
    if (seconds < 0) {
        buf_adds(b, "never synced; `ipsync sync initial` starts the first\n");
    } else {
        print_duration(seconds * 1000, words);
        buf_addf(b, "%s old\n", words);
    }
}

static void add_breaker(const struct status *s, struct buf *b)
{
    add_label(b, "Breaker");
    buf_addf(b, "%s", breaker_state_name(s->health.breaker));
    if (s->health.breaker != BREAKER_CLOSED) {
        buf_adds(b, "; `ipsync breaker` tells why");
    }
    buf_addc(b, '\n');
}

static void add_text(const struct status *s, struct buf *b)
{
    buf_adds(b, s->active.len ? s->active.data : "Now        no sync is running\n");
    buf_adds(b, s->last.len ? s->last.data : "Last sync  none yet\n");
    add_age(s->health.age_seconds, b);
    add_failed(&s->health, b);
    add_breaker(s, b);
    buf_adds(b, "Next runs  none\n");
    add_label(b, "Health");
    buf_addf(b, "%s%s%s\n", health_name(s->health.level), s->health.reasons[0] ? ": " : "",
             s->health.reasons);
}

/* ---- JSON ---- */

static void add_number(struct json_writer *j, int64_t n_or_unknown)
{
    if (n_or_unknown < 0) {
        json_null(j);
    } else {
        json_int(j, n_or_unknown);
    }
}

static void add_active_json(void *data, const struct job_progress *job)
{
    struct status *s = data;
    struct json_writer *j = &s->active_json;
    json_object(j);
    json_kv_string(j, "syncId", job->id);
    json_kv_string(j, "syncType", job->sync_type);
    json_kv_string(j, "phase", job->phase);
    json_kv_int(j, "progress", job->percent);
    json_kv_string(j, "message", job->message);
    json_kv_string(j, "startedAt", job->started_at);
    json_key(j, "etaSeconds");
    add_number(j, job->eta_seconds);
    json_kv_string(j, "waitUntil", job->wait_until);
    json_kv_string(j, "waitReason", job->wait_reason);
    json_kv_bool(j, "cancelRequested", job->is_cancelled);
    json_kv_string(j, "triggeredBy", job->triggered_by);
    json_kv_string(j, "user", job->user);
    json_kv_string(j, "host", job->host);
    json_kv_int(j, "pid", job->pid);
    json_end_object(j);
}

static void add_last_json(void *data, const struct job_row *job)
{
    struct status *s = data;
    struct json_writer j;
    json_begin(&j, &s->last);
    cmd_json_job(&j, job);
}

static void add_empty_array(struct json_writer *j, const char *key)
{
    json_key(j, key);
    json_array(j);
    json_end_array(j);
}

static void add_json(const struct status *s, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    json_kv_string(&j, "health", health_name(s->health.level));
    json_kv_string(&j, "healthReason", s->health.reasons);
    json_key(&j, "active");
    json_array(&j);
    if (s->active.len) {
        json_raw(&j, s->active.data);
    }
    json_end_array(&j);
    json_key(&j, "lastSync");
    json_raw(&j, s->last.data);
    json_key(&j, "dataAgeSeconds");
    add_number(&j, s->health.age_seconds);
    json_kv_string(&j, "breaker", breaker_state_name(s->health.breaker));
    add_empty_array(&j, "nextRuns");
    json_key(&j, "failedItems");
    json_object(&j);
    json_kv_int(&j, "pending", s->health.failed_pending);
    json_kv_int(&j, "permanent", s->health.failed_permanent);
    json_end_object(&j);
    add_empty_array(&j, "alerts");
    json_end_object(&j);
    buf_addc(b, '\n');
}

/* ---- what is there ---- */

static bool look(struct status *s, const struct cli *cli, struct db_reader *r, struct err *e)
{
    struct stale_jobs stale;
    json_begin(&s->active_json, &s->active);
    return cmd_settle_stale(cli, r, &stale, e) &&
           (stale.is_left ||
            job_query_running(r, cli->json ? add_active_json : tell_active, s, e)) &&
           job_query_last(r, !stale.is_left, cli->json ? add_last_json : tell_last, s, e) &&
           health_look(r, cli->config->api.base_url, !stale.is_left, s->now, &s->health, e);
}

int cmd_status(struct cli *cli)
{
    struct err e = {0};
    struct db_reader *r = NULL;
    struct buf b = {0};
    struct status s = {.zone = cli->config->schedule.timezone, .now = clock_wall_ms()};
    bool ok = cmd_open_reader(cli, &r, &e) &&
              (r ? look(&s, cli, r, &e) : health_look(NULL, "", false, s.now, &s.health, &e));
    db_reader_close(r);
    if (ok) {
        (cli->json ? add_json : add_text)(&s, &b);
        print_out(&b);
    }
    buf_done(&s.active);
    buf_done(&s.last);
    buf_done(&b);
    return ok ? cmd_done() : cli_fail(&e);
}
