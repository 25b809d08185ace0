#include "tui/dash/header.h"

#include "core/base/version.h"
#include "core/config.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"
#include "tui/print.h"

#include <stdio.h>
#include <string.h>

enum { FORMS = 4, FORM_SIZE = 128, REASONS_LEAST = 14, HOST_LEAST = 9 };

enum part { NAME, DATABASE, HOST, HEALTH, BREAKER, LEFT, AGE, PARTS };

/* The longest form first; width 0 = it is not there at all. */
struct part_shown {
    struct style style;
    char forms[FORMS][FORM_SIZE];
    int widths[FORMS];
    int form;
};

/* What gives way, in this order, until the row fits. */
static const struct {
    enum part part;
    int form;
} steps[] = {
    {DATABASE, 1}, {NAME, 1}, {AGE, 1},      {DATABASE, 2}, {HOST, 1},    {BREAKER, 1}, {LEFT, 1},
    {HOST, 3},     {NAME, 2}, {DATABASE, 3}, {LEFT, 3},     {BREAKER, 3}, {AGE, 3},
};

static const struct style dim = {INK_DIM, 0};
static const struct style banner = {INK_BANNER, MARK_REVERSE | MARK_BOLD};

static void set_form(const struct dash *d, struct part_shown *p, int form, int most)
{
    int width = grid_text_width(&d->screen, p->forms[form]);
    p->widths[form] = width < most ? width : most;
}

/* ---- the parts ---- */

/* "ipsync 0.1.0-12-gabc", "ipsync 0.1.0", "ipsync" */
static void fill_name(const struct dash *d, struct part_shown *p)
{
    const char *version = d->version ? d->version : ipsync_version;
    int plain = (int)strcspn(version, "-");
    p->style = (struct style){INK_TITLE, MARK_BOLD};
    snprintf(p->forms[0], FORM_SIZE, "ipsync %.40s", version);
    snprintf(p->forms[1], FORM_SIZE, "ipsync %.*s", plain, version);
    snprintf(p->forms[2], FORM_SIZE, "ipsync");
    set_form(d, p, 0, 40);
    set_form(d, p, 1, 16);
    set_form(d, p, 2, 16);
}

static void fill_database(const struct dash *d, struct part_shown *p)
{
    const char *path = d->config->database.path;
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    const char *cut = d->screen.ascii ? "..." : "…";
    p->style = dim;
    if (strlen(path) > 48) {
        snprintf(p->forms[0], FORM_SIZE, "%s/%.100s", cut, name);
    } else {
        snprintf(p->forms[0], FORM_SIZE, "%s", path);
    }
    snprintf(p->forms[1], FORM_SIZE, "%s%s%.100s", slash ? cut : "", slash ? "/" : "", name);
    snprintf(p->forms[2], FORM_SIZE, "%.100s", name);
    set_form(d, p, 0, 60);
    set_form(d, p, 1, 24);
    set_form(d, p, 2, 12);
}

/* The host with its port, without what else an address may hold. */
static void fill_host(const struct dash *d, struct part_shown *p)
{
    const char *url = d->config->api.base_url;
    const char *scheme = strstr(url, "://");
    const char *host = scheme ? scheme + 3 : url;
    p->style = dim;
    for (int i = 0; i < 2; i++) {
        snprintf(p->forms[i], FORM_SIZE, "%.*s", (int)strcspn(host, "/?#"), host);
        set_form(d, p, i, i ? HOST_LEAST : 48);
    }
}

static void fill_health(const struct dash *d, struct part_shown *p)
{
    static const enum ink inks[] = {
        [HEALTH_OK] = INK_GOOD, [HEALTH_WARNING] = INK_WARN, [HEALTH_CRITICAL] = INK_BAD};
    enum health_level level = d->health_known ? d->health.level : HEALTH_CRITICAL;
    bool is_known = d->health_known || d->database_missing;
    p->style = (struct style){(uint8_t)(is_known ? inks[level] : INK_DIM), MARK_BOLD};
    snprintf(p->forms[0], FORM_SIZE, "%s",
             is_known        ? health_name(level)
             : d->trouble[0] ? "unknown"
                             : "reading");
    set_form(d, p, 0, FORM_SIZE);
}

static void fill_breaker(const struct dash *d, struct part_shown *p)
{
    static const enum ink inks[] = {
        [BREAKER_CLOSED] = INK_DIM, [BREAKER_OPEN] = INK_BAD, [BREAKER_HALF_OPEN] = INK_WARN};
    enum breaker_state state = d->health_known ? d->health.breaker : BREAKER_CLOSED;
    p->style = (struct style){(uint8_t)inks[state], state == BREAKER_CLOSED ? 0 : MARK_BOLD};
    snprintf(p->forms[0], FORM_SIZE, "breaker %s", breaker_state_name(state));
    snprintf(p->forms[1], FORM_SIZE, "brk %s", breaker_state_name(state));
    set_form(d, p, 0, FORM_SIZE);
    set_form(d, p, 1, FORM_SIZE);
}

/* Of as many columns while the number counts down. */
static void fill_left(const struct dash *d, struct part_shown *p)
{
    const struct sync_shown *s = dash_sync(d);
    p->style = dim;
    if (!s || s->progress.rate_left < 0 || s->progress.rate_limit <= 0) {
        snprintf(p->forms[0], FORM_SIZE, "%s left", d->screen.ascii ? "-" : "–");
        snprintf(p->forms[1], FORM_SIZE, "%s", p->forms[0]);
    } else {
        char limit[16];
        int columns = snprintf(limit, sizeof limit, "%d", s->progress.rate_limit);
        snprintf(p->forms[0], FORM_SIZE, "%*d/%s left", columns, s->progress.rate_left, limit);
        snprintf(p->forms[1], FORM_SIZE, "%*d left", columns, s->progress.rate_left);
    }
    set_form(d, p, 0, FORM_SIZE);
    set_form(d, p, 1, FORM_SIZE);
}

static void fill_age(const struct dash *d, struct part_shown *p)
{
    char age[WORD_SIZE];
    p->style = dim;
    if (!d->health_known && !d->database_missing) {
        return;
    }
    if (!d->health_known || d->health.age_seconds < 0) {
        p->style.ink = INK_WARN;
        snprintf(p->forms[0], FORM_SIZE, "never synced");
        snprintf(p->forms[1], FORM_SIZE, "never synced");
    } else {
        word_age(d->health.age_seconds * 1000, age);
        snprintf(p->forms[0], FORM_SIZE, "data %s old", age);
        snprintf(p->forms[1], FORM_SIZE, "%s old", age);
    }
    set_form(d, p, 0, FORM_SIZE);
    set_form(d, p, 1, FORM_SIZE);
}

static void fill_parts(const struct dash *d, struct part_shown *parts)
{
    memset(parts, 0, PARTS * sizeof *parts);
    fill_name(d, &parts[NAME]);
    fill_database(d, &parts[DATABASE]);
    fill_host(d, &parts[HOST]);
    fill_health(d, &parts[HEALTH]);
    fill_breaker(d, &parts[BREAKER]);
    fill_left(d, &parts[LEFT]);
    fill_age(d, &parts[AGE]);
}

/* ---- a row of them ---- */

struct row_shown {
    struct part_shown *parts;
    int first, end;
    int gap; /* between those that say where one is: they may stand closer together */
};

static int gap_before(const struct row_shown *r, int part)
{
    return part <= HOST ? r->gap : 2;
}

static int width_of(const struct row_shown *r)
{
    int sum = 0;
    for (int i = r->first; i < r->end; i++) {
        int width = r->parts[i].widths[r->parts[i].form];
        sum += width + (width > 0 && sum > 0 ? gap_before(r, i) : 0);
    }
    return sum;
}

static void fit(const struct dash *d, struct row_shown *r, int cols)
{
    r->gap = width_of(r) <= cols ? 2 : 1;
    for (size_t i = 0; i < sizeof steps / sizeof *steps && width_of(r) > cols; i++) {
        if ((int)steps[i].part >= r->first && (int)steps[i].part < r->end) {
            r->parts[steps[i].part].form = steps[i].form;
        }
    }
    struct part_shown *host = &r->parts[HOST];
    int spare = cols - width_of(r);
    if (host->form == 1 && spare > 0) {
        set_form(d, host, 1, HOST_LEAST + spare);
    }
}

/* Returns the column after the last. */
static int draw_parts(const struct dash *d, struct area a, struct part_shown *parts, int first,
                      int end)
{
    struct row_shown r = {parts, first, end, 2};
    int col = 0;
    fit(d, &r, a.cols);
    for (int i = first; i < end; i++) {
        const struct part_shown *p = &parts[i];
        int width = p->widths[p->form];
        if (width > 0) {
            col += col > 0 ? gap_before(&r, i) : 0;
            area_text(a, 0, col, width, p->style, p->forms[p->form]);
            col += width;
        }
    }
    return col;
}

/* ---- what must be seen at once ---- */

static void say_frozen(const struct dash *d, bool is_wide, char out[FORM_SIZE])
{
    char held[WORD_SIZE];
    print_count(d->held_back, held);
    if (!d->is_frozen) {
        out[0] = '\0';
    } else if (is_wide) {
        snprintf(out, FORM_SIZE, " PAUSED, %s held back, p goes on ", held);
    } else {
        snprintf(out, FORM_SIZE, " PAUSED ");
    }
}

static void say_read_only(const struct dash *d, bool is_wide, char out[FORM_SIZE])
{
    if (!d->read_only) {
        out[0] = '\0';
    } else if (is_wide && d->read_only_why[0]) {
        snprintf(out, FORM_SIZE, " READ-ONLY: %s ", d->read_only_why);
    } else {
        snprintf(out, FORM_SIZE, " READ-ONLY ");
    }
}

/* At the right end of the row; returns what is left of it for the rest. */
static struct area draw_banners(const struct dash *d, struct area a, bool is_wide)
{
    char words[2][FORM_SIZE];
    say_frozen(d, is_wide, words[0]);
    say_read_only(d, is_wide, words[1]);
    for (int i = 0; i < 2; i++) {
        int width = grid_text_width(a.grid, words[i]);
        if (width > 0) {
            area_text(a, 0, a.cols - width, width, banner, words[i]);
            a.cols = a.cols - width - 1 > 0 ? a.cols - width - 1 : 0;
        }
    }
    return a;
}

void draw_header(const struct dash *d, struct area a)
{
    struct part_shown parts[PARTS];
    struct area first = area_part(a, 0, 0, 1, a.cols);
    bool is_tall = a.rows > 1;
    fill_parts(d, parts);
    first = draw_banners(d, first, a.cols >= 110);
    int col = draw_parts(d, first, parts, 0, is_tall ? HEALTH : PARTS);
    if (is_tall) {
        first = area_part(a, 1, 0, 1, a.cols);
        col = draw_parts(d, first, parts, HEALTH, PARTS);
    }
    bool is_told = d->health.age_seconds < 0 && !strcmp(d->health.reasons, "never synced");
    if (d->health_known && !is_told && first.cols - col > REASONS_LEAST) {
        area_text(first, 0, col + 2, -1,
                  parts[HEALTH].style.ink == INK_GOOD ? dim : parts[HEALTH].style,
                  d->health.reasons);
    }
}
