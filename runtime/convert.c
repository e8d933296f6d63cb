#include "convert.h"

#include "half.h"

bool aj_convertible(int32_t from, int32_t to) {
    return from == to || (!aj_dtype_is_complex(from) && !aj_dtype_is_complex(to));
}

double aj_load_double(const void *p, int32_t dtype) {
    switch (dtype) { /* of a complex number the real part, which is first */
    case AJ_C128:
    case AJ_F64: return *(const double *)p;
    case AJ_C64:
    case AJ_F32: return (double)*(const float *)p;
    case AJ_F16: return (double)aj_float_of_half(*(const uint16_t *)p);
    case AJ_BF16: return (double)aj_float_of_bfloat(*(const uint16_t *)p);
    default: return (double)aj_load_int(p, dtype);
    }
}

int64_t aj_load_int(const void *p, int32_t dtype) {
    switch (dtype) {
    case AJ_U8: return *(const uint8_t *)p;
    case AJ_I8: return *(const int8_t *)p;
    case AJ_I16: return *(const int16_t *)p;
    case AJ_I32: return *(const int32_t *)p;
    case AJ_I64: return *(const int64_t *)p;
    case AJ_BOOL: return *(const uint8_t *)p != 0;
    default: return aj_int_of_double(aj_load_double(p, dtype));
    }
}

void aj_store_double(void *p, int32_t dtype, double value) {
    switch (dtype) {
    case AJ_F64: *(double *)p = value; break;
    case AJ_F32: *(float *)p = (float)value; break;
    case AJ_F16: *(uint16_t *)p = aj_half_of_float((float)value); break;
    case AJ_BF16: *(uint16_t *)p = aj_bfloat_of_float((float)value); break;
    case AJ_BOOL: *(uint8_t *)p = value != 0; break;
    default: {
        const int64_t whole = aj_int_of_double(value);
        const bool narrow = dtype == AJ_I8 || dtype == AJ_I16 || dtype == AJ_I32; /* converted by way of int32 */
        aj_store_int(p, dtype, narrow && whole != (int32_t)whole ? INT32_MIN : whole);
    }
    }
}

void aj_store_int(void *p, int32_t dtype, int64_t value) {
    switch (dtype) {
    case AJ_U8: *(uint8_t *)p = (uint8_t)value; break;
    case AJ_I8: *(int8_t *)p = (int8_t)value; break;
    case AJ_I16: *(int16_t *)p = (int16_t)value; break;
    case AJ_I32: *(int32_t *)p = (int32_t)value; break;
    case AJ_I64: *(int64_t *)p = value; break;
    case AJ_BOOL: *(uint8_t *)p = value != 0; break;
    case AJ_F32: *(float *)p = (float)value; break; /* not through double: that would round twice */
    case AJ_F16: *(uint16_t *)p = aj_half_of_float((float)value); break;
    case AJ_BF16: *(uint16_t *)p = aj_bfloat_of_float((float)value); break;
    default: *(double *)p = (double)value; break;
    }
}

/* The commonest pairs as plain loops; everything else element by element. */
#define CONVERT_LOOP(TO, FROM)                                                                                     \
    do {                                                                                                           \
        TO *d = (TO *)to;                                                                                          \
        const FROM *s = (const FROM *)from;                                                                        \
        for (int64_t i = 0; i < count; i++) d[i * to_stride] = (TO)s[i * from_stride];                             \
        return;                                                                                                    \
    } while (0)

void aj_convert_row(void *to, int32_t to_dtype, int64_t to_stride, const void *from, int32_t from_dtype,
                    int64_t from_stride, int64_t count) {
    switch (to_dtype * AJ_DTYPES + from_dtype) {
    case AJ_F32 * AJ_DTYPES + AJ_F64: CONVERT_LOOP(float, double);
    case AJ_F64 * AJ_DTYPES + AJ_F32: CONVERT_LOOP(double, float);
    case AJ_F32 * AJ_DTYPES + AJ_I64: CONVERT_LOOP(float, int64_t);
    case AJ_F32 * AJ_DTYPES + AJ_I32: CONVERT_LOOP(float, int32_t);
    case AJ_F32 * AJ_DTYPES + AJ_U8: CONVERT_LOOP(float, uint8_t);
    case AJ_I64 * AJ_DTYPES + AJ_I32: CONVERT_LOOP(int64_t, int32_t);
    case AJ_I32 * AJ_DTYPES + AJ_I64: CONVERT_LOOP(int32_t, int64_t);
    default: break;
    }
    const int64_t to_step = to_stride * aj_dtype_bytes(to_dtype), from_step = from_stride * aj_dtype_bytes(from_dtype);
    char *d = (char *)to;
    const char *s = (const char *)from;
    if (aj_dtype_is_floating(from_dtype)) {
        for (int64_t i = 0; i < count; i++) {
            aj_store_double(d + i * to_step, to_dtype, aj_load_double(s + i * from_step, from_dtype));
        }
        return;
    }
    for (int64_t i = 0; i < count; i++) {
        aj_store_int(d + i * to_step, to_dtype, aj_load_int(s + i * from_step, from_dtype));
    }
}
