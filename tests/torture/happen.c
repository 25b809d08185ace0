#include "tests/torture/happen.h"

#include "core/base/err.h"
#include "core/base/ring.h"
#include "core/messages.h"
#include "db/db.h"
#include "db/job_store.h"
#include "tests/torture/watch.h"
#include "tests/torture/world.h"

#include <string.h>

static const struct {
    const char *name;
    int once_in; /* runs, on the average */
    int within_ms;
} kinds[HAPPEN_KINDS] = {
    [HAPPEN_CHANGE] = {"the CRM", 1, 4000},
    [HAPPEN_JUMP] = {"the wall clock", 6, 30000},
    [HAPPEN_NEW_KEY] = {"the key", 0, 0}, /* with its file, below */
    [HAPPEN_KEY_FILE] = {"the key's file", 0, 0},
    [HAPPEN_OTHERS] = {"another client", 5, 60000},
    [HAPPEN_INTERRUPT] = {"interrupt", 8, 20000},
    [HAPPEN_CANCEL] = {"cancel", 12, 20000},
    [HAPPEN_CANCEL_ROW] = {"cancel by another process", 40, 10000},
    [HAPPEN_HAND_OVER] = {"hand over", 8, 10000},
};

void happen_none(struct world *w)
{
    memset(w->happenings, 0, sizeof w->happenings);
}

static void add(struct world *w, enum happening_kind kind, int64_t at)
{
    for (int i = 0; i < HAPPENINGS; i++) {
        if (w->happenings[i].kind == HAPPEN_NOTHING) {
            w->happenings[i] = (struct happening){kind, at};
            return;
        }
    }
}

/* Soon more often than late: most runs are short. */
static int64_t some_time(struct world *w, int within_ms)
{
    int most = chance_once_in(&w->chance, 2) ? within_ms / 10 : within_ms;
    return w->mono + chance_range(&w->chance, 0, most);
}

void happen_plan(struct world *w)
{
    struct chance *c = &w->chance;
    happen_none(w);
    for (int kind = HAPPEN_CHANGE; kind < HAPPEN_KINDS; kind++) {
        if (!kinds[kind].once_in || !chance_once_in(c, kinds[kind].once_in) ||
            (kind == HAPPEN_CHANGE && w->is_static)) {
            continue;
        }
        int most = kind == HAPPEN_CHANGE || kind == HAPPEN_OTHERS ? 6 : 1;
        for (int times = most > 1 ? chance_range(c, 0, most) : 1; times > 0; times--) {
            add(w, kind, some_time(w, kinds[kind].within_ms));
        }
    }
    if (chance_once_in(c, 10)) {
        int64_t at = some_time(w, 5000);
        add(w, HAPPEN_NEW_KEY, at);
        add(w, HAPPEN_KEY_FILE, at + chance_range(c, -1000, 3000));
    }
}

static struct happening *earliest(struct world *w)
{
    struct happening *first = NULL;
    for (int i = 0; i < HAPPENINGS; i++) {
        struct happening *h = &w->happenings[i];
        if (h->kind != HAPPEN_NOTHING && (!first || h->at < first->at)) {
            first = h;
        }
    }
    return first;
}

int64_t happen_next(const struct world *w)
{
    const struct happening *h = earliest((struct world *)(uintptr_t)w);
    return h ? h->at : INT64_MAX;
}

static bool push(struct ring *commands, enum command_type type)
{
    return ring_push(commands, &(struct command){type});
}

void happen_interrupt(struct ring *commands)
{
    push(commands, COMMAND_INTERRUPT);
}

static void cancel_row(struct world *w)
{
    struct err e = {0};
    char id[37];
    bool found = false;
    struct db_writer *db = db_writer_open(w->database, 64, &e);
    if (!db || !job_request_cancel(db, NULL, "somebody else", id, &found, &e)) {
        world_broken(w, "cannot ask for a cancel: %s", e.message);
    }
    db_writer_close(db);
}

/* What failed while a list was read is told by time from what failed before; set back, the clock
 * hides it from the sync that goes on there, and only the next whole reading finds it. */
static void jump(struct world *w)
{
    w->is_unsure = true;
    watch_jump();
    w->wall_offset += (int64_t)chance_range(&w->chance, -7200, 7200) * 1000;
    world_set_time(w, w->mono);
}

bool happen_now(struct world *w, struct ring *commands, int *used)
{
    struct happening *h = earliest(w);
    enum happening_kind kind = h->kind;
    const char *more = "";
    h->kind = HAPPEN_NOTHING;
    switch (kind) {
    case HAPPEN_CHANGE:
        more = crm_change(&w->crm);
        w->is_unsure = true;
        break;
    case HAPPEN_JUMP:
        jump(w);
        break;
    case HAPPEN_NEW_KEY:
        w->server_key++;
        break;
    case HAPPEN_KEY_FILE:
        w->file_key++;
        world_write_key(w);
        break;
    case HAPPEN_OTHERS:
        watch_others();
        *used += w->limit ? chance_range(&w->chance, 1, w->limit) : 0;
        *used = *used > w->limit ? w->limit : *used;
        break;
    case HAPPEN_CANCEL_ROW:
        cancel_row(w);
        break;
    default:
        break;
    }
    world_say(w, "* %s%s%s", kinds[kind].name, *more ? ": " : "", more);
    return (kind == HAPPEN_INTERRUPT && push(commands, COMMAND_INTERRUPT)) ||
           (kind == HAPPEN_CANCEL && push(commands, COMMAND_CANCEL)) ||
           (kind == HAPPEN_HAND_OVER && push(commands, COMMAND_HAND_OVER));
}
