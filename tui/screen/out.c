#include "tui/screen/out.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* O_NONBLOCK belongs to the open file, which we share with the shell and with whoever else writes
 * there; so pipes and terminals are opened once more, for us alone. Where that is not allowed (a
 * terminal of another user) poll(2) alone has to do: then a pipe takes PIPE_BUF bytes, a terminal
 * at least one of its buffers. */
enum { TTY_BUFFER = 256 };

static int open_again(int fd)
{
    struct stat st;
    char path[32];
    if (!isatty(fd) && (fstat(fd, &st) != 0 || !S_ISFIFO(st.st_mode))) {
        return -1;
    }
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void out_begin(struct out *o, int fd)
{
    int again = open_again(fd);
    *o = (struct out){.fd = again >= 0 ? again : fd, .is_ours = again >= 0, .piece = PIPE_BUF};
    if (isatty(o->fd)) {
        o->piece = o->is_ours ? SIZE_MAX : TTY_BUFFER;
    }
}

void out_done(struct out *o)
{
    if (o->is_ours) {
        close(o->fd);
    }
    buf_done(&o->rest);
}

void out_drop(struct out *o)
{
    buf_done(&o->rest);
}

static bool is_writable(const struct out *o)
{
    struct pollfd writable = {.fd = o->fd, .events = POLLOUT};
    return poll(&writable, 1, 0) > 0;
}

/* As many whole lines as go out in one piece: an end between two pieces tears no line. */
static size_t piece_of(const struct out *o, const char *bytes, size_t len)
{
    if (len <= o->piece) {
        return len;
    }
    const char *end = memrchr(bytes, '\n', o->piece);
    return end ? (size_t)(end + 1 - bytes) : o->piece;
}

static size_t write_some(struct out *o, const char *bytes, size_t len)
{
    size_t done = 0;
    while (done < len && !o->is_broken && (o->is_ours || is_writable(o))) {
        ssize_t n = write(o->fd, bytes + done, piece_of(o, bytes + done, len - done));
        if (n > 0) {
            done += (size_t)n;
        } else if (n == 0 || errno == EAGAIN) {
            break;
        } else if (errno != EINTR) {
            o->is_broken = true;
        }
    }
    return done;
}

void out_flush(struct out *o)
{
    size_t done = write_some(o, o->rest.data, o->rest.len);
    if (o->is_broken || done == o->rest.len) {
        buf_done(&o->rest);
    } else {
        o->rest.len -= done;
        memmove(o->rest.data, o->rest.data + done, o->rest.len + 1);
    }
}

bool out_is_waiting(const struct out *o)
{
    return o->rest.len > 0;
}

/* How much of it went out: nothing while something older waits. */
static size_t write_next(struct out *o, const struct buf *b)
{
    if (out_is_waiting(o)) {
        out_flush(o);
    }
    return out_is_waiting(o) ? 0 : write_some(o, b->data, b->len);
}

static void keep_from(struct out *o, const struct buf *b, size_t done)
{
    if (!o->is_broken && done < b->len) {
        buf_add(&o->rest, b->data + done, b->len - done);
    }
}

void out_add(struct out *o, const struct buf *lines)
{
    keep_from(o, lines, write_next(o, lines));
}

bool out_try(struct out *o, const struct buf *line)
{
    size_t done = write_next(o, line);
    if (done > 0) {
        keep_from(o, line, done);
    }
    return done > 0;
}
