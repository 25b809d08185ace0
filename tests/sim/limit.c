#include "limit.h"

void limit_init(struct limit *l, int64_t per_window, int64_t window_ms, bool sends_headers)
{
    *l = (struct limit){
        .per_window = per_window, .window_ms = window_ms, .sends_headers = sends_headers};
    pthread_mutex_init(&l->mutex, NULL);
}

void limit_done(struct limit *l)
{
    pthread_mutex_destroy(&l->mutex);
}

static void open_window(struct limit *l, int64_t now_ms)
{
    if (l->used == 0 || now_ms >= l->started_ms + l->window_ms) {
        l->started_ms = now_ms;
        l->used = 0;
    }
}

struct verdict limit_ask(struct limit *l, int64_t now_ms)
{
    struct verdict v = {.is_admitted = true};

    pthread_mutex_lock(&l->mutex);
    if (l->per_window > 0) {
        open_window(l, now_ms);
        v.is_admitted = l->used < l->per_window;
        l->used += v.is_admitted;
        v.per_window = l->per_window;
        v.remaining = l->per_window > l->used ? l->per_window - l->used : 0;
        v.retry_after_s = (l->started_ms + l->window_ms - now_ms + 999) / 1000;
        v.sends_headers = l->sends_headers;
    }
    pthread_mutex_unlock(&l->mutex);
    return v;
}

void limit_eat(struct limit *l, int64_t now_ms, int64_t n)
{
    pthread_mutex_lock(&l->mutex);
    open_window(l, now_ms);
    l->used = l->used + n < l->per_window ? l->used + n : l->per_window;
    pthread_mutex_unlock(&l->mutex);
}

void limit_set(struct limit *l, int64_t per_window, bool sends_headers, bool restart)
{
    pthread_mutex_lock(&l->mutex);
    l->per_window = per_window < 0 ? l->per_window : per_window;
    l->sends_headers = sends_headers;
    l->used = restart ? 0 : l->used;
    pthread_mutex_unlock(&l->mutex);
}
