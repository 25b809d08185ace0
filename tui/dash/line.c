#include "tui/dash/line.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"

#include <stdlib.h>
#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

/* Takes one word off `*at`, without its quotes. False: a quote is open. */
static bool take_word(const char **at, char **out)
{
    char quote = '\0';
    const char *p = *at;
    for (; *p && (quote || !is_blank(*p)); p++) {
        if (quote ? *p == quote : *p == '\'' || *p == '"') {
            quote = quote ? '\0' : *p;
        } else {
            p += *p == '\\' && quote != '\'' && p[1];
            *(*out)++ = *p;
        }
    }
    *(*out)++ = '\0';
    *at = p;
    return !quote;
}

bool line_split(struct line *l, const char *text, struct err *e)
{
    size_t len = strlen(text);
    l->text = mem_alloc(len + 2);
    l->words = mem_alloc((len / 2 + 2) * sizeof l->words[0]);
    l->count = 0;
    for (char *out = l->text;;) {
        while (is_blank(*text)) {
            text++;
        }
        if (!*text) {
            return true;
        }
        l->words[l->count++] = out;
        if (!take_word(&text, &out)) {
            line_done(l);
            return err_set(e, ERR_USAGE, "a quote is not closed");
        }
    }
}

void line_done(struct line *l)
{
    free(l->text);
    free(l->words);
    *l = (struct line){0};
}

void line_add_word(struct buf *b, const char *word)
{
    static const char harmless[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                   "0123456789-_.,:/=@%+";
    if (*word && !word[strspn(word, harmless)]) {
        buf_adds(b, word);
        return;
    }
    buf_addc(b, '\'');
    for (; *word; word++) {
        if (*word == '\'') {
            buf_adds(b, "'\\''");
        } else {
            buf_addc(b, *word);
        }
    }
    buf_addc(b, '\'');
}
