#include "tui/dash/story.h"

#include "core/base/civil.h"
#include "core/config.h"
#include "tui/dash/json_lines.h"
#include "tui/dash/state.h"
#include "tui/dash/words.h"
#include "tui/print.h"
#include "tui/screen/viewer.h"

#include <stdio.h>
#include <string.h>

enum { LABEL = 14, INDENT = 2 };

static const struct style plain = {INK_TEXT, 0};
static const struct style dim = {INK_DIM, 0};

void story_heading(struct viewer *v, const char *words)
{
    viewer_add(v, plain, "%s", "");
    viewer_add(v, (struct style){INK_TITLE, MARK_BOLD}, "%s", words);
}

void story_pair(struct viewer *v, const char *label, enum ink ink, const char *text)
{
    if (text && *text) {
        viewer_add_pair(v, dim, LABEL, label, (struct style){(uint8_t)ink, 0}, "%s", text);
    }
}

void story_moment(struct viewer *v, const struct dash *d, const char *label, const char *utc)
{
    char local[32];
    char while_[WORD_SIZE];
    int64_t at = 0;
    if (!utc || !*utc) {
        return;
    }
    print_time(utc, d->config->schedule.timezone, local);
    if (!civil_parse_utc(utc, &at)) {
        story_pair(v, label, INK_TEXT, local);
    } else if (at <= d->now) {
        word_age(d->now - at, while_);
        viewer_add_pair(v, dim, LABEL, label, plain, "%s (%s ago)", local, while_);
    } else {
        word_until(at - d->now, while_);
        viewer_add_pair(v, dim, LABEL, label, plain, "%s (%s)", local, while_);
    }
}

struct telling {
    struct viewer *v;
    const char *heading; /* NULL once it was told */
    const char *const *leave_out;
    bool leaves_out; /* with all that stands below the member that is left out */
};

static bool is_left_out(const struct telling *t, const char *key)
{
    const char *const *name = t->leave_out;
    while (*name && strcmp(*name, key) != 0) {
        name++;
    }
    return *name != NULL;
}

static void tell_line(void *data, int depth, const char *key, const char *value)
{
    struct telling *t = data;
    char label[96];
    if (depth == 0) {
        t->leaves_out = is_left_out(t, key);
    }
    if (t->leaves_out || !strcmp(value, "null")) {
        return;
    }
    if (t->heading) {
        story_heading(t->v, t->heading);
        t->heading = NULL;
    }
    snprintf(label, sizeof label, "%*s%.80s", depth * INDENT, "", *key ? key : "-");
    viewer_add_pair(t->v, dim, LABEL + depth * INDENT, label, plain, "%s", value);
}

void story_json(struct viewer *v, const char *heading, const char *json,
                const char *const *leave_out)
{
    struct telling t = {.v = v, .heading = heading, .leave_out = leave_out};
    json_lines(json, tell_line, &t);
}
