// Counts heap allocations of the process that it is preloaded into. At SIGUSR2 it writes "SIGNALS TOTAL", both with a
// fixed width, to the start of the file that MALLOC_COUNT_FILE names.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

// glibc's own names for its allocator: looking the originals up by dlsym would itself allocate.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

enum { DIGITS = 20, LINE_BYTES = 2 * DIGITS + 2 };

static atomic_uint_fast64_t total, signals;
static int output = -1;

static void *counted(void *block) {
    atomic_fetch_add_explicit(&total, 1, memory_order_relaxed);
    return block;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }

void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }

// Counts when there is a new block, not when the old one grew in its place.
void *realloc(void *old, size_t size) {
    uintptr_t before = (uintptr_t)old;
    void *block = __libc_realloc(old, size);
    return block && (uintptr_t)block != before ? counted(block) : block;
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    if (alignment % sizeof(void *) || alignment & (alignment - 1) || !alignment) return EINVAL;
    void *result = counted(__libc_memalign(alignment, size));
    if (!result) return ENOMEM;
    *block = result;
    return 0;
}

static void put_decimal(char *end, uint64_t value) {
    for (int digit = 0; digit < DIGITS; digit++, value /= 10) *--end = (char)('0' + value % 10);
}

// Only what may run in a signal handler: arithmetic and pwrite.
static void write_total(int signal) {
    (void)signal;
    int saved = errno;
    char line[LINE_BYTES];
    put_decimal(line + DIGITS, atomic_fetch_add(&signals, 1) + 1);
    line[DIGITS] = ' ';
    put_decimal(line + LINE_BYTES - 1, atomic_load(&total));
    line[LINE_BYTES - 1] = '\n';
    if (pwrite(output, line, LINE_BYTES, 0) != LINE_BYTES) errno = EIO;
    errno = saved;
}

__attribute__((constructor)) static void start(void) {
    const char *path = getenv("MALLOC_COUNT_FILE");
    if (!path) return;
    output = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct sigaction action = {.sa_handler = write_total, .sa_flags = SA_RESTART};
    if (output >= 0) sigaction(SIGUSR2, &action, NULL);
}
