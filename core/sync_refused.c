/* A stream that the API key may not read at all: 403 wherever it is asked for. */
#include "core/sync_state.h"

enum {
    ENOUGH = 10,  /* refusals without a single page: the rest need not be asked for */
    A_STREAM = 2, /* a single one may be of that merchant or month */
};

bool sync_is_refused(const struct sync *s, enum resource_id id)
{
    return !s->request->is_retry && s->read[id] == 0 && s->refused[id] >= ENOUGH;
}

void sync_fail_refused(struct sync *s)
{
    static const char *const names[RESOURCE_COUNT] = {
        [RESOURCE_MERCHANTS] = "merchants",
        [RESOURCE_MERCHANT] = "merchants",
        [RESOURCE_TRANSACTIONS] = "transactions",
        [RESOURCE_REPORTS] = "residual reports",
        [RESOURCE_ROWS] = "rows of residual reports",
        [RESOURCE_LINE_ITEMS] = "residual line items"};
    struct err e;
    for (int i = 0; i < RESOURCE_COUNT; i++) {
        if (s->read[i] == 0 && s->refused[i] >= A_STREAM && !s->request->is_retry) {
            err_set(&e, ERR_DATA,
                    "the API key may not read %s (403 for each of the %d asked for); everything "
                    "else was read. Give it the right and sync again: it goes on from here",
                    names[i], s->refused[i]);
            sync_fail(s, &e);
        }
    }
}
