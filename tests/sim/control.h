/* control: the calls under /_sim, by which a test steers the simulator and asks what is right. They
 * are neither counted nor logged, and need no key. */
#ifndef SIM_CONTROL_H
#define SIM_CONTROL_H

#include <stddef.h>

#include "dump.h"
#include "query.h"
#include "reply.h"
#include "sim.h"

/* Answers with `r`, or with the rows of *dump (then the caller's to free), or with what stands in
 * the file *fd up to *size (likewise). */
struct control_answer {
    struct reply reply;
    struct dump *dump;
    int fd; /* -1: none */
    uint64_t size;
};

void control_answer(struct sim *s, const char *method, const struct query *q, const char *body,
                    size_t len, struct control_answer *a);

#endif
