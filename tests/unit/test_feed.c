/* feed: a window over a long list; selection by identity, filter and count in slices. */
#include "tests/unit/unit.h"

#include "core/base/err.h"
#include "tui/dash/feed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A list of numbers, largest first: order 0; order 1: smallest first. */
struct fake {
    int64_t numbers[200000];
    int count;
    int reads, most_rows;
};

static struct fake fake;

static int place_of(const struct list_slice *s)
{
    int64_t wanted = s->from && s->from->set ? s->from->row : 0;
    for (int i = 0; wanted && i < fake.count; i++) { /* descending */
        if (fake.numbers[i] <= wanted) {
            return i;
        }
    }
    return wanted ? fake.count : -1;
}

static void fill(struct row *row, int64_t number)
{
    char text[32];
    memset(row, 0, sizeof *row);
    row->key = (struct list_key){.row = number, .set = true};
    row->number = number;
    row->flags = number % 2 ? ROW_IS_OPEN : 0;
    snprintf(text, sizeof text, "number %lld", (long long)number);
    row_cell(row, 0, 0, text);
    for (int i = 1; i < ROW_CELLS; i++) {
        row_cell(row, i, 0, "");
    }
}

static bool read_fake(void *self, struct db_reader *db, const struct list_slice *s, feed_put *put,
                      void *data, int *got, struct err *e)
{
    (void)self;
    (void)db;
    (void)e;
    bool down = !s->backward;
    int at = place_of(s);
    bool exact = at >= 0 && at < fake.count && fake.numbers[at] == s->from->row;
    if (at < 0) {
        at = down ? 0 : fake.count - 1;
    } else if (down) {
        at += exact && !s->inclusive;
    } else {
        at -= !(exact && s->inclusive);
    }
    *got = 0;
    fake.reads++;
    while (*got < s->count && at >= 0 && at < fake.count) {
        struct row row;
        fill(&row, fake.numbers[at]);
        ++*got;
        at += down ? 1 : -1;
        if (!put(data, &row)) {
            break;
        }
    }
    fake.most_rows = *got > fake.most_rows ? *got : fake.most_rows;
    return true;
}

static bool total_fake(void *self, struct db_reader *db, int64_t *total, struct err *e)
{
    (void)self;
    (void)db;
    (void)e;
    *total = fake.count;
    return true;
}

/* `count`, `count` - 1, … 1 */
static struct feed *feed_of(int count, int height)
{
    static const char *const orders[] = {"newest"};
    fake.count = count;
    fake.reads = fake.most_rows = 0;
    for (int i = 0; i < count; i++) {
        fake.numbers[i] = count - i;
    }
    struct feed *f = feed_new((struct feed_source){
        .orders = orders, .order_count = 1, .read = read_fake, .total = total_fake});
    feed_set_height(f, height);
    return f;
}

static void settle(struct feed *f)
{
    for (int i = 0; i < 100000 && feed_has_work(f); i++) {
        feed_work(f, NULL, NULL);
    }
    CHECK(!feed_has_work(f));
}

static int64_t shown(const struct feed *f, int place)
{
    const struct row *row = feed_row(f, place);
    return row ? row->number : 0;
}

static int64_t selected(const struct feed *f)
{
    return feed_selected(f) ? feed_selected(f)->number : 0;
}

static void insert_on_top(int64_t number)
{
    memmove(fake.numbers + 1, fake.numbers, (size_t)fake.count * sizeof fake.numbers[0]);
    fake.numbers[0] = number;
    fake.count++;
}

static void take_out(int64_t number)
{
    for (int i = 0; i < fake.count; i++) {
        if (fake.numbers[i] == number) {
            memmove(fake.numbers + i, fake.numbers + i + 1,
                    (size_t)(fake.count - i - 1) * sizeof fake.numbers[0]);
            fake.count--;
            return;
        }
    }
}

static void an_empty_list(void)
{
    struct feed *f = feed_of(0, 10);
    CHECK(feed_is_loading(f));
    settle(f);
    CHECK(!feed_is_loading(f));
    CHECK(feed_selected(f) == NULL);
    CHECK(feed_selected_place(f) == -1);
    feed_move(f, 1);
    feed_page(f, 1);
    feed_end(f);
    feed_home(f);
    settle(f);
    CHECK(feed_row(f, 0) == NULL);
    CHECK(feed_total(f) == 0);
    feed_free(f);
}

static void it_moves_through_a_long_list(void)
{
    struct feed *f = feed_of(100000, 20);
    settle(f);
    CHECK(shown(f, 0) == 100000);
    CHECK(shown(f, 19) == 99981);
    CHECK(shown(f, 20) == 0);
    for (int i = 0; i < 500; i++) {
        feed_move(f, 1);
        settle(f);
    }
    CHECK(selected(f) == 99500);
    CHECK(shown(f, 19) == 99500);
    for (int i = 0; i < 100; i++) {
        feed_page(f, 1);
        settle(f);
    }
    CHECK(selected(f) == 97500);
    feed_end(f);
    settle(f);
    CHECK(selected(f) == 1);
    CHECK(shown(f, 19) == 1);
    CHECK(shown(f, 0) == 20);
    feed_page(f, -1);
    settle(f);
    CHECK(selected(f) == 21);
    feed_home(f);
    settle(f);
    CHECK(selected(f) == 100000);
    CHECK(fake.most_rows <= 250);
    feed_free(f);
}

static void new_rows_never_move_the_selection(void)
{
    struct feed *f = feed_of(1000, 10);
    settle(f);
    feed_move(f, 3);
    CHECK(selected(f) == 997);
    insert_on_top(1001);
    feed_refresh(f);
    settle(f);
    CHECK(selected(f) == 997);
    CHECK(shown(f, 0) == 1001);
    for (int64_t i = 1002; i < 1050; i++) {
        insert_on_top(i);
    }
    feed_refresh(f);
    settle(f);
    CHECK(selected(f) == 997);
    CHECK(feed_selected_place(f) >= 0 && feed_selected_place(f) < 10);
    feed_page(f, -20);
    settle(f);
    CHECK(selected(f) == 1049 || shown(f, 0) > 1001);
    feed_free(f);
}

static void a_row_that_goes_hands_the_selection_to_its_neighbour(void)
{
    struct feed *f = feed_of(1000, 10);
    settle(f);
    feed_move(f, 5);
    CHECK(selected(f) == 995);
    take_out(995);
    feed_refresh(f);
    settle(f);
    CHECK(selected(f) == 994);
    feed_end(f);
    settle(f);
    take_out(1);
    feed_refresh(f);
    settle(f);
    CHECK(selected(f) == 2);
    while (fake.count) {
        take_out(fake.numbers[0]);
    }
    feed_refresh(f);
    settle(f);
    CHECK(feed_selected(f) == NULL);
    feed_free(f);
}

static void a_filter_shows_and_counts_what_matches(void)
{
    struct feed *f = feed_of(50000, 10);
    bool done = false;
    settle(f);
    feed_set_filter(f, "NUMBER 4999");
    CHECK(feed_matches(f, &done) >= 0 && !done);
    settle(f);
    CHECK(feed_matches(f, &done) == 11 && done);
    CHECK(shown(f, 0) == 49999);
    CHECK(shown(f, 9) == 49990);
    feed_end(f);
    settle(f);
    CHECK(selected(f) == 4999);
    feed_set_filter(f, "!number");
    settle(f);
    CHECK(feed_matches(f, &done) == 0 && done);
    CHECK(feed_selected(f) == NULL);
    feed_set_filter(f, "!");
    settle(f);
    CHECK(feed_matches(f, &done) == 50000 && done);
    feed_set_filter(f, "");
    settle(f);
    CHECK(shown(f, 0) == 50000);
    CHECK(fake.most_rows <= 250);
    feed_free(f);
}

static void the_row_under_the_cursor_stays_when_a_filter_lets_it(void)
{
    struct feed *f = feed_of(5000, 10);
    settle(f);
    feed_end(f);
    settle(f);
    CHECK(selected(f) == 1);
    feed_set_filter(f, "1");
    settle(f);
    CHECK(selected(f) == 1);
    feed_set_filter(f, "");
    settle(f);
    CHECK(selected(f) == 1);
    feed_free(f);
}

static void what_is_collected_matches_and_has_the_flag(void)
{
    struct feed *f = feed_of(3000, 10);
    const int64_t *numbers = NULL;
    size_t count = 0;
    settle(f);
    feed_set_filter(f, "number 299");
    feed_collect(f, ROW_IS_OPEN);
    CHECK(!feed_collected(f, &numbers, &count));
    settle(f);
    CHECK(feed_collected(f, &numbers, &count));
    CHECK(count == 6); /* 2991, 2993, …, 2999 and 299 */
    CHECK(numbers[0] == 2999 && numbers[5] == 299);
    feed_free(f);
}

static void text_that_does_not_fit_is_cut(void)
{
    struct row row = {0};
    char longest[2000];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (int i = 0; i < ROW_CELLS; i++) {
        row_cell(&row, i, 0, i == 1 ? longest : "ab");
    }
    CHECK(!strcmp(row_text(&row, 0), "ab"));
    CHECK(strlen(row_text(&row, 1)) > 500);
    CHECK(!strcmp(row_text(&row, 9), ""));
}

static const struct unit_case cases[] = {
    {"an_empty_list", an_empty_list},
    {"it_moves_through_a_long_list", it_moves_through_a_long_list},
    {"new_rows_never_move_the_selection", new_rows_never_move_the_selection},
    {"a_row_that_goes_hands_the_selection_to_its_neighbour",
     a_row_that_goes_hands_the_selection_to_its_neighbour},
    {"a_filter_shows_and_counts_what_matches", a_filter_shows_and_counts_what_matches},
    {"the_row_under_the_cursor_stays_when_a_filter_lets_it",
     the_row_under_the_cursor_stays_when_a_filter_lets_it},
    {"what_is_collected_matches_and_has_the_flag", what_is_collected_matches_and_has_the_flag},
    {"text_that_does_not_fit_is_cut", text_that_does_not_fit_is_cut},
};
UNIT_MAIN(cases)
