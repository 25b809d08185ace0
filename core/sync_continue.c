/* The same job in two processes, one after the other: what the first leaves behind besides rows,
 * checkpoints and results, and how the second takes it all up.
 *
 * Lists with a checkpoint go on at their page. The others (the merchants when they were not read to
 * their end, a retry's) are read anew, and what that counts a second time is taken back. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/json_write.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/json.h"
#include "core/money.h"
#include "db/job_store.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

struct handed_walk {
    char name[112];
    struct walk_count counts[COUNT_TABLES];
};

/* ---- what is left behind ---- */

static void add_walk(struct json_writer *j, const struct walk *w)
{
    json_object(j);
    json_kv_string(j, "name", w->name);
    json_key(j, "counts");
    json_array(j);
    for (int i = 0; i < COUNT_TABLES; i++) {
        json_int(j, w->counts[i].changed);
        json_int(j, w->counts[i].unchanged);
        json_int(j, w->counts[i].changed_before);
    }
    json_end_array(j);
    json_end_object(j);
}

void sync_continue_add(const struct sync *s, struct json_writer *j)
{
    json_key(j, "handOver");
    json_object(j);
    json_kv_bool(j, "listRead", sync_source_list_is_read(s));
    json_kv_int(j, "transactionPages", s->transaction_pages);
    json_kv_int(j, "unproven", s->unproven);
    json_key(j, "walks");
    json_array(j);
    for (const struct walk *w = s->walks; w; w = w->next) {
        add_walk(j, w);
    }
    json_end_array(j);
    json_end_object(j);
}

/* ---- taking it up ---- */

static int64_t number_of(struct sync *s, const cJSON *item)
{
    int64_t n = 0;
    const char *digits = json_scalar(s->arena, item, NULL);
    return digits && money_parse(digits, 0, &n, NULL) ? n : 0;
}

/* 0 for what is missing or no number. */
static int64_t number(struct sync *s, const cJSON *object, const char *key)
{
    return number_of(s, cJSON_GetObjectItemCaseSensitive(object, key));
}

static const cJSON *parsed(struct sync *s, struct buf *json)
{
    return json->data ? json_parse(s->arena, json->data, json->len, NULL) : NULL;
}

static void take_counts(struct sync *s, const cJSON *results)
{
    for (int i = 0; i < COUNT_TABLES; i++) {
        const cJSON *of = cJSON_GetObjectItemCaseSensitive(results, sync_count_keys[i]);
        s->counts[i] = (struct stream_counts){.fresh = number(s, of, "new"),
                                              .updated = number(s, of, "updated"),
                                              .unchanged = number(s, of, "unchanged"),
                                              .failed = number(s, of, "failed"),
                                              .removed = number(s, of, "removed")};
    }
}

static void take_results(struct sync *s, const cJSON *results)
{
    const cJSON *warning = NULL;
    take_counts(s, results);
    s->requests = number(s, results, "requests");
    s->retries = number(s, results, "retries");
    s->wire_bytes = number(s, results, "bytes");
    s->failed_items = number(s, results, "failedItems");
    cJSON_ArrayForEach(warning, cJSON_GetObjectItemCaseSensitive(results, "warnings"))
    {
        if (cJSON_IsString(warning)) {
            sync_keep_warning(s, warning->valuestring);
        }
    }
}

/* The first process' time counts, whatever the wall clock says of the gap. */
static void take_times(struct sync *s, const char *started_at, int64_t worked_ms)
{
    int64_t began = 0;
    int64_t now = clock_wall_ms();
    if (civil_parse_utc(started_at, &began) && began <= now) {
        sync_set_start(s, began);
    }
    int64_t gone = now - s->started_wall;
    s->started_mono = clock_mono_ms() - (gone > worked_ms ? gone : worked_ms);
}

static void take_percents(struct sync *s, const cJSON *progress)
{
    const cJSON *of = cJSON_GetObjectItemCaseSensitive(progress, "phasePercent");
    const char *phase = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(progress, "phase"));
    const char *hand = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(progress, "inHand"));
    s->overall = (int)number(s, progress, "percent");
    for (int i = 0; i < PHASE_COUNT; i++) {
        s->phases[i].percent = (int)number(s, of, phase_name(i));
        s->phase = phase && !strcmp(phase, phase_name(i)) ? (enum sync_phase)i : s->phase;
    }
    text_copy(s->in_hand, sizeof s->in_hand, hand);
}

static void take_walk(struct sync *s, const cJSON *walk, struct handed_walk *out)
{
    const cJSON *counts = cJSON_GetObjectItemCaseSensitive(walk, "counts");
    text_copy(out->name, sizeof out->name,
              cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(walk, "name")));
    for (int i = 0; i < COUNT_TABLES; i++) {
        out->counts[i] = (struct walk_count){
            .changed = number_of(s, cJSON_GetArrayItem(counts, 3 * i)),
            .unchanged = number_of(s, cJSON_GetArrayItem(counts, 3 * i + 1)),
            .changed_before = number_of(s, cJSON_GetArrayItem(counts, 3 * i + 2))};
    }
}

static void take_hand_over(struct sync *s, const cJSON *left)
{
    const cJSON *walks = cJSON_GetObjectItemCaseSensitive(left, "walks");
    const cJSON *walk = NULL;
    s->list_was_read = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(left, "listRead"));
    s->transaction_pages = number(s, left, "transactionPages");
    s->unproven = number(s, left, "unproven");
    s->handed_walks = mem_alloc(((size_t)cJSON_GetArraySize(walks) + 1) * sizeof *s->handed_walks);
    cJSON_ArrayForEach(walk, walks)
    {
        take_walk(s, walk, &s->handed_walks[s->handed_walk_count++]);
    }
}

static void take_up(struct sync *s, struct job_saved *job)
{
    const cJSON *results = parsed(s, &job->results);
    const cJSON *progress = parsed(s, &job->progress);
    take_results(s, results);
    take_times(s, job->started_at, number(s, results, "durationMs"));
    take_percents(s, progress);
    take_hand_over(s, cJSON_GetObjectItemCaseSensitive(progress, "handOver"));
    s->rate_mark_requests = s->requests;
    s->rate_mark_rows = sync_rows(s);
    arena_reset(s->arena);
}

static bool take_over(struct sync *s, bool *found, struct err *e)
{
    char host[HOST_NAME_MAX + 1] = "";
    gethostname(host, sizeof host - 1);
    if (!db_begin(s->db, e)) {
        return false;
    }
    if (!job_take_over(s->db, s->id, getpid(), host, found, e)) {
        db_rollback(s->db);
        return false;
    }
    return db_commit(s->db, e);
}

bool sync_continue_begin(struct sync *s, struct err *e)
{
    struct job_saved job;
    bool found = false;
    text_copy(s->id, sizeof s->id, s->request->continues);
    bool ok = job_load(db_writer_reader(s->db), s->id, &job, &found, e);
    if (ok && found) {
        take_up(s, &job);
        ok = take_over(s, &found, e);
    }
    job_saved_done(&job);
    if (ok && !found) {
        s->id[0] = '\0'; /* it is not ours to end */
        return err_set(e, ERR_USAGE, "sync %.40s is not running any more", s->request->continues);
    }
    return ok;
}

void sync_continue_walk(struct sync *s, struct walk *w)
{
    for (size_t i = 0; i < s->handed_walk_count; i++) {
        struct handed_walk *h = &s->handed_walks[i];
        if (!strcmp(h->name, w->name)) {
            memcpy(w->counts, h->counts, sizeof h->counts);
            h->name[0] = '\0';
            if (!w->applied) {
                sync_count_again(s, w);
            }
            return;
        }
    }
}
