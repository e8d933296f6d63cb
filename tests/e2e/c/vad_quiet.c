/* A stream, heard twice: no allocation and no lock (both are counted) from the third chunk on, and no system call
 * (seccomp ends the program at one). Prints the probabilities of all chunks. The program's arguments: rate, and a file
 * with that many samples a second of 16-bit PCM without a header. */
#define _GNU_SOURCE
#include <linux/seccomp.h>
#include <pthread.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "detector.h"
#include "tensors.h"

enum { MOST = 1 << 20 };
static int16_t samples[MOST];
static float probabilities[MOST / 256];
static long counted;

extern void *__libc_malloc(size_t bytes);
extern void *__libc_calloc(size_t count, size_t bytes);
extern void *__libc_realloc(void *block, size_t bytes);
extern void *__libc_memalign(size_t alignment, size_t bytes);
extern int __pthread_mutex_lock(pthread_mutex_t *mutex);

void *malloc(size_t bytes) {
    counted++;
    return __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes) {
    counted++;
    return __libc_calloc(count, bytes);
}

void *realloc(void *block, size_t bytes) {
    counted++;
    return __libc_realloc(block, bytes);
}

void *aligned_alloc(size_t alignment, size_t bytes) {
    counted++;
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void **out, size_t alignment, size_t bytes) {
    counted++;
    *out = __libc_memalign(alignment, bytes);
    return *out ? 0 : 12;
}

int pthread_mutex_lock(pthread_mutex_t *mutex) {
    (void)mutex;
    counted++;
    return 0; /* there is one thread */
}

static void hear(detector *d, int64_t from, int64_t to) {
    for (int64_t i = from; i < to; i++) {
        CHECK(detector_feed(d, samples + i * d->chunk) == NULL);
        probabilities[i] = d->probability;
    }
}

int main(int argc, char **argv) {
    CHECK(argc == 3);
    FILE *file = fopen(argv[2], "rb");
    CHECK(file);
    int64_t count = (int64_t)fread(samples, sizeof *samples, MOST, file);
    fclose(file);
    detector d;
    CHECK(detector_open(&d, atoi(argv[1]), count) == NULL);
    CHECK(counted >= 2); /* the counting works */
    int64_t chunks = count / d.chunk;
    CHECK(chunks > 10);
    hear(&d, 0, 2);
    long before = counted;
    bool strict = prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0;
    hear(&d, 2, chunks);
    static char text[MOST];
    int bytes = snprintf(text, sizeof text, "%ld %d", counted - before, strict);
    for (int64_t i = 0; i < chunks; i++) {
        bytes += snprintf(text + bytes, sizeof text - (size_t)bytes, " %.9g", (double)probabilities[i]);
    }
    CHECK(write(STDOUT_FILENO, text, (size_t)bytes) == bytes);
    syscall(SYS_exit, 0); /* the one that is still allowed */
    return 1;
}
