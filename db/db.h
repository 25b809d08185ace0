/* One connection to the database file, as a writer or as a reader. A different type each, so that a
 * write through a reader does not compile.
 *
 * WAL mode. SQLite before 3.51.3 can corrupt a WAL when one connection commits while another
 * checkpoints (https://sqlite.org/wal.html, "The WAL-reset bug"): automatic checkpoints are off,
 * and each write transaction and each checkpoint is made under one short file lock (FILE-write).
 * Readers keep their transactions short. A connection belongs to the thread that opened it. */
#ifndef DB_DB_H
#define DB_DB_H

#include <stdbool.h>
#include <stdint.h>

struct err;
struct db_reader;
struct db_writer;

/* Once per process, before the first open: SQLite's own settings. */
void db_setup(void);

/* Opens for writing, makes folders (0700) and file (0600) if need be, and brings the schema up to
 * date. NULL with ERR_CONFIG for a file of a newer ipsync, of another program, or that others may
 * write (left untouched); ERR_DB for the rest. */
struct db_writer *db_writer_open(const char *path, int64_t wal_max_mb, struct err *e);
/* The same within a time: waits at most `patience_ms` for other writers, now and later (see below).
 * ERR_BUSY when they do not let go. */
struct db_writer *db_writer_open_within(const char *path, int64_t wal_max_mb, int patience_ms,
                                        struct err *e);
void db_writer_close(struct db_writer *w); /* rolls back what is open */
/* For who must not wait, as the screen: db_begin then fails with ERR_BUSY after so long (0 = at
 * once), and below 100 ms commits leave copying the WAL back to other writers. */
void db_writer_set_patience(struct db_writer *w, int patience_ms);

/* Opens for reading. NULL with ERR_CONFIG when there is none yet. */
struct db_reader *db_reader_open(const char *path, struct err *e);
void db_reader_close(struct db_reader *r);
/* How long its queries wait where SQLite must (a file being recovered); 30 s unless told. */
void db_reader_set_patience(struct db_reader *r, int patience_ms);
/* A bound for each query from now on: one that takes longer than `slice_ms` fails with ERR_STOPPED,
 * having changed nothing. 0 = none (as opened). */
void db_reader_set_slice(struct db_reader *r, int slice_ms);
/* Whether another file stands at its name by now, or none: open it anew. */
bool db_reader_is_stale(struct db_reader *r);
/* Its queries end with ERR_STOPPED as soon as the descriptor can be read (a signalfd). Not together
 * with a slice. */
void db_reader_set_stop(struct db_reader *r, int fd);
/* The writer's own connection, for queries that must see what it just wrote. Not to be closed. */
struct db_reader *db_writer_reader(struct db_writer *w);

/* A write transaction. Everything the stores do happens in one; they fail outside of one. Begin
 * waits up to 30 s for other writers. Commit checkpoints the WAL now and then, and tells those who
 * watch (db/watch.h). */
bool db_begin(struct db_writer *w, struct err *e);
bool db_commit(struct db_writer *w, struct err *e);
void db_rollback(struct db_writer *w);
/* A part of the transaction that can be taken back alone. */
bool db_part_begin(struct db_writer *w, struct err *e);
bool db_part_end(struct db_writer *w, bool keep, struct err *e);

/* Copies the whole WAL back into the file, as far as readers allow; at the end of a sync. */
void db_checkpoint(struct db_writer *w);

/* After the disk was found full: gives back the little room that was kept for saying so. */
void db_release_reserve(struct db_writer *w);

#endif
