/* Where a row stands in a list that is read piece by piece, for lists longer than any screen.
 *
 * A list has an order of its own (an enum of that list) and an identity for each row (`row`, never
 * 0). A piece begins at a key and goes on in the list's order, or backward, nearest row first; its
 * cost depends on `count` alone, not on the list's length. A key stays good when its row changes,
 * moves or goes: it names a place, and reading goes on from that place. Plain data, any thread. */
#ifndef DB_LIST_H
#define DB_LIST_H

#include <stdbool.h>
#include <stdint.h>

enum { LIST_SORT_SIZE = 128 };

struct list_key {
    char sort[LIST_SORT_SIZE]; /* what the order goes by, as text; only db/ reads it */
    int64_t row;               /* the row's identity, the same in all orders of its list */
    bool set;                  /* false (zeroed) = the list's edge */
    bool is_cut;               /* `sort` did not hold all of it; then the row itself is asked */
};

struct list_slice {
    int order;                   /* of the list's own enum */
    const struct list_key *from; /* NULL or not set: from the first row, or backward the last */
    bool inclusive;              /* with the row at `from`, if it is still there */
    bool backward;               /* against the order: the rows before `from`, nearest first */
    int count;                   /* rows at most */
};

#endif
