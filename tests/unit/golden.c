#include "tests/unit/golden.h"

#include "tests/unit/unit.h"
#include "tui/screen/grid.h"

#include <stdlib.h>
#include <string.h>

struct buf golden_picture(const struct grid *g)
{
    struct buf b = {0};
    for (int row = 0; row < g->rows; row++) {
        grid_add_row(g, row, &b);
        buf_addc(&b, '\n');
    }
    return b;
}

static struct buf read_file(const char *path)
{
    struct buf b = {0};
    char piece[4096];
    FILE *f = fopen(path, "r");
    for (size_t n; f && (n = fread(piece, 1, sizeof piece, f)) > 0;) {
        buf_add(&b, piece, n);
    }
    if (f) {
        fclose(f);
    }
    buf_adds(&b, "");
    return b;
}

/* Where the first line differs, both are told. */
static void tell_difference(const char *name, const char *now, const char *golden)
{
    int line = 1;
    while (*now && *now == *golden) {
        line += *now == '\n';
        now++;
        golden++;
    }
    fprintf(stderr, "tests/golden/%s.txt differs from line %d on; UPDATE_GOLDEN=1 writes it anew\n",
            name, line);
    fprintf(stderr, "  golden: %.*s\n  now:    %.*s\n", (int)strcspn(golden, "\n"), golden,
            (int)strcspn(now, "\n"), now);
    exit(1);
}

void golden_check(const char *name, const struct grid *g)
{
    const char *root = getenv("IPSYNC_SOURCE_DIR");
    char path[512];
    struct buf now = golden_picture(g);
    snprintf(path, sizeof path, "%s/tests/golden/%s.txt", root ? root : ".", name);
    if (getenv("UPDATE_GOLDEN")) {
        FILE *f = fopen(path, "w");
        CHECK(f && fwrite(now.data, 1, now.len, f) == now.len && fclose(f) == 0);
    }
    struct buf golden = read_file(path);
    if (strcmp(now.data, golden.data) != 0) {
        tell_difference(name, now.data, golden.data);
    }
    buf_done(&now);
    buf_done(&golden);
}
