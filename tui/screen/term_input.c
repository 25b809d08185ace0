#include "tui/screen/term_input.h"

#include "core/base/text.h"
#include "tui/screen/term_csi.h"

#include <assert.h>
#include <string.h>

enum {
    ESC = 0x1b,
    BEL = 7,
    ESC_MS = 35, /* a lone Esc is a key after this; what belongs to a sequence follows at once */
    SEQUENCE_MS = 500, /* a reply may be cut by the network: its rest must not become keys */
    LATE_MS = 200,     /* … not even when the cut was behind its Esc */
    STRING_MS = 1000,
    PASTE_MS = 5000, /* without its end the keys would be pasted for ever */
};

static const char paste_end[] = "\033[201~";

void term_input_init(struct term_input *in)
{
    *in = (struct term_input){.lightness = -1, .esc_ms = -LATE_MS};
}

void term_input_reset(struct term_input *in)
{
    in->len = 0;
    in->is_pasting = in->is_string = false;
    in->esc_ms = -LATE_MS;
}

void term_input_add_cap(struct term_input *in, uint32_t code, const char *bytes)
{
    size_t len = strlen(bytes);
    if (bytes[0] != ESC || len < 2 || len > TERM_INPUT_CAP_LEN || in->caps_len == TERM_INPUT_CAPS) {
        return;
    }
    struct term_cap *cap = &in->caps[in->caps_len++];
    cap->code = code;
    cap->len = (unsigned char)len;
    memcpy(cap->bytes, bytes, len);
}

size_t term_input_room(const struct term_input *in)
{
    return TERM_INPUT_SIZE - 1 - in->len; /* one for the late Esc */
}

void term_input_feed(struct term_input *in, const void *bytes, size_t len, int64_t now_ms)
{
    int64_t silence = now_ms - in->at_ms;
    assert(len <= term_input_room(in));
    if (len == 0) {
        return;
    }
    in->is_string = in->is_string && silence <= STRING_MS;
    in->is_pasting = in->is_pasting && silence <= PASTE_MS;
    if (in->len == 0 && len > 1 && *(const char *)bytes == '[' && !in->is_pasting &&
        now_ms - in->esc_ms < LATE_MS) {
        in->bytes[in->len++] = ESC;
    }
    memcpy(in->bytes + in->len, bytes, len);
    in->len += len;
    in->at_ms = now_ms;
}

static void take(struct term_input *in, size_t len)
{
    in->len -= len;
    memmove(in->bytes, in->bytes + len, in->len);
}

/* rgb:ffff/ffff/ffff with one to four digits each; the green part says enough. */
static void read_lightness(struct term_input *in)
{
    static const char digits[] = "0123456789abcdef";
    in->reply[in->reply_len] = '\0';
    const char *colour = strncmp(in->reply, "11;rgb:", 7) == 0 ? strchr(in->reply, '/') : NULL;
    int value = 0, most = 0;
    for (const char *s = colour ? colour + 1 : "", *d; *s && *s != '/'; s++) {
        if (!(d = strchr(digits, *s | 0x20)) || most > 0xffff) {
            return;
        }
        value = value * 16 + (int)(d - digits);
        most = most * 16 + 15;
    }
    in->lightness = most ? value * 100 / most : in->lightness;
}

/* Bytes of a string that came so far; only what is expected in one is taken. */
static void take_string(struct term_input *in)
{
    size_t i = 0;
    while (i < in->len && in->bytes[i] >= ' ') {
        if (in->reply_len < sizeof in->reply - 1) {
            in->reply[in->reply_len++] = (char)in->bytes[i];
        }
        i++;
    }
    if (i < in->len) {
        bool is_end = in->bytes[i] == BEL || in->bytes[i] == ESC;
        if (is_end) {
            read_lightness(in);
        }
        /* Esc \ is left to the decoder, which knows it as a sequence of its own. */
        i += in->bytes[i] == BEL;
        in->is_string = false;
    }
    take(in, i);
}

static size_t match_cap(const struct term_input *in, struct key *key)
{
    size_t longest = 0;
    for (size_t i = 0; i < in->caps_len; i++) {
        const struct term_cap *cap = &in->caps[i];
        if (cap->len > longest && cap->len <= in->len &&
            memcmp(cap->bytes, in->bytes, cap->len) == 0) {
            longest = cap->len;
            key->code = cap->code;
        }
    }
    return longest;
}

/* How many bytes the UTF-8 character at the beginning needs, judged by those that came. */
static size_t utf8_need(const unsigned char *s, size_t len)
{
    size_t need = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc2 ? 2 : 1;
    if (s[0] > 0xf4) {
        return 1;
    }
    for (size_t i = 1; i < need && i < len; i++) {
        if ((s[i] & 0xc0) != 0x80) {
            return 1;
        }
    }
    return need;
}

static size_t decode_character(const struct term_input *in, uint32_t *code)
{
    uint32_t c = 0;
    size_t used = text_decode((const char *)in->bytes, in->len, &c);
    if (used == 0) {
        return utf8_need(in->bytes, in->len) > in->len ? 0 : 1;
    }
    *code = c >= 0x80 && c < 0xa0 ? 0 : c;
    return used;
}

static size_t decode_plain(const struct term_input *in, struct key *key)
{
    size_t used = decode_character(in, &key->code);
    if (key->code == '\n') {
        key->code = KEY_CODE_ENTER;
    } else if (key->code == '\b') {
        key->code = KEY_CODE_BACKSPACE;
    } else if (key->code > 26 && key->code < ' ') {
        key->code = 0;
    }
    return used;
}

static size_t decode_pasted(struct term_input *in, struct key *key)
{
    size_t end = sizeof paste_end - 1, same = 0;
    while (same < end && same < in->len && in->bytes[same] == (unsigned char)paste_end[same]) {
        same++;
    }
    if (same == end) {
        in->is_pasting = false;
        return end;
    }
    if (same == in->len) {
        return 0;
    }
    size_t used = decode_character(in, &key->pasted);
    uint32_t c = key->pasted = key->pasted == '\r' ? '\n' : key->pasted;
    bool is_text = (c >= ' ' && c != 127) || c == '\n' || c == '\t';
    key->code = is_text ? KEY_CODE_PASTED : 0;
    return used;
}

/* OSC, DCS, APC, PM, SOS: replies all, however long. */
static bool is_string_start(unsigned char c)
{
    return c != '\0' && strchr("]P_^X", c) != NULL;
}

/* Esc twice; or Alt with a key that has a sequence; or Esc, and then a reply came before it was
 * told from a sequence. */
static size_t decode_double_escape(const struct term_input *in, struct key *key)
{
    struct term_csi csi;
    struct key second = {0};
    size_t used = 1;
    if (in->len == 2) {
        return 0;
    }
    if (in->bytes[2] == '[') {
        used = term_csi_read(&csi, in->bytes + 1, in->len - 1, in->mouse);
        term_csi_key(&csi, &second);
    } else if (in->bytes[2] == 'O') {
        used = term_ss3_read(in->bytes + 1, in->len - 1, &second);
    }
    bool is_alt = second.code != 0 && second.code < KEY_CODE_CLICK;
    key->code = is_alt ? 0 : KEY_CODE_ESC;
    return used > 0 ? 1 : 0;
}

static size_t decode_escape(struct term_input *in, struct key *key)
{
    const unsigned char *s = in->bytes;
    if (in->len == 1) {
        return 0;
    }
    if (s[1] == '[') {
        struct term_csi csi;
        size_t used = term_csi_read(&csi, s, in->len, in->mouse);
        if (used > 0) {
            in->answers += term_csi_is_answer(&csi);
            in->is_pasting = term_csi_key(&csi, key) && key->code == KEY_CODE_PASTE;
        }
        return used;
    }
    if (s[1] == 'O') {
        return term_ss3_read(s, in->len, key);
    }
    if (is_string_start(s[1])) {
        in->is_string = in->len > 2;
        in->reply_len = 0;
        return in->len > 2 ? 2 : 0;
    }
    if (s[1] == '\\') {
        return 2;
    }
    if (s[1] == ESC) {
        return decode_double_escape(in, key);
    }
    key->code = KEY_CODE_ESC;
    return 1;
}

/* Bytes used, key->code 0 when they are no key; 0 = more must come. */
static size_t decode(struct term_input *in, struct key *key)
{
    size_t used = 0;
    if (in->is_pasting) {
        return decode_pasted(in, key);
    }
    if (in->bytes[0] != ESC) {
        return decode_plain(in, key);
    }
    used = match_cap(in, key);
    return used > 0 ? used : decode_escape(in, key);
}

static bool is_lone_esc(const struct term_input *in)
{
    return !in->is_pasting && in->bytes[0] == ESC && (in->len == 1 || in->bytes[1] == ESC);
}

/* Nothing more came: an Esc is a key now, of anything else nothing is left. */
static size_t give_up(struct term_input *in, int64_t now_ms, struct key *key)
{
    if (!is_lone_esc(in)) {
        return in->len;
    }
    key->code = KEY_CODE_ESC;
    in->esc_ms = in->len == 1 ? now_ms : in->esc_ms;
    return 1;
}

bool term_input_next(struct term_input *in, int64_t now_ms, struct key *key, int *wait_ms)
{
    while (in->len > 0) {
        if (in->is_string) {
            take_string(in);
            continue;
        }
        *key = (struct key){0};
        size_t used = decode(in, key);
        if (used == 0) {
            int64_t left = in->at_ms + (is_lone_esc(in) ? ESC_MS : SEQUENCE_MS) - now_ms;
            if (left > 0 && term_input_room(in) > 0) {
                *wait_ms = *wait_ms < 0 || left < *wait_ms ? (int)left : *wait_ms;
                return false;
            }
            used = give_up(in, now_ms, key);
        }
        take(in, used);
        if (key->code != 0) {
            return true;
        }
    }
    return false;
}
