/* Where each walk stands, so that an interrupted sync goes on from there. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/config.h"
#include "db/checkpoint_store.h"
#include "db/failed_store.h"

/* Lists that are read again by every sync, and retries, keep none. */
static bool keeps_checkpoint(const struct walk *w)
{
    return !w->heals && w->resource->phase != PHASE_MERCHANTS && !w->rows_rewalks;
}

static struct checkpoint checkpoint_of(const struct sync *s, const struct walk *w)
{
    struct checkpoint p = {
        .sync_type = s->checkpoint_type,
        .walk = w->name,
        .scope = s->scope,
        .version = w->version,
        .pages = w->superseded ? 0 : w->applied,
        .total = w->total,
        .rows_seen = w->rows_seen,
        .per_page = w->per_page,
        .whole = w->whole,
        .complete = walk_is_complete(w) && !w->superseded,
    };
    civil_format_utc(w->started_at, p.started_at);
    return p;
}

bool sync_walk_recall(struct sync *s, struct walk *w, struct err *e)
{
    bool found = false;
    bool begins_anew = s->request->fresh && !s->request->continues;
    if (!keeps_checkpoint(w) || !s->checkpoints || begins_anew) {
        return true;
    }
    struct checkpoint p = checkpoint_of(s, w);
    char not_after[25];
    civil_format_utc(clock_wall_ms() + s->config->sync.checkpoint_hours * 3600000, not_after);
    if (!checkpoint_find(s->checkpoints, &p, s->checkpoint_since, not_after, &found, e)) {
        return false;
    }
    if (found && p.per_page > 0 && p.per_page < w->per_page) {
        w->per_page = p.per_page;
    }
    if (!found || (!p.pages && !p.complete)) {
        return true;
    }
    w->applied = w->requested = p.pages;
    w->total = p.total;
    w->rows_seen = p.rows_seen;
    w->whole = p.whole;
    w->recalled = true;
    civil_parse_utc(p.started_at, &w->started_at);
    struct buf id = {0};
    int64_t raised = 0;
    w->resource->add_item_id(w, &id);
    struct failed_cover fc = {
        .item_type = w->resource->item_type, .item_id = id.data, .since = p.started_at};
    bool told = s->plan_only || failed_raised_since(s->checkpoints, &fc, &raised, e);
    buf_done(&id);
    if (!told) {
        return false;
    }
    w->has_failures = raised > 0;
    s->unproven += raised > 0;
    int64_t left = p.total >= 0 ? plan_pages(p.total, w->per_page, 1) - p.pages : 1;
    w->least_pages = w->most_pages = p.complete || left < 0 ? 0 : left;
    w->pages = p.complete ? p.pages : p.pages + (int)(left > 0 ? left : 1);
    return p.complete || s->plan_only || checkpoint_load_keys(s->checkpoints, &p, &w->seen, e);
}

bool sync_walk_save(struct sync *s, struct walk *w, struct err *e)
{
    if (!keeps_checkpoint(w)) {
        return true;
    }
    char now[25];
    civil_format_utc(clock_wall_ms(), now);
    struct checkpoint p = checkpoint_of(s, w);
    if (!checkpoint_save(s->db, &p, now, e)) {
        return false;
    }
    bool several = w->applied > 1 || w->rewalks;
    if (p.complete || !p.pages) {
        return !several || checkpoint_drop_keys(s->db, &p, e);
    }
    if (p.pages == 1 && !checkpoint_drop_keys(s->db, &p, e)) {
        return false;
    }
    return checkpoint_save_keys(s->db, &p, w->page_keys, w->page_key_count, e);
}
