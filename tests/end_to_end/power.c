/* A machine that can lose its power: to be preloaded into a process (LD_PRELOAD).
 *
 * POWER_FOLDER  what is done to files below it is written down in POWER_LOG, in order:
 *               made, written, cut, synced, renamed, removed. Stores into mapped memory
 *               are not: nobody promises that they reach the disk (msync(2)).
 * POWER_BOOT    what /proc/sys/kernel/random/boot_id says: another boot.
 * POWER_LATER   seconds by which the wall clock is ahead.
 * POWER_REFUSE  a file; while it is there, every write below POWER_FOLDER and every
 *               sync fails with the error number that it holds.
 *
 * A record of the log: octet `what`, length of the path (4 octets), offset (8), length
 * of the data (8), all little-endian; then the path and the data. power.py reads it.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define REAL(name) ((__typeof__(&name))real(&real_##name, #name))

enum { MADE = 'M', FOLDER = 'D', WRITTEN = 'W', CUT = 'C', SYNCED = 'S',
       RENAMED = 'R', REMOVED = 'U' };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *real(void **kept, const char *name)
{
    if (!*kept)
        *kept = dlsym(RTLD_NEXT, name);
    return *kept;
}

static int is_below(const char *path)
{
    const char *folder = getenv("POWER_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length && path && strncmp(path, folder, length) == 0 &&
           (path[length] == '/' || path[length] == 0);
}

/* The path of a descriptor, when it is below the folder. */
static const char *watched(int file, char *path)
{
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    if (length < 0)
        return NULL;
    path[length] = 0;
    return is_below(path) ? path : NULL;
}

static int refused(void)
{
    const char *file = getenv("POWER_REFUSE");
    char text[8] = "";
    int kept = errno, from;
    if (!file || (from = syscall(SYS_openat, AT_FDCWD, file, O_RDONLY | O_CLOEXEC)) < 0) {
        errno = kept;
        return 0;
    }
    syscall(SYS_read, from, text, sizeof text - 1);
    syscall(SYS_close, from);
    errno = atoi(text);
    return 1;
}

static void note(int what, const char *path, uint64_t offset, const void *data,
                 uint64_t length)
{
    static int file = -1;
    const char *log = getenv("POWER_LOG");
    uint32_t named = strlen(path);
    char head[21];
    int kept = errno;
    if (!log)
        return;
    if (file < 0)
        file = syscall(SYS_openat, AT_FDCWD, log,
                       O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    head[0] = what;
    memcpy(head + 1, &named, 4);
    memcpy(head + 5, &offset, 8);
    memcpy(head + 13, &length, 8);
    struct iovec parts[] = {{head, sizeof head}, {(void *)path, named},
                            {(void *)data, length}};
    if (syscall(SYS_writev, file, parts, 3) < 0)
        abort();
    errno = kept;
}

static int boot_id(void)
{
    const char *text = getenv("POWER_BOOT");
    int file = memfd_create("boot_id", MFD_CLOEXEC);
    if (file >= 0) {
        syscall(SYS_write, file, text, strlen(text));
        syscall(SYS_write, file, "\n", 1);
        lseek(file, 0, SEEK_SET);
    }
    return file;
}

static int opened(int folder, const char *path, int flags, mode_t mode)
{
    if (getenv("POWER_BOOT") && strcmp(path, BOOT_ID) == 0)
        return boot_id();
    if (!is_below(path))
        return syscall(SYS_openat, folder, path, flags, mode);
    if (flags & (O_CREAT | O_TRUNC) && refused())
        return -1;
    pthread_mutex_lock(&lock);
    int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, folder, path, F_OK) < 0;
    int file = syscall(SYS_openat, folder, path, flags, mode);
    if (file >= 0 && is_new)
        note(MADE, path, 0, NULL, 0);
    else if (file >= 0 && flags & O_TRUNC)
        note(CUT, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return file;
}

#define OPENED(folder)                                                             \
    mode_t mode = 0;                                                               \
    if (flags & (O_CREAT | O_TMPFILE)) {                                           \
        va_list more;                                                              \
        va_start(more, flags);                                                     \
        mode = va_arg(more, mode_t);                                               \
        va_end(more);                                                              \
    }                                                                              \
    return opened(folder, path, flags, mode)

int open(const char *path, int flags, ...) { OPENED(AT_FDCWD); }
int open64(const char *path, int flags, ...) { OPENED(AT_FDCWD); }
int openat(int folder, const char *path, int flags, ...) { OPENED(folder); }
int openat64(int folder, const char *path, int flags, ...) { OPENED(folder); }

static ssize_t written(int file, const void *data, size_t length, off_t at)
{
    char path[PATH_MAX];
    const char *name = watched(file, path);
    if (!name)
        return at < 0 ? syscall(SYS_write, file, data, length)
                      : syscall(SYS_pwrite64, file, data, length, at);
    if (refused())
        return -1;
    pthread_mutex_lock(&lock);
    ssize_t done = at < 0 ? syscall(SYS_write, file, data, length)
                          : syscall(SYS_pwrite64, file, data, length, at);
    if (done > 0)
        note(WRITTEN, name, at < 0 ? lseek(file, 0, SEEK_CUR) - done : at, data, done);
    pthread_mutex_unlock(&lock);
    return done;
}

ssize_t write(int file, const void *data, size_t length)
{
    return written(file, data, length, -1);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t at)
{
    return written(file, data, length, at);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t at)
{
    return written(file, data, length, at);
}

static int cut(int file, off_t length)
{
    char path[PATH_MAX];
    const char *name = watched(file, path);
    if (name && refused())
        return -1;
    pthread_mutex_lock(&lock);
    int failed = syscall(SYS_ftruncate, file, length);
    if (!failed && name)
        note(CUT, name, length, NULL, 0);
    pthread_mutex_unlock(&lock);
    return failed;
}

int ftruncate(int file, off_t length) { return cut(file, length); }
int ftruncate64(int file, off64_t length) { return cut(file, length); }

static int synced(int file, long call)
{
    char path[PATH_MAX];
    const char *name = watched(file, path);
    if (name && refused())
        return -1;
    pthread_mutex_lock(&lock);
    int failed = syscall(call, file);
    if (!failed && name)
        note(SYNCED, name, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return failed;
}

int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

static int removed(int folder, const char *path, int flags)
{
    if (is_below(path) && refused())
        return -1;
    pthread_mutex_lock(&lock);
    int failed = syscall(SYS_unlinkat, folder, path, flags);
    if (!failed && is_below(path))
        note(REMOVED, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return failed;
}

int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int unlinkat(int folder, const char *path, int flags)
{
    return removed(folder, path, flags);
}
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }

int rename(const char *from, const char *to)
{
    if (is_below(to) && refused())
        return -1;
    pthread_mutex_lock(&lock);
    int failed = syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
    if (!failed && is_below(to))
        note(RENAMED, from, 0, to, strlen(to));
    pthread_mutex_unlock(&lock);
    return failed;
}

int mkdir(const char *path, mode_t mode)
{
    if (is_below(path) && refused())
        return -1;
    pthread_mutex_lock(&lock);
    int failed = syscall(SYS_mkdirat, AT_FDCWD, path, mode);
    if (!failed && is_below(path))
        note(FOLDER, path, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return failed;
}

static long later(void)
{
    const char *seconds = getenv("POWER_LATER");
    return seconds ? atol(seconds) : 0;
}

int clock_gettime(clockid_t which, struct timespec *now)
{
    static void *real_clock_gettime;
    int failed = REAL(clock_gettime)(which, now);
    if (!failed && which == CLOCK_REALTIME)
        now->tv_sec += later();
    return failed;
}

time_t time(time_t *into)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (into)
        *into = now.tv_sec;
    return now.tv_sec;
}
