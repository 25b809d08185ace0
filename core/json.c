#include "core/json.h"

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/json_write.h"
#include "core/base/mem.h"
#include "core/json_mend.h"
#include "core/mask.h"

#include <assert.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DEPTH_MAX = 64,
    CHUNK = 16 * 1024,
    NUMBER_SIZE = 48,
    MASK_AHEAD = 64, /* longer than a card number, however it is written */
};

/* ---- cJSON's memory ---- */

/* A chunk of the arena of the parse at hand: most of what cJSON wants is a few bytes, and this way
 * costs a few instructions. */
static _Thread_local struct {
    struct arena *arena;
    char *at;
    size_t left;
    bool refused; /* the arena's limit was met */
} pool;

static void *pool_alloc(size_t size)
{
    assert(pool.arena); /* cJSON outside of json_parse */
    size = (size + 7) & ~(size_t)7;
    if (size > pool.left) {
        void *block = arena_try(pool.arena, size > CHUNK / 4 ? size : CHUNK);
        pool.refused = pool.refused || !block;
        if (!block || size > CHUNK / 4)
            return block;
        pool.at = block;
        pool.left = CHUNK;
    }
    void *p = pool.at;
    pool.at += size;
    pool.left -= size;
    return p;
}

static void pool_free(void *p)
{
    (void)p;
}

void json_setup(void)
{
    cJSON_Hooks hooks = {.malloc_fn = pool_alloc, .free_fn = pool_free};

    cJSON_InitHooks(&hooks);
}

/* ---- the parse ---- */

/* cJSON takes all of these for blanks. */
static bool is_blank(char c)
{
    return (unsigned char)c <= ' ';
}

/* The usual end of a body cut short on its way: it opened something, and its last byte closes
 * nothing. */
static bool breaks_off(struct text body)
{
    size_t first = 0, last = body.len;

    while (first < body.len && is_blank(body.data[first]))
        first++;
    while (last > first && is_blank(body.data[last - 1]))
        last--;
    return first < last && strchr("{[", body.data[first]) && !strchr("}]", body.data[last - 1]);
}

static cJSON *refuse_depth(struct err *e)
{
    err_set(e, ERR_DATA, "the JSON is nested more than %d deep", DEPTH_MAX);
    return NULL;
}

static cJSON *refuse_size(struct err *e)
{
    err_set(e, ERR_SIZE, "The answer holds more than there is memory for");
    return NULL;
}

static cJSON *parse(struct arena *a, struct text body, struct err *e)
{
    const char *end = body.data;

    if (!body.data)
        return refuse_size(e);
    pool.arena = a;
    pool.refused = false;
    cJSON *tree = cJSON_ParseWithLengthOpts(body.data, body.len, &end, 0);
    pool.arena = NULL;
    pool.left = 0; /* the next parse may be in another arena, or in this one after a reset */
    size_t at = (size_t)(end - body.data);
    if (!tree && pool.refused)
        return refuse_size(e);
    if (!tree) {
        if (json_opens_more(body.data, end, DEPTH_MAX))
            return refuse_depth(e);
        if (breaks_off(body))
            err_set(e, ERR_DATA, "the answer breaks off after %zu bytes", body.len);
        else
            err_set(e, ERR_DATA, "not JSON from byte %zu on", at);
        return NULL;
    }
    while (at < body.len && is_blank(body.data[at]))
        at++;
    if (at == body.len)
        return tree;
    err_set(e, ERR_DATA, "something follows the JSON at byte %zu", at);
    return NULL;
}

/* What the numbers of a tree are like. */
struct numbers {
    bool extreme; /* one is so large or so small that its double may be infinite or inexact */
    bool zero;    /* one is 0, or so small that it became 0 */
};

/* Looks through the items of one list. */
static bool is_too_deep(const cJSON *item, int depth, struct numbers *numbers)
{
    for (; item; item = item->next) {
        if (item->type & (cJSON_Array | cJSON_Object)) {
            if (depth >= DEPTH_MAX || is_too_deep(item->child, depth + 1, numbers))
                return true;
        } else if (item->type == cJSON_Number) {
            double size = fabs(item->valuedouble);
            numbers->extreme = numbers->extreme || size > 1e250 || size < 1e-250;
        } else if (item->type == cJSON_Number) {
            numbers->zero = true;
        }
    }
    return false;
}

/* Bodies that cannot be JSON, each with a word on what it is; false. */
static bool check_body(struct text body, struct err *e)
{
    size_t first = 0;

    if (memchr(body.data, '\0', body.len))
        return err_set(e, ERR_DATA, "not JSON: has NUL bytes");
    while (first < body.len && is_blank(body.data[first]))
        first++;
    if (first == body.len)
        return err_set(e, ERR_DATA, "the answer is empty");
    if (body.data[first] == '<')
        return err_set(e, ERR_DATA, "not JSON but HTML or XML");
    return true;
}

cJSON *json_parse(struct arena *a, char *body, size_t len, struct err *e)
{
    struct text text = {body, len};

    if (len >= 3 && memcmp(body, "\xef\xbb\xbf", 3) == 0)
        text = (struct text){body + 3, len - 3};
    if (!check_body(text, e))
        return NULL;
    if (!json_mend_escapes(text.data, text.data + text.len)) {
        err_set(e, ERR_DATA, "not JSON: has a \\u that is no escape");
        return NULL;
    }
    struct numbers numbers = {0};
    bool exact = json_has_long_number(text.data, text.len);
    cJSON *tree = parse(a, exact ? json_quote_long_numbers(a, text) : text, e);
    if (tree && is_too_deep(tree, 0, &numbers))
        return refuse_depth(e);
    if (numbers.zero && !numbers.extreme)
        numbers.extreme = json_has_far_exponent(text.data, text.len);
    return numbers.extreme && !exact ? parse(a, json_quote_long_numbers(a, text), e) : tree;
}

const cJSON *json_get(const cJSON *object, const char *name)
{
    const cJSON *found = NULL;

    if (!cJSON_IsObject(object))
        return NULL;
    for (const cJSON *child = object->child; child; child = child->next)
        if (strcmp(child->string, name) == 0)
            found = child;
    return found;
}

/* ---- scalars ---- */

/* NULL is of no kind. */
static bool is_kind(const cJSON *item, int kind)
{
    return item && (item->type & 0xff) == kind;
}

/* The digits of a long number, or NULL when the string is a string. */
static const char *exact_digits(const cJSON *item)
{
    const char *s = item->valuestring;

    if (s[0] != JSON_EXACT)
        return NULL;
    return json_needs_exact(s + 1, strlen(s + 1)) ? s + 1 : NULL;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits and exponent of a double as %.14e prints them; not by the locale's decimal point, which
 * ncurses' setlocale may have made a comma. */
static int split_double(double v, char digits[16], int *exponent)
{
    char text[NUMBER_SIZE];
    int n = 0;

    snprintf(text, sizeof text, "%.14e", fabs(v));
    char *e = strchr(text, 'e');
    for (char *p = text; p < e; p++)
        if (is_digit(*p))
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = '\0';
    *exponent = (int)strtol(e + 1, NULL, 10);
    return n;
}

/* 15 significant digits, those that were sent; plain as long as that can be read. */
static void write_double(double v, char out[NUMBER_SIZE])
{
    char digits[16];
    int exponent, n = split_double(v, digits, &exponent);
    const char *sign = v < 0 ? "-" : "";

    if (exponent < -7 || exponent > 20)
        snprintf(out, NUMBER_SIZE, "%s%c%s%se%d", sign, digits[0], n > 1 ? "." : "", digits + 1,
                 exponent);
    else if (exponent < 0)
        snprintf(out, NUMBER_SIZE, "%s0.%.*s%s", sign, -exponent - 1, "000000", digits);
    else if (n <= exponent + 1)
        snprintf(out, NUMBER_SIZE, "%s%s%.*s", sign, digits, exponent + 1 - n,
                 "00000000000000000000");
    else
        snprintf(out, NUMBER_SIZE, "%s%.*s.%s", sign, exponent + 1, digits, digits + exponent + 1);
}

static void write_number(double v, char out[NUMBER_SIZE])
{
    if (fabs(v) < 1e15 && v == (double)(int64_t)v)
        snprintf(out, NUMBER_SIZE, "%lld", (long long)v);
    else
        write_double(v, out);
}

const char *json_scalar(struct arena *a, const cJSON *item, bool *is_number)
{
    bool unused;

    if (!is_number)
        is_number = &unused;
    *is_number = false;
    if (is_kind(item, cJSON_String)) {
        const char *digits = exact_digits(item);
        *is_number = digits;
        return digits ? digits : item->valuestring;
    }
    if (!is_kind(item, cJSON_Number))
        return NULL;
    *is_number = true;
    char *text = arena_alloc(a, NUMBER_SIZE);
    write_number(item->valuedouble, text);
    return text;
}

/* ---- for people ---- */

enum masking { MASK_TEXT, MASK_NOTHING, MASK_CARD };

/* Keys whose values are identifiers: long digits there are no card. An amount of 13 digits before
 * the point is none, a card number in its place has been seen. */
static const char plain_keys[] = " batch_id id item_id leads mid processor_id reference_number"
                                 " related_mid terminal_number transaction_id user_id ";

static enum masking masking_for(const char *key)
{
    char word[32];

    if (strcmp(key, "cardholder") == 0)
        return MASK_CARD;
    if (strlen(key) > sizeof word - 3 || strchr(key, ' '))
        return MASK_TEXT;
    snprintf(word, sizeof word, " %s ", key);
    return strstr(plain_keys, word) ? MASK_NOTHING : MASK_TEXT;
}

/* True when something was masked. */
static bool apply_mask(char *text, enum masking masking)
{
    if (masking == MASK_NOTHING && text[strspn(text, "0123456789+-.,")])
        masking = MASK_TEXT; /* no number after all */
    if (masking == MASK_TEXT)
        return mask_text(text);
    if (masking == MASK_CARD)
        mask_cardholder(text);
    return strchr(text, '*');
}

static void add_scalar(struct json_writer *j, const char *text, bool is_number,
                       enum masking masking, size_t cap)
{
    /* No more than can be shown: a card number that begins within `cap` ends before this does. */
    char *copy = mem_strndup(text, cap + MASK_AHEAD);
    bool masked = apply_mask(copy, masking);

    if (is_number && !masked)
        json_raw(j, copy);
    else
        json_string(j, copy);
    free(copy);
}

static void add_key(struct json_writer *j, const char *key, size_t cap)
{
    char *copy = mem_strndup(key, cap + MASK_AHEAD);

    mask_text(copy);
    json_key(j, copy);
    free(copy);
}

static void add_item(struct json_writer *j, const cJSON *item, enum masking masking, size_t cap);

static void add_children(struct json_writer *j, const cJSON *item, enum masking masking, size_t cap)
{
    /* A list's elements are what its key says; an object's have keys of their own. */
    for (const cJSON *child = item->child; child && j->out->len <= cap; child = child->next) {
        enum masking its = masking;
        if (is_kind(item, cJSON_Object)) {
            add_key(j, child->string, cap);
            its = masking == MASK_CARD ? MASK_CARD : masking_for(child->string);
        }
        add_item(j, child, its, cap);
    }
}

static void add_item(struct json_writer *j, const cJSON *item, enum masking masking, size_t cap)
{
    char number[NUMBER_SIZE];

    if (is_kind(item, cJSON_Object)) {
        json_object(j);
        add_children(j, item, masking, cap);
        json_end_object(j);
    } else if (is_kind(item, cJSON_Array)) {
        json_array(j);
        add_children(j, item, masking, cap);
        json_end_array(j);
    } else if (is_kind(item, cJSON_String)) {
        const char *digits = exact_digits(item);
        add_scalar(j, digits ? digits : item->valuestring, digits, masking, cap);
    } else if (is_kind(item, cJSON_Number)) {
        write_number(item->valuedouble, number);
        add_scalar(j, number, true, masking, cap);
    } else if (is_kind(item, cJSON_True) || is_kind(item, cJSON_False)) {
        json_bool(j, is_kind(item, cJSON_True));
    } else {
        json_null(j);
    }
}

void json_add_masked(struct buf *b, const cJSON *item, size_t cap)
{
    struct buf all = {0};
    struct json_writer j;

    json_begin(&j, &all);
    add_item(&j, item, item && item->string ? masking_for(item->string) : MASK_TEXT, cap);
    size_t len = all.len;
    if (len > cap) {
        len = cap;
        while (len > 0 && ((unsigned char)all.data[len] & 0xc0) == 0x80)
            len--; /* not through a character */
    }
    buf_add(b, all.data, len);
    if (len < all.len)
        buf_adds(b, "…");
    buf_done(&all);
}
