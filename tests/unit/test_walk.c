/* The decisions of a walk: which page next, when it shifted, when it is complete and proven. */
#include "core/resource.h"
#include "core/walk.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

static struct walk *new_walk(int per_page)
{
    struct walk *w = walk_new(&resources[RESOURCE_TRANSACTIONS]);
    w->per_page = per_page;
    return w;
}

static struct page_meta meta_of(int64_t total, int rows)
{
    return (struct page_meta){.total = total, .last_page = -1, .per_page = -1, .rows = rows};
}

/* Asks for and applies one page of `rows` rows with keys from `first_key`. */
static void apply(struct walk *w, int64_t total, int rows, int first_key)
{
    struct page_meta meta = meta_of(total, rows);
    w->page_key_count = 0;
    for (int i = 0; i < rows; i++) {
        walk_saw(w, keyset_int('t', first_key + i));
    }
    w->rows_seen += rows;
    walk_applied(w, &meta);
}

static void test_first_page_alone_then_ahead(void)
{
    struct walk *w = new_walk(10);
    CHECK_INT(walk_next_page(w, 8), 1);
    w->requested = 1;
    CHECK_INT(walk_next_page(w, 8), 0);
    apply(w, 45, 10, 0);
    CHECK_INT(w->pages, 5);
    for (int page = 2; page <= 4; page++) {
        CHECK_INT(walk_next_page(w, 3), page);
        w->requested = page;
    }
    CHECK_INT(walk_next_page(w, 3), 0); /* no further than three beyond what is applied */
    walk_free(w);
}

static void test_complete_and_proven_by_total(void)
{
    struct walk *w = new_walk(10);
    apply(w, 12, 10, 0);
    CHECK(!walk_is_complete(w));
    apply(w, 12, 2, 10);
    CHECK(walk_is_complete(w));
    CHECK(walk_is_proven(w));
    walk_free(w);
}

static void test_empty_list_is_one_page(void)
{
    struct walk *w = new_walk(10);
    apply(w, 0, 0, 0);
    CHECK(walk_is_complete(w));
    CHECK(walk_is_proven(w));
    walk_free(w);
}

static void test_short_pages_are_read_on(void)
{
    struct walk *w = new_walk(10);
    apply(w, 12, 7, 0); /* the server filtered after paging */
    CHECK_INT(w->pages, 2);
    apply(w, 12, 3, 7);
    CHECK(!walk_is_complete(w));
    apply(w, 12, 2, 10);
    CHECK(walk_is_proven(w));
    walk_free(w);
}

static void test_empty_page_ends_what_never_adds_up(void)
{
    struct walk *w = new_walk(10);
    apply(w, 1000000000, 10, 0);
    CHECK(!walk_is_complete(w));
    apply(w, 1000000000, 0, 0);
    CHECK(walk_is_complete(w));
    CHECK(!walk_is_proven(w));
    walk_free(w);
}

static void test_moved_total_does_not_fit(void)
{
    struct walk *w = new_walk(10);
    struct page_meta moved = meta_of(21, 10);
    CHECK(walk_fits(w, &moved)); /* the first page says what there is */
    apply(w, 20, 10, 0);
    CHECK(!walk_fits(w, &moved));
    walk_free(w);
}

static void test_key_seen_twice_is_never_proven(void)
{
    struct walk *w = new_walk(10);
    apply(w, 20, 10, 0);
    apply(w, 20, 10, 9);
    CHECK(w->repeated);
    CHECK(walk_is_complete(w));
    CHECK(!walk_is_proven(w));
    walk_free(w);
}

static void test_restarts_a_few_times_then_goes_on(void)
{
    struct walk *w = new_walk(10);
    struct page_meta moved = meta_of(5, 10);
    for (int i = 0; i < WALK_REWALKS_MAX; i++) {
        apply(w, 20, 10, 0);
        CHECK(walk_restart(w));
        CHECK_INT(w->applied, 0);
        CHECK_INT(w->generation, i + 1);
        CHECK(!keyset_has(&w->seen, keyset_int('t', 0)));
    }
    apply(w, 20, 10, 0);
    CHECK(!walk_restart(w));
    CHECK_INT(w->applied, 1);
    CHECK(walk_fits(w, &moved)); /* no more hope: read to the end as it is */
    apply(w, 1000, 10, 0);
    CHECK(walk_is_complete(w)); /* a page without news ends it */
    walk_free(w);
}

static void test_without_total_the_last_page_or_the_link_decides(void)
{
    struct walk *w = new_walk(10);
    struct page_meta meta = {.total = -1, .last_page = 2, .per_page = 10, .rows = 10};
    walk_applied(w, &meta);
    CHECK_INT(w->pages, 2);
    walk_applied(w, &meta);
    CHECK(walk_is_complete(w));
    walk_free(w);
    w = new_walk(10);
    meta = (struct page_meta){.total = -1, .last_page = -1, .has_next = true, .rows = 10};
    walk_applied(w, &meta);
    CHECK_INT(w->pages, 2);
    meta.has_next = false;
    walk_applied(w, &meta);
    CHECK(walk_is_complete(w));
    walk_free(w);
}

/* A page has one row here, so the keys say how many pages there were. */
static void test_a_list_that_goes_on_for_ever_is_endless(void)
{
    struct walk *w = new_walk(1);
    for (int page = 1; page < WALK_PAGES_MAX; page++) {
        apply(w, INT64_MAX, 1, page);
    }
    CHECK(!walk_is_endless(w));
    apply(w, INT64_MAX, 1, WALK_PAGES_MAX);
    CHECK(walk_is_endless(w));
    CHECK(w->most_pages <= WALK_PAGES_MAX);
    walk_free(w);
}

static void test_smaller_pages_begin_anew(void)
{
    static const int sizes[] = {50, 25, 10};
    struct walk *w = new_walk(100);
    apply(w, 250, 100, 0);
    unsigned generation = w->generation;
    for (int i = 0; i < 3; i++) {
        CHECK(walk_shrink(w));
        CHECK_INT(w->per_page, sizes[i]);
        CHECK_INT(w->applied, 0);
        CHECK_INT(w->rewalks, 0);
        CHECK_INT(w->generation, ++generation);
        CHECK(walk_saw(w, keyset_int('t', 0)));
    }
    CHECK(!walk_shrink(w));
    CHECK_INT(w->per_page, 10);
    walk_free(w);
    w = new_walk(100);
    w->total = 250; /* known from the first page: so is what smaller ones cost */
    CHECK(walk_shrink(w));
    CHECK_INT(w->least_pages, 5);
    CHECK_INT(w->most_pages, 5);
    walk_free(w);
}

static void test_a_next_page_is_read_though_the_total_is_met(void)
{
    struct walk *w = new_walk(10);
    struct page_meta meta = {.total = 10, .last_page = 1, .has_next = true, .rows = 10};
    w->rows_seen = 10;
    walk_applied(w, &meta);
    CHECK_INT(w->pages, 2);
    meta.rows = 0;
    walk_applied(w, &meta);
    CHECK(walk_is_proven(w)); /* it always says so */
    walk_free(w);
    w = new_walk(10);
    meta = meta_of(30, 30);
    w->rows_seen = 30; /* all at once */
    walk_applied(w, &meta);
    CHECK(walk_is_proven(w));
    walk_free(w);
}

static const struct unit_case cases[] = {
    {"a_list_that_goes_on_for_ever_is_endless", test_a_list_that_goes_on_for_ever_is_endless},
    {"smaller_pages_begin_anew", test_smaller_pages_begin_anew},
    {"a_next_page_is_read_though_the_total_is_met",
     test_a_next_page_is_read_though_the_total_is_met},
    {"first_page_alone_then_ahead", test_first_page_alone_then_ahead},
    {"complete_and_proven_by_total", test_complete_and_proven_by_total},
    {"empty_list_is_one_page", test_empty_list_is_one_page},
    {"short_pages_are_read_on", test_short_pages_are_read_on},
    {"empty_page_ends_what_never_adds_up", test_empty_page_ends_what_never_adds_up},
    {"moved_total_does_not_fit", test_moved_total_does_not_fit},
    {"key_seen_twice_is_never_proven", test_key_seen_twice_is_never_proven},
    {"restarts_a_few_times_then_goes_on", test_restarts_a_few_times_then_goes_on},
    {"without_total_the_last_page_or_the_link_decides",
     test_without_total_the_last_page_or_the_link_decides},
};

UNIT_MAIN(cases)
