/* The lines of --json: an object each, one for each event. Main thread. */
#ifndef TUI_SYNC_JSON_H
#define TUI_SYNC_JSON_H

#include <stdint.h>

struct buf;
struct event;

/* Adds the line of an event; nothing for EVENT_NOTE, and the two below are told with more. */
void sync_json_event(struct buf *b, const struct event *event);
/* `results` is the job's JSON; sync_id "" is null. */
void sync_json_finished(struct buf *b, const struct event *event, const char *sync_id,
                        const char *results);
/* least and most are the sums of the plan's streams. */
void sync_json_plan(struct buf *b, const struct event *event, int64_t least, int64_t most,
                    double minutes);

#endif
