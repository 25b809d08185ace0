/* log: one JSON line a request, in a file, so that it takes no memory. Thread-safe. */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct log {
    pthread_mutex_t mutex;
    int fd;
};

struct log_line {
    double arrived_ms; /* monotonic */
    const char *method;
    const char *path;
    const char *query;
    int status; /* 0: no answer was sent */
    bool key_is_right;
    bool is_fault;     /* a fault rule had a hand in it */
    int64_t in_flight; /* at arrival, itself included */
    int64_t bytes;     /* of the body, as sent */
};

/* NULL for a file without a name. False when it cannot be opened. */
bool log_open(struct log *l, const char *path);
void log_close(struct log *l);

void log_write(struct log *l, const struct log_line *line);
void log_reset(struct log *l);

/* A descriptor of its own that reads the log from its start, and how long it is now; -1 if not. */
int log_reader(struct log *l, uint64_t *size);

#endif
