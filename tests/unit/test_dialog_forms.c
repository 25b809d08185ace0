/* The start menu and the form of a manual sync: as they look, and what they ask the engine for. */
#include "core/plan.h"
#include "core/resource.h"
#include "tests/unit/dialogs.h"
#include "tui/dash/expectation.h"

/* ---- the start menu ---- */

static void shows_what_to_expect(void)
{
    begin(24, 80, true);
    with_database();
    open_start_menu(&d);
    CHECK(!dialogs_work(&d));
    CHECK_STR(picture(),
              "     + Start a sync ------------------------------------------------------+\n"
              "     | i  initial  everything since 2024-04-01                            |\n"
              "     |             about 4,312 requests, 9 min at 500 a minute            |\n"
              "     |             last: completed, 9 min 12 s, 4,311 requests            |\n"
              "     |                                                                    |\n"
              "     | d  daily    the last days, as they are now                         |\n"
              "     |             1,400 to 1,520 requests, 3 min at 500 a minute         |\n"
              "     |             last: none completed yet                               |\n"
              "     |                                                                    |\n"
              "     | m  manual   dates, streams and merchants of your choice            |\n"
              "     |             1,400 to 1,520 requests, 3 min at 500 a minute         |\n"
              "     |             last: none completed yet                               |\n"
              "     |                                                                    |\n"
              "     +- i initial  d daily  m manual  esc leave --------------------------+\n");
    press(KEY_CODE_ESC);
    config.api.requests_per_minute = 0;
    open_start_menu(&d);
    CHECK(shows("|             about 4,312 requests   "));
    config.api.requests_per_minute = 500;
    end();
}

static void tells_what_is_counted_so_far(void)
{
    struct expectation x = {.is_asked = true};
    char words[EXPECTATION_SIZE];
    x.figures.least[EXPECT_TRANSACTIONS] = 1234;
    expectation_words(&x, 500, words);
    CHECK_STR(words, "at least 1,234 requests; counting");
    x.figures.is_done = true;
    expectation_words(&x, 500, words);
    CHECK_STR(words, "not known before the merchants' list has been read");
    x.figures.is_known = true;
    x.figures.most[EXPECT_TRANSACTIONS] = 90000;
    expectation_words(&x, 500, words);
    CHECK_STR(words, "1,234 to 90,000 requests, 2 min to 3 h at 500 a minute");
    x.figures.least[EXPECT_TRANSACTIONS] = x.figures.most[EXPECT_TRANSACTIONS] = 1;
    expectation_words(&x, 500, words);
    CHECK_STR(words, "about 1 request, under 1 min at 500 a minute");
}

static void says_what_is_not_known(void)
{
    begin(16, 60, true);
    open_start_menu(&d);
    CHECK(!dialogs_work(&d) && !d.dialogs->below);
    CHECK(shows("| i  initial  everything since 2024-04-01"));
    CHECK(shows("|             not known before the merchants' list has     |"));
    CHECK(shows("|             been read                                    |"));
    end();
}

static void starts_an_initial_sync(void)
{
    begin(24, 80, true);
    open_start_menu(&d);
    press('i');
    CHECK(!d.dialogs && engine.starts == 1);
    CHECK_STR(engine.request.sync_type, "initial");
    CHECK_STR(engine.request.triggered_by, "manual");
    CHECK_STR(engine.request.from, "2024-04-01");
    CHECK_STR(engine.request.to, "2026-11-23");
    CHECK_INT(engine.request.streams, STREAM_ALL);
    CHECK(engine.request.user[0] && !engine.request.mid_count);
    CHECK_STR(d.commands.data, "11:00:00  ipsync sync initial\n");
    open_start_menu(&d);
    press('i');
    CHECK(d.dialogs && engine.starts == 1 && d.toast[0]); /* one runs already */
    press(KEY_CODE_ESC);
    CHECK(!d.dialogs);
    end();
}

static void the_menu_is_walked(void)
{
    begin(24, 80, true);
    open_start_menu(&d);
    press(KEY_CODE_DOWN);
    press(KEY_CODE_DOWN);
    press(KEY_CODE_UP);
    press(KEY_CODE_ENTER);
    CHECK_INT(engine.starts, 1);
    CHECK_STR(engine.request.sync_type, "daily");
    CHECK_STR(engine.request.from, "2026-11-16");
    end();
}

/* ---- the manual form ---- */

static void shows_the_form(void)
{
    begin(24, 80, true);
    with_database();
    open_start_menu(&d);
    press('m');
    CHECK_STR(picture(),
              "     + Manual sync -------------------------------------------------------+\n"
              "     | From       2026-11-16   first day, YYYY-MM-DD                      |\n"
              "     | To         2026-11-23   last day, it is included                   |\n"
              "     |                                                                    |\n"
              "     | Streams    [x] merchants  [x] transactions  [x] residuals          |\n"
              "     |                                                                    |\n"
              "     | Merchants                                                          |\n"
              "     |            blanks or commas between; empty: all                    |\n"
              "     |                                                                    |\n"
              "     |            [ Start ]                                               |\n"
              "     |                                                                    |\n"
              "     | 1,400 to 1,520 requests, 3 min at 500 a minute                     |\n"
              "     |                                                                    |\n"
              "     | ipsync sync manual --from 2026-11-16 --to 2026-11-23               |\n"
              "     |                                                                    |\n"
              "     +- tab next  space on/off  enter next, start  esc leave -------------+\n");
    CHECK_INT(d.screen.cursor_row, 5);
    CHECK_INT(d.screen.cursor_col, 28);
    end();
}

static void the_form_refuses_as_the_command(void)
{
    begin(16, 60, true);
    open_manual_form(&d);
    press(KEY_CODE_BACKSPACE);
    press(KEY_CODE_TAB);
    CHECK(shows("2026-11-1    not a date (YYYY-MM-DD)"));
    press(KEY_CODE_SHIFT_TAB);
    type("6");
    press(KEY_CODE_TAB);
    CHECK(!strstr(picture(), "not a date"));
    press(KEY_CTRL('u'));
    type("2026-11-10");
    press(KEY_CODE_TAB);
    CHECK(shows("the range 2026-11-16 to"));
    press(KEY_CODE_UP);
    press(KEY_CTRL('u'));
    type("2027-01-01");
    press(KEY_CODE_DOWN);
    CHECK(shows("--to 2027-01-01 lies in the"));
    CHECK(shows("future (today is 2026-11-23)"));
    press(KEY_CODE_UP);
    press(KEY_CTRL('u'));
    type("2026-11-20");
    for (int i = 0; i < 4; i++) {
        press(KEY_CODE_ENTER);
    }
    type("0012, 0034");
    press(KEY_CODE_ENTER);
    CHECK(shows("residual reports cannot be asked for by"));
    CHECK(shows("merchant: leave out --merchant, or residuals"));
    press(KEY_CODE_ENTER);
    CHECK(d.dialogs && !engine.starts);
    end();
}

static void the_form_starts(void)
{
    begin(24, 80, true);
    with_database();
    open_manual_form(&d);
    press(KEY_CODE_TAB);
    press(KEY_CODE_TAB);
    press(KEY_CODE_SPACE); /* no merchants */
    press(KEY_CODE_RIGHT);
    press(KEY_CODE_RIGHT);
    press(KEY_CODE_SPACE); /* no residuals */
    CHECK(shows("[ ] merchants  [x] transactions  [ ] residuals"));
    CHECK(shows("1,399 to 1,519 requests"));
    press(KEY_CODE_TAB);
    paste("0012 0034");
    CHECK(shows("ipsync sync manual --from 2026-11-16 --to 2026-11-23 --only"));
    CHECK(shows("transactions --merchant 0012 --merchant 0034"));
    press(KEY_CODE_TAB);
    press(KEY_CODE_ENTER);
    CHECK(!d.dialogs && engine.starts == 1);
    CHECK_INT(engine.request.streams, STREAM_TRANSACTIONS);
    CHECK_INT(engine.request.mid_count, 2);
    CHECK_STR(engine.mid, "0012");
    CHECK_STR(engine.request.sync_type, "manual");
    CHECK_STR(engine.request.from, "2026-11-16");
    CHECK_STR(d.commands.data, "11:00:00  ipsync sync manual --from 2026-11-16 --to 2026-11-23 "
                               "--only transactions --merchant 0012 --merchant 0034\n");
    end();
}

static void the_form_needs_a_stream(void)
{
    begin(24, 80, true);
    open_manual_form(&d);
    press(KEY_CODE_TAB);
    for (int i = 0; i < 3; i++) {
        press(KEY_CODE_TAB);
        press(KEY_CODE_SPACE);
    }
    CHECK(shows("choose at least one"));
    press(KEY_CODE_TAB);
    press(KEY_CODE_TAB);
    press(KEY_CODE_ENTER);
    CHECK(!engine.starts);
    press(KEY_CODE_SPACE); /* it went to what is wrong */
    CHECK(shows("[x] merchants  [ ] transactions  [ ] residuals"));
    end();
}

static void a_long_list_of_merchants_fits(void)
{
    begin(24, 80, true);
    open_manual_form(&d);
    press(KEY_CODE_UP); /* around to the button */
    press(KEY_CODE_UP);
    for (int i = 0; i < 200; i++) {
        type("1,");
    }
    press(KEY_CODE_TAB);
    CHECK(shows("--merchant 1 --merchant 1"));
    end();
}

static void asks_for_the_pages_that_a_sync_asks_for(void)
{
    CHECK_INT(resources[RESOURCE_MERCHANTS].per_page, EXPECT_MERCHANTS_PAGE);
    CHECK_INT(resources[RESOURCE_TRANSACTIONS].per_page, EXPECT_TRANSACTIONS_PAGE);
    CHECK_INT(resources[RESOURCE_REPORTS].per_page, EXPECT_REPORTS_PAGE);
    CHECK_INT(resources[RESOURCE_ROWS].per_page, EXPECT_ROWS_PAGE);
    CHECK_INT(resources[RESOURCE_LINE_ITEMS].per_page, EXPECT_LINE_ITEMS_PAGE);
    int days = EXPECT_TRANSACTIONS_PAGE / EXPECT_BATCHES_A_DAY;
    CHECK_INT(plan_most_transaction_pages(days), 1);
    CHECK_INT(plan_most_transaction_pages(days + 1), 2);
}

static const struct unit_case cases[] = {
    {"shows_what_to_expect", shows_what_to_expect},
    {"tells_what_is_counted_so_far", tells_what_is_counted_so_far},
    {"says_what_is_not_known", says_what_is_not_known},
    {"starts_an_initial_sync", starts_an_initial_sync},
    {"the_menu_is_walked", the_menu_is_walked},
    {"shows_the_form", shows_the_form},
    {"the_form_refuses_as_the_command", the_form_refuses_as_the_command},
    {"the_form_starts", the_form_starts},
    {"the_form_needs_a_stream", the_form_needs_a_stream},
    {"a_long_list_of_merchants_fits", a_long_list_of_merchants_fits},
    {"asks_for_the_pages_that_a_sync_asks_for", asks_for_the_pages_that_a_sync_asks_for},
};

UNIT_MAIN(cases)
