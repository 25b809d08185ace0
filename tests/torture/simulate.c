/* simulate [--seconds N] [--syncs N] [--seed N] [--verbose]
 *
 * Whole syncs of the real engine against a random CRM over a random network, on clocks of our own:
 * thousands in a minute. Each seed is a story (story.h); one that ends badly is told with its
 * number, and `--seed NUMBER --verbose` tells it again, step by step. With --seed alone just that
 * one runs; with --seconds or --syncs as well it is the first. */
#include "core/base/err.h"
#include "core/config.h"
#include "core/curl_late.h"
#include "core/json.h"
#include "db/db.h"
#include "tests/torture/story.h"
#include "tests/torture/world.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { HANG_SECONDS = 60 };

struct options {
    double seconds;
    int64_t syncs;
    uint64_t seed;
    bool has_seed, verbose;
};

static char folder[64];
static volatile uint64_t seed_in_hand;

static double now_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* An assertion, a signal or a loop without end: whatever it was, the seed is told. */
static void tell_seed(int number)
{
    char text[96];
    int len =
        snprintf(text, sizeof text, "\nseed %llu: signal %d%s\n", (unsigned long long)seed_in_hand,
                 number, number == SIGALRM ? ", it does not end" : "");
    if (write(STDERR_FILENO, text, (size_t)len) == len) {
        signal(number, SIG_DFL);
        raise(number);
    }
    _exit(1);
}

static void drop_folder(void)
{
    DIR *d = folder[0] ? opendir(folder) : NULL;
    struct dirent *file;
    while (d && (file = readdir(d))) {
        unlinkat(dirfd(d), file->d_name, 0);
    }
    if (d) {
        closedir(d);
        rmdir(folder);
    }
}

static bool read_options(char **args, struct options *o)
{
    for (; *args; args++) {
        char *end = NULL;
        if (!strcmp(*args, "--verbose")) {
            o->verbose = true;
            continue;
        }
        double value = args[1] ? strtod(args[1], &end) : 0;
        if (!end || *end || value < 0) {
            return false;
        }
        if (!strcmp(*args, "--seconds")) {
            o->seconds = value;
        } else if (!strcmp(*args, "--syncs")) {
            o->syncs = (int64_t)value;
        } else if (!strcmp(*args, "--seed")) {
            o->seed = (uint64_t)value;
            o->has_seed = true;
        } else {
            return false;
        }
        args++;
    }
    if (!o->has_seed) {
        o->seed = (uint64_t)time(NULL) * 1000000;
        o->seconds = o->seconds || o->syncs ? o->seconds : 60;
    }
    return true;
}

static bool prepare(struct config **config)
{
    struct err e = {0};
    char file[96];
    snprintf(folder, sizeof folder, "%s/ipsync-torture-XXXXXX",
             access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
    if (!mkdtemp(folder)) {
        perror(folder);
        folder[0] = '\0';
        return false;
    }
    atexit(drop_folder);
    snprintf(file, sizeof file, "%s/ipsync.conf", folder);
    FILE *f = fopen(file, "w");
    if (!f || fprintf(f, "[api]\nbase_url = https://crm.test/api/v1\n") < 0 || fclose(f)) {
        perror(file);
        return false;
    }
    db_setup();
    json_setup();
    *config = curl_late_load(&e) ? config_load(file, NULL, &e) : NULL;
    if (!*config) {
        fprintf(stderr, "%s\n", e.message);
    }
    return *config != NULL;
}

static void run_all(const struct options *o, const struct config *config, int *passed, int *failed)
{
    static struct world w;
    double start = now_seconds();
    int64_t syncs = 0;
    int64_t requests = 0;
    int64_t faults = 0;
    bool only_one = o->has_seed && o->seconds == 0 && !o->syncs;
    for (uint64_t seed = o->seed;
         only_one ? seed == o->seed
                  : (o->seconds == 0 || now_seconds() - start < o->seconds) &&
                        (!o->syncs || syncs < o->syncs);
         seed++) {
        memset(&w, 0, sizeof w);
        w.verbose = o->verbose;
        snprintf(w.folder, sizeof w.folder, "%s", folder);
        snprintf(w.database, sizeof w.database, "%s/%llu.db", folder, (unsigned long long)seed);
        seed_in_hand = seed;
        alarm(HANG_SECONDS);
        if (story_tell(&w, seed, config)) {
            ++*passed;
        } else {
            ++*failed;
            printf("seed %llu: %s\n", (unsigned long long)seed, w.broken);
            fflush(stdout);
        }
        alarm(0);
        world_drop_files(&w);
        syncs += w.syncs;
        requests += w.requests;
        faults += w.faults;
    }
    double took = now_seconds() - start;
    printf(
        "%lld syncs, %lld requests, %lld faults in %.1f s: %.0f syncs a second; first seed %llu\n",
        (long long)syncs, (long long)requests, (long long)faults, took, (double)syncs / took,
        (unsigned long long)o->seed);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    struct config *config = NULL;
    int passed = 0;
    int failed = 0;
    (void)argc;
    if (!read_options(argv + 1, &o)) {
        fprintf(stderr, "usage: simulate [--seconds N] [--syncs N] [--seed N] [--verbose]\n");
        return 2;
    }
    if (!prepare(&config)) {
        return 2;
    }
    static const int signals[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        signal(signals[i], tell_seed);
    }
    run_all(&o, config, &passed, &failed);
    config_free(config);
    printf("%d passed, %d failed\n", passed, failed);
    return failed != 0;
}
