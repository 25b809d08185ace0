/* Messages stay one line of valid UTF-8, whatever they quote. */
#include "core/base/err.h"
#include "core/base/text.h"
#include "tests/unit/unit.h"

static void fills_and_wraps(void)
{
    struct err e = {0};

    CHECK(!err_set(&e, ERR_NET, "no answer from %s in %d s", "crm", 30));
    CHECK_INT(e.kind, ERR_NET);
    CHECK_STR(e.message, "no answer from crm in 30 s");
    CHECK(!err_wrap(&e, "customers, page %d", 7));
    CHECK_INT(e.kind, ERR_NET);
    CHECK_STR(e.message, "customers, page 7: no answer from crm in 30 s");
    CHECK(!err_set(&e, ERR_IO, "again: %s", e.message));
    CHECK_STR(e.message, "again: customers, page 7: no answer from crm in 30 s");
    CHECK(!err_set(NULL, ERR_IO, "x"));
    CHECK(!err_wrap(NULL, "x"));
    struct err empty = {0};
    err_wrap(&empty, "context");
    CHECK_STR(empty.message, "context");
}

static void stays_on_one_line(void)
{
    static const struct {
        const char *said, *kept;
    } rows[] = {
        {"a\nb", "a b"},
        {"a\r\n\tb\n", "a b"},
        {"\n\na  b", "a  b"},
        {"a \n b", "a  b"},
        {"\x1b[31mred\x7f", "[31mred"},
        {"a\xc2\x9b"
         "b",
         "a b"},
        {"a\xe2\x80\xa8\xe2\x80\xa9"
         "b",
         "a b"},
        {"caf\xc3\xa9", "caf\xc3\xa9"},
        {"caf\xe9!", "caf\xef\xbf\xbd!"},
        {"cut\xe2\x82", "cut\xef\xbf\xbd\xef\xbf\xbd"},
        {"", ""},
        {" \n ", ""},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct err e = {0};
        err_set(&e, ERR_DATA, "%s", rows[i].said);
        CHECK_STR(e.message, rows[i].kept);
    }
}

/* A three-byte character at each of the places where the end of the message may fall. */
static void cuts_between_characters(void)
{
    for (size_t before = 500; before < 515; before++) {
        char said[600];
        struct err e = {0};

        memset(said, 'a', before);
        strcpy(said + before, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac");
        err_set(&e, ERR_DATA, "%s", said);
        size_t len = strlen(e.message);
        CHECK(len < sizeof e.message && len >= sizeof e.message - 3);
        CHECK(text_is_utf8(e.message, len));
        CHECK(strncmp(e.message, said, len) == 0);
        err_wrap(&e, "context");
        CHECK(text_is_utf8(e.message, strlen(e.message)));
        CHECK(strncmp(e.message, "context: aaa", 12) == 0);
    }
}

static void has_the_promised_exit_codes(void)
{
    static const int codes[][2] = {
        {ERR_NONE, 0}, {ERR_USAGE, 2},     {ERR_CONFIG, 2}, {ERR_DENIED, 5},
        {ERR_BUSY, 4}, {ERR_STOPPED, 130}, {ERR_AUTH, 3},   {ERR_NET, 3},
        {ERR_DATA, 3}, {ERR_SIZE, 3},      {ERR_IO, 3},     {ERR_DB, 3},
    };

    CHECK_INT(sizeof codes / sizeof codes[0], ERR_DB + 1);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++)
        CHECK_INT(err_exit_code((enum err_kind)codes[i][0]), codes[i][1]);
}

static const struct unit_case cases[] = {
    {"fills_and_wraps", fills_and_wraps},
    {"stays_on_one_line", stays_on_one_line},
    {"cuts_between_characters", cuts_between_characters},
    {"has_the_promised_exit_codes", has_the_promised_exit_codes},
};
UNIT_MAIN(cases)
