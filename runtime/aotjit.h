/* What every compiled model shares at its C interface. model.h contains this text; nothing else is needed. */
#ifndef AOTJIT_H
#define AOTJIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AOTJIT_ABI_VERSION 1

#ifdef __cplusplus
extern "C" {
#endif

/* What every function returns. The text behind a failure is NAME_last_error(instance). */
typedef enum {
    AOTJIT_OK = 0,
    AOTJIT_TYPE_ERROR = 1,      /* wrong dtype, rank, device or kind of an argument */
    AOTJIT_VALUE_ERROR = 2,     /* wrong size or value                              */
    AOTJIT_INDEX_ERROR = 3,     /* index out of range                               */
    AOTJIT_ASSERTION_ERROR = 4, /* a failed assert                                  */
    AOTJIT_ZERO_DIVISION = 5,
    AOTJIT_MEMORY_ERROR = 6,
    AOTJIT_RUNTIME_ERROR = 7, /* raise, and everything else */
    AOTJIT_KEY_ERROR = 8,
    AOTJIT_NOT_IMPLEMENTED = 9,
} aotjit_status;

/* Text: UTF-8, not necessarily NUL-terminated when you pass it, always when you get it. */
typedef struct {
    const char *text;
    int64_t bytes;
} aotjit_str;

/* A complex number, laid out as C's double _Complex and C++'s std::complex<double>. */
typedef struct {
    double re;
    double im;
} aotjit_complex;

/* Lists. `data` is an array of int64_t, double, bool, aotjit_complex, aotjit_str or aotjit_list; of pointers for tensors
 * (const DLTensor * in, DLManagedTensorVersioned * out) and for optionals (NULL: None); of structs for tuples.
 * A result's `data` belongs to the instance and is valid until its next call; the tensors in it are yours. */
typedef struct {
    const void *data;
    int64_t count;
} aotjit_list;

/* Dicts: `count` keys and as many values, each an array like a list's `data`, in the dict's order. */
typedef struct {
    const void *keys;
    const void *values;
    int64_t count;
} aotjit_dict;

/* Options of NAME_create. Set `size` to sizeof(aotjit_options) and everything else to zero for the defaults. */
typedef struct {
    size_t size;
    void *context; /* passed to the functions below */
    /* Memory: both or neither. `alignment` is a power of two. May be called from any thread that drops a result. */
    void *(*allocate)(void *context, size_t bytes, size_t alignment);
    void (*deallocate)(void *context, void *block, size_t bytes);
    /* Runs body(argument, begin, end) over disjoint ranges that cover 0..count and returns when all are done. */
    void (*parallel_for)(void *context, int64_t count, int64_t grain,
                         void (*body)(void *argument, int64_t begin, int64_t end), void *argument);
    /* Where print() goes; default: standard output, at once (stdio's buffer is not used). */
    void (*print)(void *context, const char *text, size_t bytes);
    int32_t threads; /* 0 or 1: the calling thread only */
    int32_t reserved;
    /* Where warnings.warn() goes, once in a call for each place in the source; default: standard error. */
    void (*warn)(void *context, const char *file, int32_t line, const char *text, size_t bytes);
} aotjit_options;

#ifdef __cplusplus
}
#endif
#endif
