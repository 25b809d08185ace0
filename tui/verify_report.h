/* What `ipsync verify` has found: figures of the database here and of the CRM side by side, as a
 * table for people or as JSON. Main thread. */
#ifndef TUI_VERIFY_REPORT_H
#define TUI_VERIFY_REPORT_H

#include "db/verify_query.h"

#include <stdbool.h>
#include <stddef.h>

struct buf;

struct verify_line {
    enum verify_stream stream;
    struct verify_figures here, crm; /* of the same month; "" = merchants, or rows without a date */
};

struct verify_unread {
    char type[16], id[96], message[160];
};

struct verify_report {
    char from[11], to[11];
    struct verify_line *lines; /* by stream and month */
    size_t line_count, line_size;
    struct verify_control *controls;
    size_t control_count, control_size;
    struct verify_unread *unread;
    size_t unread_count, unread_size;
};

/* The side a figure belongs to. */
void verify_report_add(struct verify_report *r, enum verify_stream stream,
                       const struct verify_figures *figures, bool is_crm);
void verify_report_add_control(struct verify_report *r, const struct verify_control *control);
struct verify_unread *verify_report_add_unread(struct verify_report *r);
void verify_report_done(struct verify_report *r);

bool verify_line_differs(const struct verify_line *line);
/* All months of a stream; `*differs` also where differences take each other away. */
struct verify_line verify_report_total(const struct verify_report *r, enum verify_stream stream,
                                       bool *differs);
size_t verify_report_differing(const struct verify_report *r);

/* To standard output. `all`: also the months that are equal. */
void verify_report_print(const struct verify_report *r, bool all);
/* verify_json.c */
void verify_report_json(const struct verify_report *r, struct buf *b);

#endif
