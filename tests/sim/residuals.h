/* residuals: the monthly reports: a row a merchant, a summary a processor, and the line items
 * beside them. All amounts are whole millionths of a dollar, so that sums are exact. */
#ifndef SIM_RESIDUALS_H
#define SIM_RESIDUALS_H

#include <stdbool.h>
#include <stdint.h>

#include "portfolio.h"

struct residual {
    uint32_t merchant;
    bool is_null_merchant; /* hidden by hide_null_merchants */
    uint64_t style;
    int64_t transactions;
    int64_t sales, income, expense, net, agent_net; /* micros */
    int64_t bps, percentage;                        /* millionths */
};

struct report {
    uint32_t processor;
    int64_t merchants;
    int64_t modified; /* an instant */
    uint64_t style;
    struct residual sum; /* its amounts alone */
};

struct line_item {
    uint64_t id;
    uint64_t style;
    bool is_agent; /* of type agent, and without a merchant */
    bool has_merchant;
    bool is_null_merchant;
    uint32_t merchant;
    int64_t user_id; /* 0: no user */
    const char *full_name;
    const char *description; /* NULL: null */
    int64_t income, expense, percentage, agent_net;
    bool is_recurring;
    int64_t created, modified; /* NO_INSTANT: absent */
};

int64_t processor_id(uint32_t processor);

/* The processor with this id; false if there is none. */
bool processor_find(const struct portfolio *p, int64_t id, uint32_t *processor);

/* Its name, into `buf` of 64. */
const char *processor_name(uint32_t processor, char *buf);

/* Whether the reports of a month are out. */
bool month_is_published(const struct portfolio *p, int month);

/* The row of a merchant in a published month; false if it has none. */
bool residual_make(const struct portfolio *p, const struct merchant *m, int month,
                   struct residual *r);

/* The row as the token owner's own display rules (template=true) would show it. */
void residual_dress(struct residual *r);

/* All reports of a month: `reports` has room for each processor. Gives how many have rows. */
uint32_t reports_of_month(const struct portfolio *p, int month, bool hide_null,
                          struct report *reports);

/* Line items have places 0 .. line_items_places - 1 in a month, some of them empty. */
uint32_t line_items_places(const struct portfolio *p, int month);
bool line_item_make(const struct portfolio *p, int month, uint32_t place, struct line_item *item);

#endif
