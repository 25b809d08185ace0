#include "core/config_file.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/mem.h"
#include "core/config_value.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MOST ((size_t)1024 * 1024)

/* How many letters to change, add or drop to make one word of the other; SIZE_MAX when the two have
 * nothing to do with each other. */
static size_t distance(const char *a, const char *b)
{
    size_t row[64];
    size_t len = strlen(b);

    if (len >= sizeof row / sizeof row[0])
        return SIZE_MAX;
    for (size_t j = 0; j <= len; j++)
        row[j] = j;
    for (size_t i = 1; *a; a++, i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= len; j++) {
            size_t best = diagonal + (*a != b[j - 1]);

            diagonal = row[j];
            best = best < row[j] + 1 ? best : row[j] + 1;
            row[j] = best < row[j - 1] + 1 ? best : row[j - 1] + 1;
        }
    }
    return row[len] < 4 && row[len] < len ? row[len] : SIZE_MAX;
}

static bool unknown_key(const char *section, const char *key, struct err *e)
{
    const struct option *elsewhere = config_find_option(NULL, key);
    const struct option *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < config_option_count; i++) {
        size_t d = distance(key, config_options[i].key);

        if (strcmp(config_options[i].section, section) == 0 && d < least) {
            least = d;
            nearest = &config_options[i];
        }
    }
    if (elsewhere)
        return err_set(e, ERR_CONFIG, "unknown key '%s' in [%s]; it belongs in [%s]", key, section,
                       elsewhere->section);
    if (nearest)
        return err_set(e, ERR_CONFIG, "unknown key '%s' in [%s]; did you mean '%s'?", key, section,
                       nearest->key);
    return err_set(e, ERR_CONFIG, "unknown key '%s' in [%s]", key, section);
}

static bool unknown_section(const char *section, struct err *e)
{
    const char *nearest = NULL;
    size_t least = SIZE_MAX;

    for (size_t i = 0; i < config_option_count; i++) {
        size_t d = distance(section, config_options[i].section);

        if (d < least) {
            least = d;
            nearest = config_options[i].section;
        }
    }
    if (nearest)
        return err_set(e, ERR_CONFIG, "unknown section [%s]; did you mean [%s]?", section, nearest);
    return err_set(e, ERR_CONFIG, "unknown section [%s]", section);
}

static char *trim(char *s)
{
    size_t len;

    while (isspace((unsigned char)*s))
        s++;
    len = strlen(s);
    while (len > 0 && isspace((unsigned char)s[len - 1]))
        s[--len] = '\0';
    return s;
}

/* Takes the quotes off a value, in place; \" and \\ stand for the character itself. */
static bool unquote(char *value, struct err *e)
{
    char *out = value;
    char *in = value + 1;

    if (*value != '"')
        return true;
    for (; *in && *in != '"'; in++) {
        if (*in == '\\' && (in[1] == '"' || in[1] == '\\'))
            in++;
        *out++ = *in;
    }
    if (!*in)
        return err_set(e, ERR_CONFIG, "the quote is not closed");
    if (in[1])
        return err_set(e, ERR_CONFIG,
                       "text after the closing quote; put quotes around the whole "
                       "value and \\\" inside it");
    *out = '\0';
    return true;
}

struct reader {
    struct config *config;
    const char *section; /* NULL before the first */
    int line;
};

static bool read_section(struct reader *r, char *text, struct err *e)
{
    size_t len = strlen(text);

    if (text[len - 1] != ']')
        return err_set(e, ERR_CONFIG, "a section is written [name], alone on its line");
    text[len - 1] = '\0';
    char *name = trim(text + 1);
    const struct option *o = config_find_option(name, NULL);

    if (!o)
        return unknown_section(name, e);
    r->section = o->section;
    return true;
}

static bool read_key(struct reader *r, char *text, struct err *e)
{
    char *equals = strchr(text, '=');

    if (!equals)
        return err_set(e, ERR_CONFIG, "'key = value' is wanted");
    *equals = '\0';
    char *key = trim(text);
    char *value = trim(equals + 1);
    if (!r->section)
        return err_set(e, ERR_CONFIG, "'%s' stands before the first [section]", key);
    const struct option *o = config_find_option(r->section, key);
    if (!o)
        return unknown_key(r->section, key, e);
    int *seen = &config_slot_of(r->config, o)->seen;
    if (*seen)
        return err_set(e, ERR_CONFIG, "'%s' in [%s] is set in line %d already", key, r->section,
                       *seen);
    *seen = r->line;
    struct config_source from = {.kind = FROM_FILE, .line = r->line};
    if (!unquote(value, e) || !config_value_set(r->config, o, from, value, e))
        return err_wrap(e, "%s in [%s]", key, r->section);
    return true;
}

static bool read_line(struct reader *r, char *line, struct err *e)
{
    char *text = trim(line);

    if (!*text || *text == '#' || *text == ';')
        return true;
    return *text == '[' ? read_section(r, text, e) : read_key(r, text, e);
}

static bool read_lines(struct config *c, char *text, size_t len, struct err *e)
{
    struct reader r = {.config = c};
    char *end = text + len;

    if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    if (memchr(text, '\0', (size_t)(end - text)))
        return err_set(e, ERR_CONFIG, "%s: not a text file", c->file);
    while (text && *text) {
        char *line = strsep(&text, "\n");

        r.line++;
        if (!read_line(&r, line, e))
            return err_wrap(e, "%s:%d", c->file, r.line);
    }
    return true;
}

/* Who can write this file can have the key sent anywhere and commands run. */
static bool check_writers(int fd, const char *file, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) != 0)
        return err_set(e, ERR_CONFIG, "cannot look at %s: %s", file, strerror(errno));
    if (S_ISDIR(st.st_mode))
        return err_set(e, ERR_CONFIG, "%s is a folder", file);
    if (st.st_uid != geteuid() && st.st_uid != 0)
        return err_set(e, ERR_CONFIG, "%s belongs to another user, who could change it", file);
    if ((st.st_mode & 022) && !S_ISCHR(st.st_mode))
        return err_set(e, ERR_CONFIG, "others can change %s; run: chmod go-w %s", file, file);
    return true;
}

static bool read_all(int fd, const char *file, struct buf *b, struct err *e)
{
    char piece[8192];

    for (;;) {
        ssize_t n = read(fd, piece, sizeof piece);

        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_set(e, ERR_CONFIG, "cannot read %s: %s", file, strerror(errno));
        if (!buf_add(b, piece, (size_t)n))
            return err_set(e, ERR_CONFIG, "%s is longer than 1 MiB", file);
    }
}

bool config_file_read(struct config *c, const char *file, struct err *e)
{
    struct buf b = {.cap = FILE_MOST};
    int fd = open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);

    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return false;
    if (fd < 0)
        return err_set(e, ERR_CONFIG, "cannot open %s: %s", file, strerror(errno));
    c->memory->file = mem_strdup(file);
    c->file = c->memory->file;
    bool read = check_writers(fd, file, e) && read_all(fd, file, &b, e) &&
                (b.len == 0 || read_lines(c, b.data, b.len, e));
    close(fd);
    buf_done(&b);
    return read;
}
