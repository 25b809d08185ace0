#include "options.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "day.h"

enum kind { NUMBER, FLAG, TEXT, DAY };

struct option_row {
    const char *name;
    enum kind kind;
    size_t offset;
    long low, high;
    const char *help;
};

#define AT(field) offsetof(struct options, field)

static const struct option_row rows[] = {
    {"port", NUMBER, AT(port), 0, 65535, "port on 127.0.0.1; 0 (default): a free one"},
    {"seed", NUMBER, AT(seed), 0, 1L << 62, "another seed, another portfolio (1)"},
    {"merchants", NUMBER, AT(merchants), 0, 1000000, "how many (100)"},
    {"batches-per-month", NUMBER, AT(batches_per_month), 0, 3000, "of a busy merchant (22)"},
    {"per-batch", NUMBER, AT(per_batch), 0, 2000, "transactions in a batch, on average (10)"},
    {"processors", NUMBER, AT(processors), 1, 1000, "residual processors (2)"},
    {"line-items", NUMBER, AT(line_items), 0, 100000, "a month, on average (30)"},
    {"rate-limit", NUMBER, AT(rate_limit), 0, 100000000, "requests a window; 0: none (500)"},
    {"window", NUMBER, AT(window_s), 1, 86400, "seconds of the rate limit's window (60)"},
    {"latency-ms", NUMBER, AT(latency_ms), 0, 600000, "wait before each answer (0)"},
    {"threads", NUMBER, AT(threads), 1, 256, "pages made at the same time (cores)"},
    {"page-max", NUMBER, AT(page_max), 0, 1000, "rows on a page, however many are asked for"},
    {"today", DAY, AT(today), 0, 0, "YYYY-MM-DD (today in New York)"},
    {"start", DAY, AT(start), 0, 0, "first activity of all (2023-11-01)"},
    {"no-limit-headers", FLAG, AT(no_limit_headers), 0, 0, "keep the limit, send no headers"},
    {"no-gzip", FLAG, AT(no_gzip), 0, 0, "never compress"},
    {"plain", FLAG, AT(plain), 0, 0, "all busy, simple ASCII: to measure speed"},
    {"big-ids", FLAG, AT(big_ids), 0, 0, "some transaction ids above 2^53"},
    {"raw-pan", FLAG, AT(raw_pan), 0, 0, "some card numbers come unmasked"},
    {"exit-on-eof", FLAG, AT(exit_on_eof), 0, 0, "end when standard input closes"},
    {"key", TEXT, AT(key), 0, 0, "the right X-API-KEY (demo-key)"},
    {"log", TEXT, AT(log), 0, 0, "file for a JSON line a request"},
    {"script", TEXT, AT(script), 0, 0, "file of fault rules, one JSON object a line"},
};

static void print_help(void)
{
    puts("crm-sim: a simulated CRM on loopback. The first line it prints is its base URL.\n");
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        printf("  --%-20s %s\n", rows[i].name, rows[i].help);
    }
}

static const struct option_row *find_row(const char *arg)
{
    for (size_t i = 0; strncmp(arg, "--", 2) == 0 && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(arg + 2, rows[i].name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}

static bool set_value(void *field, const struct option_row *row, const char *value)
{
    char *end;
    long number;

    switch (row->kind) {
    case NUMBER:
        number = strtol(value, &end, 10);
        *(long *)field = number;
        return *value != '\0' && *end == '\0' && number >= row->low && number <= row->high;
    case DAY:
        return day_parse(value, field);
    case TEXT:
        *(const char **)field = value;
        return true;
    case FLAG:
        break;
    }
    return false;
}

static bool parse_args(struct options *o, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        const struct option_row *row = find_row(argv[i]);

        if (strcmp(argv[i], "--help") == 0) {
            print_help();
            exit(0);
        }
        if (row != NULL && row->kind == FLAG) {
            *(bool *)((char *)o + row->offset) = true;
        } else if (row == NULL || i + 1 == argc ||
                   !set_value((char *)o + row->offset, row, argv[++i])) {
            fprintf(stderr, "crm-sim: bad option or value: %s\n", argv[i]);
            return false;
        }
    }
    return true;
}

bool options_parse(struct options *o, int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    *o = (struct options){.seed = 1,
                          .merchants = 100,
                          .batches_per_month = 22,
                          .per_batch = 10,
                          .processors = 2,
                          .line_items = 30,
                          .rate_limit = 500,
                          .window_s = 60,
                          .threads = cores < 1 ? 1 : cores,
                          .today = NO_DAY,
                          .start = day_from_civil(2023, 11, 1),
                          .key = "demo-key"};
    if (!parse_args(o, argc, argv)) {
        return false;
    }
    o->today_is_given = o->today != NO_DAY;
    if (!o->today_is_given) {
        o->today = day_today();
    }
    if (o->start > o->today) {
        fputs("crm-sim: --start lies after --today\n", stderr);
        return false;
    }
    return true;
}
