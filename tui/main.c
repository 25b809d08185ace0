/* Wires everything and decides nothing. */
#include "core/base/err.h"
#include "core/config.h"
#include "core/engine.h"
#include "core/key.h"
#include "db/db.h"
#include "tui/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

/* Whoever started us may have closed one, and the next file opened would get its number: what is
 * printed would land in a database. The wrong mode, so that printing fails as on a closed one. */
static void hold_standard_streams(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF) {
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
        }
    }
}

int main(int argc, char **argv)
{
    struct err e = {0};
    static struct cli cli;
    hold_standard_streams();
    setlocale(LC_ALL, "");
    setlocale(LC_NUMERIC, "C");
    key_take_environment();
    signal(SIGPIPE, SIG_IGN); /* a reader that goes away is told by write(2), */
    signal(SIGXFSZ, SIG_IGN); /* and so is a bound for the size of files */
    if (!cli_parse(&cli, argc, argv, &e)) {
        return cli_fail(&e);
    }
    db_setup();
    engine_setup();
    if (cli.command->needs_config) {
        cli.config = config_load(cli.config_file, cli.database, &e);
        if (!cli.config) {
            return cli_fail(&e);
        }
        setenv("TZ", cli.config->schedule.timezone,
               1); /* before any thread, see core/base/civil.h */
    }
    int code = cli.command->run(&cli);
    config_free(cli.config);
    return code;
}
