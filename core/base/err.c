#include "core/base/err.h"

#include "core/base/mem.h"
#include "core/base/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static bool breaks_the_line(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code <= 0x9f) || code == 0x2028 || code == 0x2029;
}

/* Messages quote servers and files: whatever those say, the result is one line of valid UTF-8. */
static void put_message(struct err *e, const char *s)
{
    size_t len = 0;

    while (*s != '\0') {
        uint32_t code = 0;
        const char *shown = s;
        size_t taken = text_decode(s, 4, &code);
        size_t shown_len = taken;

        if (taken == 0) {
            taken = 1;
            shown = "\xef\xbf\xbd";
            shown_len = 3;
        } else if (breaks_the_line(code)) {
            shown = " ";
            shown_len = len > 0 && e->message[len - 1] != ' ';
        }
        if (len + shown_len >= sizeof e->message)
            break;
        memcpy(e->message + len, shown, shown_len);
        len += shown_len;
        s += taken;
    }
    while (len > 0 && e->message[len - 1] == ' ')
        len--;
    e->message[len] = '\0';
}

bool err_set(struct err *e, enum err_kind kind, const char *format, ...)
{
    va_list args;

    if (e == NULL)
        return false;
    va_start(args, format);
    char *s = mem_vprintf(format, args); /* apart: the arguments may quote e->message */
    va_end(args);
    e->kind = kind;
    put_message(e, s);
    free(s);
    return false;
}

bool err_wrap(struct err *e, const char *format, ...)
{
    va_list args;

    if (e == NULL)
        return false;
    va_start(args, format);
    char *context = mem_vprintf(format, args);
    va_end(args);
    char *s = mem_printf("%s%s%s", context, e->message[0] != '\0' ? ": " : "", e->message);
    put_message(e, s);
    free(s);
    free(context);
    return false;
}

int err_exit_code(enum err_kind kind)
{
    static const int codes[] = {
        [ERR_NONE] = 0, [ERR_USAGE] = 2,     [ERR_CONFIG] = 2, [ERR_DENIED] = 5,
        [ERR_BUSY] = 4, [ERR_STOPPED] = 130, [ERR_AUTH] = 3,   [ERR_NET] = 3,
        [ERR_DATA] = 3, [ERR_SIZE] = 3,      [ERR_IO] = 3,     [ERR_DB] = 3,
    };

    return codes[kind];
}
