/* sync_failed_items: what could not be read, until it has been. Unique by type and id while open.
 */
#ifndef DB_FAILED_STORE_H
#define DB_FAILED_STORE_H

#include <stdbool.h>
#include <stdint.h>

struct db_reader;
struct db_writer;
struct err;

struct failed_item {
    const char *sync_id;
    const char *item_type; /* merchant, transaction, residual */
    const char *item_id;
    const char *error_json;            /* class, code, message, http_status, request, raw */
    const char *range_from, *range_to; /* days to read again; NULL = does not depend on days */
    const char *next_retry_at;         /* NULL = permanent */
    const char *now;
};

/* Opens the item, or brings the open one up to date: one more sync has tried it in vain. `is_first`
 * false: this sync has raised it already, which is no further try. In a write transaction. */
bool failed_put(struct db_writer *w, const struct failed_item *item, bool *is_first, struct err *e);

/* Something else has to be read before an item that is healed now is as if it had never failed: is
 * open (code `unread`), and due, until it is covered, which drops it again, so that it is read even
 * if this sync does not live to do it. `error_json` tells class, code and message. In a write
 * transaction. */
bool failed_owe(struct db_writer *w, const struct failed_item *item, struct err *e);

/* Closes as `resolution` (healed, covered) the open items of a type whose id is `item_id` or,
 * unless `exact`, below it ("id/…"; NULL = all of the type), whose days lie within from..to (NULL =
 * whatever days), and which this very reading has not raised for one of its records (since
 * `since`). In a write transaction. */
struct failed_cover {
    const char *item_type, *item_id, *from, *to, *resolution, *now;
    bool exact;
    const char *since;   /* items below item_id raised at or after this moment stay open */
    const char *sync_id; /* but not those of other syncs than this, whatever the clock said then;
                            NULL = those of any */
};
bool failed_resolve_covered(struct db_writer *w, const struct failed_cover *cover,
                            int64_t *resolved, struct err *e);

/* Closes all open items of a thing that is gone and of what is below it. In a write transaction. */
bool failed_resolve_gone(struct db_writer *w, const char *item_type, const char *item_id,
                         const char *now, struct err *e);

/* How many of the items a cover speaks of were raised since its `since` and are open. */
bool failed_raised_since(struct db_reader *r, const struct failed_cover *cover, int64_t *count,
                         struct err *e);

/* Gives one up by hand. `found` false: no open item with this number. In a write transaction. */
bool failed_give_up(struct db_writer *w, int64_t id, const char *reason, const char *now,
                    bool *found, struct err *e);

/* The open items to retry: `due_at` NULL = all, else those whose next_retry_at has come (or is more
 * than a day ahead, which none is put: the clock was wrong); called for each in the order of ids.
 * Strings are borrowed for the call. */
struct failed_open {
    int64_t id;
    const char *sync_id;
    const char *item_type, *item_id, *range_from, *range_to;
    bool is_owed; /* by failed_owe(): has not been tried yet */
};
bool failed_each_open(struct db_reader *r, const char *due_at,
                      void (*visit)(void *data, const struct failed_open *item), void *data,
                      struct err *e);
/* The syncs that have tried an open item in vain since the one that raised it, with `sync_id` that
 * fails at it now; 0 when there is none yet. */
bool failed_tries(struct db_reader *r, const char *sync_id, const char *item_type,
                  const char *item_id, int64_t *tries, struct err *e);

#endif
