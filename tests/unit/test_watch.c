/* Learning of changes without polling: between processes, down to the last commit, and no more. */
#include "db/conn.h"
#include "db/state_store.h"
#include "db/watch.h"
#include "tests/unit/scratch_db.h"

#include <poll.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { WAIT_MS = 5000, QUIET_MS = 30 };

static struct err e;

static bool wakes(struct watch *w, int wait_ms)
{
    struct pollfd p = {.fd = watch_fd(w), .events = POLLIN};
    return poll(&p, 1, wait_ms) == 1;
}

static void commit(struct db_writer *w, const char *value)
{
    CHECK(db_begin(w, &e));
    CHECK(state_set(w, "n", value, &e));
    CHECK(db_commit(w, &e));
}

static void check_value(struct db_reader *r, const char *expected)
{
    char value[32];
    bool found = false;
    CHECK(state_get(r, "n", value, sizeof value, &found, &e));
    CHECK_STR(value, expected);
}

static void test_a_commit_wakes_once(void)
{
    scratch_new();
    struct db_writer *w = scratch_writer();
    struct db_reader *r = scratch_reader();
    struct watch *watch = watch_open(scratch_path);
    CHECK(!watch_needs_polling(watch));
    CHECK(watch_changed(watch, r)); /* the first look */
    CHECK(!watch_changed(watch, r));
    CHECK(!wakes(watch, QUIET_MS));
    commit(w, "1");
    CHECK(wakes(watch, WAIT_MS));
    CHECK(watch_changed(watch, r));
    check_value(r, "1");
    CHECK(!watch_changed(watch, r));
    CHECK(!wakes(watch, QUIET_MS)); /* reading wakes nobody */
    commit(w, "2");
    commit(w, "3");
    CHECK(watch_changed(watch, r));
    CHECK(!wakes(watch, QUIET_MS));
    CHECK(db_begin(w, &e)); /* what is taken back is no change */
    CHECK(state_set(w, "n", "4", &e));
    db_rollback(w);
    CHECK(!wakes(watch, QUIET_MS));
    watch_close(watch);
    db_reader_close(r);
    db_writer_close(w);
}

static void test_many_readers_wake_nobody(void)
{
    scratch_new();
    struct db_writer *w = scratch_writer();
    struct db_reader *r = scratch_reader();
    struct watch *watch = watch_open(scratch_path);
    CHECK(watch_changed(watch, r));
    for (int i = 0; i < 20; i++) {
        struct db_reader *other = scratch_reader();
        struct watch *theirs = watch_open(scratch_path);
        CHECK(watch_changed(theirs, other));
        check_value(other, "");
        watch_close(theirs);
        db_reader_close(other);
    }
    CHECK(!wakes(watch, QUIET_MS));
    watch_close(watch);
    db_reader_close(r);
    db_writer_close(w);
}

static void test_another_reader_is_new(void)
{
    scratch_new();
    struct db_writer *w = scratch_writer();
    struct watch *watch = watch_open(scratch_path);
    for (int i = 0; i < 3; i++) { /* malloc likes to give the same place again */
        struct db_reader *r = scratch_reader();
        CHECK(watch_changed(watch, r));
        CHECK(!watch_changed(watch, r));
        db_reader_close(r);
    }
    watch_close(watch);
    db_writer_close(w);
}

/* Bursts and pauses. It ends when told to: its files' closing would be an event, too. */
static void write_many(int count, const int until_closed[2])
{
    struct db_writer *w = scratch_writer();
    char value[16];
    for (int i = 1; i <= count; i++) {
        snprintf(value, sizeof value, "%d", i);
        commit(w, value);
        if (i % 7 == 0) {
            usleep((useconds_t)(i * 37 % 900));
        }
    }
    close(until_closed[1]);
    _exit(read(until_closed[0], value, 1) == 0 ? 0 : 1);
}

static int64_t number_of(struct db_reader *r)
{
    char value[32];
    bool found = false;
    CHECK(state_get(r, "n", value, sizeof value, &found, &e));
    return atoll(value);
}

static void follow(struct watch *watch, struct db_reader *r, int count)
{
    int64_t last = 0;
    while (last < count) {
        if (!wakes(watch, WAIT_MS)) {
            unit_fail(__FILE__, __LINE__, "the last commit was never told of");
        }
        if (watch_changed(watch, r)) {
            int64_t n = number_of(r);
            CHECK(n >= last);
            last = n;
        }
    }
}

static void test_the_last_commit_is_seen(void)
{
    scratch_new();
    db_writer_close(scratch_writer());
    struct db_reader *r = scratch_reader();
    struct watch *watch = watch_open(scratch_path);
    for (int round = 0; round < 30; round++) {
        int count = 1 + round * 3;
        scratch_sql("DELETE FROM sync_state");
        watch_changed(watch, r);
        int until_closed[2];
        CHECK(!pipe(until_closed));
        pid_t child = fork();
        if (child == 0) {
            write_many(count, until_closed);
        }
        close(until_closed[0]);
        follow(watch, r, count);
        close(until_closed[1]);
        CHECK(waitpid(child, NULL, 0) == child);
        watch_changed(watch, r);
        CHECK(!wakes(watch, QUIET_MS / 10));
    }
    watch_close(watch);
    db_reader_close(r);
}

static void test_before_there_is_a_file(void)
{
    scratch_new();
    struct watch *watch = watch_open(scratch_path);
    CHECK(!watch_needs_polling(watch));
    CHECK(!watch_changed(watch, NULL));
    CHECK(!wakes(watch, QUIET_MS));
    struct db_writer *w = scratch_writer();
    CHECK(wakes(watch, WAIT_MS));
    CHECK(watch_changed(watch, NULL));
    struct db_reader *r = scratch_reader();
    CHECK(watch_changed(watch, r));
    CHECK(!watch_changed(watch, r));
    commit(w, "1");
    CHECK(wakes(watch, WAIT_MS));
    CHECK(watch_changed(watch, r));
    check_value(r, "1");
    watch_close(watch);
    db_reader_close(r);
    db_writer_close(w);
}

/* The first start of all: the folders are made together with the file. */
static void test_before_there_is_a_folder(void)
{
    scratch_new();
    size_t len = strlen(scratch_folder);
    snprintf(scratch_path, sizeof scratch_path, "%s/a/b/ipsync.db", scratch_folder);
    for (int round = 0; round < 20; round++) {
        struct watch *watch = watch_open(scratch_path);
        CHECK(!watch_needs_polling(watch));
        CHECK(!watch_changed(watch, NULL));
        CHECK(!wakes(watch, 1));
        pid_t child = fork();
        if (child == 0) {
            struct db_writer *w = scratch_writer();
            commit(w, "1");
            db_writer_close(w);
            _exit(0);
        }
        if (round % 2) {
            CHECK(waitpid(child, NULL, 0) == child); /* all at once, or step by step */
        }
        do {
            CHECK(wakes(watch, WAIT_MS));
        } while (!watch_changed(watch, NULL));
        waitpid(child, NULL, 0);
        watch_changed(watch, NULL);
        CHECK(!watch_needs_polling(watch));
        struct db_writer *w = scratch_writer();
        struct db_reader *r = scratch_reader();
        watch_changed(watch, r);
        commit(w, "2");
        CHECK(wakes(watch, WAIT_MS));
        CHECK(watch_changed(watch, r));
        watch_close(watch);
        db_reader_close(r);
        db_writer_close(w);
        scratch_path[len + 2] = '\0'; /* …/a */
        nftw(scratch_path, scratch_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        scratch_path[len + 2] = '/';
    }
}

static void test_a_foreign_program_is_noticed(void)
{
    scratch_new();
    struct db_writer *w = scratch_writer();
    struct db_reader *r = scratch_reader();
    struct watch *watch = watch_open(scratch_path);
    CHECK(watch_changed(watch, r));
    pid_t child = fork();
    if (child == 0) { /* not in this process: SQLite would keep the file open for its locks' sake */
        scratch_sql("INSERT INTO sync_state VALUES ('n', 'theirs')");
        _exit(0);
    }
    CHECK(waitpid(child, NULL, 0) == child);
    CHECK(wakes(watch, WAIT_MS));
    CHECK(watch_changed(watch, r));
    check_value(r, "theirs");
    watch_close(watch);
    db_reader_close(r);
    db_writer_close(w);
}

static void test_what_cannot_be_watched_is_polled(void)
{
    scratch_new();
    char path[128];
    struct watch *watch = NULL;
    if (geteuid() == 0) {
        return; /* root may read everything */
    }
    struct db_writer *w = scratch_writer();
    struct db_reader *r = scratch_reader();
    snprintf(path, sizeof path, "%s-write", scratch_path);
    CHECK(!chmod(path, 0));
    watch = watch_open(scratch_path);
    CHECK(watch_needs_polling(watch));
    CHECK(watch_changed(watch, r));
    commit(w, "1");
    CHECK(watch_changed(watch, r));
    watch_close(watch);
    db_reader_close(r);
    db_writer_close(w);
}

static void test_files_that_are_made_anew(void)
{
    scratch_new();
    struct db_writer *w = scratch_writer();
    struct db_reader *r = scratch_reader();
    struct watch *watch = watch_open(scratch_path);
    char path[80];
    CHECK(watch_changed(watch, r));
    snprintf(path, sizeof path, "%s-write", scratch_path);
    db_writer_close(w);
    CHECK(!unlink(path));
    CHECK(wakes(watch, WAIT_MS));
    watch_changed(watch, r);
    CHECK(!watch_needs_polling(watch));
    w = scratch_writer();
    CHECK(wakes(watch, WAIT_MS)); /* it is there again */
    watch_changed(watch, r);
    while (wakes(watch, QUIET_MS)) {
        watch_changed(watch, r);
    }
    commit(w, "1");
    CHECK(wakes(watch, WAIT_MS));
    CHECK(watch_changed(watch, r));
    watch_close(watch);
    db_reader_close(r);
    db_writer_close(w);
}

static const struct unit_case cases[] = {
    {"a_commit_wakes_once", test_a_commit_wakes_once},
    {"many_readers_wake_nobody", test_many_readers_wake_nobody},
    {"another_reader_is_new", test_another_reader_is_new},
    {"the_last_commit_is_seen", test_the_last_commit_is_seen},
    {"before_there_is_a_file", test_before_there_is_a_file},
    {"before_there_is_a_folder", test_before_there_is_a_folder},
    {"a_foreign_program_is_noticed", test_a_foreign_program_is_noticed},
    {"what_cannot_be_watched_is_polled", test_what_cannot_be_watched_is_polled},
    {"files_that_are_made_anew", test_files_that_are_made_anew},
};

UNIT_MAIN(cases)
