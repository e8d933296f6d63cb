/* A generated loop on contiguous operands: whole groups of lanes where they are, the rest by way of buffers. */
#include "plan.h"

#include "libc.h"

typedef struct {
    _Alignas(64) char bytes[64 * 8];
} group; /* of lanes, of one operand */

typedef uint64_t pair __attribute__((vector_size(16)));

/* memcpy of less than a group, without a call: copies that overlap where the length is no power of two. */
static inline void copy_short(char *to, const char *from, int64_t bytes) {
#define COPY(N, AT) __builtin_memcpy(to + (AT), from + (AT), N)
    if (bytes >= 16) {
        for (int64_t at = 0; at < bytes - 16; at += 16) COPY(16, at);
        COPY(16, bytes - 16);
    } else if (bytes >= 8) {
        COPY(8, 0);
        COPY(8, bytes - 8);
    } else if (bytes >= 4) {
        COPY(4, 0);
        COPY(4, bytes - 4);
    } else {
        COPY(1, 0);
        COPY(1, bytes / 2);
        COPY(1, bytes - 1);
    }
#undef COPY
}

/* An element, repeated. */
static inline uint64_t repeated(const char *element, int64_t bytes) {
    uint64_t value = 0;
    switch (bytes) {
    case 1: return *(const uint8_t *)element * UINT64_C(0x0101010101010101);
    case 2: __builtin_memcpy(&value, element, 2); return value * UINT64_C(0x0001000100010001);
    case 4: __builtin_memcpy(&value, element, 4); return value | value << 32;
    default: __builtin_memcpy(&value, element, 8); return value;
    }
}

/* The last `rest` elements of an operand, and its very last one in all further lanes, so that no lane sees a value that
 * is not the operand's (a zero divisor, say). */
static inline void load_rest(group *to, const char *from, int64_t rest, int64_t lanes, int64_t bytes) {
    uint64_t last = repeated(from + (rest - 1) * bytes, bytes);
    pair fill = {last, last};
    /* Whole pairs from the one on that holds the first of the further lanes; the copy then writes its front. */
    for (int64_t at = rest * bytes & -16; at < lanes * bytes; at += 16) *(pair *)(void *)(to->bytes + at) = fill;
    copy_short(to->bytes, from, rest * bytes);
}

int32_t aj_map_rest(const aj_kernel *kernel, aj_map run, const aj_word *scalars, char *const *at, uint64_t splats,
                    int64_t count) {
    if (kernel->short_rows) return run((void *const *)at, count, scalars, 1, NULL, splats);
    int64_t lanes = kernel->lanes;
    int32_t operands = kernel->inputs + kernel->outputs;
    group groups[AJ_MAX_OPERANDS];
    void *pointers[AJ_MAX_OPERANDS];
    for (int32_t k = 0; k < operands; k++) {
        int64_t bytes = aj_dtype_bytes(kernel->dtypes[k]);
        pointers[k] = groups[k].bytes;
        if (k < kernel->inputs) load_rest(&groups[k], at[k], splats >> k & 1 ? 1 : count, lanes, bytes);
    }
    int32_t status = run(pointers, lanes, scalars, 1, NULL, 0);
    for (int32_t k = kernel->inputs; k < operands; k++)
        copy_short(at[k], groups[k].bytes, count * aj_dtype_bytes(kernel->dtypes[k]));
    return status;
}

static bool in_place(const aj_kernel *kernel, char *const *at) {
    for (int32_t o = kernel->inputs; o < kernel->inputs + kernel->outputs; o++)
        for (int32_t i = 0; i < kernel->inputs; i++)
            if (at[o] == at[i]) return true;
    return false;
}

int32_t aj_map_contiguous(const aj_kernel *kernel, aj_map run, const aj_word *scalars, char *const *at, int64_t count) {
    int64_t rest = count & (kernel->lanes - 1), whole = count - rest; /* lanes are a power of two */
    if (!rest || (whole ? !in_place(kernel, at) : kernel->short_rows)) return run((void *const *)at, count, scalars, 1, NULL, 0);
    char *last[AJ_MAX_OPERANDS];
    for (int32_t k = 0; k < kernel->inputs + kernel->outputs; k++)
        last[k] = at[k] + whole * aj_dtype_bytes(kernel->dtypes[k]);
    int32_t status = whole ? run((void *const *)at, whole, scalars, 1, NULL, 0) : 0;
    return status | aj_map_rest(kernel, run, scalars, last, 0, rest);
}
