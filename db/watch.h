/* Learns, without polling, that someone has changed the database.
 *
 * Writers of ipsync touch FILE-write after each COMMIT, when it is visible; inotify tells of that,
 * and of a foreign program that closes the file it wrote. PRAGMA data_version then says whether
 * anything really is new. Reading never wakes anyone. One thread: the reader's. */
#ifndef DB_WATCH_H
#define DB_WATCH_H

#include <stdbool.h>

struct db_reader;
struct watch;

/* Never fails: what cannot be watched is to be polled. The file need not be there yet. */
struct watch *watch_open(const char *database);
void watch_close(struct watch *w);

/* For poll(2): readable when watch_changed() is to be called. -1 = there is none. */
int watch_fd(const struct watch *w);
/* True while changes can be missed (no inotify, a file or folder that may not be read): then
 * watch_changed() is to be called now and then, say once a second while a sync runs. */
bool watch_needs_polling(const struct watch *w);

/* Empties the descriptor and says whether there is anything new to read: true the first time, after
 * each commit of another connection (or several), and when `r` is another reader than last time.
 * `r` NULL (there is no database yet): whether it is worth trying to open one. */
bool watch_changed(struct watch *w, struct db_reader *r);

#endif
