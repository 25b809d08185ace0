/* The commands that would have done what the keys did, newest last. */
#include "core/base/mem.h"
#include "tui/dash/dialog.h"
#include "tui/dash/state.h"
#include "tui/screen/viewer.h"

void open_command_log(struct dash *d)
{
    struct viewer *v = open_viewer(d, "Commands");
    if (!d->commands.len) {
        viewer_add(v, (struct style){INK_DIM, 0},
                   "Nothing yet. What the keys do appears here as the command that does the same.");
        return;
    }
    viewer_add(v, (struct style){INK_TEXT, 0}, "%s", d->commands.data);
    viewer_count_rows(v, d->screen.cols > 4 ? d->screen.cols - 4 : 1); /* so that it can scroll */
    viewer_key(v, &(struct key){.code = KEY_CODE_END});
}
