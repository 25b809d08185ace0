/* UUIDs: the form, the bits that RFC 4122 fixes, and that they differ. */
#include "core/base/uuid.h"
#include "tests/unit/unit.h"

#include <stdbool.h>

static void has_the_form(void)
{
    for (int i = 0; i < 1000; i++) {
        char id[37];
        uuid_make(id);
        CHECK_INT(strlen(id), 36);
        for (size_t at = 0; at < 36; at++) {
            bool dash = at == 8 || at == 13 || at == 18 || at == 23;
            CHECK(dash ? id[at] == '-' : strchr("0123456789abcdef", id[at]) != NULL);
        }
        CHECK(id[14] == '4');
        CHECK(strchr("89ab", id[19]) != NULL);
    }
}

/* Each free digit takes many values over 200 ids: none is constant. */
static void every_digit_varies(void)
{
    char first[37], id[37];
    int changed[36] = {0};

    uuid_make(first);
    for (int i = 0; i < 200; i++) {
        uuid_make(id);
        CHECK(strcmp(first, id) != 0);
        for (int at = 0; at < 36; at++)
            changed[at] += id[at] != first[at];
    }
    for (int at = 0; at < 36; at++) {
        bool fixed = first[at] == '-' || at == 14;
        CHECK(fixed ? changed[at] == 0 : changed[at] > 50);
    }
}

static const struct unit_case cases[] = {
    {"has_the_form", has_the_form},
    {"every_digit_varies", every_digit_varies},
};
UNIT_MAIN(cases)
