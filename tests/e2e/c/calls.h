/* Comparisons for the programs that tests/e2e/c_calls.py writes. */
#ifndef CALLS_H
#define CALLS_H

#include <math.h>

#include "tensors.h"

static inline bool same(aotjit_str s, const char *text, int64_t bytes) {
    return s.bytes == bytes && memcmp(s.text, text, (size_t)bytes) == 0;
}

static inline bool close_to(double a, double b, double relative, double absolute) {
    return a == b || (isnan(a) && isnan(b)) || fabs(a - b) <= absolute + relative * fabs(b);
}

static inline bool same_real(const void *a, const void *b, int32_t bits) {
    if (bits == 64) return close_to(*(const double *)a, *(const double *)b, 1e-7, 1e-7);
    return close_to((double)*(const float *)a, (double)*(const float *)b, 1.3e-6, 1e-5);
}

/* Elements of half precision are the same bits. */
static inline bool same_element(const char *a, const char *b, int32_t code, int32_t bits) {
    if (code == kDLComplex) return same_real(a, b, bits / 2) && same_real(a + bits / 16, b + bits / 16, bits / 2);
    return code == kDLFloat && bits > 16 ? same_real(a, b, bits) : memcmp(a, b, (size_t)bits / 8) == 0;
}

/* `expected` is row-major. */
static inline bool same_tensor(const DLTensor *t, int32_t code, int32_t bits, int32_t ndim, const int64_t *sizes,
                               const void *expected) {
    if (t->dtype.code != code || t->dtype.bits != bits || t->ndim != ndim) return false;
    for (int32_t d = 0; d < ndim; d++) {
        if (t->shape[d] != sizes[d]) return false;
    }
    for (int64_t i = 0; i < element_count(t); i++) {
        int64_t at = 0, left = i;
        for (int32_t d = ndim - 1; d >= 0; d--) {
            at += left % sizes[d] * t->strides[d];
            left /= sizes[d];
        }
        const char *mine = (const char *)t->data + t->byte_offset + at * (bits / 8);
        if (!same_element(mine, (const char *)expected + i * (bits / 8), code, bits)) return false;
    }
    return true;
}

#endif
