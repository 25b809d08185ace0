#include "core/request.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/json.h"
#include "core/money.h"
#include "db/job_store.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    enum stream stream;
    const char *name;
} streams[] = {{STREAM_MERCHANTS, "merchants"},
               {STREAM_TRANSACTIONS, "transactions"},
               {STREAM_RESIDUALS, "residuals"}};

enum { STREAM_NAMES = sizeof streams / sizeof streams[0] };

/* ---- to JSON ---- */

static void add_streams(const struct sync_request *r, struct json_writer *j)
{
    json_key(j, "streams");
    json_array(j);
    for (size_t i = 0; i < STREAM_NAMES; i++) {
        if (r->streams & streams[i].stream) {
            json_string(j, streams[i].name);
        }
    }
    json_end_array(j);
}

static void add_lists(const struct sync_request *r, struct json_writer *j)
{
    json_key(j, "merchants");
    json_array(j);
    for (size_t i = 0; i < r->mid_count; i++) {
        json_string(j, r->mids[i]);
    }
    json_end_array(j);
    json_kv_bool(j, "fresh", r->fresh);
    json_kv_bool(j, "retry", r->is_retry);
    if (r->is_retry) {
        json_kv_bool(j, "retryAll", r->retry_all);
        json_key(j, "retryIds");
        json_array(j);
        for (size_t i = 0; i < r->retry_count; i++) {
            json_int(j, r->retry_ids[i]);
        }
        json_end_array(j);
    }
}

void request_add_settings(const struct sync_request *r, struct buf *b)
{
    struct json_writer j;
    json_begin(&j, b);
    json_object(&j);
    json_kv_string(&j, "from", r->from);
    json_kv_string(&j, "to", r->to);
    add_streams(r, &j);
    add_lists(r, &j);
    json_end_object(&j);
}

/* ---- and back ---- */

/* A request with all that it points to. */
struct owned {
    struct sync_request request; /* first: the pointer to it is the pointer to this */
    char sync_type[8], triggered_by[12], id[37];
    char **mids;
    int64_t *ids;
};

static bool flag(const cJSON *settings, const char *key)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(settings, key));
}

static void take_text(const cJSON *settings, const char *key, char *out, size_t size)
{
    text_copy(out, size, cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(settings, key)));
}

static unsigned streams_of(const cJSON *list)
{
    const cJSON *name = NULL;
    unsigned all = 0;
    cJSON_ArrayForEach(name, list)
    {
        for (size_t i = 0; i < STREAM_NAMES; i++) {
            bool is_it = cJSON_IsString(name) && !strcmp(name->valuestring, streams[i].name);
            all |= is_it ? (unsigned)streams[i].stream : 0;
        }
    }
    return all;
}

static bool take_mids(struct owned *o, const cJSON *list)
{
    const cJSON *mid = NULL;
    o->mids = mem_alloc(((size_t)cJSON_GetArraySize(list) + 1) * sizeof *o->mids);
    cJSON_ArrayForEach(mid, list)
    {
        if (!cJSON_IsString(mid)) {
            return false;
        }
        o->mids[o->request.mid_count++] = mem_strdup(mid->valuestring);
    }
    o->request.mids = (const char *const *)o->mids;
    return true;
}

static bool take_ids(struct owned *o, struct arena *a, const cJSON *list)
{
    const cJSON *id = NULL;
    o->ids = mem_alloc(((size_t)cJSON_GetArraySize(list) + 1) * sizeof *o->ids);
    cJSON_ArrayForEach(id, list)
    {
        const char *digits = json_scalar(a, id, NULL);
        if (!digits || !money_parse(digits, 0, &o->ids[o->request.retry_count++], NULL)) {
            return false;
        }
    }
    o->request.retry_ids = o->ids;
    return true;
}

static bool take_settings(struct owned *o, struct arena *a, const cJSON *settings)
{
    struct sync_request *r = &o->request;
    take_text(settings, "from", r->from, sizeof r->from);
    take_text(settings, "to", r->to, sizeof r->to);
    r->streams = streams_of(cJSON_GetObjectItemCaseSensitive(settings, "streams"));
    r->fresh = flag(settings, "fresh");
    r->is_retry = flag(settings, "retry");
    r->retry_all = flag(settings, "retryAll");
    return strlen(r->from) == 10 && strlen(r->to) == 10 && r->streams &&
           take_mids(o, cJSON_GetObjectItemCaseSensitive(settings, "merchants")) &&
           take_ids(o, a, cJSON_GetObjectItemCaseSensitive(settings, "retryIds"));
}

static struct owned *owned_of(struct job_saved *job, const char *id)
{
    struct owned *o = mem_alloc(sizeof *o);
    text_copy(o->sync_type, sizeof o->sync_type, job->sync_type);
    text_copy(o->triggered_by, sizeof o->triggered_by, job->triggered_by);
    text_copy(o->request.user, sizeof o->request.user, job->user);
    text_copy(o->id, sizeof o->id, id);
    o->request.sync_type = o->sync_type;
    o->request.triggered_by = o->triggered_by;
    o->request.continues = o->id;
    o->request.run_lock = -1;
    return o;
}

static struct sync_request *request_of(struct job_saved *job, const char *id, struct err *e)
{
    struct arena *a = arena_new();
    struct owned *o = owned_of(job, id);
    const cJSON *settings =
        job->settings.data ? json_parse(a, job->settings.data, job->settings.len, NULL) : NULL;
    bool ok = cJSON_IsObject(settings) && take_settings(o, a, settings);
    arena_free(a);
    if (!ok) {
        err_set(e, ERR_DATA, "the settings of sync %s cannot be understood", id);
        request_free(&o->request);
        return NULL;
    }
    return &o->request;
}

struct sync_request *request_of_job(struct db_reader *db, const char *id, struct err *e)
{
    struct job_saved job;
    bool found = false;
    struct sync_request *r = NULL;
    if (job_load(db, id, &job, &found, e)) {
        if (found) {
            r = request_of(&job, id, e);
        } else {
            err_set(e, ERR_USAGE, "no sync %.40s is running", id);
        }
    }
    job_saved_done(&job);
    return r;
}

void request_free(struct sync_request *r)
{
    struct owned *o = (struct owned *)r;
    if (!o) {
        return;
    }
    for (size_t i = 0; i < r->mid_count; i++) {
        free(o->mids[i]);
    }
    free(o->mids);
    free(o->ids);
    free(o);
}
