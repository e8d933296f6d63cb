/* Rows of elements between dtypes, and single elements to and from numbers. Strides in elements. */
#ifndef AJ_CONVERT_H
#define AJ_CONVERT_H

#include "dtype.h"
#include "object.h"

/* C's truncation, with INT64_MIN for what does not fit (what x86 and so torch give). */
static inline int64_t aj_int_of_double(double value) {
    return value >= -0x1p63 && value < 0x1p63 ? (int64_t)value : INT64_MIN;
}

bool aj_convertible(int32_t from, int32_t to); /* complex only to the same dtype */
/* to[i*to_stride] = from[i*from_stride], i < count; the dtypes must be convertible. */
void aj_convert_row(void *to, int32_t to_dtype, int64_t to_stride, const void *from, int32_t from_dtype,
                    int64_t from_stride, int64_t count);

double aj_load_double(const void *element, int32_t dtype);
int64_t aj_load_int(const void *element, int32_t dtype);
void aj_store_double(void *element, int32_t dtype, double value);
void aj_store_int(void *element, int32_t dtype, int64_t value);

#endif
