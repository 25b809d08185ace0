/* Merchant numbers, which may be any text, in the ids of failed items and in paths: both ways the
 * same number, and in a path one segment that says nothing else. */
#include "core/base/buf.h"
#include "core/config.h"
#include "core/resource.h"
#include "core/sync_state.h"
#include "tests/fuzz/fuzz.h"

static void check_item_id(const char *mid, const char *tail)
{
    struct buf id = {0};
    char read[MID_SIZE];
    resource_add_item_mid(&id, mid);
    size_t len = id.len;
    HOLDS_FOR(len == 0 || !memchr(id.data, '/', len), mid);
    buf_adds(&id, tail);
    resource_read_item_mid(id.data, read);
    HOLDS_FOR(strcmp(read, mid) == 0, mid);
    buf_done(&id);
}

static int hex_value(char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* The segment up to the next slash or question mark, decoded, is the merchant number. */
static void check_segment(const char *path, const char *mid)
{
    static const char plain[] = "-._~";
    size_t len = 0;
    for (; *path && *path != '/' && *path != '?'; path++, len++) {
        bool is_letter = (*path | 0x20) >= 'a' && (*path | 0x20) <= 'z';
        bool is_digit = *path >= '0' && *path <= '9';
        char c = *path;
        if (c == '%') {
            HOLDS_FOR(hex_value(path[1]) >= 0 && hex_value(path[2]) >= 0, mid);
            c = (char)(hex_value(path[1]) * 16 + hex_value(path[2]));
            path += 2;
        } else {
            HOLDS_FOR(is_letter || is_digit || strchr(plain, c), mid);
        }
        HOLDS_FOR(mid[len] == c, mid);
    }
    HOLDS_FOR(!mid[len], mid);
}

static void check_paths(const char *mid)
{
    static const enum resource_id ids[] = {RESOURCE_MERCHANT, RESOURCE_TRANSACTIONS};
    static const char before[] = "/merchants/";
    struct config config = {0};
    struct sync s = {.config = &config};
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct buf path = {0};
        struct walk *w = walk_new(&resources[ids[i]]);
        snprintf(w->mid, sizeof w->mid, "%s", mid);
        w->per_page = 100;
        sync_page_path(&s, w, 1, &path);
        HOLDS_FOR(strncmp(path.data, before, sizeof before - 1) == 0, mid);
        check_segment(path.data + sizeof before - 1, mid);
        /* A segment of dots would be taken for a way up. */
        HOLDS_FOR(!strstr(path.data, "/./") && !strstr(path.data, "/../"), mid);
        HOLDS_FOR(strcmp(path.data + sizeof before - 1, "..") != 0, mid);
        HOLDS_FOR(strcmp(path.data + sizeof before - 1, ".") != 0, mid);
        walk_free(w);
        buf_done(&path);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_text(data, size);
    char read[MID_SIZE];
    resource_read_item_mid(text, read); /* any text of a database that others can write */
    if (strlen(text) < MID_SIZE) {
        check_item_id(text, "");
        check_item_id(text, "/123");
        check_item_id(text, "/batch 2026-01-01 7, row 2");
        check_paths(text);
    }
    free(text);
    return 0;
}
