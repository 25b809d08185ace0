/* sim: the simulator as a whole: what the server and the control calls share. */
#ifndef SIM_SIM_H
#define SIM_SIM_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "limit.h"
#include "log.h"
#include "mutate.h"
#include "options.h"
#include "portfolio.h"
#include "rules.h"

struct sim {
    const struct options *opt;
    struct portfolio portfolio;
    struct rules rules;
    struct mutations mutations;
    struct limit limit;
    struct log log;
    pthread_mutex_t key_mutex;
    char key[256];
    char base[64]; /* http://127.0.0.1:PORT */
    int stop_fd;   /* readable once the simulator ends */
    sem_t makers;  /* how many pages may still be made at the same time */
    atomic_llong requests;
    atomic_llong refused; /* with 429, by the limit */
    atomic_llong in_flight;
    atomic_llong most_in_flight;
    atomic_llong connections;
};

/* False after a message on standard error. */
bool sim_init(struct sim *s, const struct options *opt);
void sim_done(struct sim *s);

/* Milliseconds of the monotonic clock. */
double sim_now_ms(void);

/* Waits so long (< 0: without end). False if meanwhile the client on `socket_fd` went away, or the
 * simulator is to stop. */
bool sim_wait(const struct sim *s, int socket_fd, int64_t ms);

bool sim_key_is_right(struct sim *s, const char *key);
void sim_set_key(struct sim *s, const char *key);

#endif
