#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "options.h"
#include "server.h"
#include "sim.h"

/* Until a signal, or the end of standard input where that was asked for. */
static void wait_for_the_end(const struct options *opt, int signal_fd)
{
    struct pollfd fds[2] = {{.fd = signal_fd, .events = POLLIN},
                            {.fd = opt->exit_on_eof ? STDIN_FILENO : -1, .events = POLLIN}};
    char drop[256];

    for (;;) {
        poll(fds, 2, -1);
        if (fds[0].revents != 0 ||
            (fds[1].revents != 0 && read(STDIN_FILENO, drop, sizeof(drop)) <= 0)) {
            return;
        }
    }
}

int main(int argc, char **argv)
{
    struct options opt;
    struct server *server;
    struct sim s;
    sigset_t set;
    int signal_fd;

    setenv("TZ", "America/New_York", 1);
    tzset();
    mallopt(M_MMAP_THRESHOLD, 64 << 20); /* pages come and go: keep their memory at hand */
    mallopt(M_TRIM_THRESHOLD, 128 << 20);
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal_fd = signalfd(-1, &set, SFD_CLOEXEC);
    if (!options_parse(&opt, argc, argv) || !sim_init(&s, &opt) ||
        (server = server_start(&s)) == NULL) {
        return 2;
    }
    printf("%s/api/v1\n", s.base);
    fflush(stdout);
    wait_for_the_end(&opt, signal_fd);
    server_stop(server);
    sim_done(&s);
    close(signal_fd);
    return 0;
}
