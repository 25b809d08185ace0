/* out: a growing piece of text, and how every kind of value is written into it as JSON. Running out
 * of memory ends the program: a simulator has nothing better to do. */
#ifndef SIM_OUT_H
#define SIM_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct out {
    char *s; /* not terminated; see out_text */
    size_t len;
    size_t cap;
    bool php; /* escape `/` and all that is not ASCII, as PHP's json_encode does */
};

void out_done(struct out *o);

/* Room for `more` bytes at s + len. */
void out_need(struct out *o, size_t more);

/* The text with a NUL behind it; it stays the buffer's own. */
const char *out_text(struct out *o);

/* Any bytes, as they are. */
void out_bytes(struct out *o, const char *s, size_t len);
void out_str(struct out *o, const char *s);
void out_char(struct out *o, char c);
void out_printf(struct out *o, const char *format, ...) __attribute__((format(printf, 2, 3)));

void out_int(struct out *o, int64_t value);

/* A decimal from an integer: 5, 2 gives 0.05. `min_places` <= `places` zeros at least are kept. */
void out_decimal(struct out *o, int64_t value, int places, int min_places);

/* A JSON string in quotes; NULL gives null. */
void out_json(struct out *o, const char *s);

/* "MM/DD/YYYY" and "YYYY-MM-DD" in quotes; NO_DAY gives null. */
void out_us_date(struct out *o, int32_t day);
void out_iso_date(struct out *o, int32_t day);

/* "YYYY-MM-DDTHH:MM:SS+05:00", and "YYYY-MM-DDTHH:MM:SS.000Z"; NO_INSTANT gives null. */
void out_offset_time(struct out *o, int64_t instant, int offset_minutes);
void out_utc_time(struct out *o, int64_t instant);

/* A string literal, its length known to the compiler. */
#define OUT_LIT(o, literal) out_bytes((o), "" literal "", sizeof(literal) - 1)

#endif
