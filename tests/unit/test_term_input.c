/* Bytes of terminals as keys: both forms of sequences, cut anywhere, and what must never be a key.
 */
#include "core/base/buf.h"
#include "tests/unit/unit.h"
#include "tui/screen/key.h"
#include "tui/screen/term_input.h"

static struct term_input in;
static struct buf said;

static void begin(void)
{
    term_input_init(&in);
    buf_clear(&said);
}

static void add_key(const struct key *key)
{
    bool is_pasted = key->code == KEY_CODE_PASTED;
    char name[16];
    key_name(is_pasted ? key->pasted : key->code, name);
    buf_adds(&said, said.len ? " " : "");
    buf_addf(&said, is_pasted ? "'%s'" : "%s", name);
    if (key->code == KEY_CODE_CLICK) {
        buf_addf(&said, "@%d,%d", key->row, key->col);
    }
}

/* Adds what comes out now to what was said: names with blanks between, what was pasted in quotes.
 */
static void add_keys(int64_t now_ms, int *wait_ms)
{
    struct key key;
    while (term_input_next(&in, now_ms, &key, wait_ms)) {
        add_key(&key);
    }
}

static const char *take(int64_t now_ms, int *wait_ms)
{
    buf_clear(&said);
    buf_adds(&said, "");
    add_keys(now_ms, wait_ms);
    return said.data;
}

/* Fed at once, long after what came before, and given all the time it may want. */
static const char *keys_of(const char *bytes, size_t len)
{
    static int64_t now_ms = 100000;
    int wait_ms = -1;
    now_ms += 100000;
    term_input_feed(&in, bytes, len, now_ms);
    take(now_ms, &wait_ms);
    add_keys(now_ms + 1000, &wait_ms);
    CHECK_INT(in.len, 0);
    return said.data;
}
#define KEYS(bytes) keys_of(bytes, sizeof(bytes) - 1)

static void characters(void)
{
    begin();
    CHECK_STR(KEYS("aZ/ \r\n\t"), "a Z / space enter enter tab");
    CHECK_STR(KEYS("\x01\x03\x13\x1a\x1c\x7f\x08"),
              "ctrl-a ctrl-c ctrl-s ctrl-z backspace backspace");
    CHECK_STR(KEYS("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"),
              "\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80");
    CHECK_STR(KEYS("\xff"
                   "a\xc3"
                   "b\xe2\x82"
                   "c\xed\xa0\x80\xc0\x80"
                   "d\xc2\x9b"
                   "e"),
              "a b c d e");
    CHECK_STR(KEYS("\0x"), "x");
}

static void sequences(void)
{
    begin();
    CHECK_STR(KEYS("\033[A\033[B\033[C\033[D\033[H\033[F"), "up down right left home end");
    CHECK_STR(KEYS("\033OA\033OB\033OC\033OD\033OH\033OF"), "up down right left home end");
    CHECK_STR(KEYS("\033[1~\033[7~\033[4~\033[8~\033[5~\033[6~\033[3~\033[Z"),
              "home home end end pgup pgdn delete shift-tab");
    CHECK_STR(KEYS("\033[1;5A\033[1;2B\033[5;3~\033[3;5~\033O5C\033O1;2D"),
              "up down pgup delete right left");
    CHECK_STR(KEYS("\033[a\033Ob\033[7$\033[8^\033[3@"), "up down home end delete"); /* rxvt */
    CHECK_STR(KEYS("\033OM\033Oj\033Op\033Oy"), "enter * 0 9"); /* the keypad */
    CHECK_STR(KEYS("\033\033[A"), "up");
}

static void no_keys(void)
{
    begin();
    CHECK_STR(KEYS("\033[0n\033[3n\033[?2026;2$y\033[12;40R\033[?62;4c\033[>0;276;0c"), "");
    CHECK_INT(in.answers, 1);
    CHECK_STR(KEYS("\033]11;rgb:1e1e/1e1e/1e1e\033\\\033]52;c;aGVsbG8=\007"), "");
    CHECK_STR(KEYS("\033P>|XTerm(380)\033\\\033_Gi=31;OK\033\\x"), "x");
    CHECK_STR(KEYS("\033OP\033[11~\033[[A\033[[E\033[I\033[O\033[97;5u\033[27;5;9~\033[2~"), "");
    CHECK_STR(KEYS("\033[\033[A\033O\x03\033[12\x03\033[9999999999;99999999999Aa"),
              "up ctrl-c ctrl-c up a");
    CHECK_STR(KEYS("\033[12"), "");
    CHECK_STR(KEYS("\033]no end"), "");
    CHECK_STR(KEYS("q"), "q");
    CHECK_STR(KEYS("\033]no end\x03q"), "ctrl-c q");
}

static void escapes(void)
{
    begin();
    CHECK_STR(KEYS("\033"), "esc");
    CHECK_STR(KEYS("\033\033"), "esc esc");
    CHECK_STR(KEYS("\033x\033\r"), "esc x esc enter");
    CHECK_STR(KEYS("\033\033[0n\033\033[<0;1;1M"), "esc esc click@0,0"); /* no Alt */
    CHECK_STR(KEYS("\033\033OA\033\033[5;5~"), "up pgup");
    CHECK_STR(KEYS("\033\xc3\xa9"), "esc \xc3\xa9");
}

/* The time: an Esc waits 25 to 50 ms, a sequence longer, and waiting ends what had begun. */
static void waits(void)
{
    begin();
    int wait_ms = -1;
    term_input_feed(&in, "\033", 1, 1000);
    CHECK_STR(take(1000, &wait_ms), "");
    CHECK(wait_ms >= 25 && wait_ms <= 50);
    CHECK_STR(take(1020, &wait_ms), "");
    CHECK(wait_ms > 0 && wait_ms < 30);
    term_input_feed(&in, "[", 1, 1021);
    wait_ms = 7;
    CHECK_STR(take(1060, &wait_ms), "");
    CHECK_INT(wait_ms, 7);
    term_input_feed(&in, "A", 1, 1300);
    CHECK_STR(take(1300, &wait_ms), "up");
    term_input_feed(&in, "\033", 1, 2000);
    CHECK_STR(take(2050, &wait_ms), "esc");
    term_input_feed(&in, "[0n", 3, 2100); /* an answer cut behind its Esc */
    CHECK_STR(take(2100, &wait_ms), "");
    CHECK_INT(in.answers, 1);
    term_input_feed(&in, "[0n", 3, 9000);
    CHECK_STR(take(9000, &wait_ms), "[ 0 n");
}

static void pastes(void)
{
    begin();
    CHECK_STR(KEYS("\033[200~q y\r\033[A\x03\xc3\xa9\033[201~q"),
              "paste 'q' 'space' 'y' 'ctrl-j' '[' 'A' '\xc3\xa9' q");
    CHECK_STR(KEYS("\033[200~"), "paste");
    term_input_feed(&in, "x", 1, in.at_ms + 2000);
    int wait_ms = -1;
    CHECK_STR(take(in.at_ms, &wait_ms), "'x'");
    term_input_feed(&in, "x", 1, in.at_ms + 20000); /* its end was lost */
    CHECK_STR(take(in.at_ms, &wait_ms), "x");
}

static void mouse(void)
{
    begin();
    CHECK_STR(KEYS("\033[<0;10;5M\033[<0;10;5m\033[<64;1;1M\033[<65;1;1M\033[<2;1;1M\033[<35;9;9M"),
              "click@4,9 wheel-up wheel-down");
    CHECK_STR(KEYS("\033[<16;300;200M"), "click@199,299");
    in.mouse = true;
    CHECK_STR(KEYS("\033[M *%\033[M#*%\033[M`!!q"), "click@4,9 wheel-up q");
    in.mouse = false;
    CHECK_STR(KEYS("\033[Mq"), "q");
}

static void capabilities(void)
{
    begin();
    term_input_add_cap(&in, KEY_CODE_UP, "\033A"); /* vt52 */
    term_input_add_cap(&in, KEY_CODE_DOWN, "\n");  /* of no use: also ctrl-j */
    term_input_add_cap(&in, KEY_CODE_DOWN, "\033[123456789012345B");
    CHECK_STR(KEYS("\033A\n\033B"), "up enter esc B");
}

static void background(void)
{
    begin();
    CHECK_INT(in.lightness, -1);
    KEYS("\033]11;rgb:zz/zz/zz\033\\");
    CHECK_INT(in.lightness, -1);
    KEYS("\033]11;rgb:ffff/ffff/dddd\033\\");
    CHECK_INT(in.lightness, 100);
    KEYS("\033]11;rgb:00/33/00\007");
    CHECK_INT(in.lightness, 20);
    KEYS("\033]10;rgb:ff/ff/ff\007");
    CHECK_INT(in.lightness, 20);
}

/* Cut at every place, the same comes out, as long as the parts come soon after each other. */
static void cut_anywhere(void)
{
    static const char bytes[] = "a\033[A\033OB\033[1;5C\xe2\x82\xac\033[0n\033]11;rgb:1/2/3\033\\"
                                "\033[200~x\033\xc3\xa9\033[201~\033[<0;3;4Mz";
    static const char keys[] = "a up down right \xe2\x82\xac paste 'x' '\xc3\xa9' click@3,2 z";
    for (size_t cut = 0; cut < sizeof bytes; cut++) {
        int wait_ms = -1;
        begin();
        term_input_feed(&in, bytes, cut, 1000);
        add_keys(1000, &wait_ms);
        term_input_feed(&in, bytes + cut, sizeof bytes - 1 - cut, 1010);
        add_keys(1010, &wait_ms);
        CHECK_STR(said.data, keys);
        CHECK_INT(in.answers, 1);
    }
}

/* Anything may come: no byte is lost for ever, no key is none. */
static void random_bytes(void)
{
    static const char favourites[] = "\033\033\033[[O]P;?<$~MAnm0125\\\x07\x9b\xe2\x82\xc3q\x18";
    uint32_t seed = 12345;
    int64_t now_ms = 0;
    begin();
    for (int round = 0; round < 20000; round++) {
        unsigned char bytes[64];
        struct key key;
        int wait_ms = -1;
        seed = seed * 1664525u + 1013904223u;
        size_t len = (seed >> 24) % sizeof bytes;
        for (size_t i = 0; i < len; i++) {
            seed = seed * 1664525u + 1013904223u;
            unsigned r = seed >> 16;
            char favourite = favourites[r / 2 % (sizeof favourites - 1)];
            bytes[i] = r & 1 ? (unsigned char)(r >> 8) : (unsigned char)favourite;
        }
        in.mouse = round % 3 == 0;
        len = len < term_input_room(&in) ? len : term_input_room(&in);
        term_input_feed(&in, bytes, len, now_ms += round % 700);
        while (term_input_next(&in, now_ms, &key, &wait_ms)) {
            CHECK(key.code != 0 && key.code <= KEY_CODE_PASTED && key.row >= 0 && key.col >= 0);
        }
        CHECK(in.len == 0 || wait_ms > 0);
        CHECK(term_input_room(&in) > 0);
    }
}

static void too_long(void)
{
    char bytes[TERM_INPUT_SIZE];
    struct key key;
    int wait_ms = -1;
    begin();
    memset(bytes, '1', sizeof bytes);
    memcpy(bytes, "\033[", 2);
    term_input_feed(&in, bytes, term_input_room(&in), 1000);
    CHECK(!term_input_next(&in, 1000, &key, &wait_ms));
    CHECK_INT(in.len, 0);
}

static const struct unit_case cases[] = {
    {"characters", characters},
    {"sequences", sequences},
    {"no_keys", no_keys},
    {"escapes", escapes},
    {"waits", waits},
    {"pastes", pastes},
    {"mouse", mouse},
    {"capabilities", capabilities},
    {"background", background},
    {"cut_anywhere", cut_anywhere},
    {"random_bytes", random_bytes},
    {"too_long", too_long},
};
UNIT_MAIN(cases)
