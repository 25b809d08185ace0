/* `ipsync health`: one line and an exit code by the rules of monitoring plugins
 * (https://www.monitoring-plugins.org/doc/guidelines.html): 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
 */
#include "core/base/buf.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/config.h"
#include "core/health.h"
#include "db/db.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

#include <inttypes.h>
#include <stdlib.h>

enum { UNKNOWN = 3, DATA_OLD_S = 26 * 60 * 60 };

static int say(struct buf *b, int code)
{
    buf_addc(b, '\n');
    print_out(b);
    buf_done(b);
    return print_error() ? UNKNOWN : code;
}

static int say_unknown(const struct err *e)
{
    struct buf b = {0};
    buf_adds(&b, "IPSYNC UNKNOWN - ");
    for (const char *c = e->message; *c; c++) {
        buf_addc(&b, *c == '|' ? '/' : *c); /* behind it performance data would begin */
    }
    return say(&b, UNKNOWN);
}

/* label=value[unit];warning;critical;least */
static void add_data(const struct health *h, struct buf *b)
{
    buf_adds(b, " |");
    if (h->age_seconds >= 0) {
        buf_addf(b, " age=%" PRId64 "s;;%d;0", h->age_seconds, DATA_OLD_S);
    }
    buf_addf(b, " failed_pending=%" PRId64 ";;;0 failed_permanent=%" PRId64 ";0;;0 breaker=%d;0;;0",
             h->failed_pending, h->failed_permanent, (int)h->breaker);
}

static void add_words(const struct health *h, struct buf *b)
{
    char age[32];
    if (h->reasons[0]) {
        buf_adds(b, h->reasons);
    }
    if (h->age_seconds >= 0) {
        print_duration(h->age_seconds * 1000, age);
        buf_addf(b, "%sdata %s old", h->reasons[0] ? "; " : "", age);
    }
    if (h->last_status[0]) {
        buf_addf(b, ", last sync %s", h->last_status);
    }
}

static bool look(const struct cli *cli, struct health *h, struct err *e)
{
    struct db_reader *r = NULL;
    struct stale_jobs stale = {0};
    bool ok = cmd_open_reader(cli, &r, e) && (!r || cmd_settle_stale(cli, r, &stale, e)) &&
              health_look(r, cli->config->api.base_url, !stale.is_left, clock_wall_ms(), h, e);
    db_reader_close(r);
    return ok;
}

/* Reads the configuration itself: one that is not sound is UNKNOWN. */
int cmd_health(struct cli *cli)
{
    static const char *const names[] = {
        [HEALTH_OK] = "OK", [HEALTH_WARNING] = "WARNING", [HEALTH_CRITICAL] = "CRITICAL"};
    struct err e = {0};
    struct health h;
    struct buf b = {0};
    cli->config = config_load(cli->config_file, cli->database, &e);
    if (!cli->config || !look(cli, &h, &e)) {
        return say_unknown(&e);
    }
    buf_addf(&b, "IPSYNC %s - ", names[h.level]);
    add_words(&h, &b);
    add_data(&h, &b);
    return say(&b, (int)h.level);
}
