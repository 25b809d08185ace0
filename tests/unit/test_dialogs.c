/* Questions, the help window and texts: as they look, and as they answer keys. */
#include "tests/unit/dialogs.h"

/* ---- questions ---- */

static int answers;

static void count_answer(struct dash *dash, void *data)
{
    CHECK(dash == &d && !d.dialogs);
    CHECK_STR(data, "37 ids");
    answers++;
}

static void ask(void)
{
    answers = 0;
    ask_question(&d, "Retry", count_answer, strdup("37 ids"),
                 "Retry 37 of 1204 failed items (filter \"502\"): those that are marked?");
}

static void asks_a_question(void)
{
    begin(24, 80, true);
    ask();
    CHECK_STR(picture(),
              "        + Retry -------------------------------------------------------+\n"
              "        | Retry 37 of 1204 failed items (filter \"502\"): those that are |\n"
              "        | marked?                                                      |\n"
              "        |                                                              |\n"
              "        | y/N                                                          |\n"
              "        +- y yes  n no  esc no ----------------------------------------+\n");
    CHECK_INT(d.screen.cursor_row, 13);
    end();
}

static void takes_yes_and_no(void)
{
    static const uint32_t noes[] = {'n', KEY_CODE_ESC, KEY_CODE_ENTER};
    begin(24, 80, true);
    ask();
    type("aYq r1x");
    paste("y");
    CHECK(d.dialogs && !answers);
    press('y');
    CHECK_INT(answers, 1);
    CHECK(!d.dialogs);
    for (int i = 0; i < 3; i++) {
        ask();
        press(noes[i]);
        CHECK(!answers && !d.dialogs);
    }
    CHECK(!dialogs_key(&d, &(struct key){.code = 'y'}));
    end();
}

static void a_question_fits_a_small_screen(void)
{
    begin(16, 60, true);
    ask_question(&d, "Cancel", count_answer, NULL, "%s %s %s",
                 "Cancel the running initial sync of maria? It stops at its next page;",
                 "what was fetched is kept,", "and the next sync goes on from there.");
    CHECK_STR(picture(), "+ Cancel --------------------------------------------------+\n"
                         "| Cancel the running initial sync of maria? It stops at    |\n"
                         "| its next page; what was fetched is kept, and the next    |\n"
                         "| sync goes on from there.                                 |\n"
                         "|                                                          |\n"
                         "| y/N                                                      |\n"
                         "+- y yes  n no  esc no ------------------------------------+\n");
    end();
}

static void a_question_goes_with_its_row(void)
{
    begin(24, 80, true);
    ask();
    d.dialogs->watched = 7;
    open_help(&d);
    dialog_item_gone(&d, 8);
    CHECK(d.dialogs->below != NULL);
    dialog_item_gone(&d, 7);
    CHECK(d.dialogs && !d.dialogs->below);
    CHECK_STR(d.toast, "number 7 is no longer open: \"Retry\" was closed");
    CHECK_INT(answers, 0);
    end();
}

static int choice = -1;

static void note_choice(struct dash *dash, enum quit_choice which)
{
    CHECK(dash == &d && !d.dialogs);
    choice = (int)which;
}

static void asks_before_leaving(void)
{
    static const struct {
        uint32_t key;
        enum quit_choice choice;
    } keys[] = {{'s', QUIT_STAY},
                {'n', QUIT_STAY},
                {KEY_CODE_ESC, QUIT_STAY},
                {KEY_CODE_ENTER, QUIT_STAY},
                {'g', QUIT_GO_ON},
                {'x', QUIT_STOP_SYNC},
                {KEY_CTRL('c'), QUIT_STOP_SYNC}};
    begin(24, 80, true);
    d.own.engine = (struct engine *)(void *)&an_engine;
    d.own.shown.progress.overall = 62;
    ask_quit(&d, note_choice);
    ask_quit(&d, note_choice); /* the same one */
    CHECK_STR(picture(),
              "        + Leave -------------------------------------------------------+\n"
              "        | A sync of this dashboard is running (62 %).                  |\n"
              "        |                                                              |\n"
              "        |   s  stay here                                               |\n"
              "        |   x  stop the sync (it goes on from here next time)          |\n"
              "        |   g  let it go on without a screen                           |\n"
              "        +- s stay  x stop  g go on  esc stay --------------------------+\n");
    type("qy");
    press(KEY_CTRL('z'));
    CHECK(d.dialogs && choice == -1);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        ask_quit(&d, note_choice);
        press(keys[i].key);
        CHECK_INT(choice, keys[i].choice);
    }
    choice = -1;
    ask_quit(&d, note_choice);
    quit_question_is_moot(&d); /* the sync has ended */
    CHECK(!d.dialogs && choice == QUIT_STOP_SYNC);
    quit_question_is_moot(&d);
    d.own.engine = NULL;
    end();
}

static char taken[EDIT_SIZE];

static void note_text(struct dash *dash, const char *text, void *data)
{
    CHECK(dash == &d);
    snprintf(taken, sizeof taken, "%s|%s", (char *)data, text);
}

static void asks_for_a_text(void)
{
    begin(16, 60, true);
    ask_text(&d, "Give up", "Why 37 of 1204 failed items are given up", note_text, strdup("37"));
    press(KEY_CODE_ENTER);
    type("  ");
    press(KEY_CODE_ENTER);
    CHECK(shows("it must not be empty") && !taken[0]);
    press(KEY_CTRL('u'));
    type("gone ");
    paste("q\ny");
    CHECK(!strstr(picture(), "must not"));
    CHECK(shows("| gone q y "));
    press(KEY_CODE_ENTER);
    CHECK_STR(taken, "37|gone q y");
    CHECK(!d.dialogs);
    ask_text(&d, "Give up", "Why", note_text, strdup("38"));
    type("no");
    press(KEY_CODE_ESC);
    CHECK_STR(taken, "37|gone q y");
    end();
}

static void ctrl_c_leaves_from_anywhere(void)
{
    begin(24, 80, true);
    open_palette(&d);
    open_help(&d);
    press(KEY_CTRL('c'));
    CHECK(!d.dialogs);
    CHECK_INT(d.quit, LEAVING);
    end();
}

/* ---- help ---- */

static void lists_the_keys(void)
{
    begin(24, 80, true);
    d.focus = PANE_ANALYTICS;
    open_help(&d);
    CHECK(shows("+ Keys of Analytics -"));
    CHECK(shows("| s               start a sync: initial, daily or manual"));
    CHECK(shows("| x               cancel the running sync, after a question (no sync is runnin~"));
    CHECK(shows("| ["));
    CHECK(shows("the same as ipsync sync initial|daily|manual"));
    press(KEY_CODE_DOWN);
    CHECK(shows("not now: no sync is running"));
    press(KEY_CODE_ENTER);
    CHECK_STR(d.toast, "cancel: no sync is running");
    CHECK(d.dialogs != NULL);
    press('z');
    CHECK(d.zoomed && !d.dialogs);
    open_help(&d);
    press('G');
    press(KEY_CODE_UP);
    CHECK(shows("every key of this pane"));
    press('?');
    CHECK(!d.dialogs && d.quit == RUNNING);
    open_help(&d);
    press('q');
    CHECK(!d.dialogs && d.quit == RUNNING);
    open_help(&d);
    press(KEY_CODE_END);
    press(KEY_CODE_ENTER); /* quit */
    CHECK_INT(d.quit, LEAVING);
    end();
}

static void help_has_a_row_for_each_key_of_the_pane(void)
{
    begin(70, 120, true);
    for (int pane = 0; pane < PANE_COUNT; pane++) {
        d.focus = (enum pane_id)pane;
        open_help(&d);
        for (size_t i = 0; i < keymap_len; i++) {
            bool is_there = strstr(picture(), keymap[i].help) != NULL;
            CHECK(is_there == !!(keymap[i].panes & IN_PANE(pane)));
        }
        press(KEY_CODE_ESC);
    }
    end();
}

/* ---- texts ---- */

static void shows_the_commands(void)
{
    begin(16, 60, true);
    open_command_log(&d);
    CHECK(shows("Nothing yet."));
    press(KEY_CODE_ENTER);
    for (int i = 0; i < 40; i++) {
        dash_log_command(&d, "ipsync retry %d", i);
    }
    open_command_log(&d);
    CHECK(shows("11:00:00  ipsync retry 39"));
    CHECK(shows("of 40"));
    press('g');
    CHECK(shows("| 11:00:00  ipsync retry 0 "));
    press(KEY_CODE_ESC);
    CHECK(!d.dialogs);
    end();
}

static void survives_any_size(void)
{
    static void (*const opens[])(struct dash *) = {open_start_menu, open_manual_form, open_help,
                                                   open_palette, open_command_log};
    for (int rows = 0; rows < 20; rows++) {
        for (int cols = 0; cols < 30; cols++) {
            begin(rows, cols, cols % 2);
            for (size_t i = 0; i < sizeof opens / sizeof opens[0]; i++) {
                opens[i](&d);
            }
            ask();
            ask_quit(&d, note_choice);
            ask_text(&d, "Give up", "Why", note_text, NULL);
            picture();
            end();
        }
    }
}

static const struct unit_case cases[] = {
    {"asks_a_question", asks_a_question},
    {"takes_yes_and_no", takes_yes_and_no},
    {"a_question_fits_a_small_screen", a_question_fits_a_small_screen},
    {"a_question_goes_with_its_row", a_question_goes_with_its_row},
    {"asks_before_leaving", asks_before_leaving},
    {"asks_for_a_text", asks_for_a_text},
    {"ctrl_c_leaves_from_anywhere", ctrl_c_leaves_from_anywhere},
    {"lists_the_keys", lists_the_keys},
    {"help_has_a_row_for_each_key_of_the_pane", help_has_a_row_for_each_key_of_the_pane},
    {"shows_the_commands", shows_the_commands},
    {"survives_any_size", survives_any_size},
};

UNIT_MAIN(cases)
