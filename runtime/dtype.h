/* Element types by torch's ScalarType number. */
#ifndef AJ_DTYPE_H
#define AJ_DTYPE_H

#include <stdbool.h>
#include <stdint.h>

enum aj_dtype {
    AJ_U8 = 0, AJ_I8 = 1, AJ_I16 = 2, AJ_I32 = 3, AJ_I64 = 4, AJ_F16 = 5, AJ_F32 = 6, AJ_F64 = 7,
    AJ_C64 = 9, AJ_C128 = 10, AJ_BOOL = 11, AJ_BF16 = 15,
};

enum { AJ_DTYPES = 16 };

/* Bytes of an element; 0 for a number that is no dtype. */
static inline int64_t aj_dtype_bytes(int32_t dtype) {
    static const uint8_t bytes[AJ_DTYPES] = {1, 1, 2, 4, 8, 2, 4, 8, 0, 8, 16, 1, 0, 0, 0, 2};
    return dtype >= 0 && dtype < AJ_DTYPES ? bytes[dtype] : 0;
}

static inline bool aj_dtype_is_floating(int32_t dtype) {
    return dtype == AJ_F32 || dtype == AJ_F64 || dtype == AJ_F16 || dtype == AJ_BF16;
}

static inline bool aj_dtype_is_complex(int32_t dtype) { return dtype == AJ_C64 || dtype == AJ_C128; }

const char *aj_dtype_name(int32_t dtype); /* "float32"; "?" for a number that is no dtype */
const char *aj_dtype_knob(int32_t dtype); /* "f32", as options and annotations have it */

#endif
