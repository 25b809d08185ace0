#include "portfolio.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "day.h"
#include "names.h"
#include "rng.h"

/* The last nine digits of a mid are its index under a bijection of 0 .. 10^9 - 1 and alone tell
 * merchants apart, so that no two mids are equal as text or as numbers. */
static const uint64_t SPAN = 1000000000, FACTOR = 387420489, INVERSE = 513180409;

static uint64_t tail_of(const struct portfolio *p, uint32_t index)
{
    return (index * FACTOR + (uint64_t)p->opt->seed % SPAN * 7919 + 12345) % SPAN;
}

static void make_mid(const struct portfolio *p, uint32_t index, char *mid)
{
    static const char *const heads[] = {"8788150", "1293",    "000045", "07012",
                                        "9045000", "8788290", "0000000"};
    uint64_t tail = tail_of(p, index);
    const char *head = heads[p->opt->plain ? 0 : rng_mix(tail) % 7];
    size_t len = strlen(head);

    memcpy(mid, head, len);
    for (size_t i = len + 9; i-- > len; tail /= 10) {
        mid[i] = (char)('0' + tail % 10);
    }
    memset(mid + len + 9, '\0', 20 - len - 9);
}

static int compare_mids(const void *a, const void *b)
{
    return memcmp(a, b, 20);
}

struct mid_key {
    char mid[20];
    uint32_t index;
};

void portfolio_init(struct portfolio *p, const struct options *opt)
{
    struct mid_key *keys;

    *p = (struct portfolio){.opt = opt, .today = opt->today, .n = (uint32_t)opt->merchants};
    edits_init(&p->edits, p->n);
    pthread_rwlock_init(&p->lock, NULL);
    p->by_mid = calloc(p->n + 1u, sizeof(*p->by_mid));
    keys = calloc(p->n + 1u, sizeof(*keys));
    if (p->by_mid == NULL || keys == NULL) {
        abort();
    }
    for (uint32_t i = 0; i < p->n; i++) {
        make_mid(p, i, keys[i].mid);
        keys[i].index = i;
    }
    qsort(keys, p->n, sizeof(*keys), compare_mids);
    for (uint32_t i = 0; i < p->n; i++) {
        p->by_mid[i] = keys[i].index;
    }
    free(keys);
}

void portfolio_done(struct portfolio *p)
{
    edits_done(&p->edits);
    pthread_rwlock_destroy(&p->lock);
    free(p->by_mid);
}

int64_t portfolio_stamp(struct portfolio *p)
{
    int64_t base =
        p->opt->today_is_given ? (int64_t)p->today * 86400 + 16 * 3600 : (int64_t)time(NULL);

    p->stamps = base > p->stamps ? base : p->stamps + 1;
    return p->stamps;
}

static enum merchant_kind kind_of(const struct portfolio *p, uint32_t index)
{
    static const enum merchant_kind slots[25] = {
        [3] = MERCHANT_NEVER,     [7] = MERCHANT_EARLY,   [11] = MERCHANT_CLOSED,
        [15] = MERCHANT_SELDOM,   [19] = MERCHANT_SELDOM, [5] = MERCHANT_MODERATE,
        [22] = MERCHANT_MODERATE,
    };

    return p->opt->plain ? MERCHANT_BUSY : slots[index % 25];
}

static uint32_t mean_of(const struct portfolio *p, const struct merchant *m)
{
    int64_t a_month_q8 = (int64_t)p->opt->batches_per_month << 8;

    if (m->kind == MERCHANT_SELDOM) {
        a_month_q8 = a_month_q8 > 512 ? 512 : a_month_q8;
    } else if (m->kind == MERCHANT_MODERATE) {
        a_month_q8 /= 3;
    } else if (!p->opt->plain) {
        a_month_q8 = a_month_q8 * (int64_t)(70 + rng_step(m->h, 1) % 61) / 100;
    }
    return (uint32_t)((a_month_q8 << 12) * 12 / 365);
}

/* When it trades. `span` is the length of the whole history in days. */
static void set_activity(const struct portfolio *p, struct merchant *m)
{
    int32_t start = p->opt->start, span = p->opt->today - start;
    int32_t april_2024 = day_from_civil(2024, 4, 1);
    uint64_t h = rng_step(m->h, 2);

    m->active_from = start + (p->opt->plain || span < 40 ? 0 : (int32_t)(h % 10));
    m->active_to = p->opt->plain ? p->today : p->today - (int32_t)((h >> 8) % 3);
    switch (m->kind) {
    case MERCHANT_NEVER:
        m->active_to = m->active_from - 1;
        break;
    case MERCHANT_EARLY:
        m->active_to = start < april_2024 ? april_2024 - 1 : start + span / 8;
        break;
    case MERCHANT_CLOSED:
        m->active_to = m->active_from + (int32_t)(span * (int64_t)(20 + (h >> 8) % 60) / 100);
        break;
    default:
        if (!p->opt->plain && span > 60 && (h >> 16) % 10 < 3) {
            m->active_from = start + (int32_t)((h >> 24) % (uint64_t)(span - 30));
        }
        break;
    }
    m->since = m->active_from;
}

static void set_dates(const struct portfolio *p, struct merchant *m)
{
    uint64_t h = rng_step(m->h, 3);
    int64_t latest = (int64_t)(p->opt->today - 1) * 86400, room;

    m->opened = m->active_from - 3 - (int32_t)(h % 40);
    m->created = (int64_t)m->opened * 86400 + (int64_t)((h >> 8) % 86400);
    room = latest - m->created;
    m->modified = m->created + (room > 0 ? (int64_t)((h >> 16) % (uint64_t)room) : 0);
    m->closed = m->deactivated = NO_DAY;
    if (m->kind == MERCHANT_CLOSED || (m->kind == MERCHANT_EARLY && h >> 40 & 1)) {
        m->closed = m->active_to + 1 + (int32_t)((h >> 12) % 20);
        m->deactivated = (h >> 41 & 1) != 0 ? m->closed + 2 : NO_DAY;
    }
    if (!p->opt->plain && (h >> 44) % 40 == 0) {
        m->opened = NO_DAY;
    }
    if (!p->opt->plain && (h >> 50) % 50 == 0) {
        m->created = NO_INSTANT;
    }
}

void merchant_make(const struct portfolio *p, uint32_t index, struct merchant *m)
{
    const struct edit *e = NULL;
    uint64_t h;

    m->index = index;
    m->h = rng_hash((uint64_t)p->opt->seed, RNG_MERCHANT, index, 0);
    m->kind = kind_of(p, index);
    make_mid(p, index, m->mid);
    h = rng_step(m->h, 0);
    m->processor = h % 100 < 85 || p->opt->processors == 1
                       ? 0
                       : 1 + (uint32_t)((h >> 8) % (uint64_t)(p->opt->processors - 1));
    m->mean_q20 = mean_of(p, m);
    set_activity(p, m);
    set_dates(p, m);
    if (edits_has_merchant(&p->edits, index)) {
        while ((e = edits_next(&p->edits, e, EDIT_RENAME, index)) != NULL) {
            m->modified = e->stamp;
        }
        while ((e = edits_next(&p->edits, e, EDIT_ADD_BATCH, index)) != NULL) {
            m->modified = e->stamp > m->modified ? e->stamp : m->modified;
        }
    }
}

const char *merchant_first_name(const struct portfolio *p, const struct merchant *m, char *buf)
{
    uint64_t h = rng_step(m->h, 4);
    enum names_list list = NAMES_PLAIN;

    if (!p->opt->plain) {
        if (h % 61 == 0) {
            return (h >> 8 & 1) != 0 ? NULL : "";
        }
        list = h % 10 < 5 ? NAMES_PLAIN : h % 10 < 9 ? NAMES_WORLD : NAMES_NASTY;
    }
    snprintf(buf, MERCHANT_NAME_MAX, "%s %u", names_pick(list, h >> 16), m->index + 1);
    if (!p->opt->plain && (h >> 32) % 211 == 0) {
        size_t len = strlen(buf);

        memset(buf + len, 'x', 1000);
        buf[len + 1000] = '\0';
    }
    return buf;
}

const char *merchant_name(const struct portfolio *p, const struct merchant *m, char *buf)
{
    const struct edit *e = NULL, *last = NULL;

    if (edits_has_merchant(&p->edits, m->index)) {
        while ((e = edits_next(&p->edits, e, EDIT_RENAME, m->index)) != NULL) {
            last = e;
        }
    }
    return last != NULL ? last->text : merchant_first_name(p, m, buf);
}

const char *merchant_group(const struct portfolio *p, const struct merchant *m)
{
    uint64_t h = rng_step(m->h, 5);

    if (!p->opt->plain && h % 9 == 0) {
        return (h >> 8 & 1) != 0 ? NULL : "";
    }
    return names_pick(NAMES_GROUP, p->opt->plain ? 0 : h >> 16);
}

const char *merchant_source(const struct portfolio *p, const struct merchant *m)
{
    uint64_t h = rng_step(m->h, 6);

    return !p->opt->plain && h % 13 == 0 ? NULL : names_pick(NAMES_SOURCE, h >> 16);
}

const char *merchant_sic(const struct portfolio *p, const struct merchant *m)
{
    static const char *const codes[] = {"5812", "0742", "5999", "7230", "5411"};
    uint64_t h = rng_step(m->h, 7);

    return !p->opt->plain && h % 17 == 0 ? NULL : codes[(h >> 16) % 5];
}

const char *merchant_vim(const struct portfolio *p, const struct merchant *m)
{
    uint64_t h = rng_step(m->h, 8);

    return !p->opt->plain && h % 7 == 0 ? NULL : (h >> 8 & 1) != 0 ? "Yes" : "No";
}

bool merchant_is_active(const struct merchant *m)
{
    return m->closed == NO_DAY && m->kind != MERCHANT_NEVER;
}

int merchant_leads(const struct merchant *m, int64_t leads[3])
{
    uint64_t h = rng_step(m->h, 9);
    int n = (int)(h % 4);

    for (int i = 0; i < n; i++) {
        leads[i] = (int64_t)(1000 + (h >> (8 + 16 * i)) % 60000);
    }
    return n;
}

bool portfolio_find(const struct portfolio *p, const char *mid, struct merchant *m)
{
    size_t len = strlen(mid);
    uint64_t tail, origin = tail_of(p, 0), index;

    if (len < 9 || len > 19 || strspn(mid, "0123456789") != len) {
        return false;
    }
    tail = strtoull(mid + len - 9, NULL, 10);
    index = (tail + SPAN - origin) % SPAN * INVERSE % SPAN;
    if (index >= p->n || edits_is_vanished(&p->edits, (uint32_t)index)) {
        return false;
    }
    merchant_make(p, (uint32_t)index, m);
    return strcmp(m->mid, mid) == 0;
}
