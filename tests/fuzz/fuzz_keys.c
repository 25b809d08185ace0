/* What a terminal sends, in pieces as they come: always an end, all bytes used up, and only keys
 * that there are. The first byte is the mood; then pieces, each with its length and the time since
 * the last one (in units of 8 ms) before it. */
#include "tests/fuzz/fuzz.h"
#include "tui/screen/key.h"
#include "tui/screen/term_input.h"

enum { MOUSE = 1, CAPS = 2 };

static struct term_input in;
static size_t fed, taken;

static void check_key(const struct key *key)
{
    uint32_t code = key->code, again = 0;
    char name[16];
    taken++;
    HOLDS(taken <= fed);
    HOLDS(code != 0 && code <= KEY_CODE_PASTED);
    HOLDS(key->row >= 0 && key->col >= 0);
    if (code == KEY_CODE_PASTED) {
        uint32_t c = key->pasted;
        HOLDS(c == '\n' || c == '\t' || (c >= ' ' && c != 127 && c < KEY_CODE_FIRST));
    } else if (code < KEY_CODE_CLICK) {
        HOLDS(code < 0x80 || code >= 0xa0);
        key_name(code, name);
        HOLDS_FOR(memchr(name, '\0', sizeof name), NULL);
        HOLDS_FOR(key_parse(name, &again) && again == code, name);
    }
}

static void take_keys(int64_t now)
{
    struct key key;
    int wait_ms = -1;
    while (term_input_next(&in, now, &key, &wait_ms)) {
        check_key(&key);
    }
    HOLDS(in.len == 0 || wait_ms > 0);
    HOLDS(term_input_room(&in) > 0);
}

static void feed(const uint8_t *bytes, size_t len, int64_t now)
{
    while (len > 0) {
        size_t room = term_input_room(&in);
        size_t part = len < room ? len : room;
        HOLDS(part > 0);
        term_input_feed(&in, bytes, part, now);
        fed += part;
        take_keys(now);
        bytes += part;
        len -= part;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int64_t now = 1000;
    unsigned mood = size > 0 ? data[0] : 0;
    fed = taken = 0;
    term_input_init(&in);
    in.mouse = mood & MOUSE;
    if (mood & CAPS) {
        term_input_add_cap(&in, KEY_CODE_UP, "\033OA");
        term_input_add_cap(&in, KEY_CODE_HOME, "\033[[H");
        term_input_add_cap(&in, KEY_CODE_END, "\033]");
    }
    for (size_t at = 1; at + 2 < size;) {
        size_t len = data[at], left = size - at - 2;
        now += (int64_t)data[at + 1] * 8;
        len = len < left ? len : left;
        take_keys(now);
        feed(data + at + 2, len, now);
        at += 2 + len;
    }
    take_keys(now + 10000);
    HOLDS(in.len == 0);
    HOLDS(in.lightness >= -1 && in.lightness <= 100);
    return 0;
}
