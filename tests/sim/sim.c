#include "sim.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

bool sim_init(struct sim *s, const struct options *opt)
{
    *s = (struct sim){.opt = opt};
    portfolio_init(&s->portfolio, opt);
    rules_init(&s->rules);
    mutations_init(&s->mutations);
    limit_init(&s->limit, opt->rate_limit, opt->window_s * 1000, !opt->no_limit_headers);
    pthread_mutex_init(&s->key_mutex, NULL);
    sim_set_key(s, opt->key);
    sem_init(&s->makers, 0, (unsigned)opt->threads);
    s->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (!log_open(&s->log, opt->log) || s->stop_fd < 0) {
        fputs("crm-sim: cannot open the log\n", stderr);
        return false;
    }
    return opt->script == NULL || rules_load_file(&s->rules, opt->script);
}

void sim_done(struct sim *s)
{
    log_close(&s->log);
    limit_done(&s->limit);
    mutations_done(&s->mutations);
    rules_done(&s->rules);
    portfolio_done(&s->portfolio);
    pthread_mutex_destroy(&s->key_mutex);
    sem_destroy(&s->makers);
    close(s->stop_fd);
}

double sim_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

bool sim_wait(const struct sim *s, int socket_fd, int64_t ms)
{
    struct pollfd fds[2] = {{.fd = s->stop_fd, .events = POLLIN},
                            {.fd = socket_fd, .events = POLLRDHUP}};
    double end = sim_now_ms() + (double)ms;

    for (;;) {
        double left = end - sim_now_ms();

        if (ms >= 0 && left <= 0) {
            return true;
        }
        if (poll(fds, 2, ms < 0 ? -1 : (int)left + 1) > 0) {
            return false;
        }
    }
}

bool sim_key_is_right(struct sim *s, const char *key)
{
    bool is_right;

    pthread_mutex_lock(&s->key_mutex);
    is_right = key != NULL && strcmp(key, s->key) == 0;
    pthread_mutex_unlock(&s->key_mutex);
    return is_right;
}

void sim_set_key(struct sim *s, const char *key)
{
    pthread_mutex_lock(&s->key_mutex);
    snprintf(s->key, sizeof(s->key), "%s", key);
    pthread_mutex_unlock(&s->key_mutex);
}
