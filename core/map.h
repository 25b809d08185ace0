/* Turns one JSON object of the CRM into the cells of one database row, by a table of fields.
 *
 * Adding a column is a row in such a table. One pass over the object's children; duplicate keys:
 * the last wins, as everywhere; unknown keys are no error. Engine thread (cJSON), pure otherwise.
 */
#ifndef CORE_MAP_H
#define CORE_MAP_H

#include "core/json.h"
#include "db/value.h"

enum conversion {
    MAP_TEXT,    /* free text: card numbers masked; "" is absent */
    MAP_IDENT,   /* identifier: kept to the letter, never masked; "" is absent */
    MAP_CARD,    /* the cardholder field */
    MAP_INT,     /* whole number, as number or string; fractions refused */
    MAP_CENTS,   /* dollars to cents */
    MAP_MICROS,  /* dollars (or a plain rate) to millionths */
    MAP_DAY,     /* plain date */
    MAP_INSTANT, /* date-time to UTC text */
    MAP_FLAG,    /* true/false, 0/1, "true", "yes", "Y", … to 0/1; an unknown word is refused */
    MAP_LOOSE,   /* true/false to 1/0, everything else like MAP_TEXT */
    MAP_INTS,    /* array of integers as compact JSON text */
};

struct map_field {
    const char *json; /* key in the CRM's object */
    int column;       /* index into the row */
    enum conversion as;
};

struct map_problem {
    const char *field; /* the JSON key that could not be read; NULL = the object itself */
    char message[160]; /* e.g. `amount "12.345": has fractions of a cent` */
};

/* Fills row[column] for each field; cells of absent fields, null and "" become NULL; other cells of
 * `row` are left alone. At most 64 fields, each key once; fastest when they stand in the order in
 * which the CRM sends them. On failure the first problem (in the table's order) is described, card
 * numbers masked, and its cell is NULL, but every other field is still filled in. Text lives in the
 * arena and is valid UTF-8; the tree is not changed. */
bool map_object(struct arena *a, const cJSON *object, const struct map_field *fields, size_t count,
                struct value *row, struct map_problem *problem);

#endif
