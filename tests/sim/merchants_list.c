#include "api.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "batches.h"
#include "day.h"
#include "render.h"

static const long page_sizes[] = {10, 25, 50, 100, 500, 1000, 0};

static const char *const sort_keys[] = {"mid",       "name",     "closed",      "opened",
                                        "created",   "modified", "first_batch", "last_batch",
                                        "processor", "group",    "datasource",  "deactivated",
                                        "vim",       "status",   "active",      NULL};

static const char *const date_filters[] = {"opened",      "closed",     "created",     "modified",
                                           "first_batch", "last_batch", "deactivated", NULL};

struct filter {
    const char *date_filter; /* NULL: none */
    int64_t from, to;        /* days, or instants for created and modified */
    const char *group, *processor, *datasource, *mid, *name, *vim, *active, *status;
};

static bool is_one_of(const char *s, const char *const *list)
{
    while (*list != NULL && strcmp(*list, s) != 0) {
        list++;
    }
    return *list != NULL;
}

static const char *given(const struct query *q, const char *name)
{
    const char *s = query_get(q, name);

    return s != NULL && *s != '\0' ? s : NULL;
}

static bool is_instant_filter(const char *name)
{
    return strcmp(name, "created") == 0 || strcmp(name, "modified") == 0;
}

static bool parse_bound(const char *filter, const char *s, int64_t *bound)
{
    int32_t day;

    if (s == NULL) {
        return false;
    }
    if (is_instant_filter(filter)) {
        return instant_parse(s, bound);
    }
    if (!day_parse(s, &day)) {
        return false;
    }
    *bound = day;
    return true;
}

/* NULL, or why the parameters are bad. */
static const char *parse_filter(struct filter *f, const struct query *q)
{
    static const char *const bools[] = {"true", "false", "1", "0", NULL};
    static const char *const statuses[] = {"Open", "Closed", NULL};

    *f = (struct filter){.date_filter = given(q, "date_filter"),
                         .group = given(q, "group"),
                         .processor = given(q, "processor"),
                         .datasource = given(q, "datasource"),
                         .mid = given(q, "mid"),
                         .name = given(q, "name"),
                         .vim = given(q, "vim"),
                         .active = given(q, "active"),
                         .status = given(q, "status")};
    if (f->active != NULL && !is_one_of(f->active, bools)) {
        return "The active field must be true or false.";
    }
    if (f->status != NULL && !is_one_of(f->status, statuses)) {
        return "The selected status is invalid.";
    }
    if (f->date_filter == NULL) {
        return NULL;
    }
    if (!is_one_of(f->date_filter, date_filters)) {
        return "The selected date filter is invalid.";
    }
    if (!parse_bound(f->date_filter, given(q, "start_date"), &f->from)) {
        return "The start date is missing or does not match the format.";
    }
    if (!parse_bound(f->date_filter, given(q, "end_date"), &f->to)) {
        return "The end date is missing or does not match the format.";
    }
    return NULL;
}

/* The value of a date column for filtering and sorting; INT64_MIN where absent. */
static int64_t date_value(const struct portfolio *p, const struct merchant *m, const char *key)
{
    int32_t first, last, day = NO_DAY;

    if (strcmp(key, "created") == 0) {
        return m->created;
    }
    if (strcmp(key, "modified") == 0) {
        return m->modified;
    }
    if (strcmp(key, "opened") == 0) {
        day = m->opened;
    } else if (strcmp(key, "closed") == 0) {
        day = m->closed;
    } else if (strcmp(key, "deactivated") == 0) {
        day = m->deactivated;
    } else if (batches_span(p, m, &first, &last)) {
        day = strcmp(key, "first_batch") == 0 ? first : last;
    }
    return day == NO_DAY ? INT64_MIN : day;
}

static bool equals(const char *wanted, const char *value)
{
    return wanted == NULL || (value != NULL && strcmp(wanted, value) == 0);
}

static bool passes(const struct portfolio *p, const struct filter *f, const struct merchant *m)
{
    char buf[MERCHANT_NAME_MAX];
    const char *name;

    if (f->date_filter != NULL) {
        int64_t value = date_value(p, m, f->date_filter);

        if (value == INT64_MIN || value < f->from || value > f->to) {
            return false;
        }
    }
    if (f->active != NULL &&
        merchant_is_active(m) != (strcmp(f->active, "true") == 0 || strcmp(f->active, "1") == 0)) {
        return false;
    }
    name = f->name == NULL ? NULL : merchant_name(p, m, buf);
    if (f->name != NULL && (name == NULL || strcasestr(name, f->name) == NULL)) {
        return false;
    }
    return (f->mid == NULL || strstr(m->mid, f->mid) != NULL) &&
           equals(f->status, m->closed == NO_DAY ? "Open" : "Closed") &&
           equals(f->group, merchant_group(p, m)) && equals(f->vim, merchant_vim(p, m)) &&
           equals(f->datasource, merchant_source(p, m)) &&
           equals(f->processor, processor_name(m->processor, buf));
}

/* What a merchant is sorted by, when not by mid: a number, or the beginning of a text. */
struct sort_key {
    uint32_t merchant;
    int64_t number;
    char text[40];
};

static const char *text_value(const struct portfolio *p, const struct merchant *m, const char *key,
                              char *buf)
{
    const char *s = NULL;

    if (strcmp(key, "name") == 0) {
        s = merchant_name(p, m, buf);
    } else if (strcmp(key, "processor") == 0) {
        s = processor_name(m->processor, buf);
    } else if (strcmp(key, "group") == 0) {
        s = merchant_group(p, m);
    } else if (strcmp(key, "datasource") == 0) {
        s = merchant_source(p, m);
    } else if (strcmp(key, "vim") == 0) {
        s = merchant_vim(p, m);
    } else if (strcmp(key, "status") == 0) {
        s = m->closed == NO_DAY ? "Open" : "Closed";
    } else if (strcmp(key, "active") == 0) {
        s = merchant_is_active(m) ? "1" : "0";
    }
    return s == NULL ? "" : s;
}

static int compare_keys(const void *va, const void *vb)
{
    const struct sort_key *a = va, *b = vb;
    int by_text = strcmp(a->text, b->text);

    if (a->number != b->number) {
        return a->number < b->number ? -1 : 1;
    }
    if (by_text != 0) {
        return by_text;
    }
    return a->merchant < b->merchant ? -1 : a->merchant > b->merchant;
}

static void sort_by(const struct portfolio *p, uint32_t *list, uint32_t n, const char *key)
{
    struct sort_key *keys = calloc(n + 1u, sizeof(*keys));
    char buf[MERCHANT_NAME_MAX];

    if (keys == NULL) {
        abort();
    }
    for (uint32_t i = 0; i < n; i++) {
        struct merchant m;

        merchant_make(p, list[i], &m);
        keys[i].merchant = list[i];
        if (is_one_of(key, date_filters)) {
            keys[i].number = date_value(p, &m, key);
        } else {
            strncpy(keys[i].text, text_value(p, &m, key, buf), sizeof(keys[i].text) - 1);
        }
    }
    qsort(keys, n, sizeof(*keys), compare_keys);
    for (uint32_t i = 0; i < n; i++) {
        list[i] = keys[i].merchant;
    }
    free(keys);
}

/* Whether every merchant is in the listing, so that none need be made to find out. */
static bool lists_all(const struct portfolio *p, const struct filter *f)
{
    return p->edits.vanished == 0 && f->date_filter == NULL && f->group == NULL &&
           f->processor == NULL && f->datasource == NULL && f->mid == NULL && f->name == NULL &&
           f->vim == NULL && f->active == NULL && f->status == NULL;
}

static uint32_t collect(const struct portfolio *p, const struct filter *f, bool by_mid,
                        uint32_t *list)
{
    bool all = lists_all(p, f);
    uint32_t n = 0;

    for (uint32_t i = 0; i < p->n; i++) {
        uint32_t index = by_mid ? p->by_mid[i] : i;
        struct merchant m;

        if (!all) {
            if (edits_is_vanished(&p->edits, index)) {
                continue;
            }
            merchant_make(p, index, &m);
        }
        if (all || passes(p, f, &m)) {
            list[n++] = index;
        }
    }
    return n;
}

static void render_page(const struct call *c, struct answer *a, struct page *pg,
                        const uint32_t *list, bool descending)
{
    OUT_LIT(&a->body, "{\"data\":[");
    for (uint64_t i = 0; i < pg->n; i++) {
        uint64_t place = page_place(pg, i);
        struct merchant m;

        if (i > 0) {
            out_char(&a->body, ',');
        }
        merchant_make(c->p, list[descending ? pg->total - 1 - place : place], &m);
        render_merchant(&a->body, c->p, &m);
    }
    out_char(&a->body, ']');
    page_render(&a->body, pg, c->q, c->base);
    out_char(&a->body, '}');
}

void api_list_merchants(const struct call *c, struct answer *a)
{
    static const char *const directions[] = {"asc", "desc", NULL};
    const char *key = given(c->q, "sort_by"), *direction = given(c->q, "sort_dir");
    struct page pg = {.most = (uint64_t)c->p->opt->page_max, .twist = c->twist};
    const char *reason = NULL;
    struct filter f;
    uint32_t *list;
    bool by_mid = key != NULL && strcmp(key, "mid") == 0;

    if (key != NULL && !is_one_of(key, sort_keys)) {
        reason = "The selected sort by is invalid.";
    } else if (direction != NULL && !is_one_of(direction, directions)) {
        reason = "The selected sort dir is invalid.";
    } else if (page_parse(&pg, c->q, page_sizes, &reason)) {
        reason = parse_filter(&f, c->q);
    }
    if (reason != NULL) {
        answer_message(a, 422, reason);
        return;
    }
    list = calloc(c->p->n + 1u, sizeof(*list));
    if (list == NULL) {
        abort();
    }
    page_set_total(&pg, collect(c->p, &f, by_mid, list));
    if (key != NULL && !by_mid) {
        sort_by(c->p, list, (uint32_t)pg.total, key);
    }
    render_page(c, a, &pg, list, direction != NULL && strcmp(direction, "desc") == 0);
    free(list);
}
