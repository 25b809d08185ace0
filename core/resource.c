#include "core/resource.h"

#include "core/apply.h"
#include "core/base/buf.h"
#include "core/config.h"
#include "core/sync_state.h"

#include <string.h>

/* RFC 3986: everything but unreserved characters is escaped, also what a merchant number should not
 * hold. Nothing but dots would be a way up the path. */
static void add_escaped(struct buf *b, const char *text)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                     "0123456789-._~";
    bool only_dots = !text[strspn(text, ".")];
    for (const char *c = text; *c; c++) {
        bool plain = strchr(unreserved, *c) && !only_dots;
        buf_addf(b, plain ? "%c" : "%%%02X", (unsigned char)*c);
    }
}

static void merchants_path(const struct sync *s, const struct walk *w, struct buf *b)
{
    (void)s;
    (void)w;
    buf_adds(b, "/merchants?sort_by=mid&sort_dir=asc"); /* the one unique order there is */
}

static void merchant_path(const struct sync *s, const struct walk *w, struct buf *b)
{
    (void)s;
    buf_adds(b, "/merchants/");
    add_escaped(b, w->mid);
}

static void transactions_path(const struct sync *s, const struct walk *w, struct buf *b)
{
    merchant_path(s, w, b);
    buf_addf(b, "/transactions?start_date=%s&end_date=%s", w->from, w->to);
}

static const char *hide_null_merchants(const struct sync *s)
{
    return s->config->api.hide_null_merchants ? "true" : "false";
}

static void reports_path(const struct sync *s, const struct walk *w, struct buf *b)
{
    buf_addf(b, "/residuals/reports/summary/%d/%d?hide_null_merchants=%s", w->year, w->month,
             hide_null_merchants(s));
}

static void rows_path(const struct sync *s, const struct walk *w, struct buf *b)
{
    buf_addf(b, "/residuals/reports/summary/rows/%lld/%d/%d?hide_null_merchants=%s&template=false",
             (long long)w->processor, w->year, w->month, hide_null_merchants(s));
}

static void line_items_path(const struct sync *s, const struct walk *w, struct buf *b)
{
    buf_addf(b, "/residuals/lineitems/%d/%d?hide_null_merchants=%s", w->year, w->month,
             hide_null_merchants(s));
}

static void list_item_id(const struct walk *w, struct buf *b)
{
    (void)w;
    buf_adds(b, "list");
}

/* "2F" or "25" behind a %. */
static bool is_escape(const char *c)
{
    return c[0] == '%' && c[1] == '2' && (c[2] == 'F' || c[2] == '5');
}

void resource_add_item_mid(struct buf *b, const char *mid)
{
    for (const char *c = mid; *c; c++) {
        if (*c == '/' || is_escape(c)) {
            buf_addf(b, "%%%02X", (unsigned)*c);
        } else {
            buf_addc(b, *c);
        }
    }
}

void resource_read_item_mid(const char *item_id, char out[MID_SIZE])
{
    size_t len = 0;
    for (const char *c = item_id; *c && *c != '/' && len < MID_SIZE - 1; c++) {
        bool escaped = is_escape(c);
        out[len++] = !escaped ? *c : c[2] == 'F' ? '/' : '%';
        c += escaped ? 2 : 0;
    }
    out[len] = '\0';
}

static void mid_item_id(const struct walk *w, struct buf *b)
{
    resource_add_item_mid(b, w->mid);
}

static void report_item_id(const struct walk *w, struct buf *b)
{
    buf_addf(b, "%04d-%02d", w->year, w->month);
}

static void rows_item_id(const struct walk *w, struct buf *b)
{
    buf_addf(b, "%04d-%02d/%lld", w->year, w->month, (long long)w->processor);
}

static void line_items_item_id(const struct walk *w, struct buf *b)
{
    buf_addf(b, "%04d-%02d/lineitems", w->year, w->month);
}

/* What the API takes for per_page besides the largest. */
static const int below_1000[] = {500, 100, 50, 25, 10, 0};
static const int below_100[] = {50, 25, 10, 0};
static const int none[] = {0};

int resource_smaller_page(const struct resource *r, int per_page)
{
    const int *size = r->smaller;
    while (*size && *size >= per_page) {
        size++;
    }
    return *size;
}

const struct resource resources[RESOURCE_COUNT] = {
    [RESOURCE_MERCHANTS] = {"merchants", PHASE_MERCHANTS, "merchant", 1000, true, below_1000,
                            merchants_path, list_item_id, apply_merchants, finish_merchants},
    [RESOURCE_MERCHANT] = {"merchant", PHASE_MERCHANTS, "merchant", 1, false, none, merchant_path,
                           mid_item_id, apply_merchant, NULL},
    [RESOURCE_TRANSACTIONS] = {"transactions", PHASE_TRANSACTIONS, "transaction", 100, true,
                               below_100, transactions_path, mid_item_id, apply_transactions,
                               finish_transactions},
    [RESOURCE_REPORTS] = {"reports", PHASE_RESIDUALS, "residual", 100, true, below_100,
                          reports_path, report_item_id, apply_reports, finish_reports},
    [RESOURCE_ROWS] = {"rows", PHASE_RESIDUALS, "residual", 1000, true, below_1000, rows_path,
                       rows_item_id, apply_rows, finish_rows},
    [RESOURCE_LINE_ITEMS] = {"lineitems", PHASE_RESIDUALS, "residual", 100, true, below_100,
                             line_items_path, line_items_item_id, apply_line_items,
                             finish_line_items},
};
