#include "core/map.h"

#include "core/base/buf.h"
#include "core/base/mem.h"
#include "core/base/text.h"
#include "core/dates.h"
#include "core/mask.h"
#include "core/money.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
    FIELDS_MAX = 64,
    SHOWN_MAX = 60,              /* bytes of a value in a message */
    MASK_AHEAD = 64,             /* longer than a card number, however it is written */
    TEXT_MOST = 2 * 1024 * 1024, /* bytes of a text: what is longer is none */
    CARD_DIGITS = 13,            /* mask_text changes nothing with fewer */
    SHORT_DIGITS = 11,           /* nor mask_cardholder */
};

/* A conversion fills `out` and returns NULL, or returns a phrase that says what the value is or
 * has. null, "" and absence never get here. */
typedef const char *convert(struct arena *a, const cJSON *item, struct value *out);

/* cJSON's own questions are calls into a library, and ten are asked a row. */
static inline bool is_kind(const cJSON *item, int kind)
{
    return (item->type & 0xff) == kind;
}

static inline bool is_bool(const cJSON *item)
{
    return is_kind(item, cJSON_True) || is_kind(item, cJSON_False);
}

/* ---- text ---- */

/* Four bytes at a time: nearly every cell passes here. */
static bool is_ascii(const char *s, size_t len)
{
    uint32_t word, bits = 0;
    const char *end = s + len;

    for (; end - s >= 4; s += 4) {
        memcpy(&word, s, sizeof word);
        bits |= word;
    }
    for (; s < end; s++)
        bits |= (unsigned char)*s;
    return (bits & 0x80808080u) == 0;
}

static size_t count_digits(const char *s)
{
    size_t n = 0;

    for (; *s; s++)
        n += (unsigned)(*s - '0') < 10u;
    return n;
}

static char *copy_as_utf8(struct arena *a, const char *s, size_t len)
{
    struct buf clean = {.cap = len * 3 + 1}; /* U+FFFD has three bytes */

    text_add_utf8(&clean, s, len);
    char *copy = arena_strndup(a, clean.data, clean.len);
    buf_done(&clean);
    return copy;
}

/* The text of a cell before masking; NULL for lists and objects. */
static const char *read_text(struct arena *a, const cJSON *item)
{
    if (is_kind(item, cJSON_String) && item->valuestring[0] != JSON_EXACT)
        return item->valuestring;
    if (is_bool(item))
        return is_kind(item, cJSON_True) ? "true" : "false";
    return json_scalar(a, item, NULL);
}

/* Copies only what must change: the tree stays as it was sent, for the next who reads it. */
static const char *convert_text(struct arena *a, const cJSON *item, struct value *out,
                                size_t mask_from, bool (*mask)(char *))
{
    const char *s = read_text(a, item);

    if (!s)
        return "is not text";
    size_t len = strlen(s);
    if (len > TEXT_MOST)
        return "is too long";
    bool is_valid = is_ascii(s, len) || text_is_utf8(s, len);
    bool may_mask = mask && len >= mask_from && count_digits(s) >= mask_from;
    if (!is_valid || may_mask) {
        char *copy = is_valid ? arena_strndup(a, s, len) : copy_as_utf8(a, s, len);
        if (may_mask)
            mask(copy);
        s = copy;
    }
    *out = value_text(s);
    return NULL;
}

static const char *to_text(struct arena *a, const cJSON *item, struct value *out)
{
    return convert_text(a, item, out, CARD_DIGITS, mask_text);
}

static const char *to_ident(struct arena *a, const cJSON *item, struct value *out)
{
    return convert_text(a, item, out, 0, NULL);
}

static bool mask_all(char *text)
{
    mask_cardholder(text);
    return true;
}

static const char *to_card(struct arena *a, const cJSON *item, struct value *out)
{
    return convert_text(a, item, out, SHORT_DIGITS, mask_all);
}

/* ---- numbers ---- */

/* A JSON number that is a multiple of the unit, without the way over its text.
 *
 * cJSON's double v is the one nearest to the decimal D that was sent, and D has at most 15
 * significant digits (longer ones are JSON_EXACT). With n below 1e15, n/scale has no more than 15
 * either, and IEEE division makes (double)n / scale the double nearest to it. Two different
 * decimals of 15 digits never share a nearest double (DBL_DIG), so equality proves D = n/scale. How
 * n was guessed does not matter. */
static bool fast_units(const cJSON *item, double scale, int64_t *out)
{
    double v = item->valuedouble, guess = v * scale;

    if (FLT_EVAL_METHOD != 0 || !is_kind(item, cJSON_Number) || !(guess > -1e15 && guess < 1e15))
        return false;
    int64_t n = (int64_t)(guess + (guess < 0 ? -0.5 : 0.5));
    *out = n;
    return (double)n / scale == v;
}

/* Nobody sells for a trillion; a card number in the wrong place must not reach the disk. */
static bool looks_like_card(struct arena *a, const cJSON *item, int64_t units, double scale)
{
    if (fabs((double)units) < 1e12 * scale)
        return false;
    const char *text = json_scalar(a, item, NULL);
    return text && mask_text(arena_strndup(a, text, strlen(text)));
}

static const char *convert_units(struct arena *a, const cJSON *item, struct value *out,
                                 double scale, int decimals)
{
    const char *why = "is not a number";
    int64_t n = 0;

    if (!fast_units(item, scale, &n)) {
        const char *text = json_scalar(a, item, NULL);
        if (!text || !money_parse(text, decimals, &n, &why))
            return why;
    }
    if (decimals > 0 && looks_like_card(a, item, n, scale))
        return "looks like a card number";
    *out = value_int(n);
    return NULL;
}

static const char *to_int(struct arena *a, const cJSON *item, struct value *out)
{
    /* What is written as money is no id and no count. */
    if (is_kind(item, cJSON_String) && strpbrk(item->valuestring, "$("))
        return "is not a whole number";
    return convert_units(a, item, out, 1, 0);
}

static const char *to_cents(struct arena *a, const cJSON *item, struct value *out)
{
    return convert_units(a, item, out, 1e2, 2);
}

static const char *to_micros(struct arena *a, const cJSON *item, struct value *out)
{
    return convert_units(a, item, out, 1e6, 6);
}

static const char *to_ints(struct arena *a, const cJSON *item, struct value *out)
{
    struct buf list = {0};
    const char *why = is_kind(item, cJSON_Array) ? NULL : "is not a list";

    buf_addc(&list, '[');
    for (const cJSON *child = item->child; child && !why; child = child->next) {
        struct value n = value_null();
        why = to_int(a, child, &n) ? "has an element that is no whole number" : NULL;
        buf_addf(&list, "%s%lld", list.len > 1 ? "," : "", (long long)n.number);
    }
    buf_addc(&list, ']');
    if (list.refused)
        why = "is too long";
    if (!why)
        *out = value_text(arena_strndup(a, list.data, list.len));
    buf_done(&list);
    return why;
}

/* ---- dates and flags ---- */

/* An absent date, such as 0000-00-00, is NULL. */
static struct value date_cell(const char *s)
{
    return s[0] ? value_text(s) : value_null();
}

static const char *to_day(struct arena *a, const cJSON *item, struct value *out)
{
    char *day = arena_alloc(a, 11);

    if (!is_kind(item, cJSON_String) || !dates_parse_day(item->valuestring, day))
        return "is not a date";
    *out = date_cell(day);
    return NULL;
}

static const char *to_instant(struct arena *a, const cJSON *item, struct value *out)
{
    char *instant = arena_alloc(a, 25);

    if (!is_kind(item, cJSON_String) || !dates_parse_instant(item->valuestring, instant))
        return "is not a date and time";
    *out = date_cell(instant);
    return NULL;
}

static const char *to_flag(struct arena *a, const cJSON *item, struct value *out)
{
    static const char *const words[] = {"false", "true", "no", "yes", "n",   "y",
                                        "f",     "t",    "0",  "1",   "off", "on"};
    if (is_bool(item)) {
        *out = value_int(is_kind(item, cJSON_True));
        return NULL;
    }
    const char *text = json_scalar(a, item, NULL);
    for (size_t i = 0; text && i < sizeof words / sizeof words[0]; i++)
        if (strcasecmp(text, words[i]) == 0) {
            *out = value_int(i % 2 == 1);
            return NULL;
        }
    return "is neither yes nor no";
}

static const char *to_loose(struct arena *a, const cJSON *item, struct value *out)
{
    if (!is_bool(item))
        return to_text(a, item, out);
    *out = value_int(is_kind(item, cJSON_True));
    return NULL;
}

static convert *const conversions[] = {
    [MAP_TEXT] = to_text,   [MAP_IDENT] = to_ident,     [MAP_CARD] = to_card,
    [MAP_INT] = to_int,     [MAP_CENTS] = to_cents,     [MAP_MICROS] = to_micros,
    [MAP_DAY] = to_day,     [MAP_INSTANT] = to_instant, [MAP_FLAG] = to_flag,
    [MAP_LOOSE] = to_loose, [MAP_INTS] = to_ints,
};

/* ---- problems ---- */

/* Cuts the text to `most` bytes, not through a character; true when there was something to cut. */
static bool cut(char *s, size_t most)
{
    if (strlen(s) <= most)
        return false;
    while (most > 0 && ((unsigned char)s[most] & 0xc0) == 0x80)
        most--;
    s[most] = '\0';
    return true;
}

/* The value for a person: masked, no control characters, short. */
static void show(struct buf *out, struct arena *a, const cJSON *item, bool is_card)
{
    bool is_number = false;
    const char *scalar = json_scalar(a, item, &is_number);
    const char *quote = scalar && !is_number ? "\"" : "";
    struct buf visible = {0}, json = {0};

    if (!scalar)
        json_add_masked(&json, item, SHOWN_MAX);
    char *copy = mem_strndup(scalar ? scalar : json.data, SHOWN_MAX + MASK_AHEAD);
    if (is_card)
        mask_cardholder(copy);
    else
        mask_text(copy);
    bool was_cut = scalar && cut(copy, SHOWN_MAX);
    text_add_visible(&visible, copy);
    was_cut = (visible.data && cut(visible.data, SHOWN_MAX)) || was_cut;
    buf_addf(out, "%s%s%s%s", quote, visible.data ? visible.data : "", was_cut ? "…" : "", quote);
    buf_done(&visible);
    buf_done(&json);
    free(copy);
}

static void describe(struct map_problem *problem, struct arena *a, const struct map_field *field,
                     const cJSON *item, const char *why)
{
    struct buf shown = {0};

    show(&shown, a, item, field->as == MAP_CARD);
    problem->field = field->json;
    snprintf(problem->message, sizeof problem->message, "%.32s %s: %s", field->json, shown.data,
             why);
    buf_done(&shown);
}

/* ---- the object ---- */

static size_t find_field(const struct map_field *fields, size_t count, const char *key)
{
    size_t i = 0;

    while (i < count && strcmp(fields[i].json, key) != 0)
        i++;
    return i;
}

/* Where each field is in the object. The CRM sends its keys in a fixed order; a table in the same
 * order finds each at the first look. */
static void find_children(const cJSON *object, const struct map_field *fields, size_t count,
                          const cJSON **found)
{
    size_t next = 0;

    for (const cJSON *child = object->child; child; child = child->next) {
        size_t i = next;
        if (i == count || strcmp(fields[i].json, child->string) != 0)
            i = find_field(fields, count, child->string);
        if (i == count)
            continue; /* unknown: the next one may well be known again */
        found[i] = child;
        next = i + 1;
    }
}

static bool is_absent(const cJSON *item)
{
    return !item || is_kind(item, cJSON_NULL) ||
           (is_kind(item, cJSON_String) && !item->valuestring[0]);
}

bool map_object(struct arena *a, const cJSON *object, const struct map_field *fields, size_t count,
                struct value *row, struct map_problem *problem)
{
    const cJSON *found[FIELDS_MAX];
    bool is_object = object && is_kind(object, cJSON_Object);
    bool is_good = is_object;

    assert(count <= FIELDS_MAX);
    memset(found, 0, count * sizeof found[0]); /* not all of it, nor of the message: 50 ns a row */
    problem->field = NULL;
    problem->message[0] = '\0';
    if (is_object)
        find_children(object, fields, count, found);
    else
        snprintf(problem->message, sizeof problem->message, "the record is not an object");
    for (size_t i = 0; i < count; i++) {
        struct value *cell = &row[fields[i].column];
        *cell = value_null();
        if (is_absent(found[i]))
            continue;
        const char *why = conversions[fields[i].as](a, found[i], cell);
        if (why && is_good)
            describe(problem, a, &fields[i], found[i], why);
        is_good = is_good && !why;
    }
    return is_good;
}
