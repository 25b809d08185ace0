/* The yardstick's database half: ipsync's own tables, one prepared upsert a row, a page a
 * transaction. */
#ifndef TESTS_BENCH_BARE_STORE_H
#define TESTS_BENCH_BARE_STORE_H

#include <stdint.h>

struct cJSON;

extern int64_t stored_pages, stored_transactions;

/* Opens or makes the database; a new one gets the tables of these SQL files (NULL at the end). */
void store_open(const char *path, char **schema);
/* Stores a page's batches, their transactions and the cursor. `data` is the answer's array. */
void store_page(const char *mid, long page, const struct cJSON *data);
void store_close(void);

/* Whatever goes wrong ends the program. */
_Noreturn void die(const char *what, const char *why);

#endif
