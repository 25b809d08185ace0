/* fault: what a rule does to a request, before and after its page is made. */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "page.h"
#include "reply.h"
#include "rules.h"

/* How long it holds the request up. */
int64_t fault_delay_ms(const struct rule *rule);

/* Which process it sends which signal: as soon as the request is there, or (`after`) once all of
 * the answer is sent. 0: none. */
int fault_kills(const struct rule *rule, int *signal, bool *after);

/* How it bends the listing that is about to be made. */
struct page_twist fault_twist(const struct rule *rule, uint64_t chance);

/* Whether it answers in the page's place; then `r` is filled. */
bool fault_replaces(const struct rule *rule, struct reply *r);

/* What it does to a page that was made. */
void fault_spoil(const struct rule *rule, uint64_t chance, struct reply *r);

#endif
