/* A generated loop on contiguous operands: whole groups of lanes where they are, the rest by way of buffers. */
#include "plan.h"

#include "libc.h"

typedef struct {
    _Alignas(64) char bytes[64 * 8];
} group; /* of lanes, of one operand */

/* The last `rest` elements of an operand, and its very last one in all further lanes, so that no lane sees a value that
 * is not the operand's (a zero divisor, say). */
static inline void load_rest(group *to, const char *from, int64_t rest, int64_t lanes, int64_t bytes) {
    const char *last = from + (rest - 1) * bytes;
    uint64_t fill = 0; /* the last element, repeated */
    switch (bytes) {
    case 1: fill = *(const uint8_t *)last * UINT64_C(0x0101010101010101); break;
    case 2: {
        uint16_t element;
        memcpy(&element, last, sizeof element);
        fill = element * UINT64_C(0x0001000100010001);
        break;
    }
    case 4: {
        uint32_t element;
        memcpy(&element, last, sizeof element);
        fill = element * UINT64_C(0x0000000100000001);
        break;
    }
    default: memcpy(&fill, last, sizeof fill); break;
    }
    for (int64_t at = 0; at < lanes * bytes; at += (int64_t)sizeof fill) memcpy(to->bytes + at, &fill, sizeof fill);
    memcpy(to->bytes, from, (size_t)(rest * bytes));
}

int32_t aj_map_rest(const aj_kernel *kernel, aj_map run, const aj_word *scalars, char *const *at, uint64_t splats,
                    int64_t count) {
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
        memcpy(at[k], groups[k].bytes, (size_t)(count * aj_dtype_bytes(kernel->dtypes[k])));
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
    if (!rest || (whole && !in_place(kernel, at))) return run((void *const *)at, count, scalars, 1, NULL, 0);
    char *last[AJ_MAX_OPERANDS];
    for (int32_t k = 0; k < kernel->inputs + kernel->outputs; k++)
        last[k] = at[k] + whole * aj_dtype_bytes(kernel->dtypes[k]);
    int32_t status = whole ? run((void *const *)at, whole, scalars, 1, NULL, 0) : 0;
    return status | aj_map_rest(kernel, run, scalars, last, 0, rest);
}
