/* limit: the rate limit: a fixed window that starts with its first request. Thread-safe. */
#ifndef SIM_LIMIT_H
#define SIM_LIMIT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct limit {
    pthread_mutex_t mutex;
    int64_t per_window; /* 0: none */
    int64_t window_ms;
    int64_t started_ms;
    int64_t used; /* in the window that began at started_ms; 0: none has */
    bool sends_headers;
};

struct verdict {
    bool is_admitted;
    bool sends_headers;
    int64_t per_window;
    int64_t remaining;
    int64_t retry_after_s; /* when refused */
};

void limit_init(struct limit *l, int64_t per_window, int64_t window_ms, bool sends_headers);
void limit_done(struct limit *l);

/* Counts one request, unless it is refused. */
struct verdict limit_ask(struct limit *l, int64_t now_ms);

/* What another client with the same key would use up. */
void limit_eat(struct limit *l, int64_t now_ms, int64_t n);

/* From now on; per_window < 0 leaves it. Ends the running window if `restart`. */
void limit_set(struct limit *l, int64_t per_window, bool sends_headers, bool restart);

#endif
