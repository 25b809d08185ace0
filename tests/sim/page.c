#include "page.h"

#include <string.h>

bool page_parse(struct page *pg, const struct query *q, const long *sizes, const char **reason)
{
    long number = query_number(q, "page", 1);
    long per_page = query_number(q, "per_page", sizes[0]);

    while (*sizes != 0 && *sizes != per_page) {
        sizes++;
    }
    if (*sizes == 0) {
        *reason = "The selected per page is invalid.";
        return false;
    }
    if (number < 1) {
        *reason = "The page must be at least 1.";
        return false;
    }
    pg->number = (uint64_t)number;
    pg->per_page = (uint64_t)per_page;
    if (pg->most > 0 && pg->per_page > pg->most) {
        pg->per_page = pg->most;
    }
    return true;
}

void page_set_total(struct page *pg, uint64_t total)
{
    uint64_t number = pg->number - (pg->twist.duplicate && pg->number > 1);

    pg->total = total;
    if (number - 1 >= total / pg->per_page + 1) { /* before multiplying: it may be huge */
        pg->first = total;
    } else {
        pg->first = (number - 1) * pg->per_page;
    }
    pg->first = pg->first > total ? total : pg->first;
    pg->n = total - pg->first < pg->per_page ? total - pg->first : pg->per_page;
}

uint64_t page_place(const struct page *pg, uint64_t i)
{
    return (pg->first + i + pg->twist.rotate) % pg->total;
}

/* The target with another page number, all other parameters as they came. */
static void link_to(struct out *o, const char *name, const struct query *q, const char *base,
                    uint64_t number)
{
    const char *at = q->text;
    bool has_page = false;

    out_printf(o, "\"%s\":", name);
    if (number == 0) {
        OUT_LIT(o, "null");
        return;
    }
    out_printf(o, "\"%s%s?", base, q->path);
    while (*at != '\0') {
        size_t len = strcspn(at, "&");

        if (strncmp(at, "page=", 5) == 0) {
            out_printf(o, "page=%llu", (unsigned long long)number);
            has_page = true;
        } else {
            for (size_t i = 0; i < len; i++) {
                if (at[i] == '"' || at[i] == '\\') {
                    out_char(o, '\\');
                }
                out_char(o, at[i]);
            }
        }
        at += len;
        if (*at == '&') {
            out_char(o, *at++);
        }
    }
    if (!has_page) {
        out_printf(o, "%spage=%llu", q->text[0] != '\0' ? "&" : "", (unsigned long long)number);
    }
    out_char(o, '"');
}

void page_render(struct out *o, const struct page *pg, const struct query *q, const char *base)
{
    uint64_t last = pg->total == 0 ? 1 : (pg->total + pg->per_page - 1) / pg->per_page;
    bool is_empty = pg->n == 0;

    OUT_LIT(o, ",\"links\":{");
    link_to(o, "first", q, base, 1);
    out_char(o, ',');
    link_to(o, "last", q, base, last);
    out_char(o, ',');
    link_to(o, "prev", q, base, pg->number - 1);
    out_char(o, ',');
    link_to(o, "next", q, base, pg->number < last ? pg->number + 1 : 0);
    out_printf(o, "},\"meta\":{\"current_page\":%llu,\"from\":", (unsigned long long)pg->number);
    if (is_empty) {
        OUT_LIT(o, "null");
    } else {
        out_int(o, (int64_t)pg->first + 1);
    }
    out_printf(o, ",\"last_page\":\"%llu\",\"path\":\"%s%s\",\"per_page\":%llu,\"to\":",
               (unsigned long long)last, base, q->path, (unsigned long long)pg->per_page);
    if (is_empty) {
        OUT_LIT(o, "null");
    } else {
        out_int(o, (int64_t)(pg->first + pg->n));
    }
    out_printf(o, ",\"total\":%llu}", (unsigned long long)pg->total);
}
