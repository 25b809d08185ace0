#include "log.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "out.h"

bool log_open(struct log *l, const char *path)
{
    pthread_mutex_init(&l->mutex, NULL);
    if (path == NULL) {
        l->fd = memfd_create("crm-sim-log", MFD_CLOEXEC);
        if (l->fd >= 0) {
            fcntl(l->fd, F_SETFL, O_APPEND);
        }
    } else {
        l->fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    }
    return l->fd >= 0;
}

void log_close(struct log *l)
{
    if (l->fd >= 0) {
        close(l->fd);
    }
    pthread_mutex_destroy(&l->mutex);
}

void log_write(struct log *l, const struct log_line *line)
{
    struct out o = {0};

    out_printf(&o, "{\"ms\":%.3f,\"method\":", line->arrived_ms);
    out_json(&o, line->method);
    OUT_LIT(&o, ",\"path\":");
    out_json(&o, line->path);
    OUT_LIT(&o, ",\"query\":");
    out_json(&o, line->query);
    out_printf(&o, ",\"status\":%d,\"key\":%s,\"fault\":%s,\"in_flight\":%lld,\"bytes\":%lld}\n",
               line->status, line->key_is_right ? "true" : "false",
               line->is_fault ? "true" : "false", (long long)line->in_flight,
               (long long)line->bytes);
    pthread_mutex_lock(&l->mutex);
    if (write(l->fd, o.s, o.len) != (ssize_t)o.len) {
        fputs("crm-sim: cannot write the log\n", stderr);
    }
    pthread_mutex_unlock(&l->mutex);
    out_done(&o);
}

void log_reset(struct log *l)
{
    pthread_mutex_lock(&l->mutex);
    if (ftruncate(l->fd, 0) != 0) {
        fputs("crm-sim: cannot reset the log\n", stderr);
    }
    pthread_mutex_unlock(&l->mutex);
}

int log_reader(struct log *l, uint64_t *size)
{
    char name[64];
    struct stat st;
    int fd;

    snprintf(name, sizeof(name), "/proc/self/fd/%d", l->fd);
    pthread_mutex_lock(&l->mutex);
    fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0) {
        *size = (uint64_t)st.st_size;
    }
    pthread_mutex_unlock(&l->mutex);
    return fd;
}
