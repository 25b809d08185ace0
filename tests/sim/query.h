/* query: a request's target, taken apart: the path's pieces and the parameters, decoded. */
#ifndef SIM_QUERY_H
#define SIM_QUERY_H

#include <stdbool.h>
#include <stddef.h>

enum { QUERY_PIECES_MAX = 10, QUERY_ITEMS_MAX = 32 };

struct query {
    char *path;  /* as sent, without the parameters */
    char *text;  /* the parameters as sent; "" without */
    char *store; /* the decoded copy that the pointers below point into */
    char *pieces[QUERY_PIECES_MAX];
    size_t n_pieces;
    struct {
        char *name;
        char *value;
    } items[QUERY_ITEMS_MAX];
    size_t n_items;
};

void query_parse(struct query *q, const char *target);
void query_done(struct query *q);

/* The value of a parameter; NULL when it was not sent. */
const char *query_get(const struct query *q, const char *name);

/* The value as a number of digits alone; -1 if it is none. `other` when not sent or empty. */
long query_number(const struct query *q, const char *name, long other);

/* true, false, 1 or 0; `other` when not sent. */
bool query_flag(const struct query *q, const char *name, bool other);

/* A piece of the path or a value as a number of at most 18 digits; -1 if it is none. */
long query_digits(const char *s);

#endif
