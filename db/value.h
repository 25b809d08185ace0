/* A cell on its way into the database, and the tables that rows go to.
 * Text is borrowed: it must live until the call that takes the row returns. */
#ifndef DB_VALUE_H
#define DB_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind { VALUE_NULL, VALUE_INT, VALUE_TEXT };

struct value {
    enum value_kind kind;
    int64_t number;
    const char *text; /* NUL-terminated UTF-8 */
};

static inline struct value value_int(int64_t n)
{
    return (struct value){VALUE_INT, n, NULL};
}

static inline struct value value_text(const char *s)
{
    return s ? (struct value){VALUE_TEXT, 0, s} : (struct value){VALUE_NULL, 0, NULL};
}

static inline struct value value_null(void)
{
    return (struct value){VALUE_NULL, 0, NULL};
}

#endif
