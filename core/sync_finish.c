/* The end of a walk: what has gone, what is healed, what follows, and what failed. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "db/failed_store.h"

#include <stdio.h>
#include <string.h>

static bool cover(struct sync *s, const struct walk *w, const char *id, bool exact, struct err *e)
{
    char now[25];
    char since[25];
    int64_t resolved = 0;
    civil_format_utc(clock_wall_ms(), now);
    civil_format_utc(w->started_at, since);
    struct failed_cover c = {
        .item_type = w->resource->item_type,
        .item_id = id,
        .exact = exact,
        .now = now,
        .since = since,
        .sync_id = w->recalled ? NULL : s->id,
        .resolution = w->heals ? "healed" : "covered",
        .from = w->from[0] ? w->from : NULL,
        .to = w->to[0] ? w->to : NULL,
    };
    return failed_resolve_covered(s->db, &c, &resolved, e);
}

/* Failed items of what has now been read are open no more, but for those this reading raised. */
static bool cover_items(struct sync *s, const struct walk *w, struct err *e)
{
    struct buf id = {0};
    w->resource->add_item_id(w, &id);
    bool is_report = w->resource == &resources[RESOURCE_REPORTS];
    bool is_list = w->resource == &resources[RESOURCE_MERCHANTS];
    bool ok = cover(s, w, is_list ? NULL : id.data, is_report, e);
    if (ok && is_report) { /* below a report's id stand its rows, which it does not cover */
        buf_adds(&id, "/summary");
        ok = cover(s, w, id.data, false, e);
    }
    buf_done(&id);
    return ok;
}

static bool fail_unproven(struct sync *s, struct walk *w, struct err *e)
{
    struct buf id = {0};
    char words[160];
    w->resource->add_item_id(w, &id);
    snprintf(words, sizeof words,
             "the CRM says %lld rows, its pages showed %lld%s; read %d times over",
             (long long)w->total, (long long)w->rows_seen, w->repeated ? ", some twice" : "",
             w->rewalks + 1);
    struct failure f = {.item_type = w->resource->item_type,
                        .item_id = id.data,
                        .class = "transient",
                        .code = "total_mismatch",
                        .message = words,
                        .from = w->from[0] ? w->from : NULL,
                        .to = w->to[0] ? w->to : NULL};
    s->unproven++;
    w->has_failures = true;
    bool ok = sync_fail_item(s, &f, e);
    buf_done(&id);
    return ok;
}

/* The last page is in: in the same transaction what has gone, what is healed, what follows. */
bool sync_walk_complete(struct sync *s, struct walk *w, struct err *e)
{
    bool proven = walk_is_proven(w);
    if (!proven && walk_restart(w)) {
        return true;
    }
    bool may_remove = proven && w->total >= 0; /* without a total nothing tells that it is all */
    if (!proven ? !fail_unproven(s, w, e)
                : may_remove && w->resource->finish && !w->resource->finish(s, w, e)) {
        return false;
    }
    if (w->superseded) {
        sync_count_again(s, w);
        return true;
    }
    sync_count_complete(s, w);
    return (!proven || w->mismatch || cover_items(s, w, e)) && sync_follow(s, w, false, e);
}

void sync_walk_failed(struct sync *s, struct transfer *t, const char *class, const char *code,
                      const char *message)
{
    struct walk *w = t->walk;
    struct buf id = {0};
    struct buf path = {0};
    struct err e = {0};
    s->lost[w->resource - resources]++;
    s->refused[w->resource - resources] += t->answer.status == 403;
    w->resource->add_item_id(w, &id);
    sync_page_path(s, w, t->page, &path);
    struct failure f = {.item_type = w->resource->item_type,
                        .item_id = id.data,
                        .class = class,
                        .code = code,
                        .message = message,
                        .http_status = t->answer.status,
                        .request = path.data,
                        .from = w->from[0] ? w->from : NULL,
                        .to = w->to[0] ? w->to : NULL};
    if (w->resource == &resources[RESOURCE_MERCHANTS]) {
        enum err_kind kind = strcmp(class, "transient") != 0 ? ERR_DATA : ERR_NET;
        err_set(&e, kind, "the list of merchants cannot be read: %s", message);
    } else if (db_begin(s->db, &e)) {
        if (!sync_fail_item(s, &f, &e) || !sync_save_results(s, &e) || !db_commit(s->db, &e)) {
            db_rollback(s->db);
        }
    }
    if (e.kind) {
        sync_fail(s, &e);
    }
    buf_done(&id);
    buf_done(&path);
    sync_walk_close(s, w);
}
