/* options: what the simulator was told on its command line. Immutable once parsed. */
#ifndef SIM_OPTIONS_H
#define SIM_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    long port; /* 0: a free one */
    long seed;
    long merchants;
    long batches_per_month;
    long per_batch;
    long processors;
    long line_items;
    long rate_limit; /* 0: none */
    long window_s;
    long latency_ms;
    long threads;  /* pages made at the same time */
    long page_max; /* 0: as many rows as asked for */
    int32_t today;
    bool today_is_given;
    int32_t start;
    bool no_limit_headers;
    bool no_gzip;
    bool plain;
    bool big_ids;
    bool raw_pan;
    bool exit_on_eof;
    const char *key;
    const char *log;
    const char *script;
};

/* Fills `o`; false after a message on standard error. `--help` prints and exits. */
bool options_parse(struct options *o, int argc, char **argv);

#endif
