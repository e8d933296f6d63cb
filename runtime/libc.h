/* The few C library functions the runtime imports, declared here so that it compiles without system headers. Each one's
 * oldest symbol version on x86-64 glibc is GLIBC_2.2.5, which an import without a version binds. */
#ifndef AJ_LIBC_H
#define AJ_LIBC_H

#include <stddef.h>
#include <stdint.h>

int posix_memalign(void **out, size_t alignment, size_t bytes);
void free(void *block);
void *memcpy(void *restrict to, const void *restrict from, size_t bytes);
void *memmove(void *to, const void *from, size_t bytes);
void *memset(void *to, int byte, size_t bytes);
int memcmp(const void *a, const void *b, size_t bytes);
size_t strlen(const char *text);
long write(int file, const void *data, size_t bytes);
long syscall(long number, ...);

#endif
