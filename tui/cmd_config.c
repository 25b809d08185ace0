/* `ipsync config`: the configuration in force, or only whether it is sound. */
#include "core/base/buf.h"
#include "core/config.h"
#include "tui/cli.h"
#include "tui/cmd_base.h"
#include "tui/print.h"

/* A configuration that is not sound has ended the program before this. */
static void add_check(struct buf *b, const struct config *c)
{
    if (c->file) {
        print_add(b, c->file);
        buf_adds(b, ": sound\n");
    } else {
        buf_adds(b, "no configuration file; defaults and environment are sound\n");
    }
}

int cmd_config(struct cli *cli)
{
    struct buf b = {0};
    (cli->check ? add_check : config_print)(&b, cli->config);
    print_out(&b);
    buf_done(&b);
    return cmd_done();
}
