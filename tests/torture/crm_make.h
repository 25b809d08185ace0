/* How the CRM's things come into being, at random: for crm.c and crm_change.c. */
#ifndef TORTURE_CRM_MAKE_H
#define TORTURE_CRM_MAKE_H

#include "tests/torture/crm.h"

int64_t crm_some_micros(struct chance *c);
struct crm_transaction crm_some_transaction(struct crm *c, int day);
struct crm_row crm_some_row(struct crm *c, int merchant);
void crm_sum_up(struct crm_batch *b); /* its amount, after its transactions changed */

/* False, or nothing: there is no room for more. */
void crm_add_batch(struct crm *c, struct crm_merchant *m);
void crm_add_adjustment(struct crm *c, struct crm_merchant *m);
bool crm_add_merchant(struct crm *c);
bool crm_add_row(struct crm *c, struct crm_report *p);
bool crm_add_item(struct crm *c, struct crm_month *m);

#endif
