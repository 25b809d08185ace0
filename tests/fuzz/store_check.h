/* The database that a fuzzer writes: what is in it beforehand, what may be in it afterwards, and
 * how it is emptied again. */
#ifndef TESTS_FUZZ_STORE_CHECK_H
#define TESTS_FUZZ_STORE_CHECK_H

struct db_writer;

/* Removes the file and those beside it. */
void store_forget(const char *path);
/* A few merchants that are known, one of them twice but for leading zeros. */
void store_fill(struct db_writer *w);
/* Aborts unless every cell of every table is what its column promises: valid UTF-8, days and
 * instants that exist, flags, ordinals, JSON, and no card number where text is free. */
void store_check(struct db_writer *w);
/* Removes all rows. */
void store_empty(struct db_writer *w);

#endif
