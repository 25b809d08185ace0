/* Any text on its way to a terminal, a grid, or JSON: it never carries a control byte, is always
 * whole characters, and takes no more room than it was given. */
#include "core/base/buf.h"
#include "core/base/json_write.h"
#include "core/base/text.h"
#include "tests/fuzz/fuzz.h"
#include "tui/dash/json_lines.h"
#include "tui/screen/grid.h"
#include "tui/screen/wrap.h"

#include <locale.h>

static bool is_visible(const char *s, size_t len)
{
    uint32_t code = 0;
    for (size_t at = 0, n = 0; at < len; at += n) {
        n = text_decode(s + at, len - at, &code);
        if (n == 0 || text_must_be_spelled(code)) {
            return false;
        }
    }
    return true;
}

static void check_visible(const char *text)
{
    struct buf b = {0}, fit = {0};
    char small[17];
    buf_adds(&b, "");
    text_add_visible(&b, text);
    HOLDS(is_visible(b.data, b.len));
    int columns = text_width(b.data);
    HOLDS(columns >= 0 && (size_t)columns <= 2 * b.len);
    for (int width = 1; width <= 16; width += 5) {
        buf_clear(&fit);
        buf_adds(&fit, "");
        text_add_fit(&fit, b.data, width, true);
        HOLDS(is_visible(fit.data, fit.len) && text_width(fit.data) == width);
    }
    text_copy(small, sizeof small, b.data);
    HOLDS(text_is_utf8(small, strlen(small)) && strncmp(small, b.data, strlen(small)) == 0);
    buf_done(&fit);
    buf_done(&b);
}

static void check_utf8(const char *text, size_t len)
{
    struct buf once = {0}, twice = {0};
    buf_adds(&once, "");
    buf_adds(&twice, "");
    text_add_utf8(&once, text, len);
    HOLDS(text_is_utf8(once.data, once.len) && once.len <= 3 * len);
    HOLDS(!text_is_utf8(text, len) || (once.len == len && memcmp(once.data, text, len) == 0));
    text_add_utf8(&twice, once.data, once.len);
    HOLDS(strcmp(once.data, twice.data) == 0);
    buf_done(&once);
    buf_done(&twice);
}

static void check_json(const char *text)
{
    struct buf b = {0};
    struct json_writer j;
    json_begin(&j, &b);
    json_string(&j, text);
    HOLDS(is_visible(b.data, b.len) || strstr(b.data, "\xe2") || strstr(b.data, "\xd8") ||
          strstr(b.data, "\xef"));
    HOLDS(text_is_utf8(b.data, b.len) && b.data[0] == '"' && b.data[b.len - 1] == '"');
    for (size_t i = 0; i < b.len; i++) {
        HOLDS((unsigned char)b.data[i] >= ' ' && b.data[i] != 0x7f);
    }
    buf_done(&b);
}

static void check_grid(const char *text, bool ascii)
{
    enum { ROWS = 3, COLS = 11 };
    static const struct style style = {INK_TEXT, 0};
    struct grid g;
    struct buf row = {0};
    grid_init(&g, ROWS, COLS, ascii);
    area_text(area_all(&g), 0, 0, -1, style, text);
    area_text(area_all(&g), 1, 3, 5, style, text);
    area_right(area_all(&g), 2, 2, 7, style, text);
    for (int r = 0; r < ROWS; r++) {
        for (int c = 0; c < COLS; c++) {
            const struct cell *cell = grid_at(&g, r, c);
            bool is_half = c > 0 && grid_at(&g, r, c - 1)->width == 2;
            HOLDS((cell->width == 0) == is_half);
            HOLDS(cell->width < 2 || c < COLS - 1);
            HOLDS(is_half || !text_must_be_spelled(cell->codes[0]));
            HOLDS(!ascii || is_half || cell->codes[0] < 0x7f);
        }
        buf_clear(&row);
        buf_adds(&row, "");
        grid_add_row(&g, r, &row);
        HOLDS(is_visible(row.data, row.len));
    }
    buf_done(&row);
    grid_done(&g);
}

/* Every byte but blanks is in one of the rows. */
static void check_wrap(const char *text, size_t head, int columns, bool ascii)
{
    size_t at = 0, len = strlen(text), next = 0;
    while (at < len) {
        size_t shown = wrap_row(text + at, at ? 0 : head, columns, ascii, &next);
        HOLDS(next > 0 && shown <= next && at + next <= len);
        for (size_t i = shown; i < next; i++) {
            HOLDS(text[at + i] == ' ');
        }
        at += next;
    }
}

static void count_line(void *data, int depth, const char *key, const char *value)
{
    HOLDS(depth >= 0 && key && value);
    ++*(size_t *)data;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    setlocale(LC_CTYPE, size > 0 && data[0] == 'C' ? "C" : "C.UTF-8");
    char *text = fuzz_text(data, size);
    size_t lines = 0;
    struct buf member = {0};
    check_visible(text);
    check_utf8(text, size);
    check_json(text);
    check_grid(text, false);
    check_grid(text, true);
    check_wrap(text, size > 1 ? data[1] % 16 : 0, 1 + (size > 0 ? data[0] % 20 : 0), false);
    json_lines(text, count_line, &lines);
    HOLDS(lines <= size + 1);
    json_member(text, "message", &member);
    buf_done(&member);
    free(text);
    return 0;
}
