/* The CRM's dates and times to the database's. Pure, any thread. */
#ifndef CORE_DATES_H
#define CORE_DATES_H

#include <stdbool.h>

/* MM/DD/YYYY (one or two digits for month and day) or YYYY-MM-DD, or a date-time of either, whose
 * day is taken as written (a batch's day is its processor's day, never an instant). The day must
 * exist. "0000-00-00" and "00/00/0000", and what PHP makes of them ("-0001-11-30"), are an absent
 * date: true with out = "". */
bool dates_parse_day(const char *text, char out[11]);
/* ISO 8601 with an offset or Z, fraction optional (cut to milliseconds), blank or T between;
 * without an offset it is UTC, without a time midnight. The date may also be MM/DD/YYYY. Gives UTC
 * text with milliseconds, e.g. 2019-01-01T07:04:40.000Z. Zero dates as above. */
bool dates_parse_instant(const char *text, char out[25]);

#endif
