/* JSON made readable: each member a line, small ones of several members on one. For texts of the
 * database and of the CRM, so whatever is not JSON comes out as it is. Pure, any thread. */
#ifndef TUI_DASH_JSON_LINES_H
#define TUI_DASH_JSON_LINES_H

#include <stdbool.h>

struct buf;

/* `depth` counts from 0; `key` is "" for a part of a list; `value` is "" where parts follow. Both
 * are borrowed for the call. Text may hold control characters. */
typedef void json_line(void *data, int depth, const char *key, const char *value);
void json_lines(const char *json, json_line *line, void *data);

/* Appends a member of the outermost object, as json_lines() tells it; false when there is none or
 * when it is null. */
bool json_member(const char *json, const char *key, struct buf *out);

#endif
