/* What a request to the CRM asks for, and how much that is. */
#include "tests/torture/crm.h"

#include "core/base/civil.h"

#include <stdio.h>
#include <string.h>

/* ---- what is asked for ---- */

static bool parse_day(const char *text, int *out)
{
    struct civil day;
    bool ok = civil_parse_iso(text, &day);
    *out = ok ? civil_to_days(day) : 0;
    return ok;
}

static bool parse_paging(const char *path, struct crm_query *q)
{
    const char *at = strstr(path, "per_page=");
    return at && sscanf(at, "per_page=%d&page=%d", &q->per_page, &q->page) == 2 && q->page > 0;
}

static bool parse_merchant(const char *path, struct crm_query *q)
{
    char rest[80] = "";
    char from[11] = "";
    char to[11] = "";
    if (sscanf(path, "/merchants/%63[^/?]%79s", q->mid, rest) < 1) {
        return false;
    }
    q->list = rest[0] ? CRM_BATCH_LIST : CRM_MERCHANT;
    return !rest[0] ||
           (sscanf(rest, "/transactions?start_date=%10[0-9-]&end_date=%10[0-9-]", from, to) == 2 &&
            parse_day(from, &q->from) && parse_day(to, &q->to) && parse_paging(path, q));
}

bool crm_parse(const char *path, struct crm_query *q)
{
    long long processor = 0;
    *q = (struct crm_query){0};
    if (!strncmp(path, "/merchants?sort_by=mid&sort_dir=asc&", 36)) {
        q->list = CRM_LIST;
        return parse_paging(path, q);
    }
    if (!strncmp(path, "/merchants/", 11)) {
        return parse_merchant(path, q);
    }
    if (sscanf(path, "/residuals/reports/summary/rows/%lld/%d/%d?hide_null_merchants=true&t",
               &processor, &q->year, &q->month) == 3) {
        q->list = CRM_ROWS;
        q->processor = processor;
    } else if (sscanf(path, "/residuals/reports/summary/%d/%d?hide", &q->year, &q->month) == 2) {
        q->list = CRM_REPORTS;
    } else if (sscanf(path, "/residuals/lineitems/%d/%d?hide", &q->year, &q->month) == 2) {
        q->list = CRM_LINE_ITEMS;
    } else {
        return false;
    }
    return parse_paging(path, q);
}

bool crm_is_page_size(const struct crm_query *q)
{
    static const int sizes[] = {10, 25, 50, 100, 500, 1000};
    size_t count = q->list == CRM_LIST || q->list == CRM_ROWS ? 6 : 4;
    for (size_t i = 0; i < count; i++) {
        if (q->per_page == sizes[i]) {
            return true;
        }
    }
    return q->list == CRM_MERCHANT;
}

int crm_page_rows(const struct crm *c, const struct crm_query *q)
{
    return c->page_rows && c->page_rows < q->per_page ? c->page_rows : q->per_page;
}

const struct crm_report *crm_report(struct crm *c, const struct crm_query *q)
{
    struct crm_month *m = crm_month(c, q->year, q->month);
    for (int i = 0; m && i < CRM_PROCESSORS; i++) {
        if (m->reports[i].processor == q->processor && m->reports[i].is_listed) {
            return &m->reports[i];
        }
    }
    return NULL;
}

bool crm_is_within(const struct crm_query *q, int day)
{
    return day >= q->from && day <= q->to;
}

int crm_total(struct crm *c, const struct crm_query *q)
{
    int total = 0;
    struct crm_month *month = crm_month(c, q->year, q->month);
    int m = crm_find(c, q->mid);
    switch (q->list) {
    case CRM_LIST:
        for (int i = 0; i < c->merchant_count; i++) {
            total += c->merchants[i].is_listed;
        }
        return total;
    case CRM_MERCHANT:
        return 1;
    case CRM_BATCH_LIST:
        for (int i = 0; m >= 0 && i < c->merchants[m].batch_count; i++) {
            total += crm_is_within(q, c->merchants[m].batches[i].day);
        }
        return total;
    case CRM_REPORTS:
        for (int i = 0; month && i < CRM_PROCESSORS; i++) {
            total += month->reports[i].is_listed;
        }
        return total;
    case CRM_ROWS:
        return crm_report(c, q) ? crm_report(c, q)->row_count : 0;
    case CRM_LINE_ITEMS:
        return month ? month->item_count : 0;
    }
    return total;
}

/* ---- the least ---- */

static int pages_of(struct crm *c, const struct crm_query *q)
{
    int total = crm_total(c, q);
    int size = crm_page_rows(c, q);
    return total ? (total + size - 1) / size : 1;
}

int crm_least(struct crm *c, int from, int to)
{
    int least = pages_of(c, &(struct crm_query){.list = CRM_LIST, .per_page = 1000});
    for (int i = 0; i < c->merchant_count; i++) {
        const struct crm_merchant *m = &c->merchants[i];
        struct crm_query q = {.list = CRM_BATCH_LIST, .from = from, .to = to, .per_page = 100};
        snprintf(q.mid, sizeof q.mid, "%s", m->mid);
        bool is_asked =
            m->is_listed && m->batch_count && crm_last_batch(m) >= from && crm_first_batch(m) <= to;
        least += is_asked ? pages_of(c, &q) : 0;
    }
    struct civil first = civil_from_days(from);
    struct civil last = civil_from_days(to);
    int end = civil_month_index(last.year, last.month);
    for (int i = civil_month_index(first.year, first.month); i <= end; i++) {
        struct crm_query q = {
            .list = CRM_REPORTS, .year = i / 12, .month = i % 12 + 1, .per_page = 100};
        least += pages_of(c, &q);
        q.list = CRM_LINE_ITEMS;
        least += pages_of(c, &q);
        q.list = CRM_ROWS;
        q.per_page = 1000;
        for (int n = 0; n < CRM_PROCESSORS; n++) {
            q.processor = 1001 + 7 * n;
            least += crm_total(c, &q) ? pages_of(c, &q) : 0;
        }
    }
    return least;
}
