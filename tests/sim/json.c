#include "json.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 64 };

struct reader {
    const char *at;
    const char *end;
    int depth;
};

static struct json *read_value(struct reader *r);

static void skip_space(struct reader *r)
{
    while (r->at < r->end && strchr(" \t\r\n", *r->at) != NULL && *r->at != '\0') {
        r->at++;
    }
}

static bool take(struct reader *r, char c)
{
    skip_space(r);
    if (r->at < r->end && *r->at == c) {
        r->at++;
        return true;
    }
    return false;
}

static char *put_utf8(char *at, uint32_t code)
{
    if (code < 0x80) {
        *at++ = (char)code;
    } else if (code < 0x800) {
        *at++ = (char)(0xc0 | code >> 6);
        *at++ = (char)(0x80 | (code & 0x3f));
    } else {
        if (code < 0x10000) {
            *at++ = (char)(0xe0 | code >> 12);
        } else {
            *at++ = (char)(0xf0 | code >> 18);
            *at++ = (char)(0x80 | (code >> 12 & 0x3f));
        }
        *at++ = (char)(0x80 | (code >> 6 & 0x3f));
        *at++ = (char)(0x80 | (code & 0x3f));
    }
    return at;
}

static bool read_hex(struct reader *r, uint32_t *code)
{
    *code = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        if (r->at >= r->end || !isxdigit((unsigned char)*r->at)) {
            return false;
        }
        *code = *code << 4 | (uint32_t)(isdigit((unsigned char)*r->at)
                                            ? *r->at - '0'
                                            : tolower((unsigned char)*r->at) - 'a' + 10);
    }
    return true;
}

static bool read_escape(struct reader *r, char **to)
{
    static const char names[] = "\"\\/bfnrt";
    static const char codes[] = "\"\\/\b\f\n\r\t";
    uint32_t code, low;
    const char *found;

    if (r->at >= r->end) {
        return false;
    }
    if (*r->at != 'u') {
        found = strchr(names, *r->at++);
        if (found == NULL || *found == '\0') {
            return false;
        }
        *(*to)++ = codes[found - names];
        return true;
    }
    r->at++;
    if (!read_hex(r, &code)) {
        return false;
    }
    if (code >= 0xd800 && code < 0xdc00 && r->end - r->at >= 6 && r->at[0] == '\\' &&
        r->at[1] == 'u') {
        r->at += 2;
        if (!read_hex(r, &low)) {
            return false;
        }
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    *to = put_utf8(*to, code);
    return true;
}

/* The string whose opening quote has been taken; NULL if it never ends. */
static char *read_string(struct reader *r)
{
    char *text = malloc((size_t)(r->end - r->at) + 1);
    char *to = text;

    if (text == NULL) {
        return NULL;
    }
    while (r->at < r->end && *r->at != '"') {
        if (*r->at != '\\') {
            *to++ = *r->at++;
        } else {
            r->at++;
            if (!read_escape(r, &to)) {
                break;
            }
        }
    }
    if (r->at >= r->end || *r->at != '"') {
        free(text);
        return NULL;
    }
    r->at++;
    *to = '\0';
    to = realloc(text, (size_t)(to - text) + 1);
    return to != NULL ? to : text;
}

static bool read_members(struct reader *r, struct json *j, char close)
{
    struct json **tail = &j->child;

    if (take(r, close)) {
        return true;
    }
    do {
        char *name = NULL;

        if (close == '}' && (!take(r, '"') || (name = read_string(r)) == NULL || !take(r, ':'))) {
            free(name);
            return false;
        }
        *tail = read_value(r);
        if (*tail == NULL) {
            free(name);
            return false;
        }
        (*tail)->name = name;
        tail = &(*tail)->next;
    } while (take(r, ','));
    return take(r, close);
}

static bool read_word(struct reader *r, struct json *j)
{
    static const struct {
        const char *word;
        enum json_type type;
    } words[] = {{"null", JSON_NULL}, {"true", JSON_TRUE}, {"false", JSON_FALSE}};
    const char *start = r->at;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t len = strlen(words[i].word);

        if ((size_t)(r->end - r->at) >= len && memcmp(r->at, words[i].word, len) == 0) {
            r->at += len;
            j->type = words[i].type;
            return true;
        }
    }
    while (r->at < r->end && (isalnum((unsigned char)*r->at) || strchr("+-.", *r->at) != NULL) &&
           *r->at != '\0') {
        r->at++;
    }
    j->type = JSON_NUMBER;
    j->text = strndup(start, (size_t)(r->at - start));
    return r->at > start && strchr("-0123456789", *start) != NULL;
}

static struct json *read_value(struct reader *r)
{
    struct json *j = calloc(1, sizeof(*j));
    bool ok;

    skip_space(r);
    if (j == NULL || ++r->depth > MAX_DEPTH) {
        free(j);
        return NULL;
    }
    j->raw = r->at;
    if (take(r, '{')) {
        j->type = JSON_OBJECT;
        ok = read_members(r, j, '}');
    } else if (take(r, '[')) {
        j->type = JSON_ARRAY;
        ok = read_members(r, j, ']');
    } else if (take(r, '"')) {
        j->type = JSON_STRING;
        ok = (j->text = read_string(r)) != NULL;
    } else {
        ok = read_word(r, j);
    }
    r->depth--;
    j->raw_len = (size_t)(r->at - j->raw);
    if (!ok) {
        json_free(j);
        return NULL;
    }
    return j;
}

struct json *json_parse(const char *s, size_t len)
{
    struct reader r = {.at = s, .end = s + len};
    struct json *j = read_value(&r);

    skip_space(&r);
    if (j != NULL && r.at != r.end) {
        json_free(j);
        return NULL;
    }
    return j;
}

void json_free(struct json *j)
{
    while (j != NULL) {
        struct json *next = j->next;

        json_free(j->child);
        free(j->name);
        free(j->text);
        free(j);
        j = next;
    }
}

const struct json *json_get(const struct json *j, const char *name)
{
    if (j == NULL || j->type != JSON_OBJECT) {
        return NULL;
    }
    for (j = j->child; j != NULL && strcmp(j->name, name) != 0; j = j->next) {
    }
    return j;
}

const struct json *json_at(const struct json *j, size_t index)
{
    if (j == NULL || j->type != JSON_ARRAY) {
        return NULL;
    }
    for (j = j->child; j != NULL && index > 0; j = j->next) {
        index--;
    }
    return j;
}

size_t json_length(const struct json *j)
{
    size_t n = 0;

    for (j = j == NULL ? NULL : j->child; j != NULL; j = j->next) {
        n++;
    }
    return n;
}

const char *json_text(const struct json *j, const char *other)
{
    return j != NULL && j->text != NULL ? j->text : other;
}

int64_t json_int(const struct json *j, int64_t other)
{
    return j != NULL && j->text != NULL ? strtoll(j->text, NULL, 10) : other;
}

bool json_bool(const struct json *j, bool other)
{
    if (j == NULL || j->type == JSON_NULL) {
        return other;
    }
    return j->type == JSON_TRUE || (j->type == JSON_NUMBER && json_int(j, 0) != 0);
}

char *json_raw(const struct json *j)
{
    return j == NULL ? NULL : strndup(j->raw, j->raw_len);
}
