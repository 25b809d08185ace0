/* Opening walks, putting their pages into the database in order, and ending them. */
#include "core/sync_state.h"

#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/json.h"
#include "core/money.h"
#include "core/outcome.h"
#include "db/checkpoint_store.h"
#include "db/failed_store.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void sync_page_path(const struct sync *s, const struct walk *w, int page, struct buf *b)
{
    w->resource->add_path(s, w, b);
    if (w->resource->is_list) {
        char joint = strchr(b->data, '?') ? '&' : '?';
        buf_addf(b, "%cper_page=%d&page=%d", joint, w->per_page, page);
    }
}

/* ---- checkpoints ---- */

/* Lists that are read again by every sync, and retries, keep none. */
static bool keeps_checkpoint(const struct sync *s, const struct walk *w)
{
    return !s->request->is_retry && w->resource->phase != PHASE_MERCHANTS && !w->rows_rewalks;
}

static struct checkpoint checkpoint_of(const struct sync *s, const struct walk *w)
{
    struct checkpoint p = {
        .sync_type = s->checkpoint_type, .walk = w->name, .scope = s->scope, .version = w->version,
        .pages = w->superseded ? 0 : w->applied, .total = w->total, .rows_seen = w->rows_seen, .whole = w->whole,
        .complete = walk_is_complete(w) && !w->superseded,
    };
    civil_format_utc(w->started_at, p.started_at);
    return p;
}

bool sync_walk_recall(struct sync *s, struct walk *w, struct err *e)
{
    bool found = false;
    if (!keeps_checkpoint(s, w) || !s->checkpoints || s->request->fresh) {
        return true;
    }
    struct checkpoint p = checkpoint_of(s, w);
    if (!checkpoint_find(s->checkpoints, &p, s->checkpoint_since, &found, e)) {
        return false;
    }
    if (!found || (!p.pages && !p.complete)) {
        return true;
    }
    w->applied = w->requested = p.pages;
    w->total = p.total;
    w->rows_seen = p.rows_seen;
    w->whole = p.whole;
    civil_parse_utc(p.started_at, &w->started_at);
    struct buf id = {0};
    int64_t raised = 0;
    w->resource->add_item_id(w, &id);
    struct failed_cover fc = {.item_type = w->resource->item_type, .item_id = id.data,
                              .since = p.started_at};
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
    return p.complete || s->plan_only ||
           checkpoint_load_keys(s->checkpoints, &p, &w->seen, e);
}

static bool save_checkpoint(struct sync *s, struct walk *w, struct err *e)
{
    if (!keeps_checkpoint(s, w)) {
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

/* ---- opening ---- */

static struct transfer *free_transfer(struct sync *s)
{
    for (int i = 0; i < s->transfer_count; i++) {
        if (s->transfers[i].state == TRANSFER_FREE) {
            return &s->transfers[i];
        }
    }
    return NULL;
}

static void assign(struct sync *s, struct transfer *t, struct walk *w, int page)
{
    w->requested = page;
    *t = (struct transfer){.state = TRANSFER_WAITING, .walk = w, .generation = w->generation,
                           .page = page, .order = s->next_order++};
}

/* The oldest walk first, so that merchants end in the order they began. */
static bool assign_open(struct sync *s, struct transfer *t)
{
    for (struct walk *w = s->walks; w; w = w->next) {
        int page = walk_next_page(w, s->transfer_count);
        if (page) {
            assign(s, t, w, page);
            return true;
        }
    }
    return false;
}

static void append(struct sync *s, struct walk *w)
{
    w->next = NULL;
    *s->walks_end = w;
    s->walks_end = &w->next;
}

/* A walk that an interrupted sync had completed only counts. */
static bool skip_known(struct sync *s, struct walk *w, struct err *e)
{
    s->resumed++;
    sync_walk_weighs(s, w);
    bool ok = sync_source_follow(s, w, true, e);
    walk_free(w);
    return ok;
}

static bool open_next(struct sync *s, bool *opened, struct err *e)
{
    struct walk *w = NULL;
    bool more = true;
    *opened = false;
    if (!sync_source_next(s, &w, &more, e)) {
        return false;
    }
    s->no_more_walks = !w && !more;
    if (!w) {
        return true;
    }
    *opened = true;
    w->started_at = clock_wall_ms();
    if (!sync_walk_recall(s, w, e)) {
        walk_free(w);
        return false;
    }
    if (walk_is_complete(w)) {
        return skip_known(s, w, e);
    }
    append(s, w);
    return true;
}

bool sync_open_walks(struct sync *s, struct err *e)
{
    struct transfer *t = NULL;
    while ((t = free_transfer(s))) {
        bool opened = true;
        if (!assign_open(s, t) && (!open_next(s, &opened, e) || !opened)) {
            return !opened;
        }
    }
    return true;
}

/* ---- ending ---- */

static void drop(struct sync *s, struct transfer *t)
{
    if (t->state == TRANSFER_IN_FLIGHT) {
        http_drop(s->http, t);
        pace_answered(&s->pace, clock_mono_ms(), clock_mono_ms(), -1, -1);
    }
    buf_done(&t->answer.body);
    *t = (struct transfer){0};
}

void sync_drop_transfers(struct sync *s, const struct walk *w)
{
    for (int i = 0; i < s->transfer_count; i++) {
        if (s->transfers[i].walk == w) {
            drop(s, &s->transfers[i]);
        }
    }
}

void sync_walk_close(struct sync *s, struct walk *w)
{
    sync_drop_transfers(s, w);
    for (struct walk **at = &s->walks; *at; at = &(*at)->next) {
        if (*at == w) {
            *at = w->next;
            s->walks_end = *at ? s->walks_end : at;
            break;
        }
    }
    plan_drop(&s->plan, w);
    sync_walk_weighs(s, w);
    walk_free(w);
}

static bool cover(struct sync *s, const struct walk *w, const char *id, bool exact, struct err *e)
{
    char now[25];
    char since[25];
    int64_t resolved = 0;
    civil_format_utc(clock_wall_ms(), now);
    civil_format_utc(w->started_at, since);
    struct failed_cover c = {
        .item_type = w->resource->item_type, .item_id = id, .exact = exact, .now = now,
        .since = since, .resolution = s->request->is_retry ? "healed" : "covered",
        .from = w->from[0] ? w->from : NULL, .to = w->to[0] ? w->to : NULL,
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
    struct failure f = {.item_type = w->resource->item_type, .item_id = id.data,
                        .class = "transient", .code = "total_mismatch", .message = words,
                        .from = w->from[0] ? w->from : NULL, .to = w->to[0] ? w->to : NULL};
    s->unproven++;
    w->has_failures = true;
    bool ok = sync_fail_item(s, &f, e);
    buf_done(&id);
    return ok;
}

/* The last page is in: in the same transaction what has gone, what is healed, what follows. */
static bool complete(struct sync *s, struct walk *w, struct err *e)
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
    return (!proven || w->mismatch || cover_items(s, w, e)) && sync_source_follow(s, w, false, e);
}

/* ---- one page ---- */

static int64_t meta_number(struct sync *s, const cJSON *meta, const char *key)
{
    int64_t n = -1;
    const char *text = json_scalar(s->arena, cJSON_GetObjectItemCaseSensitive(meta, key), NULL);
    return text && money_parse(text, 0, &n, NULL) && n >= 0 ? n : -1;
}

/* The answer's list and what it says of itself; false: not what was asked for. */
static bool read_list(struct sync *s, const cJSON *root, const cJSON **data, struct page_meta *meta)
{
    *data = cJSON_GetObjectItemCaseSensitive(root, "data");
    const cJSON *m = cJSON_GetObjectItemCaseSensitive(root, "meta");
    const cJSON *links = cJSON_GetObjectItemCaseSensitive(root, "links");
    if (!cJSON_IsArray(*data) || (!cJSON_IsObject(m) && !cJSON_IsObject(links))) {
        return false;
    }
    *meta = (struct page_meta){
        .total = meta_number(s, m, "total"), .last_page = meta_number(s, m, "last_page"),
        .per_page = meta_number(s, m, "per_page"),
        .current_page = meta_number(s, m, "current_page"),
        .has_next = cJSON_IsString(cJSON_GetObjectItemCaseSensitive(links, "next")),
        .rows = cJSON_GetArraySize(*data),
    };
    return true;
}

static bool read_page(struct sync *s, struct transfer *t, const cJSON **root, const cJSON **data,
                      struct page_meta *meta)
{
    struct err e = {0};
    arena_reset(s->arena);
    *root = t->answer.body.data
                ? json_parse(s->arena, t->answer.body.data, t->answer.body.len, &e)
                : NULL;
    if (!*root) {
        return false;
    }
    if (t->walk->resource->is_list) {
        return read_list(s, *root, data, meta) &&
               (meta->current_page < 0 || meta->current_page == t->page);
    }
    *data = *root;
    *meta = (struct page_meta){.total = 1, .last_page = 1, .per_page = 1, .rows = 1};
    return cJSON_IsObject(*root);
}

static bool put_page(struct sync *s, struct walk *w, const cJSON *root, const cJSON *data,
                     const struct page_meta *meta, struct err *e)
{
    w->page_key_count = 0;
    if (!w->resource->apply(s, w, root, data, e)) {
        return false;
    }
    walk_applied(w, meta);
    s->transaction_pages += w->resource->phase == PHASE_TRANSACTIONS;
    plan_page_done(&s->plan, w);
    if (walk_is_complete(w)) {
        if (!complete(s, w, e)) {
            return false;
        }
    } else if (w->repeated && !w->gave_up) {
        walk_restart(w);
    }
    return save_checkpoint(s, w, e) && sync_save_results(s, e) && sync_progress_save(s, e);
}

/* The walk was sent back to page 1. */
static void begin_anew(struct sync *s, struct walk *w)
{
    w->started_at = clock_wall_ms();
    sync_count_again(s, w);
    sync_drop_transfers(s, w);
}

/* One page with all that belongs to it in one transaction. False: the sync is over. */
static bool apply_page(struct sync *s, struct walk *w, struct transfer *t, struct err *e)
{
    const cJSON *root = NULL;
    const cJSON *data = NULL;
    struct page_meta meta;
    if (!read_page(s, t, &root, &data, &meta)) {
        sync_bad_body(s, t);
        return true;
    }
    unsigned generation = w->generation;
    if (!walk_fits(w, &meta) && walk_restart(w)) {
        begin_anew(s, w);
        return true;
    }
    text_copy(s->in_hand, sizeof s->in_hand, w->mid[0] ? w->mid : w->name);
    if (!db_begin(s->db, e)) {
        return false;
    }
    if (!put_page(s, w, root, data, &meta, e)) {
        db_rollback(s->db);
        return false;
    }
    if (!db_commit(s->db, e)) {
        return false;
    }
    if (w->generation != generation) {
        begin_anew(s, w);
    } else if (walk_is_complete(w)) {
        sync_walk_close(s, w);
    } else {
        drop(s, t);
    }
    return true;
}

static struct transfer *held_page(struct sync *s, const struct walk *w)
{
    for (int i = 0; i < s->transfer_count; i++) {
        struct transfer *t = &s->transfers[i];
        if (t->state == TRANSFER_HELD && t->walk == w && t->page == w->applied + 1) {
            return t;
        }
    }
    return NULL;
}

static bool is_open(const struct sync *s, const struct walk *w)
{
    const struct walk *at = s->walks;
    while (at && at != w) {
        at = at->next;
    }
    return at != NULL;
}

bool sync_apply_held(struct sync *s, struct walk *w, struct err *e)
{
    struct transfer *t = NULL;
    while (is_open(s, w) && (t = held_page(s, w))) {
        if (!apply_page(s, w, t, e)) {
            return false;
        }
    }
    return true;
}

void sync_walk_failed(struct sync *s, struct transfer *t, const char *class, const char *code,
                      const char *message)
{
    struct walk *w = t->walk;
    struct buf id = {0};
    struct buf path = {0};
    struct err e = {0};
    w->resource->add_item_id(w, &id);
    sync_page_path(s, w, t->page, &path);
    struct failure f = {.item_type = w->resource->item_type, .item_id = id.data, .class = class,
                        .code = code, .message = message, .http_status = t->answer.status,
                        .request = path.data, .from = w->from[0] ? w->from : NULL,
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
