/* Writes JSON into a buf: commas, quoting and escaping are its business, nesting is the caller's.
 *
 *   json_begin(&j, &buf);
 *   json_object(&j);  json_key(&j, "n");  json_int(&j, 3);  json_end_object(&j);
 *
 * Strings are made valid UTF-8; control characters are escaped. Any thread, one writer each. */
#ifndef CORE_BASE_JSON_WRITE_H
#define CORE_BASE_JSON_WRITE_H

#include <stdbool.h>
#include <stdint.h>

struct buf;

struct json_writer {
    struct buf *out;
    bool need_comma;
};

void json_begin(struct json_writer *j, struct buf *out);
void json_object(struct json_writer *j);
void json_end_object(struct json_writer *j);
void json_array(struct json_writer *j);
void json_end_array(struct json_writer *j);
void json_key(struct json_writer *j, const char *key);
void json_string(struct json_writer *j, const char *s); /* NULL writes null */
void json_int(struct json_writer *j, int64_t n);
void json_bool(struct json_writer *j, bool b);
void json_null(struct json_writer *j);
void json_decimal(struct json_writer *j, double d, int decimals);
/* `text` is JSON already (a column of the database); NULL writes null. */
void json_raw(struct json_writer *j, const char *text);

/* Shorthands: key and value. */
void json_kv_string(struct json_writer *j, const char *key, const char *s);
void json_kv_int(struct json_writer *j, const char *key, int64_t n);
void json_kv_bool(struct json_writer *j, const char *key, bool b);

#endif
