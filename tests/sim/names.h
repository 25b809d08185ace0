/* names: the words the portfolio is made of: shops in many scripts, people, reasons. */
#ifndef SIM_NAMES_H
#define SIM_NAMES_H

#include <stddef.h>
#include <stdint.h>

enum names_list {
    NAMES_PLAIN, /* ASCII shops */
    NAMES_WORLD, /* shops in other scripts */
    NAMES_NASTY, /* shops with control characters */
    NAMES_PERSON,
    NAMES_REJECT,
    NAMES_ITEM,
    NAMES_ADJUSTMENT,
    NAMES_GROUP,
    NAMES_SOURCE,
    NAMES_PROCESSOR
};

/* One of a list, chosen by `h`. */
const char *names_pick(enum names_list list, uint64_t h);

#endif
