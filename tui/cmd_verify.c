/* `ipsync verify`: is what we hold what the CRM holds? Rows and money by stream and month, both
 * figures. The CRM is read into a throw-away database; the kept one stays as it is. */
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/clock.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/request.h"
#include "db/db.h"
#include "db/failed_query.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/run_sync.h"
#include "tui/verify_report.h"
#include "tui/who.h"

#include <string.h>

enum { EXIT_DIFFERS = 1, UNREAD_PAGE = 200 };

struct verify {
    const struct cli *cli;
    const struct sync_request *request;
    struct verify_report report;
    struct verify_scope scope;
    struct buf mids, reports; /* not read, JSON */
    enum verify_stream stream;
    bool is_crm;
};

static void note_figures(void *data, const struct verify_figures *figures)
{
    struct verify *v = data;
    verify_report_add(&v->report, v->stream, figures, v->is_crm);
}

static void note_control(void *data, const struct verify_control *control)
{
    struct verify *v = data;
    verify_report_add_control(&v->report, control);
}

static void note_unread(void *data, const struct failed_row *item)
{
    struct verify *v = data;
    if (item->code && !strcmp(item->code, "control_total")) {
        return; /* it was read; see verify_query_controls() */
    }
    struct verify_unread *u = verify_report_add_unread(&v->report);
    text_copy(u->type, sizeof u->type, item->item_type);
    text_copy(u->id, sizeof u->id, item->item_id);
    text_copy(u->message, sizeof u->message, item->message);
}

static bool read_figures(struct verify *v, struct db_reader *db, bool is_crm, struct err *e)
{
    bool ok = true;
    v->is_crm = is_crm;
    for (v->stream = 0; ok && v->stream < VERIFY_STREAMS; v->stream++) {
        ok = verify_query(db, v->stream, &v->scope, note_figures, v, e);
    }
    return ok;
}

static bool read_unread(struct verify *v, struct db_reader *crm, struct err *e)
{
    int64_t after = 0;
    int got = UNREAD_PAGE;
    bool ok = verify_query_unread(crm, &v->mids, &v->reports, e);
    while (ok && got == UNREAD_PAGE) {
        ok = failed_query_page(crm, false, &after, UNREAD_PAGE, note_unread, v, &got, e);
    }
    v->scope.unread_mids = v->mids.data;
    v->scope.unread_reports = v->reports.data;
    return ok;
}

static bool compare(struct verify *v, struct db_reader *here, struct db_reader *crm, struct err *e)
{
    return read_unread(v, crm, e) && read_figures(v, here, false, e) &&
           read_figures(v, crm, true, e) &&
           verify_query_controls(here, &v->scope, note_control, v, e);
}

static int tell(const struct verify *v)
{
    const struct verify_report *r = &v->report;
    struct buf b = {0};
    if (v->cli->json) {
        verify_report_json(r, &b);
        cmd_flush(&b, true);
    } else {
        verify_report_print(r, v->cli->all);
    }
    buf_done(&b);
    int code = cmd_done();
    return code ? code : verify_report_differing(r) || r->unread_count ? EXIT_DIFFERS : 0;
}

static int use_reading(void *data, const char *scratch_database, int stop_fd, struct err *e)
{
    struct verify *v = data;
    struct db_reader *here = db_reader_open(v->cli->config->database.path, e);
    struct db_reader *crm = here ? db_reader_open(scratch_database, e) : NULL;
    int code = 0;
    if (crm) {
        db_reader_set_stop(here, stop_fd);
        db_reader_set_stop(crm, stop_fd);
        code = compare(v, here, crm, e) ? tell(v) : 0;
    }
    db_reader_close(crm);
    db_reader_close(here);
    return code;
}

/* Without a range: all that a sync would have read. */
static bool set_request(const struct cli *cli, struct sync_request *r, struct err *e)
{
    const struct config *c = cli->config;
    *r = (struct sync_request){
        .sync_type = "manual", .triggered_by = "manual", .streams = STREAM_ALL};
    who_am_i(r->user, sizeof r->user);
    civil_format(zone_date(c->schedule.timezone, clock_wall_ms()), r->to);
    if (cli->to && strcmp(cli->to, r->to) > 0) {
        return err_set(e, ERR_USAGE, "--to %s lies in the future (today is %s)", cli->to, r->to);
    }
    text_copy(r->from, sizeof r->from, cli->from ? cli->from : c->sync.history_start);
    if (cli->to) {
        text_copy(r->to, sizeof r->to, cli->to);
    }
    return strcmp(r->from, r->to) <= 0 ||
           err_set(e, ERR_USAGE, "the range %s to %s is empty", r->from, r->to);
}

/* There is something to compare, and it is one of ours. */
static bool check_database(const struct cli *cli, struct err *e)
{
    struct db_reader *r = NULL;
    bool ok = cmd_open_reader(cli, &r, e);
    bool is_there = r != NULL;
    db_reader_close(r);
    return ok && (is_there || err_set(e, ERR_CONFIG,
                                      "%s: nothing to compare yet; `ipsync sync initial` reads it",
                                      cli->config->database.path));
}

int cmd_verify(struct cli *cli)
{
    struct err e = {0};
    struct sync_request r;
    if (!set_request(cli, &r, &e) || !check_database(cli, &e)) {
        return cli_fail(&e);
    }
    struct verify v = {
        .cli = cli,
        .request = &r,
        .scope = {.from = r.from,
                  .to = r.to,
                  .whole_history = strcmp(r.from, cli->config->sync.history_start) <= 0}};
    memcpy(v.report.from, r.from, sizeof r.from);
    memcpy(v.report.to, r.to, sizeof r.to);
    int code = run_sync_aside(cli, &r, use_reading, &v);
    verify_report_done(&v.report);
    buf_done(&v.mids);
    buf_done(&v.reports);
    return code;
}
