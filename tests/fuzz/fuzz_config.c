/* The configuration file: it is understood or refused with a line that says where; every value is
 * within its bounds, and nothing secret is shown. */
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/text.h"
#include "core/config.h"
#include "core/config_internal.h"
#include "tests/fuzz/fuzz.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char path[32];
static int file = -1;

static void setup(void)
{
    clearenv(); /* what is set here would win over the file */
    setenv("HOME", "/home/nobody", 1);
    file = memfd_create("ipsync.conf", MFD_CLOEXEC);
    HOLDS(file >= 0 && fchmod(file, 0600) == 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
}

static void check_refusal(const struct err *e)
{
    HOLDS_FOR(e->kind == ERR_CONFIG && e->message[0], e->message);
    HOLDS_FOR(strstr(e->message, path) || strstr(e->message, "[schedule]"), e->message);
    HOLDS_FOR(text_is_utf8(e->message, strlen(e->message)), e->message);
}

static void check_value(const struct config *c, const struct option *o)
{
    const void *member = config_member(c, o);
    if (o->type == OPTION_INT) {
        int64_t n = *(const int64_t *)member;
        HOLDS_FOR(n >= o->min && n <= o->max, o->key);
    } else if (o->type != OPTION_BOOL) {
        const char *text = *(const char *const *)member;
        HOLDS_FOR(text && text_is_utf8(text, strlen(text)), o->key);
        HOLDS_FOR(!strpbrk(text, "\n\r\033\177"), o->key);
    }
}

/* What stands before an @ in what is shown is hidden. */
static void check_shown(const char *shown)
{
    static const char hidden[] = "(hidden)";
    static const size_t len = sizeof hidden - 1;
    HOLDS_FOR(text_is_utf8(shown, strlen(shown)), shown);
    for (const char *p = shown; *p; p++) {
        HOLDS_FOR((unsigned char)*p >= ' ' || *p == '\n', shown);
    }
    for (const char *line = strstr(shown, "\nproxy = "); line; line = NULL) {
        const char *end = strchr(line + 1, '\n');
        const char *at = end ? memchr(line, '@', (size_t)(end - line)) : NULL;
        HOLDS_FOR(!at || strncmp(at - len, hidden, len) == 0, line);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = {0};
    struct buf shown = {0};
    if (file < 0) {
        setup();
    }
    HOLDS(ftruncate(file, 0) == 0 && pwrite(file, data, size, 0) == (ssize_t)size);
    struct config *c = config_load(path, NULL, &e);
    if (!c) {
        check_refusal(&e);
        return 0;
    }
    for (size_t i = 0; i < config_option_count; i++) {
        check_value(c, &config_options[i]);
    }
    config_print(&shown, c);
    check_shown(shown.data);
    buf_done(&shown);
    config_free(c);
    return 0;
}
