/* The palette: completion, what a line means, and commands as processes of their own. */
#include "tests/unit/dialogs.h"
#include "tui/dash/line.h"
#include "tui/screen/viewer.h"

#include <poll.h>
#include <signal.h>

/* ---- the palette ---- */

static void completes(void)
{
    begin(24, 80, true);
    open_palette(&d);
    CHECK(shows("sync            run one sync in the foreground"));
    CHECK(!strstr(picture(), "daemon"));
    type("hel");
    press(KEY_CODE_TAB);
    CHECK(shows("| :help "));
    press(KEY_CTRL('u'));
    type("sta");
    press(KEY_CODE_DOWN);
    press(KEY_CODE_TAB);
    CHECK(shows("| :stat"));
    press(KEY_CTRL('u'));
    type("sync ");
    CHECK(shows("sync initial|daily|manual [OPTIONS]"));
    CHECK(shows("| initial "));
    type("m\t --fr");
    CHECK(shows("| --from DATE"));
    press(KEY_CODE_TAB); /* two: --from and --fresh */
    press(KEY_CODE_TAB);
    type("2026-11-01 --only tr\t");
    CHECK(shows("| :sync manual  --from 2026-11-01 --only transactions "));
    press(KEY_CODE_ESC);
    CHECK(!d.dialogs);
    end();
}

static void refuses_what_it_does_not_know(void)
{
    begin(16, 60, true);
    open_palette(&d);
    type("statsu");
    press(KEY_CODE_ENTER);
    CHECK(shows("unknown command 'statsu'; did you mean 'stat"));
    type(" ");
    CHECK(!strstr(picture(), "unknown"));
    press(KEY_CTRL('u'));
    type("daemon");
    press(KEY_CODE_ENTER);
    CHECK(d.dialogs != NULL);
    press(KEY_CTRL('u'));
    type("sync 'initial");
    press(KEY_CODE_ENTER);
    CHECK(shows("a quote is not closed"));
    end();
}

static void runs_what_is_typed(void)
{
    begin(24, 80, true);
    open_palette(&d);
    type("sync manual --from 2026-11-01 --to 2026-11-02 --merchant '77'");
    press(KEY_CODE_ENTER);
    CHECK(!d.dialogs && engine.starts == 1);
    CHECK_STR(engine.mid, "77");
    CHECK_STR(engine.request.from, "2026-11-01");
    CHECK_INT(engine.request.streams, STREAM_MERCHANTS | STREAM_TRANSACTIONS);
    open_palette(&d);
    press(KEY_CODE_UP);
    CHECK(shows("| :sync manual --from 2026-11-01 --to 2026-11-02 --merchant '77' "));
    press(KEY_CODE_DOWN);
    CHECK(shows("| :  "));
    type("help");
    press(KEY_CODE_ENTER);
    CHECK(shows("Keys of Active syncs"));
    press(KEY_CODE_ESC);
    finish_sync();
    run_command_line(&d, "  quit ");
    CHECK_INT(d.quit, LEAVING);
    end();
}

static void says_why_a_line_is_not_run(void)
{
    begin(24, 80, true);
    run_command_line(&d, "sync manual --merchant 1 --only residuals");
    CHECK(strstr(d.toast, "residual reports cannot be asked for by merchant"));
    run_command_line(&d, "sync weekly");
    CHECK(strstr(d.toast, "is no kind of sync"));
    run_command_line(&d, "retry x");
    CHECK(strstr(d.toast, "is no failed item's number"));
    run_command_line(&d, "retry 4");
    CHECK(strstr(d.toast, "there is no database yet"));
    run_command_line(&d, "-d other.db sync initial");
    CHECK(strstr(d.toast, "this one has its own"));
    run_command_line(&d, "cancel");
    CHECK(strstr(d.toast, "no sync is running"));
    d.read_only = true;
    snprintf(d.read_only_why, sizeof d.read_only_why, "read-only");
    run_command_line(&d, "resolve 4 --reason gone");
    CHECK_STR(d.toast, "resolve: read-only");
    CHECK(!engine.starts && !d.commands.len && !d.dialogs && !d.child);
    open_palette(&d);
    CHECK(shows("run one sync in the foreground (read-only)"));
    end();
}

static void splits_lines(void)
{
    struct err e = {0};
    struct line l;
    struct buf b = {0};
    CHECK(line_split(&l, "  a 'b c'\td\\ e \"f \\\"g\" '' h'i'", &e));
    CHECK_INT(l.count, 6);
    CHECK_STR(l.words[1], "b c");
    CHECK_STR(l.words[2], "d e");
    CHECK_STR(l.words[3], "f \"g");
    CHECK_STR(l.words[4], "");
    CHECK_STR(l.words[5], "hi");
    CHECK(!l.words[6]);
    line_done(&l);
    CHECK(line_split(&l, "\\", &e) && l.count == 1);
    line_done(&l);
    CHECK(!line_split(&l, "a \"b", &e));
    line_add_word(&b, "it's");
    CHECK_STR(b.data, "'it'\\''s'");
    buf_done(&b);
}

/* ---- children ---- */

static void serve(void)
{
    for (int fd; (fd = child_poll_fd(&d)) >= 0;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        CHECK(poll(&p, 1, 10000) == 1);
        child_serve(&d);
    }
}

static struct child *start(const char *script, struct viewer *v)
{
    struct err e = {0};
    char sh[] = "sh", c[] = "-c", text[400];
    char *argv[] = {sh, c, text, NULL};
    snprintf(text, sizeof text, "%s", script);
    return child_start(&d, "/bin/sh", argv, 77, v, &e);
}

static void shows_what_a_child_prints(void)
{
    struct err e = {0};
    char *nothing[] = {NULL};
    struct buf text = {0};
    struct viewer *v = viewer_new(true);
    begin(24, 80, true);
    CHECK(!child_start(&d, "/nonexistent", nothing, 80, v, &e) && e.kind == ERR_IO);
    struct child *c =
        start("echo out $COLUMNS; echo err >&2; cat; printf '\\033[2J\\0x'; exit 3", v);
    CHECK(child_is_running(c));
    serve();
    CHECK(!child_is_running(c));
    viewer_add_text(v, &text);
    CHECK_STR(text.data, "out 77\nerr\n\\x1b[2J x\n(exit code 3)\n");
    child_leave(c);
    child_serve(&d);
    CHECK(!d.child);
    buf_done(&text);
    viewer_free(v);
    end();
}

static void a_child_ends_with_its_window(void)
{
    struct viewer *v = viewer_new(true);
    sigset_t mine;
    begin(24, 80, true);
    sigfillset(&mine);
    sigprocmask(SIG_BLOCK, &mine,
                NULL); /* as a dashboard does with most; a child must not inherit */
    struct child *c = start("while :; do sleep 10; done", v);
    sigprocmask(SIG_UNBLOCK, &mine, NULL);
    child_serve(&d);
    CHECK(child_is_running(c));
    child_leave(c);
    viewer_free(v);
    serve();
    CHECK(!d.child);
    end();
}

static void runs_a_command_elsewhere(void)
{
    begin(24, 80, true);
    run_command_line(&d, "ipsync status --json"); /* this very program, which knows no such case */
    CHECK(shows("+ ipsync status --json -"));
    serve();
    CHECK(shows("| done"));
    CHECK(shows("(exit code "));
    press('y'); /* no terminal, no clipboard */
    press('q');
    CHECK(!d.dialogs);
    child_serve(&d);
    CHECK(!d.child);
    CHECK_STR(d.commands.data, "11:00:00  ipsync status --json\n");
    end();
}

static const struct unit_case cases[] = {
    {"completes", completes},
    {"refuses_what_it_does_not_know", refuses_what_it_does_not_know},
    {"runs_what_is_typed", runs_what_is_typed},
    {"says_why_a_line_is_not_run", says_why_a_line_is_not_run},
    {"splits_lines", splits_lines},
    {"shows_what_a_child_prints", shows_what_a_child_prints},
    {"a_child_ends_with_its_window", a_child_ends_with_its_window},
    {"runs_a_command_elsewhere", runs_a_command_elsewhere},
};

UNIT_MAIN(cases)
