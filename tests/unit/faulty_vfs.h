/* SQLite's file system with a fault in it: the n-th read, write, … of a database's files fails, or
 * all from the n-th on. One thread. */
#ifndef TESTS_UNIT_FAULTY_VFS_H
#define TESTS_UNIT_FAULTY_VFS_H

#include <sqlite3.h>
#include <string.h>

enum fault_at {
    FAULT_NOWHERE,
    FAULT_OPEN,
    FAULT_READ,
    FAULT_WRITE,
    FAULT_SYNC,
    FAULT_TRUNCATE,
    FAULT_SIZE,
    FAULT_LOCK,
    FAULT_SHM_MAP,
    FAULT_SHM_LOCK
};

static struct {
    enum fault_at at;
    int code;
    int after;    /* so many succeed first */
    int for_good; /* those after it fail as well */
    int seen;
} fault;

struct faulty_file {
    sqlite3_file base;
    sqlite3_file *real; /* stands behind this */
};

static inline int fault_strikes(enum fault_at at)
{
    if (fault.at != at) {
        return 0;
    }
    int n = fault.seen++;
    return n == fault.after || (fault.for_good && n > fault.after) ? fault.code : 0;
}

#define REAL(f) (((struct faulty_file *)(f))->real)
#define TRY(at)                                                                                    \
    do {                                                                                           \
        int code_ = fault_strikes(at);                                                             \
        if (code_) {                                                                               \
            return code_;                                                                          \
        }                                                                                          \
    } while (0)

static int faulty_close(sqlite3_file *f)
{
    return REAL(f)->pMethods->xClose(REAL(f));
}

static int faulty_read(sqlite3_file *f, void *out, int n, sqlite3_int64 from)
{
    int code = fault_strikes(FAULT_READ);
    if (code == SQLITE_IOERR_SHORT_READ) {
        memset(out, 0, (size_t)n);
    }
    return code ? code : REAL(f)->pMethods->xRead(REAL(f), out, n, from);
}

/* A disk that is full takes a part. */
static int faulty_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
    int code = fault_strikes(FAULT_WRITE);
    int written = REAL(f)->pMethods->xWrite(REAL(f), data, code ? n / 2 : n, at);
    return code ? code : written;
}

static int faulty_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    TRY(FAULT_TRUNCATE);
    return REAL(f)->pMethods->xTruncate(REAL(f), size);
}

/* No power is cut here, and the disk's own time is not spent. */
static int faulty_sync(sqlite3_file *f, int flags)
{
    (void)f;
    (void)flags;
    TRY(FAULT_SYNC);
    return SQLITE_OK;
}

static int faulty_size(sqlite3_file *f, sqlite3_int64 *size)
{
    TRY(FAULT_SIZE);
    return REAL(f)->pMethods->xFileSize(REAL(f), size);
}

static int faulty_lock(sqlite3_file *f, int kind)
{
    TRY(FAULT_LOCK);
    return REAL(f)->pMethods->xLock(REAL(f), kind);
}

static int faulty_unlock(sqlite3_file *f, int kind)
{
    return REAL(f)->pMethods->xUnlock(REAL(f), kind);
}

static int faulty_reserved(sqlite3_file *f, int *out)
{
    return REAL(f)->pMethods->xCheckReservedLock(REAL(f), out);
}

static int faulty_control(sqlite3_file *f, int what, void *arg)
{
    return REAL(f)->pMethods->xFileControl(REAL(f), what, arg);
}

static int faulty_sector(sqlite3_file *f)
{
    return REAL(f)->pMethods->xSectorSize(REAL(f));
}

static int faulty_traits(sqlite3_file *f)
{
    return REAL(f)->pMethods->xDeviceCharacteristics(REAL(f));
}

static int faulty_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **out)
{
    TRY(FAULT_SHM_MAP);
    return REAL(f)->pMethods->xShmMap(REAL(f), page, size, extend, out);
}

static int faulty_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    if (flags & SQLITE_SHM_LOCK) {
        TRY(FAULT_SHM_LOCK);
    }
    return REAL(f)->pMethods->xShmLock(REAL(f), offset, n, flags);
}

static void faulty_shm_barrier(sqlite3_file *f)
{
    REAL(f)->pMethods->xShmBarrier(REAL(f));
}

static int faulty_shm_unmap(sqlite3_file *f, int remove)
{
    return REAL(f)->pMethods->xShmUnmap(REAL(f), remove);
}

/* Version 2: no memory-mapped reading, which could not fail. */
static const sqlite3_io_methods faulty_methods = {
    2,
    faulty_close,
    faulty_read,
    faulty_write,
    faulty_truncate,
    faulty_sync,
    faulty_size,
    faulty_lock,
    faulty_unlock,
    faulty_reserved,
    faulty_control,
    faulty_sector,
    faulty_traits,
    faulty_shm_map,
    faulty_shm_lock,
    faulty_shm_barrier,
    faulty_shm_unmap,
    NULL,
    NULL,
};

static sqlite3_vfs faulty_vfs;

static int faulty_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *got)
{
    sqlite3_vfs *real = vfs->pAppData;
    struct faulty_file *faulty = (struct faulty_file *)f;
    f->pMethods = NULL;
    TRY(FAULT_OPEN);
    faulty->real = (sqlite3_file *)(faulty + 1);
    int code = real->xOpen(real, name, faulty->real, flags, got);
    f->pMethods = code == SQLITE_OK ? &faulty_methods : NULL;
    return code;
}

/* From now on every connection of this process goes through it. */
static inline void faulty_vfs_install(void)
{
    sqlite3_vfs *real = sqlite3_vfs_find(NULL);
    if (faulty_vfs.zName) {
        return;
    }
    faulty_vfs = *real;
    faulty_vfs.zName = "faulty";
    faulty_vfs.pAppData = real;
    faulty_vfs.szOsFile = (int)sizeof(struct faulty_file) + real->szOsFile;
    faulty_vfs.xOpen = faulty_open;
    sqlite3_vfs_register(&faulty_vfs, 1);
}

#endif
