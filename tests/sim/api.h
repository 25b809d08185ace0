/* api: the CRM's resources under /api/v1: from a request that is allowed to a status and a body. */
#ifndef SIM_API_H
#define SIM_API_H

#include "out.h"
#include "page.h"
#include "portfolio.h"
#include "query.h"

struct answer {
    int status;
    struct out body;
};

struct call {
    const struct portfolio *p; /* its lock is held for reading */
    const char *base;          /* http://127.0.0.1:PORT */
    const struct query *q;
    struct page_twist twist;
};

/* Fills `a`, which is zeroed; a->body is the caller's. */
void api_answer(const struct call *c, struct answer *a);

/* `{"message":"…"}` instead of what the body held. */
void answer_message(struct answer *a, int status, const char *message);

/* GET /merchants. */
void api_list_merchants(const struct call *c, struct answer *a);

#endif
