#include "tui/failed_summary.h"

#include "core/base/buf.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "core/config.h"
#include "db/failed_query.h"
#include "db/recovery_query.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdio.h>

enum { TYPES_MOST = 8, CODES_MOST = 20 };

struct summary {
    struct failed_counts counts;
    struct recovery recovery;
    struct {
        char name[16];
        int64_t open;
    } types[TYPES_MOST];
    int type_count;
    struct {
        char code[32], oldest[32];
        int64_t permanent, given_up;
    } never[CODES_MOST];
    int never_count;
};

static void note_type(void *data, const char *item_type, int64_t open)
{
    struct summary *s = data;
    if (s->type_count < TYPES_MOST) {
        snprintf(s->types[s->type_count].name, sizeof s->types[0].name, "%s", item_type);
        s->types[s->type_count++].open = open;
    }
}

static void note_never(void *data, const struct recovery_never *never)
{
    struct summary *s = data;
    if (s->never_count < CODES_MOST) {
        int i = s->never_count++;
        text_copy(s->never[i].code, sizeof s->never[i].code, never->code);
        text_copy(s->never[i].oldest, sizeof s->never[i].oldest,
                  never->oldest ? never->oldest : "");
        s->never[i].permanent = never->permanent;
        s->never[i].given_up = never->given_up;
    }
}

static double rate(const struct summary *s)
{
    return 100.0 * (double)s->counts.recovered / (double)s->counts.total;
}

/* ---- as JSON ---- */

static void kv_decimal(struct json_writer *j, const char *key, double value, int decimals,
                       bool is_known)
{
    json_key(j, key);
    if (is_known) {
        json_decimal(j, value, decimals);
    } else {
        json_null(j);
    }
}

static void add_recovery_json(const struct summary *s, struct json_writer *j)
{
    const struct recovery *r = &s->recovery;
    bool any = r->measured > 0;
    json_kv_int(j, "healed", r->healed);
    json_kv_int(j, "covered", r->covered);
    kv_decimal(j, "recoveryRate", s->counts.total ? rate(s) : 0, 2, s->counts.total > 0);
    json_kv_int(j, "measured", r->measured);
    kv_decimal(j, "medianSeconds", (double)r->median_ms / 1000, 3, any);
    kv_decimal(j, "longestSeconds", (double)r->longest_ms / 1000, 3, any);
    kv_decimal(j, "averageTries", r->average_tries, 2, any);
    json_key(j, "neverHeals");
    json_array(j);
    for (int i = 0; i < s->never_count; i++) {
        json_object(j);
        json_kv_string(j, "code", s->never[i].code);
        json_kv_int(j, "permanent", s->never[i].permanent);
        json_kv_string(j, "oldest", s->never[i].oldest[0] ? s->never[i].oldest : NULL);
        json_kv_int(j, "givenUp", s->never[i].given_up);
        json_end_object(j);
    }
    json_end_array(j);
}

static void add_json(const struct cli *cli, const struct summary *s, struct buf *b)
{
    struct json_writer j;
    (void)cli;
    json_begin(&j, b);
    json_object(&j);
    json_kv_int(&j, "totalFailed", s->counts.total);
    json_kv_int(&j, "recovered", s->counts.recovered);
    json_kv_int(&j, "pending", s->counts.pending);
    json_kv_int(&j, "permanent", s->counts.permanent);
    json_kv_int(&j, "givenUp", s->counts.given_up);
    json_key(&j, "byType");
    json_object(&j);
    for (int i = 0; i < s->type_count; i++) {
        json_kv_int(&j, s->types[i].name, s->types[i].open);
    }
    json_end_object(&j);
    add_recovery_json(s, &j);
    json_end_object(&j);
    buf_addc(b, '\n');
}

/* ---- for people ---- */

static void add_line(struct buf *b, const char *label, int64_t n, const char *words)
{
    char text[32];
    print_count(n, text);
    buf_addf(b, "%-12s%10s", label, text);
    buf_addf(b, "%s%s\n", *words ? "  " : "", words);
}

static void add_recovery(const struct recovery *r, struct buf *b)
{
    char median[32];
    char longest[32];
    char sample[64] = "";
    add_line(b, "  healed", r->healed, "by a retry");
    add_line(b, "  covered", r->covered, "by a later sync");
    if (!r->measured) {
        return;
    }
    if (r->measured < r->healed + r->covered) {
        snprintf(sample, sizeof sample, " (of the last %" PRId64 ")", r->measured);
    }
    print_duration(r->median_ms, median);
    print_duration(r->longest_ms, longest);
    buf_addf(b, "%-22s  %s as a rule, %s at most%s\n", "  took", median, longest, sample);
    buf_addf(b, "%-12s%10.1f  retries on average\n", "  tries", r->average_tries);
}

static void add_never(const struct cli *cli, const struct summary *s, struct buf *b)
{
    struct buf code = {0};
    int64_t shown = 0;
    for (int i = 0; i < s->never_count; i++) {
        shown += s->never[i].permanent + s->never[i].given_up;
    }
    bool is_all = shown >= s->counts.permanent + s->counts.given_up;
    for (int i = 0; i < s->never_count; i++) {
        char open[32];
        char given_up[32];
        char when[32];
        print_count(s->never[i].permanent, open);
        print_count(s->never[i].given_up, given_up);
        print_time(s->never[i].oldest, cli->config->schedule.timezone, when);
        if (!i) {
            buf_addf(b, "\n%-30s%10s%10s  %s\n",
                     is_all ? "What does not heal" : "What does not heal (a sample)", "open",
                     "given up", "oldest open");
        }
        buf_clear(&code);
        text_add_visible(&code, s->never[i].code);
        buf_adds(b, "  ");
        text_add_fit(b, code.data, 28, true);
        buf_addf(b, "%10s%10s  %s\n", open, given_up, when);
    }
    buf_done(&code);
}

static void add_text(const struct cli *cli, const struct summary *s, struct buf *b)
{
    const struct failed_counts *c = &s->counts;
    char share[64] = "";
    if (c->total > 0) {
        snprintf(share, sizeof share, "%.2f %% of all", rate(s));
    }
    add_line(b, "Failed", c->total, "ever recorded");
    add_line(b, "Recovered", c->recovered, share);
    if (c->recovered) {
        add_recovery(&s->recovery, b);
    }
    add_line(b, "Pending", c->pending, c->pending ? "tried again when due" : "");
    add_line(b, "Permanent", c->permanent,
             c->permanent ? "`ipsync retry --all` tries these too" : "");
    add_line(b, "Given up", c->given_up, "");
    for (int i = 0; i < s->type_count; i++) {
        char label[24];
        snprintf(label, sizeof label, "  %s", s->types[i].name);
        buf_adds(b, i ? "" : "\nOpen, by type\n");
        buf_addf(b, "%-14s%8" PRId64 "\n", label, s->types[i].open);
    }
    add_never(cli, s, b);
}

bool failed_summary(const struct cli *cli, struct db_reader *r, struct err *e)
{
    struct summary s = {.recovery = {.median_ms = -1, .longest_ms = -1}};
    struct buf b = {0};
    if (r && (!failed_query_counts(r, &s.counts, e) || !failed_query_types(r, note_type, &s, e) ||
              !recovery_query(r, &s.recovery, e) || !recovery_query_never(r, note_never, &s, e))) {
        return false;
    }
    (cli->json ? add_json : add_text)(cli, &s, &b);
    cmd_flush(&b, true);
    buf_done(&b);
    return true;
}
