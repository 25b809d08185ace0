#include "api.h"

#include <stdlib.h>
#include <string.h>

#include "batches.h"
#include "day.h"
#include "render.h"
#include "residuals.h"

static const long small_pages[] = {10, 25, 50, 100, 0};
static const long large_pages[] = {10, 25, 50, 100, 500, 1000, 0};

void answer_message(struct answer *a, int status, const char *message)
{
    a->status = status;
    a->body.len = 0;
    OUT_LIT(&a->body, "{\"message\":");
    out_json(&a->body, message);
    out_char(&a->body, '}');
}

/* The page asked for; false after a 422. */
static bool start_page(const struct call *c, struct answer *a, const long *sizes, struct page *pg)
{
    const char *reason;

    *pg = (struct page){.most = (uint64_t)c->p->opt->page_max, .twist = c->twist};
    if (!page_parse(pg, c->q, sizes, &reason)) {
        answer_message(a, 422, reason);
        return false;
    }
    OUT_LIT(&a->body, "{\"data\":[");
    return true;
}

static void end_page(const struct call *c, struct answer *a, const struct page *pg)
{
    page_render(&a->body, pg, c->q, c->base);
    out_char(&a->body, '}');
}

static void merchant_detail(const struct call *c, struct answer *a)
{
    struct merchant m;

    if (!portfolio_find(c->p, c->q->pieces[3], &m)) {
        answer_message(a, 404, "Not found");
        return;
    }
    render_merchant_page(&a->body, c->p, &m);
}

static bool asked_day(const struct call *c, struct answer *a, const char *name, int32_t *day)
{
    const char *s = query_get(c->q, name);

    if (s != NULL && *s != '\0' && !day_parse(s, day)) {
        answer_message(a, 422, "The date does not match the format Y-m-d.");
        return false;
    }
    return true;
}

static void render_batches(const struct call *c, struct answer *a, const struct merchant *m,
                           const struct page *pg, int32_t from, int32_t to)
{
    struct batch_name *names = calloc(pg->n + 1, sizeof(*names));
    uint32_t n = 0, head = 0;
    struct batch b = {0};

    if (names == NULL) {
        abort();
    }
    if (pg->n > 0) { /* a rotated page may wrap around the listing's end */
        uint64_t place = page_place(pg, 0);
        uint64_t room = pg->total - place;

        head = (uint32_t)(room < pg->n ? room : pg->n);
        n = batches_pick(c->p, m, from, to, place, head, names);
        n += batches_pick(c->p, m, from, to, 0, (uint32_t)pg->n - head, names + n);
    }
    for (uint32_t i = 0; i < n; i++) {
        if (i > 0) {
            out_char(&a->body, ',');
        }
        batch_load(c->p, m, names[i], &b);
        render_batch(&a->body, &b);
    }
    batch_done(&b);
    free(names);
}

static void render_adjustments(const struct call *c, struct answer *a, const struct merchant *m,
                               int32_t from, int32_t to)
{
    struct adjustment found[ADJUSTMENTS_A_MONTH_MAX];
    const char *comma = "";

    from = from < c->p->opt->start - 4000 ? c->p->opt->start - 4000 : from;
    to = to > c->p->today + 400 ? c->p->today + 400 : to;
    OUT_LIT(&a->body, "],\"adjustments\":[");
    for (int month = month_of_day(to); from <= to && month >= month_of_day(from); month--) {
        int n = adjustments_of_month(c->p, m, month, found);

        for (int i = 0; i < n; i++) {
            if (found[i].day >= from && found[i].day <= to) {
                out_str(&a->body, comma);
                render_adjustment(&a->body, &found[i]);
                comma = ",";
            }
        }
    }
    out_char(&a->body, ']');
}

static void transactions(const struct call *c, struct answer *a)
{
    int32_t from = INT32_MIN / 2, to = INT32_MAX / 2;
    struct merchant m;
    struct page pg;

    if (!portfolio_find(c->p, c->q->pieces[3], &m)) {
        answer_message(a, 404, "Not found");
        return;
    }
    if (!asked_day(c, a, "start_date", &from) || !asked_day(c, a, "end_date", &to)) {
        return;
    }
    if (from > to) {
        answer_message(a, 422, "The end date must be a date after or equal to start date.");
        return;
    }
    if (start_page(c, a, small_pages, &pg)) {
        page_set_total(&pg, batches_count(c->p, &m, from, to));
        render_batches(c, a, &m, &pg, from, to);
        render_adjustments(c, a, &m, from, to);
        end_page(c, a, &pg);
    }
}

/* The month in the path; false after a 422. */
static bool asked_month(const struct call *c, struct answer *a, size_t piece, int *month)
{
    long year = query_digits(c->q->pieces[piece]);
    long number = query_digits(c->q->pieces[piece + 1]);

    if (year < 1990 || year > 2200 || number < 1 || number > 12) {
        answer_message(a, 422, "The year or the month is invalid.");
        return false;
    }
    *month = (int)(year * 12 + number - 1);
    return true;
}

static void summary(const struct call *c, struct answer *a)
{
    struct report *reports;
    struct page pg;
    int month;

    if (!asked_month(c, a, 5, &month) || !start_page(c, a, small_pages, &pg)) {
        return;
    }
    reports = calloc((size_t)c->p->opt->processors, sizeof(*reports));
    if (reports == NULL) {
        abort();
    }
    page_set_total(
        &pg, reports_of_month(c->p, month, query_flag(c->q, "hide_null_merchants", true), reports));
    for (uint64_t i = 0; i < pg.n; i++) {
        if (i > 0) {
            out_char(&a->body, ',');
        }
        render_report(&a->body, &reports[page_place(&pg, i)]);
    }
    free(reports);
    out_char(&a->body, ']');
    end_page(c, a, &pg);
}

/* All rows of a report, in the order of the merchants; gives how many. */
static uint32_t collect_rows(const struct call *c, uint32_t processor, int month,
                             struct residual *rows)
{
    bool hide_null = query_flag(c->q, "hide_null_merchants", true);
    uint32_t n = 0;

    for (uint32_t i = 0; i < c->p->n && month_is_published(c->p, month); i++) {
        struct merchant m;

        merchant_make(c->p, i, &m);
        n += m.processor == processor && residual_make(c->p, &m, month, &rows[n]) &&
             !(hide_null && rows[n].is_null_merchant);
    }
    return n;
}

static void render_rows(const struct call *c, struct answer *a, struct page *pg,
                        const struct residual *rows)
{
    for (uint64_t i = 0; i < pg->n; i++) {
        struct residual r = rows[page_place(pg, i)];

        if (i > 0) {
            out_char(&a->body, ',');
        }
        if (query_flag(c->q, "template", true)) {
            residual_dress(&r);
        }
        render_residual(&a->body, c->p, &r);
    }
}

static void report_rows(const struct call *c, struct answer *a)
{
    struct residual *rows;
    uint32_t processor;
    struct page pg;
    int month;

    if (!processor_find(c->p, query_digits(c->q->pieces[6]), &processor)) {
        answer_message(a, 404, "Not found");
        return;
    }
    if (!asked_month(c, a, 7, &month) || !start_page(c, a, large_pages, &pg)) {
        return;
    }
    rows = calloc(c->p->n + 1u, sizeof(*rows));
    if (rows == NULL) {
        abort();
    }
    page_set_total(&pg, collect_rows(c, processor, month, rows));
    render_rows(c, a, &pg, rows);
    free(rows);
    out_char(&a->body, ']');
    end_page(c, a, &pg);
}

static void line_items(const struct call *c, struct answer *a)
{
    bool hide_null = query_flag(c->q, "hide_null_merchants", true);
    struct line_item item;
    uint32_t places, n = 0, *listed;
    struct page pg;
    int month;

    if (!asked_month(c, a, 4, &month) || !start_page(c, a, small_pages, &pg)) {
        return;
    }
    places = line_items_places(c->p, month);
    listed = calloc(places + 1u, sizeof(*listed));
    if (listed == NULL) {
        abort();
    }
    for (uint32_t i = 0; i < places; i++) {
        if (line_item_make(c->p, month, i, &item) && !(hide_null && item.is_null_merchant)) {
            listed[n++] = i;
        }
    }
    page_set_total(&pg, n);
    for (uint64_t i = 0; i < pg.n; i++) {
        if (i > 0) {
            out_char(&a->body, ',');
        }
        line_item_make(c->p, month, listed[page_place(&pg, i)], &item);
        render_line_item(&a->body, c->p, &item);
    }
    free(listed);
    out_char(&a->body, ']');
    end_page(c, a, &pg);
}

struct route {
    const char *pattern; /* pieces under /api/v1; `*` is any one */
    void (*handler)(const struct call *c, struct answer *a);
};

static const struct route routes[] = {
    {"merchants", api_list_merchants},
    {"merchants/*", merchant_detail},
    {"merchants/*/transactions", transactions},
    {"residuals/reports/summary/*/*", summary},
    {"residuals/reports/summary/rows/*/*/*", report_rows},
    {"residuals/lineitems/*/*", line_items},
};

static bool route_fits(const char *pattern, char *const *pieces, size_t n)
{
    while (n > 0 && *pattern != '\0') {
        size_t len = strcspn(pattern, "/");

        if (!(len == 1 && *pattern == '*') &&
            (strlen(*pieces) != len || memcmp(*pieces, pattern, len) != 0)) {
            return false;
        }
        pattern += len + (pattern[len] == '/');
        pieces++;
        n--;
    }
    return n == 0 && *pattern == '\0';
}

void api_answer(const struct call *c, struct answer *a)
{
    const struct query *q = c->q;

    a->status = 200;
    for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]) && q->n_pieces > 2 &&
                       strcmp(q->pieces[0], "api") == 0 && strcmp(q->pieces[1], "v1") == 0;
         i++) {
        if (route_fits(routes[i].pattern, q->pieces + 2, q->n_pieces - 2)) {
            routes[i].handler(c, a);
            return;
        }
    }
    answer_message(a, 404, "Not found");
}
