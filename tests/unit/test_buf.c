/* Growth, the NUL at the end, and the cap. */
#include "core/base/buf.h"
#include "tests/unit/unit.h"

static void adds(void)
{
    struct buf b = {0};

    CHECK(buf_add(&b, NULL, 0));
    CHECK_STR(b.data, "");
    CHECK(buf_adds(&b, "ab") && buf_addc(&b, 'c') && buf_addf(&b, "%d%%", 42));
    CHECK_STR(b.data, "abc42%");
    CHECK_INT(b.len, 6);
    CHECK(buf_add(&b, "\0z", 2));
    CHECK_INT(b.len, 8);
    CHECK(b.data[6] == '\0' && b.data[7] == 'z' && b.data[8] == '\0');
    buf_clear(&b);
    CHECK_STR(b.data, "");
    CHECK_INT(b.len, 0);
    buf_done(&b);
    CHECK(b.data == NULL && b.len == 0 && b.size == 0);
    buf_done(&b);
    buf_clear(&b);
    CHECK(buf_adds(&b, "again"));
    CHECK_STR(b.data, "again");
    buf_done(&b);
}

/* One byte at a time over every boundary at which it might grow. */
static void grows(void)
{
    struct buf b = {0};

    for (size_t i = 0; i < 5000; i++) {
        CHECK(buf_addc(&b, (char)('a' + i % 26)));
        CHECK(b.len == i + 1 && b.data[b.len] == '\0' && b.size > b.len);
    }
    for (size_t i = 0; i < 5000; i++)
        CHECK_INT(b.data[i], 'a' + i % 26);
    buf_done(&b);
}

static void refuses_past_the_cap(void)
{
    struct buf b = {.cap = 5};

    CHECK(buf_adds(&b, "1234"));
    CHECK(!b.refused);
    CHECK(!buf_adds(&b, "56"));
    CHECK(b.refused);
    CHECK_STR(b.data, "1234");
    CHECK(!buf_addf(&b, "%s", "67"));
    CHECK(!buf_add(&b, "x", SIZE_MAX));
    CHECK(buf_addc(&b, '5'));
    CHECK(!buf_addc(&b, '6'));
    CHECK(buf_add(&b, "", 0));
    CHECK_STR(b.data, "12345");
    CHECK(b.refused);
    buf_clear(&b);
    CHECK(!b.refused);
    buf_done(&b);
    CHECK_INT(b.cap, 5);
}

static void has_a_default_cap(void)
{
    const size_t most = 16 * 1024 * 1024;
    char *bytes = calloc(1, most + 1);
    struct buf b = {0};

    CHECK(!buf_add(&b, bytes, most + 1));
    CHECK(buf_add(&b, bytes, most));
    CHECK(!buf_addc(&b, 'x'));
    CHECK_INT(b.len, most);
    buf_done(&b);
    free(bytes);
}

static const struct unit_case cases[] = {
    {"adds", adds},
    {"grows", grows},
    {"refuses_past_the_cap", refuses_past_the_cap},
    {"has_a_default_cap", has_a_default_cap},
};
UNIT_MAIN(cases)
