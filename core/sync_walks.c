/* Opening walks, putting their pages into the database in order, and closing them. */
#include "core/sync_state.h"

#include "core/base/clock.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/json.h"
#include "core/money.h"

#include <stdio.h>
#include <string.h>

void sync_page_path(const struct sync *s, const struct walk *w, int page, struct buf *b)
{
    w->resource->add_path(s, w, b);
    if (w->resource->is_list) {
        char joint = strchr(b->data, '?') ? '&' : '?';
        buf_addf(b, "%cper_page=%d&page=%d", joint, w->per_page, page);
    }
}

/* ---- opening ---- */

/* It failed: others go first. */
static bool is_aside(const struct transfer *t)
{
    return t->state == TRANSFER_PARKED || (t->state == TRANSFER_WAITING && t->failed_in);
}

static struct transfer *free_transfer(struct sync *s)
{
    struct transfer *found = NULL;
    int under_way = 0;
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
        struct transfer *t = &s->transfers[i];
        bool is_free = t->state == TRANSFER_FREE;
        under_way += !is_free && !is_aside(t);
        found = is_free && !found ? t : found;
    }
    return under_way < s->transfer_count ? found : NULL;
}

static void assign(struct sync *s, struct transfer *t, struct walk *w, int page)
{
    w->requested = page;
    *t = (struct transfer){.state = TRANSFER_WAITING,
                           .walk = w,
                           .generation = w->generation,
                           .page = page,
                           .order = s->next_order++};
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
    s->resumed += w->started_at < s->started_wall; /* not by this very job */
    s->read[w->resource - resources]++;
    sync_walk_weighs(s, w);
    bool ok = sync_follow(s, w, true, e);
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
    sync_continue_walk(s, w);
    append(s, w);
    return true;
}

bool sync_open_walks(struct sync *s, struct err *e)
{
    struct transfer *t = NULL;
    while ((t = free_transfer(s))) {
        bool opened = true;
        if (!assign_open(s, t) && !open_next(s, &opened, e)) {
            return false;
        }
        if (!opened) {
            return true;
        }
    }
    return true;
}

static void drop(struct sync *s, struct transfer *t)
{
    if (t->state == TRANSFER_IN_FLIGHT) {
        http_drop(s->http, t);
        sync_gate_dropped(s, t);
    }
    buf_done(&t->answer.body);
    *t = (struct transfer){0};
}

void sync_drop_transfers(struct sync *s, const struct walk *w)
{
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
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

/* ---- one page ---- */

static int64_t meta_number(struct sync *s, const cJSON *meta, const char *key)
{
    int64_t n = -1;
    const char *text = json_scalar(s->arena, json_get(meta, key), NULL);
    return text && money_parse(text, 0, &n, NULL) && n >= 0 ? n : -1;
}

/* The answer's list and what it says of itself; false: not what was asked for. */
static bool read_list(struct sync *s, const cJSON *root, const cJSON **data, struct page_meta *meta)
{
    *data = json_get(root, "data");
    const cJSON *m = json_get(root, "meta");
    const cJSON *links = json_get(root, "links");
    if (!cJSON_IsArray(*data) || (!cJSON_IsObject(m) && !cJSON_IsObject(links))) {
        return false;
    }
    *meta = (struct page_meta){
        .total = meta_number(s, m, "total"),
        .last_page = meta_number(s, m, "last_page"),
        .per_page = meta_number(s, m, "per_page"),
        .current_page = meta_number(s, m, "current_page"),
        .has_next = cJSON_IsString(json_get(links, "next")),
        .rows = cJSON_GetArraySize(*data),
    };
    return true;
}

/* Why the page is not what was asked for, or NULL. */
static const char *read_parts(struct sync *s, const struct transfer *t, const cJSON *root,
                              const cJSON **data, struct page_meta *meta)
{
    if (t->walk->resource->is_list) {
        if (!read_list(s, root, data, meta)) {
            return "no list in it";
        }
        bool is_asked = meta->current_page < 0 || meta->current_page == t->page;
        return is_asked ? NULL : "it says that it is another page than was asked for";
    }
    *data = root;
    *meta = (struct page_meta){.total = 1, .last_page = 1, .per_page = 1, .rows = 1};
    return cJSON_IsObject(root) ? NULL : "no record in it";
}

/* False: it cannot be used, and t->answer.detail says why; or too large, and `e` says so. */
static bool read_page(struct sync *s, struct transfer *t, const cJSON **root, const cJSON **data,
                      struct page_meta *meta, struct err *e)
{
    struct buf *body = &t->answer.body;
    const char *why = e->message;
    arena_reset(s->arena);
    buf_adds(body, ""); /* an empty one has no bytes to point at */
    *root = json_parse(s->arena, body->data, body->len, e);
    if (*root && !(why = read_parts(s, t, *root, data, meta))) {
        return true;
    }
    text_copy(t->answer.detail, sizeof t->answer.detail, why);
    return false;
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
        if (!sync_walk_complete(s, w, e)) {
            return false;
        }
    } else if (w->repeated && !w->gave_up) {
        walk_restart(w);
    }
    return sync_walk_save(s, w, e) && sync_save_results(s, e) && sync_progress_save(s, e);
}

/* The walk was sent back to page 1. */
static void begin_anew(struct sync *s, struct walk *w)
{
    w->started_at = clock_wall_ms();
    sync_count_again(s, w);
    sync_drop_transfers(s, w);
}

void sync_page_too_large(struct sync *s, struct transfer *t, const char *words)
{
    struct walk *w = t->walk;
    char message[256];
    int size = w->per_page;
    plan_drop(&s->plan, w);
    bool has_smaller = walk_shrink(w);
    plan_add(&s->plan, w);
    if (has_smaller) {
        sync_note(s, "%s: %s; asking for %d rows a page instead of %d", w->name, words, w->per_page,
                  size);
        begin_anew(s, w);
        return;
    }
    if (w->resource->is_list) {
        snprintf(message, sizeof message, "%s, also with %d rows a page, the fewest there are",
                 words, size);
    } else {
        snprintf(message, sizeof message, "%s, and it cannot be had in parts", words);
    }
    sync_walk_failed(s, t, "transient", "too_large", message);
}

/* A list without an end, as a failed item; what was read of it stays. */
static void fail_endless(struct sync *s, struct transfer *t)
{
    char message[160];
    snprintf(message, sizeof message,
             "the list does not end: %d pages with %lld rows were read and there is still more; "
             "not tried again",
             t->walk->applied, (long long)t->walk->rows_seen);
    sync_walk_failed(s, t, "permanent", "endless", message);
}

/* One page with all that belongs to it in one transaction. False: the sync is over. */
static bool apply_page(struct sync *s, struct walk *w, struct transfer *t, struct err *e)
{
    const cJSON *root = NULL;
    const cJSON *data = NULL;
    struct page_meta meta;
    struct err unread = {0};
    if (!read_page(s, t, &root, &data, &meta, &unread)) {
        if (unread.kind == ERR_SIZE) {
            sync_page_too_large(s, t, unread.message);
        } else {
            sync_bad_body(s, t);
        }
        return true;
    }
    sync_good_page(s, t);
    if (s->is_over) {
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
    } else if (walk_is_endless(w)) {
        fail_endless(s, t);
    } else {
        drop(s, t);
    }
    return true;
}

static struct transfer *held_page(struct sync *s, const struct walk *w)
{
    for (int i = 0; i < TRANSFER_SLOTS; i++) {
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
