#include "tui/dash/dash.h"

#include "core/base/clock.h"
#include "core/config.h"
#include "tui/cli.h"
#include "tui/dash/child.h"
#include "tui/dash/loop.h"
#include "tui/dash/panes.h"
#include "tui/dash/state.h"
#include "tui/screen/term.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The wanted panes, by their words. */
static bool load_panes(struct dash *d, const char *text, struct err *e)
{
    char copy[256];
    char *rest = NULL;
    snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ,", &rest); word; word = strtok_r(NULL, " ,", &rest)) {
        int pane = 0;
        while (pane < PANE_COUNT && strcmp(pane_word((enum pane_id)pane), word) != 0) {
            pane++;
        }
        if (pane == PANE_COUNT || (d->pane_count && dash_has_pane(d, pane))) {
            return err_set(e, ERR_CONFIG,
                           "[dashboard] panes: \"%s\" %s; there are active, history, errors, "
                           "analytics and schedule",
                           word, pane == PANE_COUNT ? "is no pane" : "is there twice");
        }
        d->panes[d->pane_count++] = (enum pane_id)pane;
    }
    d->focus = d->panes[0];
    return d->pane_count > 0 || err_set(e, ERR_CONFIG, "[dashboard] panes: none is named");
}

static bool load_options(struct dash *d, const struct config *c, struct err *e)
{
    return (keys_load(&d->keys, c->dashboard.keys, e) || err_wrap(e, "[dashboard] keys")) &&
           load_panes(d, c->dashboard.panes, e);
}

static void begin(struct dash *d, const struct cli *cli)
{
    d->cli = cli;
    d->config = cli->config;
    d->days = 30;
    d->mouse = cli->config->dashboard.mouse;
    d->opened_at = clock_wall_ms();
    d->database_changed = true;
    d->lists[LIST_HISTORY].feed = feed_new(history_source(d));
    d->lists[LIST_ERRORS].feed = feed_new(errors_source(d));
    if (cli->read_only) {
        d->read_only = true;
        snprintf(d->read_only_why, sizeof d->read_only_why, "read-only");
    }
}

static void end(struct dash *d)
{
    dialog_close_all(d);
    child_done(d);
    reload_close(d);
    feed_free(d->lists[LIST_HISTORY].feed);
    feed_free(d->lists[LIST_ERRORS].feed);
    grid_done(&d->screen);
    buf_done(&d->commands);
    free(d->marks);
}

static int refuse(const char *why)
{
    struct err e = {0};
    err_set(&e, ERR_USAGE,
            "no dashboard here: %s; `ipsync status` tells what runs, `ipsync help` the commands",
            why);
    return cli_fail(&e);
}

int dash_run(const struct cli *cli)
{
    static struct dash d; /* large */
    struct err e = {0};
    const char *unfit = term_unfit();
    if (unfit) {
        return refuse(unfit);
    }
    struct term_options options = {.theme = cli->config->dashboard.theme,
                                   .mouse = cli->config->dashboard.mouse};
    if (!load_options(&d, cli->config, &e)) {
        return cli_fail(&e);
    }
    int signal_fd = loop_take_signals();
    d.term = term_open(&options, &e);
    if (!d.term) {
        return cli_fail(&e);
    }
    begin(&d, cli);
    int code = loop_run(&d, signal_fd);
    end(&d);
    return code;
}
