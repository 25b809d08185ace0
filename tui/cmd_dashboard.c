/* `ipsync`, `ipsync dashboard`: the dashboard. */
#include "tui/cli.h"
#include "tui/dash/dash.h"

int cmd_dashboard(struct cli *cli)
{
    return dash_run(cli);
}
